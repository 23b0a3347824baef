//! Gaussian fluctuations about the deterministic path: van Kampen's linear-noise approximation.

use std::ops::Range;

use ndarray::Array2;

use super::mass_action::{add_stoichiometry, curvature, flux, slope};
use super::network::{Network, NetworkError};
use super::ode::{OdeError, OdeSystem, Tolerances, solve};
use crate::display::Monitor;

/// The covariance could not be integrated.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LinearNoiseError {
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error(transparent)]
    Ode(#[from] OdeError),
}

/// Mean and scaled covariance at the requested times.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearNoise {
    pub times: Vec<f64>,
    /// Deterministic concentrations, one state per time.
    pub means: Vec<Vec<f64>>,
    /// `C = V·Cov(x)` (species × species), one matrix per time.
    pub covariances: Vec<Array2<f64>>,
}

/// Integrates `Ċ = K C + C Kᵀ + 2D` along `ẋ = S J`, with `K = ∂f/∂x` and `C = 0` at `times[0]`.
///
/// `C/V` is the covariance of the concentrations in a volume `V` that starts with exact counts; at short times
/// `C ≈ 2 D t`. Exact for reactions of first order at any volume, else up to `O(1/V)`. Cost per factorisation:
/// `O((n + n(n+1)/2)³)` for `n` species.
///
/// # Errors
/// A state that doesn't fit the network; what [`solve`] raises.
pub fn linear_noise(
    network: &Network,
    x0: &[f64],
    times: &[f64],
    tolerances: &Tolerances,
    monitor: &dyn Monitor,
) -> Result<LinearNoise, LinearNoiseError> {
    network.fluxes(x0)?;
    let species = x0.len();
    let system = MeanAndCovariance { network };
    let mut start = x0.to_vec();
    start.resize(system.dimension(), 0.0);
    let tolerances = extend(tolerances, species, system.dimension());
    let run = solve(&system, &start, times, &tolerances, monitor)?;
    let covariance = |state: &Vec<f64>| Array2::from_shape_fn((species, species), |(a, b)| state[entry(species, a, b)]);
    Ok(LinearNoise {
        covariances: run.states.iter().map(covariance).collect(),
        means: run.states.iter().map(|state| state[..species].to_vec()).collect(),
        times: run.times,
    })
}

/// Gives each covariance the smallest absolute tolerance of the concentrations.
fn extend(tolerances: &Tolerances, species: usize, dimension: usize) -> Tolerances {
    let mut tolerances = tolerances.clone();
    if tolerances.absolute.len() == species {
        let smallest = tolerances.absolute.iter().copied().fold(f64::INFINITY, f64::min);
        tolerances.absolute.resize(dimension, smallest);
    }
    tolerances
}

/// State: `x`, then the upper triangle of `C` row by row.
struct MeanAndCovariance<'n> {
    network: &'n Network,
}

/// Where `C_ab` lies in the state.
fn entry(species: usize, a: usize, b: usize) -> usize {
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    species + a * species - a * (a + 1) / 2 + b
}

impl MeanAndCovariance<'_> {
    fn drift_jacobian(&self, x: &[f64]) -> Vec<f64> {
        let mut slopes = vec![0.0; x.len() * x.len()];
        self.network.jacobian(0.0, x, &mut slopes);
        slopes
    }

    /// Adds `amount · S_aρ S_bρ` to the covariance part of a state-shaped vector.
    fn add_outer(&self, reaction: usize, amount: f64, out: &mut [f64]) {
        let stoichiometry = self.network.stoichiometry();
        let species = stoichiometry.nrows();
        for a in 0..species {
            for b in a..species {
                out[entry(species, a, b)] += amount * stoichiometry[[a, reaction]] * stoichiometry[[b, reaction]];
            }
        }
    }
}

/// Adds `M C + C Mᵀ` to the covariance part of `out`; `m` is column-major.
fn add_symmetric_product(species: usize, m: &[f64], state: &[f64], out: &mut [f64]) {
    for a in 0..species {
        for b in a..species {
            out[entry(species, a, b)] += (0..species)
                .map(|c| {
                    m[c * species + a] * state[entry(species, c, b)] + m[c * species + b] * state[entry(species, a, c)]
                })
                .sum::<f64>();
        }
    }
}

