//! What every entry point refuses, and columns made ready: centred, weighted, scaled.

use std::borrow::Cow;

use ndarray::{Array2, ArrayView1, ArrayView2};

use super::{ElasticNetError, FactorScope, Options, Penalty, Scaling};

/// Refuses an empty design and numbers that aren't finite.
pub(super) fn design(x: ArrayView2<'_, f64>, what: &'static str) -> Result<(), ElasticNetError> {
    let (rows, columns) = x.dim();
    if rows == 0 || columns == 0 {
        return Err(ElasticNetError::Empty { rows, columns });
    }
    // A sum of products with zero is zero, unless one of them isn't finite: quicker than to ask each.
    let good = |row: ArrayView1<'_, f64>| row.iter().fold(0.0, |sum, value| sum + 0.0 * value) == 0.0;
    let Some(row) = (0..rows).find(|row| !good(x.row(*row))) else { return Ok(()) };
    match x.row(row).iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((column, value)) => Err(ElasticNetError::NonFinite { what, row, column, value: *value }),
        None => Ok(()),
    }
}

/// Refuses a vector of another length, or with numbers that aren't finite.
pub(crate) fn vector(values: &[f64], expected: usize, what: &'static str) -> Result<(), ElasticNetError> {
    length(values.len(), expected, what)?;
    match values.iter().position(|value| !value.is_finite()) {
        Some(row) => Err(ElasticNetError::NonFinite { what, row, column: 0, value: values[row] }),
        None => Ok(()),
    }
}

/// Refuses another length.
pub(super) const fn length(found: usize, expected: usize, what: &'static str) -> Result<(), ElasticNetError> {
    if found == expected { Ok(()) } else { Err(ElasticNetError::Length { what, found, expected }) }
}

/// The sum of the weights, or the number of rows without any.
pub(super) fn total_weight(weights: Option<&[f64]>, rows: usize) -> Result<f64, ElasticNetError> {
    let Some(weights) = weights else { return Ok(rows as f64) };
    length(weights.len(), rows, "observation weights")?;
    if let Some(row) = weights.iter().position(|weight| !weight.is_finite() || *weight < 0.0) {
        return Err(ElasticNetError::Weight { row, value: weights[row] });
    }
    Ok(weights.iter().sum())
}

/// The entries of a matrix by rows, copied only where they aren't stored so.
pub(super) fn by_rows<'a>(matrix: ArrayView2<'a, f64>) -> Cow<'a, [f64]> {
    matrix.to_slice().map_or_else(|| Cow::Owned(matrix.iter().copied().collect()), Cow::Borrowed)
}

/// Refuses a matrix that isn't `columns` × `columns`.
pub(super) fn square(matrix: ArrayView2<'_, f64>, columns: usize) -> Result<(), ElasticNetError> {
    length(matrix.nrows(), columns, "rows of the Gram matrix")?;
    length(matrix.ncols(), columns, "columns of the Gram matrix")
}

/// Refuses penalties, factors, tolerances and limits out of range.
pub(super) fn settings(penalty: Penalty, options: &Options<'_>, columns: usize) -> Result<(), ElasticNetError> {
    const POSITIVE: &str = "finite and positive";
    const NOT_NEGATIVE: &str = "finite and not negative";
    let settings = [
        ("l1", penalty.l1, penalty.l1.is_finite() && penalty.l1 >= 0.0, NOT_NEGATIVE),
        ("l2", penalty.l2, penalty.l2.is_finite() && penalty.l2 >= 0.0, NOT_NEGATIVE),
        ("tolerance", options.tolerance, options.tolerance.is_finite() && options.tolerance > 0.0, POSITIVE),
        ("max_sweeps", options.max_sweeps as f64, options.max_sweeps > 0, "at least 1"),
    ];
    if let Some((what, value, _, range)) = settings.into_iter().find(|(.., good, _)| !good) {
        return Err(ElasticNetError::OutOfRange { what, value, range });
    }
    if let Some(factors) = options.factors {
        length(factors.len(), columns, "penalty factors")?;
        if let Some(value) = factors.iter().find(|factor| factor.is_nan() || **factor < 0.0) {
            let range = "0, positive, or infinite to exclude the column";
            return Err(ElasticNetError::OutOfRange { what: "a penalty factor", value: *value, range });
        }
    }
    match options.exclude {
        Some(column) if column >= columns => Err(ElasticNetError::OutOfRange {
            what: "the excluded column",
            value: column as f64,
            range: "one of the design's columns",
        }),
        _ => Ok(()),
    }
}

