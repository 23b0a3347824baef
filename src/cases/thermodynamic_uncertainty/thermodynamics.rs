//! Entropy production, diffusion and the ladder of bounds at one state of a network.
//!
//! Everything here starts from the stoichiometry `S` (species × reactions) and the fluxes `J⁺`, `J⁻`, so it holds
//! for any rate law whose force is `F = ln(J⁺/J⁻)`, mass action or not. Entropy is in units of the gas constant.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::network::Fluxes;

/// Thermodynamic force `F = ln(J⁺/J⁻)`, accurate near equilibrium.
///
/// `log1p` of the relative difference keeps the sign and the relative accuracy where plain `ln(J⁺/J⁻)` loses both.
/// An irreversible step has an infinite force; a dead reaction (both fluxes zero) has none.
pub fn force(forward: f64, backward: f64) -> f64 {
    if forward == backward {
        0.0
    } else if forward > backward {
        log_ratio(forward, backward)
    } else {
        -log_ratio(backward, forward)
    }
}

/// `ln(high/low)` for `high > low ≥ 0`.
fn log_ratio(high: f64, low: f64) -> f64 {
    let excess = (high - low) / low;
    // a quotient beyond the range of numbers isn't an irreversible step yet
    if excess.is_infinite() && low > 0.0 { high.ln() - low.ln() } else { excess.ln_1p() }
}

/// Onsager coefficient `ℓ = J/F`, the logarithmic mean of the two fluxes; `J⁺` where they coincide.
pub fn onsager_coefficient(forward: f64, backward: f64) -> f64 {
    let force = force(forward, backward);
    if force == 0.0 { forward } else { (forward - backward) / force }
}

/// Entropy production rate `Σ̇ = Σ J F` in units of R per time and volume; `+∞` with an irreversible step.
pub fn entropy_production(fluxes: &Fluxes) -> f64 {
    pairs(fluxes).map(|(p, m)| if p == m { 0.0 } else { (p - m) * force(p, m) }).sum()
}

/// `Π = Σ 2J²/a`, the rate that replaces the logarithmic by the arithmetic mean; never above `Σ̇`.
pub fn pseudo_entropy_production(fluxes: &Fluxes) -> f64 {
    pairs(fluxes).map(|(p, m)| if p == m { 0.0 } else { 2.0 * (p - m) * ((p - m) / (p + m)) }).sum()
}

/// `dx/dt = S J`, one entry per species.
pub fn drift(stoichiometry: ArrayView2<f64>, fluxes: &Fluxes) -> Vec<f64> {
    let net: Vec<f64> = pairs(fluxes).map(|(p, m)| p - m).collect();
    stoichiometry.rows().into_iter().map(|row| row.iter().zip(&net).map(|(s, j)| s * j).sum()).collect()
}

/// Diagonal of the diffusion matrix `D = ½ S diag(a) Sᵀ`, with `Var(Δx) = 2 D Δt / V`.
///
/// The paper's abstract states its bound with the constant two for `D̃ = 2 D`; with `D` proper the constant is one.
/// See [`unscaled_diffusion`].
pub fn scaled_diffusion(stoichiometry: ArrayView2<f64>, fluxes: &Fluxes) -> Vec<f64> {
    weighted_squares(stoichiometry, fluxes, |p, m| 0.5 * (p + m))
}

/// `D̃_i = Σ S² a = 2 D_i`, the normalisation for which the bound reads `Σ̇ ≥ 2 f²/D̃`.
pub fn unscaled_diffusion(stoichiometry: ArrayView2<f64>, fluxes: &Fluxes) -> Vec<f64> {
    weighted_squares(stoichiometry, fluxes, |p, m| p + m)
}

/// Diagonal of `Λ = S diag(ℓ) Sᵀ`.
pub fn onsager_diagonal(stoichiometry: ArrayView2<f64>, fluxes: &Fluxes) -> Vec<f64> {
    weighted_squares(stoichiometry, fluxes, onsager_coefficient)
}

fn weighted_squares(stoichiometry: ArrayView2<f64>, fluxes: &Fluxes, weight: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let weights: Vec<f64> = pairs(fluxes).map(|(p, m)| weight(p, m)).collect();
    stoichiometry.rows().into_iter().map(|row| row.iter().zip(&weights).map(|(s, w)| s * s * w).sum()).collect()
}

fn pairs(fluxes: &Fluxes) -> impl Iterator<Item = (f64, f64)> + '_ {
    fluxes.forward.iter().copied().zip(fluxes.backward.iter().copied())
}

