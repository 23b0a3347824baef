//! Elastic nets on a Gram matrix: covariance mode.

use ndarray::ArrayView2;
use pulp::Arch;

use super::compact::Compact;
use super::factor::add_scaled;
use super::{ElasticNetError, Fit, Gram, Options, Penalty, check};

/// Fits one elastic net on a Gram matrix.
///
/// `c` is [`Gram::right_hand_side`], or a row of the matrix for the regression of a column on the others (set
/// [`Options::exclude`] then). `start` are coefficients to start from, as in [`Fit::coefficients`].
///
/// A working set of the columns most likely to matter is gathered into a small Gram matrix; sweeps of coordinate descent find
/// the signs there, and a Newton step the minimum for these signs. A pass over all columns then refreshes the gradient, and
/// columns that violate their condition join, until none does. Columns without variance get 0.
///
/// ```
/// use ndarray::array;
/// use saigen::methods::elastic_net::{Gram, Options, Penalty, Scaling, covariance};
///
/// let x = array![[1.0, 0.0], [2.0, 1.0], [3.0, 0.0], [4.0, 1.0]];
/// let y = [1.1, 1.9, 3.2, 3.8];
/// let gram = Gram::of(x.view(), None, Scaling::UnitVariance)?;
/// let c = gram.right_hand_side(x.view(), &y, None)?;
/// let fit = covariance::fit(&gram, &c, Penalty::glmnet(0.1, 1.0), None, &Options::default())?;
/// let fit = gram.in_original_units(&fit, 2.5);
/// assert_eq!(fit.coefficients.len(), 1);
/// # Ok::<(), saigen::methods::elastic_net::ElasticNetError>(())
/// ```
///
/// # Errors
/// [`ElasticNetError`] for other lengths, numbers that aren't finite, settings out of range, and when the tolerance isn't
/// reached.
pub fn fit(
    gram: &Gram,
    c: &[f64],
    penalty: Penalty,
    start: Option<&[(usize, f64)]>,
    options: &Options<'_>,
) -> Result<Fit, ElasticNetError> {
    fit_in(&mut Workspace::default(), gram.matrix.view(), c, penalty, start, options)
}

/// As [`fit`], for a symmetric matrix `gram` (p × p) from elsewhere, with the buffers of an earlier fit.
///
/// # Errors
/// As [`fit`]. The matrix is taken to be symmetric, positive semi-definite and finite; a diagonal entry that isn't positive
/// marks a column without variance.
pub fn fit_in(
    workspace: &mut Workspace,
    gram: ArrayView2<'_, f64>,
    c: &[f64],
    penalty: Penalty,
    start: Option<&[(usize, f64)]>,
    options: &Options<'_>,
) -> Result<Fit, ElasticNetError> {
    let columns = c.len();
    check::square(gram, columns)?;
    check::vector(c, columns, "the right-hand side")?;
    check::settings(penalty, options, columns)?;
    check::start(start.unwrap_or_default(), columns)?;
    let diagonal = gram.diag().to_vec();
    let problem = Problem { gram: &check::by_rows(gram), diagonal: &diagonal, c, penalty, options };
    problem.solve(workspace, start.unwrap_or_default(), None)
}

/// As [`fit_in`] without penalty factors and on all columns at once, for a matrix (p × p, by rows) of columns that are known to
/// matter: `start` and the solution have p entries. Returns the sweeps.
///
/// # Errors
/// As [`fit`].
pub(crate) fn fit_whole(
    gram: Vec<f64>,
    c: &[f64],
    l1: f64,
    beta: &mut [f64],
    options: &Options<'_>,
) -> Result<usize, ElasticNetError> {
    let columns = c.len();
    check::length(gram.len(), columns * columns, "entries of the Gram matrix")?;
    check::length(beta.len(), columns, "coefficients to start from")?;
    check::vector(c, columns, "the right-hand side")?;
    let penalty = Penalty { l1, l2: 0.0 };
    check::settings(penalty, options, columns)?;
    let size = c.iter().fold(0.0, |size, c| f64::max(size, c.abs()));
    let mut gradient = c.to_vec();
    for (value, row) in beta.iter().zip(gram.chunks_exact(columns)).filter(|(value, _)| **value != 0.0) {
        add_scaled(&mut gradient, -value, row);
    }
    let mut compact = Compact::whole(gram, beta, gradient, penalty);
    let sweeps = compact.solve(options.tolerance * size, options.max_sweeps);
    beta.copy_from_slice(&compact.beta);
    let kkt = compact.violation();
    if kkt > options.tolerance * size {
        let (kkt, tolerance) = (kkt / size, options.tolerance);
        return Err(ElasticNetError::NotConverged { kkt, tolerance, sweeps, response: None });
    }
    Ok(sweeps)
}

