//! Stiff problems by `solve`, beside diffsol's BDF called bare on the same problem; prints the ratio of both.

use std::hint::black_box;
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use diffsol::{NalgebraLU, NalgebraMat, OdeBuilder, OdeSolverMethod, OdeSolverStopReason, VectorCommon};
use saigen::cases::thermodynamic_uncertainty::ode::problems::{StiffProblem, oregonator, robertson};
use saigen::cases::thermodynamic_uncertainty::ode::solve;
use saigen::display::Silent;

/// The last state by our solver.
fn ours(problem: &StiffProblem, end: f64) -> Vec<f64> {
    let run = solve(problem.system.as_ref(), &problem.initial, &[0.0, end], &problem.tolerances, &Silent);
    run.expect("solvable").states.remove(1)
}

/// The last state by diffsol, with the closures that its own documentation shows.
fn bare(problem: &StiffProblem, end: f64) -> Vec<f64> {
    let system = problem.system.as_ref();
    let dimension = system.dimension();
    let absolute: Vec<f64> =
        (0..dimension).map(|i| problem.tolerances.absolute[i % problem.tolerances.absolute.len()]).collect();
    let mut bare = OdeBuilder::<NalgebraMat<f64>>::new()
        .rtol(problem.tolerances.relative)
        .atol(absolute)
        .rhs_implicit(
            |x, _p, t, y| system.rhs(t, x, y),
            |x, _p, t, v, y| {
                let mut slopes = [0.0; 9];
                system.jacobian(t, x, &mut slopes);
                for (i, out) in y.iter_mut().enumerate() {
                    *out = (0..dimension).map(|j| slopes[j * dimension + i] * v[j]).sum();
                }
            },
        )
        .init(|_p, _t, y| y.copy_from_slice(&problem.initial), dimension)
        .build()
        .expect("valid problem");
    bare.ode_options.max_nonlinear_solver_failures = usize::MAX;
    let mut solver = bare.bdf::<NalgebraLU<f64>>().expect("valid problem");
    solver.set_stop_time(end).expect("time lies ahead");
    while !matches!(solver.step().expect("solvable"), OdeSolverStopReason::TstopReached) {}
    solver.state().y.inner().as_slice().to_vec()
}

/// Smallest seconds of each, run in turn: on a busy machine the minimum is what the work itself takes.
fn seconds(problem: &StiffProblem, end: f64) -> (f64, f64) {
    let timed = |run: fn(&StiffProblem, f64) -> Vec<f64>| {
        let start = Instant::now();
        black_box(run(problem, end));
        start.elapsed().as_secs_f64()
    };
    (0..ROUNDS).fold((f64::INFINITY, f64::INFINITY), |best, _| (best.0.min(timed(ours)), best.1.min(timed(bare))))
}

/// Runs of each in the comparison.
const ROUNDS: usize = 50;

fn ode(criterion: &mut Criterion) {
    for (problem, end) in [(robertson(), 1e11), (oregonator(), 360.0)] {
        let mut group = criterion.benchmark_group(problem.name);
        group.sample_size(20);
        group.bench_function("solve", |b| b.iter(|| ours(&problem, end)));
        group.bench_function("diffsol bare", |b| b.iter(|| bare(&problem, end)));
        group.finish();
        let (ours, bare) = seconds(&problem, end);
        println!("{}: solve {:.3e} s, diffsol bare {:.3e} s, ratio {:.2}", problem.name, ours, bare, ours / bare);
    }
}

criterion_group!(benches, ode);
criterion_main!(benches);