/// The dissipation that a current observable `J_o = Σ o_ρ J_ρ` proves: `J_o² / (½ Σ o² a) ≤ Π ≤ Σ̇`.
///
/// With `o` a row of `S` it is the bound of a species, with `o = Sᵀ∇φ` that of a function of state. Zero when the
/// observable sees no activity.
pub fn observable_bound(observable: &[f64], fluxes: &Fluxes) -> f64 {
    let (mut current, mut diffusion) = (0.0, 0.0);
    for (o, (p, m)) in observable.iter().zip(pairs(fluxes)) {
        current += o * (p - m);
        diffusion += 0.5 * o * o * (p + m);
    }
    if diffusion == 0.0 { 0.0 } else { current * (current / diffusion) }
}

/// The activity bound `Σ̇ ≥ 2 (|J_o|/m) artanh(|J_o|/(m A))`, `m = max|o|`, `A = Σ a` over `o ≠ 0`.
///
/// Often tighter than [`observable_bound`] far from equilibrium.
pub fn activity_bound(observable: &[f64], fluxes: &Fluxes) -> f64 {
    let largest = observable.iter().fold(0.0_f64, |m, o| m.max(o.abs()));
    let (mut current, mut activity) = (0.0, 0.0);
    for (o, (p, m)) in observable.iter().zip(pairs(fluxes)).filter(|(o, _)| **o != 0.0) {
        current += o * (p - m);
        activity += p + m;
    }
    if activity == 0.0 {
        return 0.0;
    }
    let scaled = current.abs() / largest;
    2.0 * scaled * (scaled / activity).min(1.0).atanh()
}

/// `(F/2) coth(F/2)`, the ratio `Σ̇ D/f²` of a network with a single reaction: `1 + F²/12 + …`, never below one.
pub fn single_reaction_ratio(force: f64) -> f64 {
    let half = 0.5 * force.abs();
    if half < SERIES_BELOW { 1.0 + half * half / 3.0 } else { half / half.tanh() }
}

/// Half a force below which the next term of the series, `half⁴/45`, is lost to rounding.
const SERIES_BELOW: f64 = 1e-4;

/// Smallest cost `Σ J'²/w` of a flow `J'` with `S J' = f`; equals `fᵀ (S diag(w) Sᵀ)⁺ f`.
///
/// The rank comes from `S`, never from the weights: dependent rows (conservation laws) are dropped first, then the
/// minimum-norm solution is found by QR of `diag(√w) Sᵀ`, which doesn't square the condition number. `+∞` when `f`
/// can't be reached with the reactions whose weight is positive.
pub fn projected_cost(stoichiometry: ArrayView2<f64>, weights: &[f64], drift: &[f64]) -> f64 {
    let live: Vec<usize> = (0..weights.len()).filter(|&r| weights[r] > 0.0).collect();
    let rows = independent_rows(stoichiometry, &live);
    if drift.iter().all(|f| *f == 0.0) {
        return 0.0;
    }
    if rows.len() < independent_rows(stoichiometry, &(0..weights.len()).collect::<Vec<_>>()).len()
        && !reachable(stoichiometry, &live, drift)
    {
        return f64::INFINITY;
    }
    let scaled = nalgebra::DMatrix::from_fn(live.len(), rows.len(), |r, k| {
        weights[live[r]].sqrt() * stoichiometry[[rows[k], live[r]]]
    });
    let target = nalgebra::DVector::from_fn(rows.len(), |k, _| drift[rows[k]]);
    match scaled.qr().r().transpose().solve_lower_triangular(&target) {
        Some(solution) => solution.norm_squared(),
        None => f64::INFINITY,
    }
}

/// Relative size below which a pivot of the stoichiometry counts as zero (its entries are small integers).
const PIVOT_TOLERANCE: f64 = 1e-9;

/// Picks rows of `S` (restricted to `columns`) that span its row space, by elimination with column pivots.
fn independent_rows(stoichiometry: ArrayView2<f64>, columns: &[usize]) -> Vec<usize> {
    let mut basis: Vec<(usize, Vec<f64>)> = Vec::new();
    let mut rows = Vec::new();
    for i in 0..stoichiometry.nrows() {
        let mut row: Vec<f64> = columns.iter().map(|&r| stoichiometry[[i, r]]).collect();
        let size = row.iter().fold(0.0_f64, |m, s| m.max(s.abs()));
        for (pivot, known) in &basis {
            let factor = row[*pivot] / known[*pivot];
            if factor != 0.0 {
                row.iter_mut().zip(known).for_each(|(s, k)| *s -= factor * k);
                row[*pivot] = 0.0;
            }
        }
        let pivot = (0..row.len()).max_by(|&a, &b| row[a].abs().total_cmp(&row[b].abs()));
        if let Some(pivot) = pivot.filter(|&p| row[p].abs() > PIVOT_TOLERANCE * size) {
            basis.push((pivot, row));
            rows.push(i);
        }
    }
    rows
}

