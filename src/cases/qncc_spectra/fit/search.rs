//! One start of a separable fit: Levenberg–Marquardt steps in a box, coefficients projected out.

use super::FitError;
use super::covariance::{Covariance, Parameter};
use super::factor::{Cholesky, solve_normal, triangle};
use super::matrix::{Matrix, add_scaled, dot, norm};
use super::nnls::{Solution, nnls_from};
use super::separable::{Basis, Fit, Options, Problem};

/// A problem with every row divided by its error.
pub(super) struct Whitened<'a> {
    basis: &'a dyn Basis,
    y: Vec<f64>,
    sigma: &'a [f64],
    non_negative: &'a [bool],
    lower: &'a [f64],
    upper: &'a [f64],
}

/// Shapes, and the best coefficients there.
pub(super) struct State {
    pub shapes: Vec<f64>,
    pub chi2: f64,
    pub solution: Solution,
    columns: Matrix,
    residual: Vec<f64>,
    steps: usize,
    converged: bool,
}

impl State {
    /// `(y − model)/σ`.
    pub fn residual(&self) -> &[f64] {
        &self.residual
    }
}

/// Places at which the shape of an idle column is tried.
const PLACES: usize = 24;
/// A cosine between an idle column and the residuals that is worth a new search.
const WORTHWHILE: f64 = 1e-6;
/// The cosine between residuals and derivatives at which nothing is left to gain.
const STATIONARY: f64 = 1e-12;
/// A column counts as dependent when less than this share of its length is its own.
const DEPENDENT: f64 = 1e-13;
/// Above this damping a step is too short to matter.
const HOPELESS: f64 = 1e12;

impl<'a> Whitened<'a> {
    /// Checks a problem and divides its data by their errors.
    pub fn new(problem: &'a Problem<'_>) -> Result<Self, FitError> {
        let basis = problem.basis;
        let length = |what, found, expected| {
            if found == expected { Ok(()) } else { Err(FitError::Length { what, found, expected }) }
        };
        length("`y`", problem.y.len(), basis.rows())?;
        length("`sigma`", problem.sigma.len(), basis.rows())?;
        length("`non_negative`", problem.non_negative.len(), basis.columns())?;
        length("`lower`", problem.lower.len(), basis.shapes())?;
        length("`upper`", problem.upper.len(), basis.shapes())?;
        super::finite("`y`", problem.y)?;
        if let Some((index, value)) = problem.sigma.iter().enumerate().find(|(_, s)| !(s.is_finite() && **s > 0.0)) {
            return Err(FitError::Error { index, value: *value });
        }
        for (shape, (lower, upper)) in problem.lower.iter().zip(&problem.upper).enumerate() {
            if lower.is_nan() || upper.is_nan() || lower > upper {
                return Err(FitError::Bounds { shape, lower: *lower, upper: *upper });
            }
        }
        Ok(Self {
            basis,
            y: problem.y.iter().zip(problem.sigma).map(|(y, sigma)| y / sigma).collect(),
            sigma: problem.sigma,
            non_negative: &problem.non_negative,
            lower: &problem.lower,
            upper: &problem.upper,
        })
    }

    /// The same problem with other data, in units of `y`.
    pub fn with_data(&self, y: &[f64]) -> Self {
        Self { y: y.iter().zip(self.sigma).map(|(y, sigma)| y / sigma).collect(), ..*self }
    }

    /// The best coefficients at `shapes`, searched from the active set of `warm` unless it is empty.
    pub fn evaluate(&self, shapes: Vec<f64>, warm: &[f64]) -> Result<State, FitError> {
        let mut columns = Matrix::zeros(self.basis.rows(), self.basis.columns());
        self.basis.fill(&shapes, columns.values_mut());
        for j in 0..columns.columns() {
            columns.column_mut(j).iter_mut().zip(self.sigma).for_each(|(value, sigma)| *value /= sigma);
        }
        let solution = nnls_from(columns.view(), &self.y, self.non_negative, warm)?;
        let mut residual = self.y.clone();
        for (j, coefficient) in solution.x.iter().enumerate().filter(|(_, coefficient)| **coefficient != 0.0) {
            add_scaled(&mut residual, -coefficient, columns.column(j));
        }
        let chi2 = dot(&residual, &residual);
        Ok(State { shapes, chi2, solution, columns, residual, steps: 1, converged: false })
    }