/// Buffers that fits can share, one after the other.
#[derive(Debug, Default)]
pub struct Workspace {
    compact: Compact,
    /// `c − Gβ`, of all columns.
    gradient: Vec<f64>,
    /// `l1 u_j`, what a gradient may not exceed; infinite for excluded columns and those in the working set.
    threshold: Vec<f64>,
    candidates: Vec<(f64, usize)>,
}

/// One elastic net, checked.
pub(super) struct Problem<'a> {
    /// p × p, by rows.
    pub gram: &'a [f64],
    /// Its diagonal, side by side.
    pub diagonal: &'a [f64],
    pub c: &'a [f64],
    pub penalty: Penalty,
    pub options: &'a Options<'a>,
}

/// The working set begins with this many columns, and twice as many as there are coefficients.
const FIRST: usize = 32;
/// At least this many columns may join after a pass.
const JOIN: usize = 24;
/// The working set is solved to this part of the largest violation outside, while there is one.
const EARLY: f64 = 0.05;
/// And to this part of the tolerance in the end.
const LATE: f64 = 0.25;

impl<'a> Problem<'a> {
    fn row(&self, column: usize) -> &'a [f64] {
        let columns = self.c.len();
        &self.gram[column * columns..(column + 1) * columns]
    }

    fn penalty(&self, column: usize) -> Penalty {
        check::column_penalty(self.penalty, self.options, column).unwrap_or(Penalty { l1: f64::INFINITY, l2: 0.0 })
    }

    /// Solves from `start`; `before` is the `l1` whose solution the start is, for the sequential strong rule.
    pub fn solve(
        &self,
        workspace: &mut Workspace,
        start: &[(usize, f64)],
        before: Option<f64>,
    ) -> Result<Fit, ElasticNetError> {
        let columns = self.c.len();
        let Workspace { compact, gradient, threshold, candidates } = workspace;
        self.thresholds(threshold);
        let size = self.c.iter().zip(&*threshold).filter(|(_, threshold)| threshold.is_finite());
        let size = size.fold(0.0, |size, (c, _)| f64::max(size, c.abs()));
        if size == 0.0 {
            return Ok(Fit::default());
        }
        let tolerance = self.options.tolerance * size;
        compact.clear(2 * FIRST);
        gradient.clear();
        gradient.extend_from_slice(self.c);
        let mut support = start.to_vec();
        support.retain(|(j, value)| threshold[*j].is_finite() && *value != 0.0);
        support.sort_by_key(|(j, _)| *j);
        support.dedup_by_key(|(j, _)| *j);
        self.subtract(&support, gradient);

        // The strong rule: columns whose gradient was below 2 l1 − l1_before stay out, for a first guess. Without a solution
        // before, that of zero coefficients is known, for the largest l1.
        let free = |l1: f64| if self.penalty.l1 > 0.0 { l1 / self.penalty.l1 } else { 1.0 };
        let before = before.unwrap_or_else(|| {
            let finite = gradient.iter().zip(&*threshold).filter(|(_, threshold)| threshold.is_finite());
            finite.fold(self.penalty.l1, |most, (gradient, l1)| match free(*l1) {
                0.0 => most,
                factor => most.max(gradient.abs() / factor),
            })
        });
        let bar = 2.0 * self.penalty.l1 - before;
        candidates.clear();
        candidates.extend((0..columns).filter(|j| threshold[*j].is_finite()).filter_map(|j| {
            let excess = gradient[j].abs() - free(threshold[j]) * bar;
            (excess >= 0.0 || threshold[j] == 0.0).then_some((gradient[j].abs() - threshold[j], j))
        }));
        let unpenalised = candidates.iter().filter(|(_, j)| threshold[*j] == 0.0).count();
        support.iter().for_each(|(j, _)| threshold[*j] = f64::INFINITY);
        candidates.retain(|(_, j)| threshold[*j].is_finite());
        keep_largest(candidates, FIRST + 2 * support.len() + unpenalised);
        candidates.iter().for_each(|(_, j)| threshold[*j] = f64::INFINITY);
        let first = support.iter().copied().chain(candidates.iter().map(|(_, j)| (*j, 0.0)));
        compact.add(first.map(|(j, beta)| (j, self.penalty(j), beta, gradient[j])), |j| self.row(j));

        let mut goal = (EARLY * size).max(LATE * tolerance);
        let mut sweeps = 0;
        loop {
            sweeps += compact.solve(goal, self.options.max_sweeps.saturating_sub(sweeps));
            support.clear();
            support
                .extend(compact.columns.iter().copied().zip(compact.beta.iter().copied()).filter(|(_, b)| *b != 0.0));
            support.sort_unstable_by_key(|(j, _)| *j);
            gradient.copy_from_slice(self.c);
            self.subtract(&support, gradient);
            let members = compact.columns.iter().zip(&compact.beta);
            let within =
                members.fold(0.0, |worst, (j, b)| f64::max(worst, self.penalty(*j).violation(gradient[*j], *b)));
            let outside = largest_excess(gradient, threshold);
            let kkt = within.max(outside);
            if kkt <= tolerance {
                return Ok(self.finished(support, gradient, kkt / size, sweeps));
            }
            if sweeps >= self.options.max_sweeps {
                let tolerance = self.options.tolerance;
                return Err(ElasticNetError::NotConverged { kkt: kkt / size, tolerance, sweeps, response: None });
            }
            for (kept, j) in compact.gradient.iter_mut().zip(&compact.columns) {
                *kept = gradient[*j];
            }
            goal = if outside > tolerance { (EARLY * outside).max(LATE * tolerance) } else { LATE * tolerance };
            candidates.clear();
            let excess = gradient.iter().zip(&*threshold).map(|(gradient, threshold)| gradient.abs() - threshold);
            candidates.extend(excess.zip(0..).filter(|(excess, _)| *excess > tolerance));
            keep_largest(candidates, JOIN.max(support.len()));
            candidates.iter().for_each(|(_, j)| threshold[*j] = f64::INFINITY);
            let join = candidates.iter().map(|(_, j)| (*j, self.penalty(*j), 0.0, gradient[*j]));
            compact.add(join, |j| self.row(j));
        }
    }

    /// `l1 u_j` of every column that may enter, infinity for the others.
    fn thresholds(&self, threshold: &mut Vec<f64>) {
        threshold.clear();
        threshold.resize(self.c.len(), self.penalty.l1);
        if self.options.factors.is_some() {
            threshold.iter_mut().enumerate().for_each(|(j, threshold)| *threshold = self.penalty(j).l1);
        }
        if let Some(own) = self.options.exclude {
            threshold[own] = f64::INFINITY;
        }
        let constant =
            self.diagonal.iter().zip(threshold).filter(|(diagonal, _)| diagonal.is_nan() || **diagonal <= 0.0);
        constant.for_each(|(_, threshold)| *threshold = f64::INFINITY);
    }

    /// `gradient −= Gβ`.
    fn subtract(&self, beta: &[(usize, f64)], gradient: &mut [f64]) {
        let mut fours = beta.chunks_exact(4);
        for four in &mut fours {
            let [(a, va), (b, vb), (c, vc), (d, vd)] = [four[0], four[1], four[2], four[3]];
            let rows = self.row(a).iter().zip(self.row(b)).zip(self.row(c)).zip(self.row(d));
            Arch::new().dispatch(
                #[inline(always)]
                || {
                    for (gradient, (((a, b), c), d)) in gradient.iter_mut().zip(rows) {
                        *gradient -= (va * a + vb * b) + (vc * c + vd * d);
                    }
                },
            );
        }
        for (j, value) in fours.remainder() {
            add_scaled(gradient, -value, self.row(*j));
        }
    }

    fn finished(&self, coefficients: Vec<(usize, f64)>, gradient: &[f64], kkt: f64, sweeps: usize) -> Fit {
        let objective = coefficients
            .iter()
            .map(|(j, beta)| self.penalty(*j).value(*beta) - 0.5 * beta * (self.c[*j] + gradient[*j]))
            .sum();
        Fit { coefficients, intercept: 0.0, kkt, objective, sweeps }
    }
}

