//! Many responses on one design, in parallel.

use std::borrow::Cow;

use ndarray::ArrayView2;

use super::covariance::{Problem, Workspace};
use super::{ElasticNetError, Fit, Gram, Network, Options, Penalty, check};
use crate::display::Monitor;
use crate::methods::parallel::ordered;

/// Responses that one task fits, one after the other.
const BLOCK: usize = 8;

/// Fits every column on all others: the columns of [`Network`].
///
/// The right-hand side of column j is row j of G, so nothing but G is needed. `start` is a network to start from;
/// [`Options::exclude`] is set for each column and ignored here. Progress counts blocks of 8 columns.
///
/// # Errors
/// [`ElasticNetError`]; [`ElasticNetError::NotConverged`] names the first such column.
pub fn nodewise(
    gram: &Gram,
    penalty: Penalty,
    start: Option<&Network>,
    options: &Options<'_>,
    monitor: &dyn Monitor,
) -> Result<Network, ElasticNetError> {
    let columns = gram.columns();
    if let Some(start) = start {
        check::length(start.nodes(), columns, "nodes of the network to start from")?;
    }
    let begin = |j: usize| start.map_or_else(Vec::new, |network| network.regulators(j).collect());
    let matrix = checked(gram)?;
    let right_hand_side = |j: usize| &matrix[j * columns..(j + 1) * columns];
    let fits =
        each(&matrix, columns, right_hand_side, penalty, begin, true, options, "nodewise elastic nets", monitor)?;
    Network::of(&fits)
}

/// Fits many responses: column k of `right_hand_sides` (p × q) is the `c` of response k.
///
/// `start` are fits to start from, one for each response. Progress counts blocks of 8 responses.
///
/// # Errors
/// [`ElasticNetError`]; [`ElasticNetError::NotConverged`] names the first such response.
pub fn responses(
    gram: &Gram,
    right_hand_sides: ArrayView2<'_, f64>,
    penalty: Penalty,
    start: Option<&[Fit]>,
    options: &Options<'_>,
    monitor: &dyn Monitor,
) -> Result<Vec<Fit>, ElasticNetError> {
    let (p, q) = right_hand_sides.dim();
    check::length(p, gram.columns(), "rows of the right-hand sides")?;
    if let Some(start) = start {
        check::length(start.len(), q, "fits to start from")?;
        start.iter().try_for_each(|fit| check::start(&fit.coefficients, p))?;
    }
    let transposed = right_hand_sides.t().as_standard_layout().into_owned();
    if q == 0 {
        return Ok(Vec::new());
    }
    check::design(transposed.view(), "the right-hand sides")?;
    let begin = |k: usize| start.map_or_else(Vec::new, |start| start[k].coefficients.clone());
    let right_hand_side = |k: usize| transposed.row(k).to_slice().expect("in standard layout");
    each(&checked(gram)?, q, right_hand_side, penalty, begin, false, options, "elastic nets", monitor)
}

/// The matrix of a Gram by rows, if it is square and finite.
fn checked(gram: &Gram) -> Result<Cow<'_, [f64]>, ElasticNetError> {
    check::square(gram.matrix.view(), gram.columns())?;
    check::design(gram.matrix.view(), "the Gram matrix")?;
    Ok(check::by_rows(gram.matrix.view()))
}

/// Fits responses `0..count` in blocks; `own` excludes column k from response k.
#[expect(clippy::too_many_arguments, reason = "the two callers differ in each of them")]
fn each<'a>(
    gram: &[f64],
    count: usize,
    right_hand_side: impl Fn(usize) -> &'a [f64] + Sync,
    penalty: Penalty,
    begin: impl Fn(usize) -> Vec<(usize, f64)> + Sync,
    own: bool,
    options: &Options<'_>,
    task: &str,
    monitor: &dyn Monitor,
) -> Result<Vec<Fit>, ElasticNetError> {
    let columns = gram.len().isqrt();
    check::settings(penalty, options, columns)?;
    let diagonal: Vec<f64> = gram.iter().copied().step_by(columns + 1).collect();
    let blocks = count.div_ceil(BLOCK);
    monitor.begin(task, blocks as u64);
    let fits = ordered(blocks, monitor, |block| {
        let mut workspace = Workspace::default();
        let range = block * BLOCK..((block + 1) * BLOCK).min(count);
        range
            .map(|k| {
                let options = Options { exclude: if own { Some(k) } else { options.exclude }, ..*options };
                let problem = Problem { gram, diagonal: &diagonal, c: right_hand_side(k), penalty, options: &options };
                problem.solve(&mut workspace, &begin(k), None).map_err(|error| error.of_response(k))
            })
            .collect::<Result<Vec<Fit>, ElasticNetError>>()
    });
    monitor.end();
    let mut all = Vec::with_capacity(count);
    for block in fits? {
        all.extend(block?);
    }
    Ok(all)
}