    /// Searches from one start until nothing is gained any more, neither by a step nor by waking an idle column.
    pub fn search(&self, start: &[f64], warm: &[f64], options: &Options) -> Result<State, FitError> {
        let start = start.iter().zip(self.lower.iter().zip(self.upper));
        let start: Vec<f64> = start.map(|(value, (lower, upper))| value.clamp(*lower, *upper)).collect();
        let mut state = self.evaluate(start, warm)?;
        if self.lower.iter().zip(self.upper).all(|(lower, upper)| lower == upper) {
            state.converged = true;
            return Ok(state);
        }
        loop {
            state = self.descend(state, options)?;
            if !state.converged || state.steps >= options.max_steps {
                return Ok(state);
            }
            let Some(shapes) = self.wake(&state) else { return Ok(state) };
            let awake = self.evaluate(shapes, &state.solution.x)?;
            if awake.chi2 >= state.chi2 * (1.0 - options.tolerance) {
                return Ok(state);
            }
            state = State { steps: state.steps + 1, ..awake };
        }
    }

    /// Levenberg–Marquardt with Nielsen's rule for the damping.
    fn descend(&self, mut state: State, options: &Options) -> Result<State, FitError> {
        let (mut damping, mut growth) = (1e-3, 2.0);
        let mut small = 0;
        state.converged = false;
        while state.steps < options.max_steps {
            let slopes = self.projected(&state);
            let descent: Vec<f64> = (0..slopes.columns()).map(|s| dot(slopes.column(s), &state.residual)).collect();
            let normal = slopes.gram();
            if self.stationarity(&state, &slopes, &descent) < STATIONARY {
                state.converged = true;
                return Ok(state);
            }
            loop {
                let step = self.step(&state.shapes, &normal, &descent, damping);
                let shapes: Vec<f64> = state.shapes.iter().zip(&step).map(|(value, by)| value + by).collect();
                let bounds = self.lower.iter().zip(self.upper);
                let shapes: Vec<f64> =
                    shapes.iter().zip(bounds).map(|(value, (lower, upper))| value.clamp(*lower, *upper)).collect();
                if damping > HOPELESS || shapes == state.shapes || state.steps >= options.max_steps {
                    state.converged = state.steps < options.max_steps;
                    return Ok(state);
                }
                let trial = self.evaluate(shapes, &state.solution.x)?;
                let steps = state.steps + 1;
                let gain = state.chi2 - trial.chi2;
                if gain > 0.0 {
                    let curved: f64 = (0..step.len()).map(|s| step[s] * dot(normal.column(s), &step)).sum();
                    let ratio = gain / (2.0 * dot(&descent, &step) - curved);
                    let factor = 1.0 - (2.0 * ratio - 1.0).powi(3);
                    damping = (damping * factor.clamp(1.0 / 3.0, 2.0)).max(1e-10);
                    growth = 2.0;
                    small = if gain < options.tolerance * state.chi2 { small + 1 } else { 0 };
                    let done = small > 1 || (small == 1 && damping < 1e-2);
                    state = State { steps, converged: done, ..trial };
                    if done {
                        return Ok(state);
                    }
                    break;
                }
                state.steps = steps;
                damping *= growth;
                growth *= 2.0;
            }
        }
        Ok(state)
    }

    /// `Σ_j c_j ∂ column_j/∂ shape_s` divided by the errors, a column for each shape.
    fn slopes(&self, state: &State) -> Matrix {
        let mut slopes = Matrix::zeros(self.basis.rows(), self.basis.shapes());
        for s in 0..slopes.columns() {
            if self.lower[s] < self.upper[s] {
                let slope = slopes.column_mut(s);
                self.basis.slope(s, &state.shapes, &state.solution.x, slope);
                slope.iter_mut().zip(self.sigma).for_each(|(value, sigma)| *value /= sigma);
            }
        }
        slopes
    }

