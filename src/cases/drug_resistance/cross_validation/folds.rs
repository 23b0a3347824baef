//! Which line is tested when, and what is held out inside a training set.

use rand::seq::SliceRandom;

use super::{CvError, FoldScheme};
use crate::cases::drug_resistance::Screen;
use crate::methods::random::stream;

/// The fold of each line.
pub(super) fn assign(screen: &Screen, scheme: FoldScheme, seed: u64) -> Result<Vec<usize>, CvError> {
    let count = match scheme {
        FoldScheme::Given => return Ok(screen.fold_of().ok_or(CvError::NoFolds)?.to_vec()),
        FoldScheme::Made { count } | FoldScheme::Stratified { count } => count,
    };
    if count < 2 || 2 * count > screen.n() {
        return Err(CvError::TooManyFolds { folds: count, lines: screen.n() });
    }
    let mut lines = shuffled(screen.n(), seed, "folds", 0);
    if matches!(scheme, FoldScheme::Stratified { .. }) {
        let tissue = screen.tissue().ok_or(CvError::NoTissue { what: "a stratified split" })?;
        // Stable: lines of one tissue stay in random order, and are dealt out one after the other.
        lines.sort_by_key(|line| tissue.codes[*line]);
    }
    Ok(dealt(&lines, count))
}

/// Folds of a training set of `rows` rows, for one outer fold.
pub(super) fn inner(rows: usize, count: usize, seed: u64, fold: usize) -> Vec<usize> {
    dealt(&shuffled(rows, seed, "inner folds", fold as u64), count)
}

/// Splits a training set of `rows` rows for one outer fold into rows to fit on and rows to validate on, both ascending.
pub(super) fn split(rows: usize, validation: f64, seed: u64, fold: usize) -> (Vec<usize>, Vec<usize>) {
    let order = shuffled(rows, seed, "inner split", fold as u64);
    let held = ((rows as f64 * validation).round() as usize).clamp(1, rows - 1);
    let (mut out, mut kept) = (order[..held].to_vec(), order[held..].to_vec());
    out.sort_unstable();
    kept.sort_unstable();
    (kept, out)
}

fn shuffled(count: usize, seed: u64, task: &str, index: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut stream(seed, "drug_resistance", task, index));
    order
}

/// Deals lines out to folds in turn.
fn dealt(lines: &[usize], count: usize) -> Vec<usize> {
    let mut fold_of = vec![0; lines.len()];
    lines.iter().enumerate().for_each(|(place, line)| fold_of[*line] = place % count);
    fold_of
}
