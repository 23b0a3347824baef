//! Problems that tests, figures and benches share: a process, its initial counts and how long it runs.

use super::StochasticError;
use super::channel::{Channel, CountingProcess, Propensity};

/// A counting process with a start and an end.
#[derive(Clone, Debug)]
pub struct Problem {
    pub process: CountingProcess,
    pub initial: Vec<i64>,
    pub end: f64,
}

/// Written-out mass action: name, rate, reactants, changes.
type Row<'a> = (&'a str, f64, &'a [(usize, u32)], &'a [(usize, i64)]);

fn problem(species: &[&str], rows: &[Row], initial: &[i64], end: f64) -> Result<Problem, StochasticError> {
    let channels = rows.iter().map(|&(name, rate, reactants, changes)| Channel {
        name: name.into(),
        changes: changes.to_vec(),
        propensity: Propensity::MassAction { rate, reactants: reactants.to_vec() },
    });
    let process = CountingProcess::new(species.iter().copied(), channels.collect())?;
    Ok(Problem { process, initial: initial.to_vec(), end })
}

/// The irreversible Brusselator with A = 1, B = 3 in the volume `V`, from X = Y = V, to t = 100.
///
/// ∅ → X, X → Y, 2X + Y → 3X, X → ∅: eight events per time and volume, 8·10⁵ at V = 1000.
///
/// # Errors
/// A volume that isn't finite and positive.
pub fn brusselator(volume: f64) -> Result<Problem, StochasticError> {
    if !(volume.is_finite() && volume > 0.0) {
        return Err(StochasticError::BadVolume { found: volume });
    }
    let rows: [Row; 4] = [
        ("∅ → X", volume, &[], &[(0, 1)]),
        ("X → Y", 3.0, &[(0, 1)], &[(0, -1), (1, 1)]),
        ("2 X + Y → 3 X", volume.powi(-2), &[(0, 2), (1, 1)], &[(0, 1), (1, -1)]),
        ("X → ∅", 1.0, &[(0, 1)], &[(0, -1)]),
    ];
    problem(&["X", "Y"], &rows, &[volume as i64, volume as i64], 100.0)
}

/// The circadian oscillator of Vilar, Kueh, Barkai and Leibler, PNAS 99, 5988 (2002), to t = 200 hours.
///
/// 9 species, 16 channels, rates per hour and molecule as published, from one copy of each gene.
///
/// # Errors
/// None in practice; the rates are fixed.
pub fn vilar() -> Result<Problem, StochasticError> {
    let species = ["DA", "DR", "DA'", "DR'", "MA", "MR", "A", "R", "C"];
    let [da, dr, da_bound, dr_bound, ma, mr, a, r, c] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    let rows: [Row; 16] = [
        ("A binds DA", 1.0, &[(a, 1), (da, 1)], &[(a, -1), (da, -1), (da_bound, 1)]),
        ("A leaves DA", 50.0, &[(da_bound, 1)], &[(a, 1), (da, 1), (da_bound, -1)]),
        ("A binds DR", 1.0, &[(a, 1), (dr, 1)], &[(a, -1), (dr, -1), (dr_bound, 1)]),
        ("A leaves DR", 100.0, &[(dr_bound, 1)], &[(a, 1), (dr, 1), (dr_bound, -1)]),
        ("DA' makes MA", 500.0, &[(da_bound, 1)], &[(ma, 1)]),
        ("DA makes MA", 50.0, &[(da, 1)], &[(ma, 1)]),
        ("DR' makes MR", 50.0, &[(dr_bound, 1)], &[(mr, 1)]),
        ("DR makes MR", 0.01, &[(dr, 1)], &[(mr, 1)]),
        ("MA makes A", 50.0, &[(ma, 1)], &[(a, 1)]),
        ("MR makes R", 5.0, &[(mr, 1)], &[(r, 1)]),
        ("A binds R", 2.0, &[(a, 1), (r, 1)], &[(a, -1), (r, -1), (c, 1)]),
        ("C leaves R", 1.0, &[(c, 1)], &[(c, -1), (r, 1)]),
        ("A decays", 1.0, &[(a, 1)], &[(a, -1)]),
        ("R decays", 0.2, &[(r, 1)], &[(r, -1)]),
        ("MA decays", 10.0, &[(ma, 1)], &[(ma, -1)]),
        ("MR decays", 0.5, &[(mr, 1)], &[(mr, -1)]),
    ];
    problem(&species, &rows, &[1, 1, 0, 0, 0, 0, 0, 0, 0], 200.0)
}

/// Schlögl's bistable reaction in counts (c₁N₁ = 0.03, c₂ = 10⁻⁴, c₃N₂ = 200, c₄ = 3.5, with 1/m!), from 250, to t = 100.
///
/// # Errors
/// None in practice; the rates are fixed.
pub fn schlogl() -> Result<Problem, StochasticError> {
    let rows: [Row; 4] = [
        ("2 X → 3 X", 0.03 / 2.0, &[(0, 2)], &[(0, 1)]),
        ("3 X → 2 X", 1e-4 / 6.0, &[(0, 3)], &[(0, -1)]),
        ("∅ → X", 200.0, &[], &[(0, 1)]),
        ("X → ∅", 3.5, &[(0, 1)], &[(0, -1)]),
    ];
    problem(&["X"], &rows, &[250], 100.0)
}

/// Dimerisation 2P ⇌ P₂ as in the stochastic test suite's case 00030: `k₁ P (P−1)/2`, `k₂ P₂`, to t = 50.
///
/// `symmetry` is the divisor 2; anything else is a mistake that a test of laws must see.
///
/// # Errors
/// A divisor that makes the rate negative or infinite.
pub fn dimerisation(symmetry: f64) -> Result<Problem, StochasticError> {
    let rows: [Row; 2] = [
        ("2 P → P2", 0.001 / symmetry, &[(0, 2)], &[(0, -2), (1, 1)]),
        ("P2 → 2 P", 0.01, &[(1, 1)], &[(0, 2), (1, -1)]),
    ];
    problem(&["P", "P2"], &rows, &[100, 0], 50.0)
}

/// A ring of `species` with hops to the next `degree` species, each at the rate one: `species · degree` channels.
///
/// # Errors
/// None in practice; the rates are fixed.
pub fn ring(species: usize, degree: usize) -> Result<Problem, StochasticError> {
    let hops = (0..species).flat_map(|i| (1..=degree).map(move |k| (i, (i + k) % species)));
    let channels = hops.map(|(from, to)| Channel {
        name: format!("S{from} → S{to}"),
        changes: vec![(from, -1), (to, 1)],
        propensity: Propensity::MassAction { rate: 1.0, reactants: vec![(from, 1)] },
    });
    let process = CountingProcess::new((0..species).map(|i| format!("S{i}")), channels.collect())?;
    Ok(Problem { process, initial: vec![20; species], end: 10.0 })
}

/// `order` molecules of X annihilate at the rate `rate · n^(falling order)`, from `start` molecules, to t = 1.
///
/// # Errors
/// A rate that is negative or not finite.
pub fn decay(start: i64, order: u32, rate: f64) -> Result<Problem, StochasticError> {
    problem(&["X"], &[("annihilation", rate, &[(0, order)], &[(0, -i64::from(order))])], &[start], 1.0)
}
