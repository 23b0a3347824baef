//! Elastic nets on the data themselves: residual mode, for designs with far more columns than rows.

use ndarray::{Array2, ArrayView2};

use super::factor::{add_scaled, dot};
use super::{ElasticNetError, Fit, Options, Penalty, Scaling, check};

/// A design made ready for residual mode: columns centred, scaled, rows multiplied by `√(v_i/Σv)`. Holds a copy of the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    /// p × n: the columns, each in one piece.
    columns: Array2<f64>,
    /// `‖x_j‖²`: the diagonal of G.
    squares: Vec<f64>,
    /// Weighted means of the columns.
    mean: Vec<f64>,
    /// What each column is divided by.
    scale: Vec<f64>,
    roots: Vec<f64>,
}

/// What falls below this part of the wanted residual needs no further sweep over the active columns.
const SETTLED: f64 = 0.1;

impl Design {
    /// Makes `x` (n × p, rows are observations) ready.
    ///
    /// # Errors
    /// [`ElasticNetError`] for an empty design, numbers that aren't finite, or weights that aren't weights.
    pub fn of(x: ArrayView2<'_, f64>, weights: Option<&[f64]>, scaling: Scaling) -> Result<Self, ElasticNetError> {
        let ready = check::ready(x, weights, scaling)?;
        let columns = ready.rows.t().as_standard_layout().into_owned();
        let squares = columns.rows().into_iter().map(|column| column.iter().map(|x| x * x).sum()).collect();
        Ok(Self { columns, squares, mean: ready.mean, scale: ready.scale, roots: ready.roots })
    }

    /// The number of columns, p.
    pub fn columns(&self) -> usize {
        self.squares.len()
    }

    /// `c = XᵀVy/Σv` for the response `y`, as [`super::Gram::right_hand_side`].
    ///
    /// # Errors
    /// [`ElasticNetError`] for another length or numbers that aren't finite.
    pub fn right_hand_side(&self, y: &[f64]) -> Result<Vec<f64>, ElasticNetError> {
        let y = self.response(y)?;
        Ok((0..self.columns()).map(|j| dot(self.column(j), &y)).collect())
    }

    /// The fit in units of the data: coefficients divided by the scales, and the intercept.
    pub fn in_original_units(&self, fit: &Fit, response_mean: f64) -> Fit {
        let coefficients: Vec<_> = fit.coefficients.iter().map(|(j, value)| (*j, value / self.scale[*j])).collect();
        let intercept = response_mean - coefficients.iter().map(|(j, value)| self.mean[*j] * value).sum::<f64>();
        Fit { coefficients, intercept, ..fit.clone() }
    }

    fn column(&self, j: usize) -> &[f64] {
        let n = self.roots.len();
        let all = self.columns.as_slice().expect("in standard layout");
        &all[j * n..(j + 1) * n]
    }

    /// The response made ready.
    pub(super) fn response(&self, y: &[f64]) -> Result<Vec<f64>, ElasticNetError> {
        check::response(y, &self.roots)
    }