/// The largest `|gradient| − threshold`, or zero.
fn largest_excess(gradient: &[f64], threshold: &[f64]) -> f64 {
    const LANES: usize = 4;
    let mut most = [0.0; LANES];
    let whole = gradient.len() - gradient.len() % LANES;
    let pairs = gradient.chunks(LANES).zip(threshold.chunks(LANES));
    for (gradient, threshold) in pairs.take(whole / LANES) {
        for ((most, gradient), threshold) in most.iter_mut().zip(gradient).zip(threshold) {
            let excess = gradient.abs() - threshold;
            *most = if excess > *most { excess } else { *most };
        }
    }
    let rest =
        gradient[whole..].iter().zip(&threshold[whole..]).map(|(gradient, threshold)| gradient.abs() - threshold);
    most.into_iter().chain(rest).fold(0.0, f64::max)
}

/// Keeps the `count` largest, ties by the lower column, and orders them by column.
fn keep_largest(candidates: &mut Vec<(f64, usize)>, count: usize) {
    if candidates.len() > count {
        candidates.select_nth_unstable_by(count, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        candidates.truncate(count);
    }
    candidates.sort_unstable_by_key(|(_, column)| *column);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::elastic_net::Scaling;
    use ndarray::Array2;

    #[test]
    fn all_columns_at_once_have_the_same_optimum() {
        // More columns than rows: the matrix is singular, and twins make its factor fail.
        let x = Array2::from_shape_fn((12, 30), |(i, j)| ((i * (2 * (j % 29) + 3)) as f64 * 0.7).sin());
        let y: Vec<f64> = (0..12).map(|i| x[[i, 0]] - 0.5 * x[[i, 7]] + 0.1 * (i as f64).cos()).collect();
        let gram = Gram::of(x.view(), None, Scaling::UnitVariance).unwrap();
        let c = gram.right_hand_side(x.view(), &y, None).unwrap();
        let options = Options::default();
        for l1 in [0.3, 0.05, 0.001] {
            let fit = fit(&gram, &c, Penalty { l1, l2: 0.0 }, None, &options).unwrap();
            let matrix: Vec<f64> = gram.matrix.iter().copied().collect();
            for start in [0.0, 0.3] {
                let mut beta = vec![start; 30];
                let sweeps = fit_whole(matrix.clone(), &c, l1, &mut beta, &options).unwrap();
                assert!(sweeps > 0);
                let along = |j: usize| (0..30).map(|k| gram.matrix[[j, k]] * beta[k]).sum::<f64>();
                let value: f64 = (0..30).map(|j| beta[j] * (0.5 * along(j) - c[j]) + l1 * beta[j].abs()).sum();
                assert!((value - fit.objective).abs() < 1e-9, "{l1} {start}: {value} {}", fit.objective);
            }
        }
        assert!(fit_whole(vec![1.0; 4], &[1.0; 3], 0.1, &mut [0.0; 3], &options).is_err());
        assert!(fit_whole(vec![1.0; 9], &[1.0, f64::NAN, 0.0], 0.1, &mut [0.0; 3], &options).is_err());
    }
}