    /// The slopes with the active columns projected out.
    fn projected(&self, state: &State) -> Matrix {
        let active: Vec<usize> = (0..self.basis.columns()).filter(|j| state.solution.active[*j]).collect();
        without(self.slopes(state), state.columns.select(&active))
    }

    /// All columns divided by the errors; and what is left of them without the active ones and the slopes of the shapes that
    /// are off their bounds.
    pub fn unexplained(&self, state: &State) -> (Matrix, Matrix) {
        let active: Vec<usize> = (0..self.basis.columns()).filter(|j| state.solution.active[*j]).collect();
        let free: Vec<usize> = (0..state.shapes.len()).filter(|s| self.is_inside(state, *s)).collect();
        let known = state.columns.select(&active).beside(&self.slopes(state).select(&free));
        (state.columns.clone(), without(state.columns.clone(), known))
    }

    /// Whether a shape is between its bounds, not on one.
    fn is_inside(&self, state: &State, s: usize) -> bool {
        self.lower[s] < state.shapes[s] && state.shapes[s] < self.upper[s]
    }

    /// Whether a shape can move the way that lowers χ².
    fn movable(&self, s: usize, shapes: &[f64], descent: f64) -> bool {
        self.lower[s] < self.upper[s]
            && !(shapes[s] <= self.lower[s] && descent < 0.0)
            && !(shapes[s] >= self.upper[s] && descent > 0.0)
    }

    fn stationarity(&self, state: &State, slopes: &Matrix, descent: &[f64]) -> f64 {
        let size = norm(&state.residual);
        let cosine = |s: usize| {
            let length = norm(slopes.column(s)) * size;
            if length > 0.0 && self.movable(s, &state.shapes, descent[s]) { descent[s].abs() / length } else { 0.0 }
        };
        (0..descent.len()).map(cosine).fold(0.0, f64::max)
    }

    /// The minimum of the damped model of χ² in the box; shapes that it would push out stop at their bound.
    fn step(&self, shapes: &[f64], normal: &Matrix, descent: &[f64], damping: f64) -> Vec<f64> {
        let count = shapes.len();
        let mut step = vec![0.0; count];
        let mut free: Vec<usize> =
            (0..count).filter(|s| normal[(*s, *s)] > 0.0 && self.movable(*s, shapes, descent[*s])).collect();
        loop {
            let scale: Vec<f64> = free.iter().map(|s| normal[(*s, *s)].sqrt()).collect();
            let mut factor = Cholesky::default();
            let mut kept = Vec::with_capacity(free.len());
            for (place, s) in free.iter().enumerate() {
                let scaled = |p: usize| normal[(free[p], *s)] / (scale[p] * scale[place]);
                let mut products: Vec<f64> = kept.iter().map(|p: &usize| scaled(*p)).collect();
                products.push(1.0 + damping);
                if factor.push(&products, 1e-14) {
                    kept.push(place);
                }
            }
            let right: Vec<f64> = kept
                .iter()
                .map(|place| {
                    let s = free[*place];
                    let fixed = (0..count).filter(|other| !free.contains(other));
                    (descent[s] - fixed.map(|other| normal[(other, s)] * step[other]).sum::<f64>()) / scale[*place]
                })
                .collect();
            free.iter().for_each(|s| step[*s] = 0.0);
            for (place, value) in kept.iter().zip(factor.solve(&right)) {
                step[free[*place]] = value / scale[*place];
            }
            let before = free.len();
            free.retain(|s| {
                let clamped = (shapes[*s] + step[*s]).clamp(self.lower[*s], self.upper[*s]) - shapes[*s];
                let inside = clamped == step[*s] || (clamped - step[*s]).abs() <= 1e-14 * shapes[*s].abs();
                if !inside {
                    step[*s] = clamped;
                }
                inside
            });
            if free.len() == before || free.is_empty() {
                return step;
            }
        }
    }

