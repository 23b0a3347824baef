//! diffsol's BDF called bare on our stiff problems.

use diffsol::{NalgebraLU, NalgebraMat, OdeBuilder, OdeSolverMethod, OdeSolverStopReason, VectorCommon};
use saigen::cases::thermodynamic_uncertainty::ode::problems::StiffProblem;

/// The last state, with the closures that diffsol's own documentation shows; three variables.
pub fn bare(problem: &StiffProblem, end: f64) -> Vec<f64> {
    let system = problem.system.as_ref();
    let mut peer = OdeBuilder::<NalgebraMat<f64>>::new()
        .rtol(problem.tolerances.relative)
        .atol(problem.tolerances.absolute.clone())
        .rhs_implicit(
            |x, _p, t, y| system.rhs(t, x, y),
            |x, _p, t, v, y| {
                let mut slopes = [0.0; 9];
                system.jacobian(t, x, &mut slopes);
                for (i, out) in y.iter_mut().enumerate() {
                    *out = (0..3).map(|j| slopes[j * 3 + i] * v[j]).sum();
                }
            },
        )
        .init(|_p, _t, y| y.copy_from_slice(&problem.initial), 3)
        .build()
        .expect("valid problem");
    peer.ode_options.max_nonlinear_solver_failures = usize::MAX;
    let mut solver = peer.bdf::<NalgebraLU<f64>>().expect("valid problem");
    solver.set_stop_time(end).expect("time lies ahead");
    while !matches!(solver.step().expect("solvable"), OdeSolverStopReason::TstopReached) {}
    solver.state().y.inner().as_slice().to_vec()
}
