//! Cycles of a reaction network: integer combinations of reactions that change nothing, and their affinities.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

/// A cycle of the network, written so that its affinity isn't negative.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cycle {
    /// Reactions and how often each runs, forward (positive) or backward (negative).
    pub reactions: Vec<(usize, i64)>,
    /// `Σ c_ρ ln(J⁺_ρ/J⁻_ρ)`, the entropy that one turn produces (units of R); zero with detailed balance.
    pub affinity: f64,
}

/// The cycles of a network could not be found.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CycleError {
    #[error("{found} logarithmic ratios for {expected} reactions")]
    RatioLength { found: usize, expected: usize },
    #[error("reaction {reaction} has the logarithmic ratio {value}; an irreversible step has no affinity")]
    BadRatio { reaction: usize, value: f64 },
    #[error("species {species} has the stoichiometric number {value} in reaction {reaction}; expected a simple ratio")]
    NotRational { species: usize, reaction: usize, value: f64 },
    #[error("the integers of the cycles outgrew 127 bits")]
    TooLarge,
}

/// Finds a basis of cycles and the affinity of each.
///
/// `log_ratio` is `ln(k⁺/k⁻)` per reaction, or the forces `F` at any state: they differ by terms that every cycle
/// cancels. The basis is that of [`cycle_basis`].
///
/// # Errors
/// Lengths that don't fit, ratios that aren't finite, and what [`cycle_basis`] raises.
pub fn cycle_affinities(stoichiometry: ArrayView2<f64>, log_ratio: &[f64]) -> Result<Vec<Cycle>, CycleError> {
    if log_ratio.len() != stoichiometry.ncols() {
        return Err(CycleError::RatioLength { found: log_ratio.len(), expected: stoichiometry.ncols() });
    }
    if let Some(reaction) = log_ratio.iter().position(|value| !value.is_finite()) {
        return Err(CycleError::BadRatio { reaction, value: log_ratio[reaction] });
    }
    let close = |mut reactions: Vec<(usize, i64)>| {
        let mut affinity: f64 = reactions.iter().map(|&(r, times)| times as f64 * log_ratio[r]).sum();
        if affinity < 0.0 {
            affinity = -affinity;
            reactions.iter_mut().for_each(|(_, times)| *times = -*times);
        }
        Cycle { reactions, affinity }
    };
    Ok(cycle_basis(stoichiometry)?.into_iter().map(close).collect())
}

/// Finds an integer basis of the kernel of `S` (species × reactions), made of short cycles with small numbers.
///
/// Candidates are the fundamental cycles of many eliminations, each with another order of reactions; the shortest
/// independent ones make a basis, which then improves by combining pairs until that helps no more. The shortest
/// basis of all is found for the usual networks, though not guaranteed: that problem is NP-hard. Exact integer
/// arithmetic throughout.
///
/// # Errors
/// Stoichiometric numbers that aren't simple ratios, or integers that grow beyond 127 bits.
pub fn cycle_basis(stoichiometry: ArrayView2<f64>) -> Result<Vec<Vec<(usize, i64)>>, CycleError> {
    let rows = integer_rows(stoichiometry)?;
    let reactions = stoichiometry.ncols();
    let mut candidates = Vec::new();
    for shift in 0..eliminations(stoichiometry.nrows(), reactions) {
        let order: Vec<usize> = (0..reactions).map(|k| (k + shift) % reactions).collect();
        candidates.extend(fundamental_cycles(&rows, &order)?);
    }
    let mut basis = shortest_independent(candidates)?;
    loop {
        let mut pool = basis.clone();
        for (k, first) in basis.iter().enumerate() {
            for second in &basis[k + 1..] {
                pool.extend(combinations(first, second)?);
            }
        }
        let better = shortest_independent(pool)?;
        if total_length(&better) >= total_length(&basis) {
            break;
        }
        basis = better;
    }
    basis.iter().map(|cycle| sparse(cycle)).collect()
}

/// How many eliminations fit a budget of about 10⁸ integer operations; one at least.
fn eliminations(species: usize, reactions: usize) -> usize {
    let each = (species * species * reactions).max(1);
    (100_000_000 / each).clamp(1, reactions.max(1))
}

/// Largest factor by which a row of `S` may have to be multiplied to become integer.
const LARGEST_DENOMINATOR: i32 = 1000;

fn integer_rows(stoichiometry: ArrayView2<f64>) -> Result<Vec<Vec<i128>>, CycleError> {
    let near = |value: f64| value.is_finite() && (value - value.round()).abs() < 1e-9 * value.abs().max(1.0);
    let mut rows = Vec::with_capacity(stoichiometry.nrows());
    for (species, row) in stoichiometry.rows().into_iter().enumerate() {
        let factor = (1..=LARGEST_DENOMINATOR).find(|&f| row.iter().all(|s| near(s * f64::from(f))));
        let Some(factor) = factor else {
            let odd = row.iter().position(|s| !near(*s)).unwrap_or(0);
            return Err(CycleError::NotRational { species, reaction: odd, value: row[odd] });
        };
        rows.push(row.iter().map(|s| (s * f64::from(factor)).round() as i128).collect());
    }
    Ok(rows)
}