    /// Solves from `start`; `before` is the `l1` whose solution the start is, for the sequential strong rule.
    pub(super) fn solve(
        &self,
        y: &[f64],
        penalty: Penalty,
        start: &[(usize, f64)],
        before: Option<f64>,
        options: &Options<'_>,
    ) -> Result<Fit, ElasticNetError> {
        let p = self.columns();
        let c: Vec<f64> = (0..p).map(|j| dot(self.column(j), y)).collect();
        let penalties: Vec<Option<Penalty>> =
            (0..p).map(|j| check::column_penalty(penalty, options, j).filter(|_| self.squares[j] > 0.0)).collect();
        let allowed = || penalties.iter().enumerate().filter_map(|(j, penalty)| Some((j, (*penalty)?)));
        let size = allowed().fold(0.0, |size, (j, _)| f64::max(size, c[j].abs()));
        if size == 0.0 {
            return Ok(Fit::default());
        }
        let tolerance = options.tolerance * size;
        let mut beta = vec![0.0; p];
        for (j, value) in start.iter().filter(|(j, _)| penalties[*j].is_some()) {
            beta[*j] = *value;
        }
        let mut rest = self.rest(y, &beta);
        let mut gradient: Vec<f64> = (0..p).map(|j| dot(self.column(j), &rest)).collect();

        let factor = |own: Penalty| if penalty.l1 > 0.0 { own.l1 / penalty.l1 } else { 1.0 };
        let before = before.unwrap_or_else(|| {
            let free = allowed().filter(|(_, own)| factor(*own) > 0.0);
            free.fold(penalty.l1, |most, (j, own)| most.max(gradient[j].abs() / factor(own)))
        });
        let bar = 2.0 * penalty.l1 - before;
        let strong: Vec<(usize, Penalty)> = allowed()
            .filter(|(j, own)| beta[*j] != 0.0 || own.l1 == 0.0 || gradient[*j].abs() >= factor(*own) * bar)
            .collect();
        let mut active: Vec<(usize, Penalty)> = strong
            .iter()
            .copied()
            .filter(|(j, own)| own.violation(gradient[*j], beta[*j]) > 0.0 || beta[*j] != 0.0)
            .collect();
        let mut goal = SETTLED * tolerance;
        let mut sweeps = 0;
        loop {
            // Sweeps over the active columns until no step changes a gradient by more than the goal.
            while sweeps < options.max_sweeps {
                sweeps += 1;
                if self.sweep(&active, &mut beta, &mut rest) <= goal {
                    break;
                }
            }
            // The strong set first; all columns only when it has nothing to add.
            let added = self.violators(&strong, &beta, &rest, tolerance, &active);
            if !added.is_empty() && sweeps < options.max_sweeps {
                active.extend(added);
                active.sort_unstable_by_key(|(j, _)| *j);
                continue;
            }
            rest = self.rest(y, &beta);
            gradient.iter_mut().enumerate().for_each(|(j, gradient)| *gradient = dot(self.column(j), &rest));
            let kkt = allowed().fold(0.0, |worst, (j, own)| f64::max(worst, own.violation(gradient[j], beta[j])));
            if kkt <= tolerance {
                let coefficients: Vec<(usize, f64)> =
                    beta.iter().copied().enumerate().filter(|(_, value)| *value != 0.0).collect();
                let terms = coefficients.iter().zip(coefficients.iter().filter_map(|(j, _)| penalties[*j]));
                let objective =
                    terms.map(|((j, value), own)| own.value(*value) - 0.5 * value * (c[*j] + gradient[*j])).sum();
                return Ok(Fit { coefficients, intercept: 0.0, kkt: kkt / size, objective, sweeps });
            }
            if sweeps >= options.max_sweeps {
                let tolerance = options.tolerance;
                return Err(ElasticNetError::NotConverged { kkt: kkt / size, tolerance, sweeps, response: None });
            }
            let all: Vec<(usize, Penalty)> = allowed().collect();
            let added = self.violators(&all, &beta, &rest, tolerance, &active);
            if added.is_empty() {
                // What is left is among the active columns: small steps that add up.
                goal *= SETTLED;
            }
            active.extend(added);
            active.sort_unstable_by_key(|(j, _)| *j);
        }
    }

    /// `y − Xβ`.
    fn rest(&self, y: &[f64], beta: &[f64]) -> Vec<f64> {
        let mut rest = y.to_vec();
        for (j, value) in beta.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            add_scaled(&mut rest, -value, self.column(j));
        }
        rest
    }

    /// One sweep over these columns; returns the largest change of a gradient by its own step.
    fn sweep(&self, active: &[(usize, Penalty)], beta: &mut [f64], rest: &mut [f64]) -> f64 {
        let mut largest: f64 = 0.0;
        for (j, own) in active {
            let column = self.column(*j);
            let (old, square) = (beta[*j], self.squares[*j]);
            let pull = dot(column, rest) + square * old;
            let new = if pull.abs() <= own.l1 { 0.0 } else { (pull - own.l1.copysign(pull)) / (square + own.l2) };
            if new != old {
                add_scaled(rest, old - new, column);
                beta[*j] = new;
                largest = largest.max((new - old).abs() * (square + own.l2));
            }
        }
        largest
    }

    /// Which of these columns aren't active and violate their condition by more than the tolerance.
    fn violators(
        &self,
        among: &[(usize, Penalty)],
        beta: &[f64],
        rest: &[f64],
        tolerance: f64,
        active: &[(usize, Penalty)],
    ) -> Vec<(usize, Penalty)> {
        let mut known = active.iter().map(|(j, _)| *j).peekable();
        let fresh = among.iter().copied().filter(|(j, _)| {
            while known.next_if(|k| k < j).is_some() {}
            known.peek() != Some(j)
        });
        fresh.filter(|(j, own)| own.violation(dot(self.column(*j), rest), beta[*j]) > tolerance).collect()
    }
}

/// Fits one elastic net on the data: the same optimum as [`super::covariance::fit`], without a Gram matrix.
///
/// Coordinate descent on the residual costs `n` multiplications for a column that doesn't move and `2n` for one that does,
/// against `p` in covariance mode. Sweeps go over the active columns; the strong set, and in the end all columns, are checked for
/// violations.
///
/// # Errors
/// [`ElasticNetError`] for other lengths, numbers that aren't finite, settings out of range, and when the tolerance isn't
/// reached.
pub fn fit(
    design: &Design,
    y: &[f64],
    penalty: Penalty,
    start: Option<&[(usize, f64)]>,
    options: &Options<'_>,
) -> Result<Fit, ElasticNetError> {
    check::settings(penalty, options, design.columns())?;
    check::start(start.unwrap_or_default(), design.columns())?;
    let y = design.response(y)?;
    design.solve(&y, penalty, start.unwrap_or_default(), None, options)
}
