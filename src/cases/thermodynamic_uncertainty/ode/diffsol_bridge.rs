//! Hands an [`OdeSystem`] to diffsol's BDF and takes its steps.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;

use diffsol::{
    ConstantOp, DiffsolError, Matrix, NalgebraContext, NalgebraLU, NalgebraMat, NalgebraVec, NonLinearOp,
    NonLinearOpJacobian, OdeBuilder, OdeEquations, OdeEquationsRef, OdeSolverMethod, Op, UnitCallable, Vector,
    VectorCommon,
};

use super::{OdeError, OdeSystem, Step, Tolerances};
use crate::display::Monitor;
use crate::methods::parallel::Interrupted;

type M = NalgebraMat<f64>;
type V = NalgebraVec<f64>;

/// Steps below this are hopeless; the solver's own limit of 1e-13 would refuse models timed in years or gigaseconds.
const SMALLEST_STEP: f64 = 1e-40;

/// diffsol counts failed Newton solves over the whole run; a long run on a stiff problem has many, each mended by a
/// shorter step. [`SMALLEST_STEP`] ends hopeless runs.
const NEWTON_FAILURES: usize = usize::MAX;

/// Right-hand side, Jacobian and initial state in diffsol's terms.
struct RightHandSide<'s> {
    system: &'s dyn OdeSystem,
    context: NalgebraContext,
    /// The last rate that wasn't finite: (variable, value, time).
    fault: Cell<Option<(usize, f64, f64)>>,
}

impl RightHandSide<'_> {
    /// The error to report when no step succeeds beyond `reached` and the rates out there aren't finite.
    fn not_finite(&self, reached: f64) -> Option<OdeError> {
        let (variable, value, _) = self.fault.get().filter(|(_, _, time)| *time >= reached)?;
        Some(OdeError::RateNotFinite { variable, value, reached })
    }
}

impl Op for RightHandSide<'_> {
    type T = f64;
    type V = V;
    type M = M;
    type C = NalgebraContext;

    fn context(&self) -> &NalgebraContext {
        &self.context
    }
    fn nstates(&self) -> usize {
        self.system.dimension()
    }
    fn nout(&self) -> usize {
        self.system.dimension()
    }
    fn nparams(&self) -> usize {
        0
    }
}

impl NonLinearOp for RightHandSide<'_> {
    fn call_inplace(&self, x: &V, t: f64, y: &mut V) {
        let rates = y.inner_mut().as_mut_slice();
        self.system.rhs(t, x.inner().as_slice(), rates);
        if let Some(variable) = rates.iter().position(|rate| !rate.is_finite()) {
            self.fault.set(Some((variable, rates[variable], t)));
        }
    }
}

impl NonLinearOpJacobian for RightHandSide<'_> {
    fn jac_mul_inplace(&self, x: &V, t: f64, v: &V, y: &mut V) {
        self.jacobian(x, t).gemv(1.0, v, 0.0, y);
    }

    fn jacobian_inplace(&self, x: &V, t: f64, y: &mut M) {
        let entries = y.inner_mut().as_mut_slice();
        entries.fill(0.0);
        self.system.jacobian(t, x.inner().as_slice(), entries);
    }
}

struct InitialState {
    state: Vec<f64>,
    context: NalgebraContext,
}

impl Op for InitialState {
    type T = f64;
    type V = V;
    type M = M;
    type C = NalgebraContext;

    fn context(&self) -> &NalgebraContext {
        &self.context
    }
    fn nstates(&self) -> usize {
        self.state.len()
    }
    fn nout(&self) -> usize {
        self.state.len()
    }
    fn nparams(&self) -> usize {
        0
    }
}

impl ConstantOp for InitialState {
    fn call_inplace(&self, _t: f64, y: &mut V) {
        y.inner_mut().as_mut_slice().copy_from_slice(&self.state);
    }
}

struct Equations<'s> {
    rhs: RightHandSide<'s>,
    initial: InitialState,
}

impl Op for Equations<'_> {
    type T = f64;
    type V = V;
    type M = M;
    type C = NalgebraContext;

    fn context(&self) -> &NalgebraContext {
        &self.rhs.context
    }
    fn nstates(&self) -> usize {
        self.rhs.nstates()
    }
    fn nout(&self) -> usize {
        self.rhs.nout()
    }
    fn nparams(&self) -> usize {
        0
    }
}