/// Refuses a start with columns out of range or values that aren't finite.
pub(super) fn start(start: &[(usize, f64)], columns: usize) -> Result<(), ElasticNetError> {
    for (column, value) in start {
        if *column >= columns {
            let value = *column as f64;
            return Err(ElasticNetError::OutOfRange {
                what: "a column of the start",
                value,
                range: "one of the design's",
            });
        }
        if !value.is_finite() {
            return Err(ElasticNetError::NonFinite { what: "the start", row: 0, column: *column, value: *value });
        }
    }
    Ok(())
}

/// The penalties of one column; `None` where it is excluded.
pub(super) fn column_penalty(penalty: Penalty, options: &Options<'_>, column: usize) -> Option<Penalty> {
    let factor = options.factors.map_or(1.0, |factors| factors[column]);
    if factor.is_infinite() || options.exclude == Some(column) {
        return None;
    }
    let l2 = match options.scope {
        FactorScope::Both => penalty.l2 * factor,
        FactorScope::L1Only => penalty.l2,
    };
    Some(Penalty { l1: penalty.l1 * factor, l2 })
}

/// A design with columns centred, scaled, and rows multiplied by `√(v_i/Σv)`.
pub(crate) struct Ready {
    /// n × p.
    pub rows: Array2<f64>,
    pub mean: Vec<f64>,
    pub scale: Vec<f64>,
    /// Σv.
    pub weight: f64,
    /// `√(v_i/Σv)`.
    pub roots: Vec<f64>,
}

/// Makes a design ready. Columns that are constant over the rows with weight become exactly zero, with scale 1.
pub(crate) fn ready(
    x: ArrayView2<'_, f64>,
    weights: Option<&[f64]>,
    scaling: Scaling,
) -> Result<Ready, ElasticNetError> {
    design(x, "the design")?;
    let (n, p) = x.dim();
    let weight = total_weight(weights, n)?;
    if weight <= 0.0 {
        return Err(ElasticNetError::NoWeight { rows: n });
    }
    let share = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let mut rows = x.as_standard_layout().into_owned();
    let data = rows.as_slice_mut().expect("in standard layout");
    let mut mean = vec![0.0; p];
    let first = (0..n).find(|row| share(*row) > 0.0).map_or(0, |row| row);
    let first = data[first * p..(first + 1) * p].to_vec();
    let mut spread = vec![0.0; p];
    for (i, row) in data.chunks_exact(p).enumerate().filter(|(i, _)| share(*i) > 0.0) {
        let share = share(i);
        row.iter().zip(&mut mean).for_each(|(value, mean)| *mean += share * value);
        for ((value, first), spread) in row.iter().zip(&first).zip(&mut spread) {
            let distance = (value - first).abs();
            *spread = if distance > *spread { distance } else { *spread };
        }
    }
    for ((mean, spread), first) in mean.iter_mut().zip(&spread).zip(&first) {
        *mean = if *spread == 0.0 { *first } else { *mean / weight };
    }
    let roots: Vec<f64> = (0..n).map(|row| (share(row) / weight).sqrt()).collect();
    let mut scale = vec![0.0; p];
    for (row, root) in data.chunks_exact_mut(p).zip(&roots) {
        for ((value, mean), scale) in row.iter_mut().zip(&mean).zip(&mut scale) {
            *value = root * (*value - mean);
            *scale += *value * *value;
        }
    }
    if scaling == Scaling::UnitVariance {
        scale.iter_mut().for_each(|scale| *scale = if *scale > 0.0 { scale.sqrt() } else { 1.0 });
        for row in data.chunks_exact_mut(p) {
            row.iter_mut().zip(&scale).for_each(|(value, scale)| *value /= scale);
        }
    } else {
        scale.fill(1.0);
    }
    Ok(Ready { rows, mean, scale, weight, roots })
}

/// The response made ready beside its design: centred by its weighted mean, multiplied by `√(v_i/Σv)`.
pub(super) fn response(y: &[f64], roots: &[f64]) -> Result<Vec<f64>, ElasticNetError> {
    vector(y, roots.len(), "the response")?;
    let mean: f64 = y.iter().zip(roots).map(|(value, root)| root * root * value).sum();
    Ok(y.iter().zip(roots).map(|(value, root)| root * (value - mean)).collect())
}