impl OdeSystem for MeanAndCovariance<'_> {
    fn dimension(&self) -> usize {
        let species = self.network.species().len();
        species + species * (species + 1) / 2
    }

    fn rhs(&self, t: f64, state: &[f64], out: &mut [f64]) {
        let species = self.network.species().len();
        let x = &state[..species];
        out.fill(0.0);
        self.network.rhs(t, x, &mut out[..species]);
        add_symmetric_product(species, &self.drift_jacobian(x), state, out);
        for (r, reaction) in self.network.reactions().iter().enumerate() {
            let activity =
                flux(reaction.forward, &reaction.reactants, x) + flux(reaction.backward, &reaction.products, x);
            self.add_outer(r, activity, out);
        }
    }

    fn jacobian(&self, _t: f64, state: &[f64], out: &mut [f64]) {
        let species = self.network.species().len();
        let dimension = self.dimension();
        let x = &state[..species];
        let column = |k: usize| -> Range<usize> { k * dimension..(k + 1) * dimension };
        let drift = self.drift_jacobian(x);
        for k in 0..species {
            let out = &mut out[column(k)];
            out[..species].copy_from_slice(&drift[k * species..(k + 1) * species]);
            // ∂/∂x_k of K C + C Kᵀ + 2D needs the curvature of every flux
            let mut bend = vec![0.0; species * species];
            for (r, reaction) in self.network.reactions().iter().enumerate() {
                let forward = (reaction.forward, &reaction.reactants, 1.0);
                let backward = (reaction.backward, &reaction.products, -1.0);
                for (constant, orders, sign) in [forward, backward] {
                    self.add_outer(r, slope(constant, orders, x, k), out);
                    for &(j, _) in orders {
                        let second = sign * curvature(constant, orders, x, j, k);
                        add_stoichiometry(reaction, second, &mut bend[j * species..(j + 1) * species]);
                    }
                }
            }
            add_symmetric_product(species, &bend, state, out);
        }
        // the map C ↦ K C + C Kᵀ is linear: its column for C_cd is the image of the unit matrix at (c, d)
        let mut unit = vec![0.0; dimension];
        for k in species..dimension {
            unit[k] = 1.0;
            add_symmetric_product(species, &drift, &unit, &mut out[column(k)]);
            unit[k] = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::zoo::brusselator;
    use crate::display::Silent;

    fn tight() -> Tolerances {
        Tolerances::uniform(1e-12, 1e-16)
    }

    fn isomerisation() -> Network {
        Network::builder(["A", "B"]).equation("A <=> B", 2.0, 1.0).build().expect("valid")
    }

    /// Values at t = 0.1: the case file's, and the same by extrapolation of order 18, computed for this test.
    ///
    /// The case file prints twelve digits; for the Brusselator the last two or three disagree with the extrapolation,
    /// which two step sizes agree on to thirteen digits.
    #[test]
    fn covariances_meet_their_pins() {
        let assert_close = |found: f64, pin: f64, tolerance: f64| {
            assert!((found / pin - 1.0).abs() < tolerance, "{found}, pinned {pin}");
        };
        let association =
            Network::builder(["A", "B", "C"]).equation("A + B <=> C", 1.5, 0.5).build().expect("valid network");
        let run = linear_noise(&association, &[1.0, 0.8, 0.1], &[0.0, 0.1], &tight(), &Silent).expect("smooth");
        assert_close(run.covariances[1][[0, 0]], 0.085115276129, 1e-10);
        let run = linear_noise(&brusselator(3.0), &[1.2, 2.0], &[0.0, 0.1], &tight(), &Silent).expect("smooth");
        let covariance = &run.covariances[1];
        assert_close(covariance[[0, 0]], 0.806326282884, 5e-10);
        assert_close(covariance[[1, 1]], 0.640761968929, 5e-10);
        for (entry, value) in [((0, 0), 0.806326282994), ((0, 1), -0.625493667909), ((1, 1), 0.640761969107)] {
            assert_close(covariance[entry], value, 1e-10);
        }
    }

    /// Two independent binomials, `V·Var(Δx_A) = a₀ p(1−p) + b₀ q(1−q)`, with `p = (2/3)(1 − e^{−3t})`, `q = p/2`.
    #[test]
    fn isomerisation_is_binomial() {
        let times = [0.0, 1e-3, 1e-2, 0.1, 1.0, 10.0];
        let run = linear_noise(&isomerisation(), &[1.0, 0.2], &times, &tight(), &Silent).expect("smooth");
        for (t, c) in times.iter().zip(&run.covariances) {
            let p = 2.0 / 3.0 * (1.0 - (-3.0 * t).exp());
            let q = p / 2.0;
            let exact = p * (1.0 - p) + 0.2 * q * (1.0 - q);
            assert!((c[[0, 0]] - exact).abs() <= 1e-10 * exact, "{t}: {} {exact}", c[[0, 0]]);
            assert!((c[[0, 0]] + c[[0, 1]]).abs() <= 1e-10 * exact, "what leaves A enters B");
        }
        for (t, pin) in [(1, 1.096257937752), (2, 1.063282885186), (3, 0.793591069796)] {
            let spread = run.covariances[t][[0, 0]] / (2.0 * times[t]);
            assert!((spread / pin - 1.0).abs() < 1e-10, "{spread} {pin}");
        }
    }

    #[test]
    fn the_jacobian_agrees_with_differences() {
        let network = brusselator(3.0);
        let system = MeanAndCovariance { network: &network };
        let state = [1.2, 2.0, 0.7, -0.3, 0.4];
        let mut exact = [0.0; 25];
        system.jacobian(0.0, &state, &mut exact);
        for k in 0..5 {
            let (mut above, mut below) = (state, state);
            above[k] += 1e-5;
            below[k] -= 1e-5;
            let (mut up, mut down) = ([0.0; 5], [0.0; 5]);
            system.rhs(0.0, &above, &mut up);
            system.rhs(0.0, &below, &mut down);
            for i in 0..5 {
                let slope = (up[i] - down[i]) / 2e-5;
                assert!((slope - exact[k * 5 + i]).abs() < 1e-7, "{i} {k}: {slope} {}", exact[k * 5 + i]);
            }
        }
    }

    #[test]
    fn a_state_that_does_not_fit_is_refused() {
        let short = linear_noise(&isomerisation(), &[1.0], &[0.0, 1.0], &tight(), &Silent);
        assert!(matches!(short, Err(LinearNoiseError::Network(NetworkError::StateLength { .. }))));
    }
}