impl<'a, 's> OdeEquationsRef<'a> for Equations<'s> {
    type Mass = UnitCallable<M>;
    type Rhs = &'a RightHandSide<'s>;
    type Root = UnitCallable<M>;
    type Init = &'a InitialState;
    type Out = UnitCallable<M>;
    type Reset = UnitCallable<M>;
}

impl OdeEquations for Equations<'_> {
    fn rhs(&self) -> <Self as OdeEquationsRef<'_>>::Rhs {
        &self.rhs
    }
    fn mass(&self) -> Option<<Self as OdeEquationsRef<'_>>::Mass> {
        None
    }
    fn init(&self) -> <Self as OdeEquationsRef<'_>>::Init {
        &self.initial
    }
    fn set_params(&mut self, _p: &V) {}
    fn get_params(&self, _p: &mut V) {}
}

/// Integrates a checked, non-empty problem; see [`super::march`].
pub(super) fn march(
    system: &dyn OdeSystem,
    x0: &[f64],
    span: (f64, f64),
    tolerances: &Tolerances,
    monitor: &dyn Monitor,
    on_step: &mut dyn FnMut(&Step) -> ControlFlow<()>,
) -> Result<(), OdeError> {
    let (start, wanted) = span;
    let mut rates = vec![0.0; x0.len()];
    system.rhs(start, x0, &mut rates);
    if let Some(variable) = rates.iter().position(|rate| !rate.is_finite()) {
        return Err(OdeError::RateNotFinite { variable, value: rates[variable], reached: start });
    }
    let failed = |reached: f64| move |source: DiffsolError| OdeError::StepFailed { reached, wanted, source };

    let context = NalgebraContext::default();
    let equations = Equations {
        rhs: RightHandSide { system, context, fault: Cell::new(None) },
        initial: InitialState { state: x0.to_vec(), context },
    };
    let absolute = if tolerances.absolute.len() == 1 {
        vec![tolerances.absolute[0]; x0.len()]
    } else {
        tolerances.absolute.clone()
    };
    let mut problem = OdeBuilder::<M>::new()
        .t0(start)
        .rtol(tolerances.relative)
        .atol(absolute)
        .build_from_eqn(equations)
        .map_err(failed(start))?;
    problem.ode_options.min_timestep = SMALLEST_STEP;
    problem.ode_options.max_nonlinear_solver_failures = NEWTON_FAILURES;
    let mut solver = problem.bdf::<NalgebraLU<f64>>().map_err(failed(start))?;
    solver.set_stop_time(wanted).map_err(failed(start))?;

    let scratch = RefCell::new(V::zeros(x0.len(), context));
    let mut reached = start;
    while reached < wanted {
        if monitor.cancelled() {
            return Err(OdeError::Interrupted { reached, source: Interrupted });
        }
        if let Err(source) = solver.step() {
            return Err(problem.eqn.rhs.not_finite(reached).unwrap_or_else(|| failed(reached)(source)));
        }
        let state = solver.state();
        if let Some(variable) = state.y.inner().as_slice().iter().position(|x| !x.is_finite()) {
            return Err(OdeError::Overflow { variable, reached });
        }
        if state.t <= reached {
            return Err(problem.eqn.rhs.not_finite(reached).unwrap_or(OdeError::Stalled { reached, wanted }));
        }
        // the stop time is met to within rounding, and never quite missed
        let end = if wanted - state.t <= STOP_ROUNDOFF * wanted.abs().max(start.abs()) { wanted } else { state.t };
        let last = state.t;
        let interpolate = |t: f64, out: &mut [f64]| {
            let mut x = scratch.borrow_mut();
            solver.interpolate_inplace(t.min(last), &mut x).expect("the time lies within the step just taken");
            out.copy_from_slice(x.inner().as_slice());
        };
        let step = Step { start: reached, end, interpolate: &interpolate };
        if on_step(&step).is_break() {
            return Ok(());
        }
        reached = end;
    }
    Ok(())
}

/// diffsol stops within a hundred roundings of the stop time.
const STOP_ROUNDOFF: f64 = 200.0 * f64::EPSILON;