    /// Shapes at which columns that are at zero would take part; `None` when there are none.
    fn wake(&self, state: &State) -> Option<Vec<f64>> {
        let active = &state.solution.active;
        let mut shapes = state.shapes.clone();
        let mut column = vec![0.0; self.basis.rows()];
        let size = norm(&state.residual);
        let mut cosine = |j: usize, shapes: &[f64]| {
            self.basis.column(j, shapes, &mut column);
            column.iter_mut().zip(self.sigma).for_each(|(value, sigma)| *value /= sigma);
            let length = norm(&column) * size;
            if length > 0.0 { dot(&column, &state.residual) / length } else { 0.0 }
        };
        let mut any = false;
        for s in 0..shapes.len() {
            let (lower, upper) = (self.lower[s], self.upper[s]);
            let users = || (0..active.len()).filter(|j| self.basis.depends(*j).contains(&s));
            if !(lower < upper && (upper - lower).is_finite()) || users().any(|j| active[j]) {
                continue;
            }
            for j in users().filter(|j| self.non_negative[*j]) {
                let mut best = (WORTHWHILE, None);
                for place in 0..=PLACES {
                    let mut tried = shapes.clone();
                    tried[s] = lower + (upper - lower) * place as f64 / PLACES as f64;
                    let value = cosine(j, &tried);
                    if value > best.0 {
                        best = (value, Some(tried[s]));
                    }
                }
                if let Some(value) = best.1 {
                    shapes[s] = value;
                    any = true;
                }
            }
        }
        any.then_some(shapes)
    }

    /// Everything that is said about the best state.
    pub fn conclude(&self, state: State) -> Fit {
        let projected = self.projected(&state);
        let descent: Vec<f64> = (0..projected.columns()).map(|s| dot(projected.column(s), &state.residual)).collect();
        let stationarity = self.stationarity(&state, &projected, &descent);
        let inside = |s: usize| self.is_inside(&state, s);
        let at_bound: Vec<bool> = (0..state.shapes.len()).map(|s| !inside(s)).collect();
        let slopes = self.slopes(&state);
        let moved = |s: &usize| inside(*s) && slopes.column(*s).iter().any(|value| *value != 0.0);
        let moved: Vec<usize> = (0..slopes.columns()).filter(moved).collect();
        let active: Vec<usize> = (0..self.basis.columns()).filter(|j| state.solution.active[*j]).collect();
        let coefficients = active.iter().map(|j| Parameter::Coefficient(*j));
        let parameters = coefficients.chain(moved.iter().map(|s| Parameter::Shape(*s))).collect();
        let jacobian = state.columns.select(&active).beside(&slopes.select(&moved));
        let data = self.y.iter().zip(&state.residual).zip(self.sigma);
        Fit {
            positive: state.solution.x.iter().filter(|coefficient| **coefficient != 0.0).count(),
            coefficients: state.solution.x,
            shapes: state.shapes,
            chi2: state.chi2,
            model: data.map(|((y, residual), sigma)| (y - residual) * sigma).collect(),
            kkt: state.solution.kkt,
            stationarity,
            steps: state.steps,
            converged: state.converged,
            at_bound,
            covariance: Covariance::from_jacobian(parameters, jacobian),
        }
    }
}

/// `target` with the span of `known` projected out.
fn without(mut target: Matrix, mut known: Matrix) -> Matrix {
    known.normalise();
    let mut upper = triangle(&known);
    for k in 0..upper.columns() {
        // What depends on the columns before it is projected out with them.
        if upper[(k, k)].abs() < DEPENDENT {
            upper[(k, k)] = f64::INFINITY;
        }
    }
    for s in 0..target.columns() {
        let right: Vec<f64> = (0..known.columns()).map(|k| dot(known.column(k), target.column(s))).collect();
        if right.iter().all(|value| *value == 0.0) {
            continue;
        }
        for (k, share) in solve_normal(&upper, &right).into_iter().enumerate() {
            add_scaled(target.column_mut(s), -share, known.column(k));
        }
    }
    target
}