/// Tells whether `f` lies in the span of the given columns of `S`.
fn reachable(stoichiometry: ArrayView2<f64>, columns: &[usize], drift: &[f64]) -> bool {
    let (species, live) = (stoichiometry.nrows(), columns.len());
    let mut matrix = Array2::zeros((live + 1, species));
    for i in 0..species {
        for (k, &r) in columns.iter().enumerate() {
            matrix[[k, i]] = stoichiometry[[i, r]];
        }
        matrix[[live, i]] = drift[i];
    }
    let all: Vec<usize> = (0..species).collect();
    !independent_rows(matrix.view(), &all).contains(&live)
}

/// All thermodynamic quantities of one state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thermodynamics {
    /// Net fluxes `J = J⁺ − J⁻`.
    pub net: Vec<f64>,
    /// Forces `F`.
    pub force: Vec<f64>,
    /// Activities `a = J⁺ + J⁻`.
    pub activity: Vec<f64>,
    /// Onsager coefficients `ℓ`.
    pub onsager: Vec<f64>,
    /// `f = dx/dt`.
    pub drift: Vec<f64>,
    /// Diagonal of `D` (normalisation with one half).
    pub scaled_diffusion: Vec<f64>,
    /// Diagonal of `Λ`.
    pub onsager_diagonal: Vec<f64>,
    /// `Σ̇`.
    pub entropy_production: f64,
    /// `Π`.
    pub pseudo_entropy_production: f64,
    /// `fᵀ D⁺ f`.
    pub matrix_bound: f64,
    /// `Σ̇_ex = fᵀ Λ⁺ f`.
    pub excess: f64,
}

impl Thermodynamics {
    /// Evaluates everything at one state, from `S` and the fluxes.
    pub fn new(stoichiometry: ArrayView2<f64>, fluxes: &Fluxes) -> Self {
        let activity: Vec<f64> = pairs(fluxes).map(|(p, m)| p + m).collect();
        let onsager: Vec<f64> = pairs(fluxes).map(|(p, m)| onsager_coefficient(p, m)).collect();
        let drift = drift(stoichiometry, fluxes);
        let half: Vec<f64> = activity.iter().map(|a| 0.5 * a).collect();
        Self {
            net: pairs(fluxes).map(|(p, m)| p - m).collect(),
            force: pairs(fluxes).map(|(p, m)| force(p, m)).collect(),
            scaled_diffusion: scaled_diffusion(stoichiometry, fluxes),
            onsager_diagonal: onsager_diagonal(stoichiometry, fluxes),
            entropy_production: entropy_production(fluxes),
            pseudo_entropy_production: pseudo_entropy_production(fluxes),
            matrix_bound: projected_cost(stoichiometry, &half, &drift),
            excess: projected_cost(stoichiometry, &onsager, &drift),
            activity,
            onsager,
            drift,
        }
    }

    /// Housekeeping part `Σ̇_hk = Σ̇ − Σ̇_ex`: what keeps cycles turning without changing concentrations.
    ///
    /// `+∞` with an irreversible step, even where the excess is infinite too.
    pub fn housekeeping(&self) -> f64 {
        if self.entropy_production.is_infinite() { f64::INFINITY } else { self.entropy_production - self.excess }
    }

    /// The paper's bound for each species, `f_i²/D_i`; zero for a species that no active reaction touches.
    pub fn species_bounds(&self) -> Vec<f64> {
        bounds(&self.drift, &self.scaled_diffusion)
    }

    /// The tighter bound `f_i²/Λ_i` for each species.
    pub fn onsager_bounds(&self) -> Vec<f64> {
        bounds(&self.drift, &self.onsager_diagonal)
    }

    /// `Σ̇ D_i / f_i²` for each species, at least one; `None` where `f_i = 0`.
    pub fn ratios(&self) -> Vec<Option<f64>> {
        let bounds = self.species_bounds();
        bounds.iter().map(|b| (*b > 0.0).then(|| self.entropy_production / b)).collect()
    }
}