/// Eliminates with pivots taken in the given order of reactions; each reaction without a pivot closes one cycle.
fn fundamental_cycles(rows: &[Vec<i128>], order: &[usize]) -> Result<Vec<Vec<i128>>, CycleError> {
    let mut rows = rows.to_vec();
    let mut pivots: Vec<usize> = Vec::new();
    let mut free = Vec::new();
    for &column in order {
        let done = pivots.len();
        let Some(found) = (done..rows.len()).find(|&i| rows[i][column] != 0) else {
            free.push(column);
            continue;
        };
        rows.swap(done, found);
        let pivot = rows[done].clone();
        for (i, row) in rows.iter_mut().enumerate() {
            if i != done && row[column] != 0 {
                *row = eliminate(row, &pivot, column)?;
            }
        }
        pivots.push(column);
    }
    free.iter().map(|&column| close_cycle(&rows, &pivots, column, order.len())).collect()
}

/// The kernel vector in which `column` is the only reaction without a pivot.
fn close_cycle(rows: &[Vec<i128>], pivots: &[usize], column: usize, reactions: usize) -> Result<Vec<i128>, CycleError> {
    let mut multiple: i128 = 1;
    for (row, &pivot) in rows.iter().zip(pivots) {
        if row[column] != 0 {
            let share = row[pivot] / gcd(row[pivot], row[column]);
            multiple = multiple.checked_mul(share / gcd(share, multiple)).ok_or(CycleError::TooLarge)?;
        }
    }
    let mut cycle = vec![0; reactions];
    cycle[column] = multiple;
    for (row, &pivot) in rows.iter().zip(pivots) {
        cycle[pivot] = -row[column].checked_mul(multiple).ok_or(CycleError::TooLarge)? / row[pivot];
    }
    Ok(primitive(cycle))
}

/// `row` less the multiple of `pivot` that clears `column`, without fractions.
fn eliminate(row: &[i128], pivot: &[i128], column: usize) -> Result<Vec<i128>, CycleError> {
    combine(row, pivot[column], pivot, -row[column]).map(primitive)
}

/// `a·x + b·y`, with `a` and `b` freed of their common divisor.
fn combine(x: &[i128], a: i128, y: &[i128], b: i128) -> Result<Vec<i128>, CycleError> {
    let divisor = gcd(a, b).max(1);
    let (a, b) = (a / divisor, b / divisor);
    let term = |(x, y): (&i128, &i128)| a.checked_mul(*x)?.checked_add(b.checked_mul(*y)?);
    x.iter().zip(y).map(term).collect::<Option<_>>().ok_or(CycleError::TooLarge)
}

/// Divides by the common divisor and makes the first entry positive.
fn primitive(mut vector: Vec<i128>) -> Vec<i128> {
    let divisor = vector.iter().fold(0, |divisor, entry| gcd(divisor, *entry));
    let leading_sign = vector.iter().find(|entry| **entry != 0).map_or(1, |entry| entry.signum());
    if divisor != 0 {
        vector.iter_mut().for_each(|entry| *entry /= divisor * leading_sign);
    }
    vector
}

fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.abs(), b.abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The combinations of two cycles in which a shared reaction cancels.
fn combinations(first: &[i128], second: &[i128]) -> Result<Vec<Vec<i128>>, CycleError> {
    let mut ratios: Vec<(i128, i128)> = Vec::new();
    for (&a, &b) in first.iter().zip(second) {
        if a != 0 && b != 0 {
            let divisor = gcd(a, b);
            let ratio = (b / divisor, -a / divisor);
            if !ratios.contains(&ratio) && !ratios.contains(&(-ratio.0, -ratio.1)) {
                ratios.push(ratio);
            }
        }
    }
    ratios.into_iter().map(|(a, b)| combine(first, a, second, b).map(primitive)).collect()
}

/// Number of reactions, then the sum of the numbers, then the reactions themselves: shorter is better.
fn length(cycle: &[i128]) -> (usize, i128) {
    (cycle.iter().filter(|c| **c != 0).count(), cycle.iter().map(|c| c.abs()).sum())
}

fn total_length(basis: &[Vec<i128>]) -> (usize, i128) {
    basis.iter().map(|cycle| length(cycle)).fold((0, 0), |(n, sum), (m, more)| (n + m, sum + more))
}

/// Picks the shortest cycles that are linearly independent (greedily, which is optimal among the candidates).
fn shortest_independent(mut candidates: Vec<Vec<i128>>) -> Result<Vec<Vec<i128>>, CycleError> {
    candidates.sort_by(|a, b| length(a).cmp(&length(b)).then_with(|| b.cmp(a)));
    candidates.dedup();
    let mut reduced: Vec<(usize, Vec<i128>)> = Vec::new();
    let mut basis = Vec::new();
    for candidate in candidates {
        let mut rest = candidate.clone();
        for (pivot, known) in &reduced {
            if rest[*pivot] != 0 {
                rest = eliminate(&rest, known, *pivot)?;
            }
        }
        if let Some(pivot) = rest.iter().position(|entry| *entry != 0) {
            reduced.push((pivot, rest));
            basis.push(candidate);
        }
    }
    Ok(basis)
}