fn bounds(drift: &[f64], diffusion: &[f64]) -> Vec<f64> {
    let bound = |(f, d): (&f64, &f64)| match (*f == 0.0, *d == 0.0) {
        (true, _) => 0.0,
        (false, true) => f64::INFINITY,
        (false, false) => f * (f / d),
    };
    drift.iter().zip(diffusion).map(bound).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::random_networks::{Shape, random_network, random_state};
    use crate::cases::thermodynamic_uncertainty::rate_law::RateLaw;
    use crate::methods::random::stream;
    use nalgebra::{DMatrix, DVector};
    use ndarray::array;
    use rand::RngExt;

    const SHAPE: Shape = Shape { species: 5, reactions: 8, decades: 2.0 };

    #[test]
    fn the_force_is_antisymmetric_and_exact_near_equilibrium() {
        for (p, m) in [(3.0, 0.2), (1.0, 1.0 + 1e-15), (1e-300, 1e300), (5.0, 0.0), (1e-310, 2e-310)] {
            assert_eq!(force(p, m), -force(m, p));
        }
        // ln(1 + δ) = δ − δ²/2 + …: plain ln of a quotient near one has no digit of this left
        let delta = 3.0 * f64::EPSILON;
        assert_eq!(force(1.0 + delta, 1.0), delta - delta * delta / 2.0);
        assert!((force(1e300, 1e-300) - 600.0 * 10.0_f64.ln()).abs() < 1e-9);
        assert_eq!(force(0.0, 0.0), 0.0);
        assert_eq!(force(1.0, 0.0), f64::INFINITY);
        assert_eq!(onsager_coefficient(2.0, 2.0), 2.0);
        assert_eq!(onsager_coefficient(1.0, 0.0), 0.0);
    }

    /// Case file: `(F/2) coth(F/2)` at four forces.
    #[test]
    fn one_reaction_costs_half_its_force_times_coth() {
        for (force, pin) in
            [(0.1, 1.0008331944775), (1.0, 1.0819767068693), (5.0, 2.5339182745315), (20.0, 10.0000000412231)]
        {
            assert!((single_reaction_ratio(force) - pin).abs() < 5e-13, "{force}");
            let fluxes = Fluxes { forward: vec![7.0 * force.exp()], backward: vec![7.0] };
            let at = Thermodynamics::new(array![[2.0], [-3.0]].view(), &fluxes);
            for ratio in at.ratios() {
                assert!((ratio.expect("both move") / pin - 1.0).abs() < 1e-12);
            }
        }
        assert_eq!(single_reaction_ratio(0.0), 1.0);
        let seam = 2.0 * SERIES_BELOW;
        assert!((single_reaction_ratio(seam * (1.0 - 1e-9)) - single_reaction_ratio(seam)).abs() < 1e-15);
        assert!(single_reaction_ratio(-1e-5) - 1.0 < 1e-11);
    }

    #[test]
    fn bounds_hold_to_rounding_near_and_far_from_equilibrium() {
        let mut random = stream(1, "thermodynamics", "slack", 0);
        for _ in 0..20_000 {
            let state = random_state(&SHAPE, &mut random);
            let view = state.stoichiometry.view();
            let total = entropy_production(&state.fluxes);
            let drift = drift(view, &state.fluxes);
            let spreads = scaled_diffusion(view, &state.fluxes).into_iter().zip(onsager_diagonal(view, &state.fluxes));
            for (f, (d, l)) in drift.iter().zip(spreads) {
                assert!(total * d - f * f >= -1e-14 * total * d && total * l - f * f >= -1e-14 * total * l);
            }
            assert!(total - pseudo_entropy_production(&state.fluxes) >= -1e-14 * total);
        }
    }

    #[test]
    fn every_link_of_the_ladder_holds() {
        let mut random = stream(2, "thermodynamics", "ladder", 0);
        for _ in 0..1000 {
            let (network, x) = random_network(&SHAPE, &mut random);
            let at = network.thermodynamics(&x);
            let fluxes = network.one_way_fluxes(&x);
            let below = |low: f64, high: f64| assert!(low <= high * (1.0 + 1e-9), "{low} {high} {network:?} {x:?}");
            for (species, tighter) in at.species_bounds().into_iter().zip(at.onsager_bounds()) {
                below(species, at.matrix_bound);
                below(tighter, at.excess);
                below(species, tighter);
            }
            below(at.matrix_bound, at.excess);
            below(at.matrix_bound, at.pseudo_entropy_production);
            below(at.excess, at.entropy_production);
            below(at.pseudo_entropy_production, at.entropy_production);
            let observable: Vec<f64> = at.net.iter().map(|_| random.random_range(-1.0..1.0)).collect();
            below(observable_bound(&observable, &fluxes), at.pseudo_entropy_production);
            below(activity_bound(&observable, &fluxes), at.entropy_production);
        }
    }

    /// With `o = F` near equilibrium, and with one reaction, the bound is met.
    #[test]
    fn the_bound_is_sharp() {
        let fluxes = Fluxes { forward: vec![1.0 + 1e-6, 2.0, 3.0], backward: vec![1.0, 2.0 + 3e-6, 3.0 - 1e-6] };
        let forces: Vec<f64> = pairs(&fluxes).map(|(p, m)| force(p, m)).collect();
        let ratio = entropy_production(&fluxes) / observable_bound(&forces, &fluxes);
        assert!((ratio - 1.0).abs() < 1e-11, "{ratio}");
    }

    #[test]
    fn unscaled_diffusion_is_twice_the_scaled_one() {
        let state = random_state(&SHAPE, &mut stream(3, "thermodynamics", "unscaled", 0));
        let view = state.stoichiometry.view();
        let (scaled, unscaled) = (scaled_diffusion(view, &state.fluxes), unscaled_diffusion(view, &state.fluxes));
        assert!(scaled.iter().zip(&unscaled).all(|(d, u)| (2.0 * d - u).abs() <= 1e-15 * u));
    }

    /// `fᵀ (S W Sᵀ)⁺ f` by singular values of the dense matrix.
    fn by_singular_values(stoichiometry: ArrayView2<f64>, weights: &[f64], drift: &[f64]) -> f64 {
        let species = stoichiometry.nrows();
        let entry = |i: usize, j: usize| -> f64 {
            weights.iter().enumerate().map(|(r, w)| stoichiometry[[i, r]] * stoichiometry[[j, r]] * w).sum()
        };
        let matrix = DMatrix::from_fn(species, species, entry);
        let cutoff = 1e-10 * matrix.amax();
        let f = DVector::from_column_slice(drift);
        let inverse = matrix.pseudo_inverse(cutoff).expect("a cutoff that isn't negative");
        f.dot(&(inverse * &f))
    }

    #[test]
    fn projected_cost_is_the_pseudo_inverse() {
        let mut random = stream(4, "thermodynamics", "projection", 0);
        let shape = Shape { decades: 0.5, ..SHAPE };
        for _ in 0..500 {
            let (network, x) = random_network(&shape, &mut random);
            let at = network.thermodynamics(&x);
            let matrix = network.stoichiometric_matrix();
            let half: Vec<f64> = at.activity.iter().map(|a| 0.5 * a).collect();
            for (weights, found) in [(&half, at.matrix_bound), (&at.onsager, at.excess)] {
                let expected = by_singular_values(matrix, weights, &at.drift);
                assert!(
                    (found - expected).abs() <= 1e-7 * expected.max(1e-6 * at.entropy_production),
                    "{found} {expected}"
                );
            }
        }
    }

    #[test]
    fn irreversible_and_dead_reactions_are_reported_as_they_are() {
        let network = array![[-1.0, 1.0], [1.0, -1.0]];
        let one_way = Fluxes { forward: vec![1.0, 0.0], backward: vec![0.0, 0.0] };
        let at = Thermodynamics::new(network.view(), &one_way);
        assert_eq!(at.entropy_production, f64::INFINITY);
        assert_eq!(at.excess, f64::INFINITY);
        assert_eq!(at.housekeeping(), f64::INFINITY);
        assert!((at.matrix_bound - 2.0).abs() < 1e-15);
        let dead = Fluxes { forward: vec![0.0; 2], backward: vec![0.0; 2] };
        let at = Thermodynamics::new(network.view(), &dead);
        assert_eq!((at.entropy_production, at.excess, at.matrix_bound), (0.0, 0.0, 0.0));
        assert_eq!(at.ratios(), [None, None]);
        // a flow that the remaining reversible reaction can't carry
        let two = array![[-1.0, 0.0], [0.0, -1.0]];
        assert_eq!(projected_cost(two.view(), &[1.0, 0.0], &[1.0, 1.0]), f64::INFINITY);
        assert_eq!(projected_cost(two.view(), &[4.0, 0.0], &[2.0, 0.0]), 1.0);
    }

    #[test]
    fn merging_parallel_channels_would_lose_dissipation() {
        let apart = Fluxes { forward: vec![2.0, 1.0], backward: vec![1.0, 2.0] };
        let merged = Fluxes { forward: vec![3.0], backward: vec![3.0] };
        assert!(entropy_production(&apart) > 1.0 && entropy_production(&merged) == 0.0);
        let (two, one) = (array![[1.0, 1.0]], array![[1.0]]);
        assert_eq!(scaled_diffusion(two.view(), &apart), scaled_diffusion(one.view(), &merged));
    }
}