fn sparse(cycle: &[i128]) -> Result<Vec<(usize, i64)>, CycleError> {
    let entries = cycle.iter().enumerate().filter(|(_, times)| **times != 0);
    entries.map(|(r, &times)| Ok((r, i64::try_from(times).map_err(|_| CycleError::TooLarge)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    /// Nodes of a `rows × columns` grid as species, its edges as reactions.
    fn grid(rows: usize, columns: usize) -> Array2<f64> {
        let mut edges = Vec::new();
        for i in 0..rows {
            for j in 0..columns {
                let node = i * columns + j;
                if j + 1 < columns {
                    edges.push((node, node + 1));
                }
                if i + 1 < rows {
                    edges.push((node, node + columns));
                }
            }
        }
        let mut stoichiometry = Array2::zeros((rows * columns, edges.len()));
        for (r, (from, to)) in edges.into_iter().enumerate() {
            stoichiometry[[from, r]] = -1.0;
            stoichiometry[[to, r]] = 1.0;
        }
        stoichiometry
    }

    fn assert_in_kernel(stoichiometry: &Array2<f64>, basis: &[Vec<(usize, i64)>]) {
        for cycle in basis {
            for row in stoichiometry.rows() {
                assert_eq!(cycle.iter().map(|&(r, times)| row[r] * times as f64).sum::<f64>(), 0.0);
            }
        }
    }

    #[test]
    fn grids_have_square_cycles() {
        for (rows, columns) in [(2, 2), (3, 4), (4, 3), (5, 5), (2, 7)] {
            let stoichiometry = grid(rows, columns);
            let basis = cycle_basis(stoichiometry.view()).expect("integer");
            assert_eq!(basis.len(), (rows - 1) * (columns - 1));
            assert!(basis.iter().all(|cycle| cycle.len() == 4), "{rows}×{columns}: {basis:?}");
            assert_in_kernel(&stoichiometry, &basis);
        }
    }

    #[test]
    fn higher_orders_need_other_numbers_than_one() {
        // 2 A ⇌ B, A ⇌ C, 2 C ⇌ B: the second runs twice
        let stoichiometry = array![[-2.0, -1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, -2.0]];
        let basis = cycle_basis(stoichiometry.view()).expect("integer");
        assert_eq!(basis, [vec![(0, 1), (1, -2), (2, -1)]]);
        // the same network with B counted in units of two thirds
        let scaled = array![[-2.0, -1.0, 0.0], [2.0 / 3.0, 0.0, 2.0 / 3.0], [0.0, 1.0, -2.0]];
        assert_eq!(cycle_basis(scaled.view()), Ok(basis));
    }

    #[test]
    fn parallel_channels_and_empty_networks() {
        let twice = array![[-1.0, -1.0], [1.0, 1.0]];
        let cycles = cycle_affinities(twice.view(), &[1.0, 3.5]).expect("integer");
        assert_eq!(cycles, [Cycle { reactions: vec![(0, -1), (1, 1)], affinity: 2.5 }]);
        assert_eq!(cycle_basis(Array2::zeros((3, 0)).view()), Ok(vec![]));
        assert_eq!(cycle_basis(Array2::zeros((0, 2)).view()), Ok(vec![vec![(0, 1)], vec![(1, 1)]]));
        assert_eq!(cycle_basis(array![[-1.0], [1.0]].view()), Ok(vec![]));
    }

    /// Case file: the driven three-state cycle has the affinity ln(3·2·1 / (1·0.5·0.25)) = 3.87120101091.
    #[test]
    fn a_triangle_has_its_affinity() {
        let triangle = array![[-1.0, 0.0, 1.0], [1.0, -1.0, 0.0], [0.0, 1.0, -1.0]];
        let ratios = [3.0_f64.ln(), 4.0_f64.ln(), 4.0_f64.ln()];
        let cycles = cycle_affinities(triangle.view(), &ratios).expect("integer");
        assert_eq!(cycles.len(), 1);
        assert_eq!(cycles[0].reactions, [(0, 1), (1, 1), (2, 1)]);
        assert!((cycles[0].affinity - 3.87120101091).abs() < 1e-11);
    }

    #[test]
    fn bad_input_is_named() {
        let column = array![[-1.0], [1.0]];
        assert_eq!(cycle_affinities(column.view(), &[]), Err(CycleError::RatioLength { found: 0, expected: 1 }));
        let infinite = cycle_affinities(column.view(), &[f64::INFINITY]);
        assert!(matches!(infinite, Err(CycleError::BadRatio { reaction: 0, .. })));
        let odd = cycle_basis(array![[1.0, 2.0_f64.sqrt()]].view());
        assert!(matches!(odd, Err(CycleError::NotRational { species: 0, reaction: 1, .. })));
    }
}
