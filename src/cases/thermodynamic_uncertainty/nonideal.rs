//! Rate laws beyond the ideal: activities of a regular solution, and kinetic prefactors of any positive size.
//!
//! The bounds need the force to be the thermodynamic one and nothing else. With activities `a = γ x` the fluxes are
//! `J⁺ = p k⁺ ∏ a^ν` and `J⁻ = p k⁻ ∏ a^κ`; the prefactor `p > 0` changes how fast a reaction goes, not where to.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::closed::StandardPotentials;
use super::mass_action::{add_stoichiometry, flux, slope};
use super::network::{Fluxes, Network, NetworkError};
use super::ode::OdeSystem;
use super::rate_law::RateLaw;

/// A kinetic prefactor `p = exp(Σ g_j x_j) / (1 + Σ h_j x_j)` with `h ≥ 0`.
///
/// The exponential is the activity coefficient of a transition state, the denominator the saturation of an enzyme.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prefactor {
    /// `g`, one per species (per concentration).
    pub exponents: Vec<f64>,
    /// `h`, one per species (per concentration), not negative.
    pub saturation: Vec<f64>,
}

impl Prefactor {
    /// The prefactor one, for a number of species.
    pub fn one(species: usize) -> Self {
        Self { exponents: vec![0.0; species], saturation: vec![0.0; species] }
    }

    fn value(&self, x: &[f64]) -> f64 {
        dot(&self.exponents, x).exp() / (1.0 + dot(&self.saturation, x))
    }

    /// `∂ ln p/∂x_j`.
    fn log_slope(&self, x: &[f64], j: usize) -> f64 {
        self.exponents[j] - self.saturation[j] / (1.0 + dot(&self.saturation, x))
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A non-ideal network could not be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NonIdealError {
    #[error("the interactions are {found_rows} × {found_columns}; the network has {expected} species")]
    InteractionShape { found_rows: usize, found_columns: usize, expected: usize },
    #[error("the interactions of species {i} and {j} are {value} and {mirrored}; they must be finite and equal")]
    BadInteraction { i: usize, j: usize, value: f64, mirrored: f64 },
    #[error("{found} prefactors for {expected} reactions")]
    PrefactorCount { found: usize, expected: usize },
    #[error("the prefactor of reaction {reaction} has {found} coefficients; the network has {expected} species")]
    PrefactorLength { reaction: usize, found: usize, expected: usize },
    #[error("the prefactor of reaction {reaction} has the {which} {value}")]
    BadPrefactor { reaction: usize, which: &'static str, value: f64 },
}

/// A network in a regular solution: `ln γ_i = Σ_j w_ij x_j`, with a kinetic prefactor for each reaction.
///
/// The chemical potentials `μ = μ° + ln x + W x` come from the free energy `Σ x (μ° + ln x − 1) + ½ xᵀ W x`, which
/// needs `W` to be symmetric.
#[derive(Clone, Debug, PartialEq)]
pub struct NonIdealNetwork {
    network: Network,
    interactions: Array2<f64>,
    prefactors: Vec<Prefactor>,
}

impl NonIdealNetwork {
    /// Puts an ideal network into a solution with interactions `W` (species × species), one prefactor a reaction.
    ///
    /// # Errors
    /// Shapes that don't fit; interactions that aren't symmetric and finite; saturation below zero.
    pub fn new(network: Network, interactions: Array2<f64>, prefactors: Vec<Prefactor>) -> Result<Self, NonIdealError> {
        let (expected, (found_rows, found_columns)) = (network.species().len(), interactions.dim());
        if (found_rows, found_columns) != (expected, expected) {
            return Err(NonIdealError::InteractionShape { found_rows, found_columns, expected });
        }
        for ((i, j), &value) in interactions.indexed_iter() {
            let mirrored = interactions[[j, i]];
            if !(value.is_finite() && value == mirrored) {
                return Err(NonIdealError::BadInteraction { i, j, value, mirrored });
            }
        }
        check_prefactors(&prefactors, network.reactions().len(), expected)?;
        Ok(Self { network, interactions, prefactors })
    }

    /// The ideal network beneath.
    pub fn ideal(&self) -> &Network {
        &self.network
    }

    /// Evaluates J⁺ and J⁻ at concentrations `x`.
    ///
    /// # Errors
    /// A state that doesn't fit the network.
    pub fn fluxes(&self, x: &[f64]) -> Result<Fluxes, NetworkError> {
        self.network.fluxes(x)?;
        Ok(self.one_way_fluxes(x))
    }

    /// Free energy `Σ x (μ° + ln x − 1) + ½ xᵀ W x` per volume, in units of RT times concentration.
    pub fn gibbs_energy(&self, potentials: &StandardPotentials, x: &[f64]) -> f64 {
        potentials.gibbs_energy(x) + 0.5 * dot(x, &self.log_activity_coefficients(x))
    }

    /// `ln γ = W x`.
    pub fn log_activity_coefficients(&self, x: &[f64]) -> Vec<f64> {
        self.interactions.rows().into_iter().map(|row| row.iter().zip(x).map(|(w, c)| w * c).sum()).collect()
    }

    /// The constants of both directions with prefactor and activity coefficients multiplied in.
    fn effective_constants(&self, x: &[f64]) -> Vec<(f64, f64)> {
        let gamma = self.log_activity_coefficients(x);
        let side = |orders: &[(usize, u32)]| orders.iter().map(|&(i, n)| f64::from(n) * gamma[i]).sum::<f64>().exp();
        let reactions = self.network.reactions().iter().zip(&self.prefactors);
        reactions
            .map(|(reaction, prefactor)| {
                let p = prefactor.value(x);
                (p * reaction.forward * side(&reaction.reactants), p * reaction.backward * side(&reaction.products))
            })
            .collect()
    }
}

fn check_prefactors(prefactors: &[Prefactor], reactions: usize, species: usize) -> Result<(), NonIdealError> {
    if prefactors.len() != reactions {
        return Err(NonIdealError::PrefactorCount { found: prefactors.len(), expected: reactions });
    }
    for (reaction, prefactor) in prefactors.iter().enumerate() {
        for found in [prefactor.exponents.len(), prefactor.saturation.len()] {
            if found != species {
                return Err(NonIdealError::PrefactorLength { reaction, found, expected: species });
            }
        }
        if let Some(&value) = prefactor.exponents.iter().find(|g| !g.is_finite()) {
            return Err(NonIdealError::BadPrefactor { reaction, which: "exponent", value });
        }
        if let Some(&value) = prefactor.saturation.iter().find(|h| !(h.is_finite() && **h >= 0.0)) {
            return Err(NonIdealError::BadPrefactor { reaction, which: "saturation", value });
        }
    }
    Ok(())
}

impl RateLaw for NonIdealNetwork {
    fn stoichiometric_matrix(&self) -> ArrayView2<'_, f64> {
        self.network.stoichiometry().view()
    }

    fn one_way_fluxes(&self, x: &[f64]) -> Fluxes {
        let constants = self.effective_constants(x);
        let reactions = self.network.reactions().iter().zip(&constants);
        let (forward, backward) = reactions
            .map(|(reaction, (up, down))| (flux(*up, &reaction.reactants, x), flux(*down, &reaction.products, x)))
            .unzip();
        Fluxes { forward, backward }
    }
}

impl OdeSystem for NonIdealNetwork {
    fn dimension(&self) -> usize {
        self.network.species().len()
    }

    fn rhs(&self, _t: f64, x: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        let fluxes = self.one_way_fluxes(x);
        for (r, reaction) in self.network.reactions().iter().enumerate() {
            add_stoichiometry(reaction, fluxes.forward[r] - fluxes.backward[r], out);
        }
    }

    fn jacobian(&self, _t: f64, x: &[f64], out: &mut [f64]) {
        let species = x.len();
        let constants = self.effective_constants(x);
        let reactions = self.network.reactions().iter().zip(&self.prefactors).zip(&constants);
        for ((reaction, prefactor), &(up, down)) in reactions {
            for j in 0..species {
                // d ln J = d ln p + Σ ν (d ln x + W dx), with the ideal part free of divisions
                let direction = |constant: f64, orders: &[(usize, u32)]| {
                    let crowding: f64 = orders.iter().map(|&(i, n)| f64::from(n) * self.interactions[[i, j]]).sum();
                    slope(constant, orders, x, j) + flux(constant, orders, x) * (prefactor.log_slope(x, j) + crowding)
                };
                let net = direction(up, &reaction.reactants) - direction(down, &reaction.products);
                add_stoichiometry(reaction, net, &mut out[j * species..(j + 1) * species]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::closed::standard_potentials;
    use crate::cases::thermodynamic_uncertainty::ode::{Tolerances, solve};
    use crate::cases::thermodynamic_uncertainty::zoo::zoo;
    use crate::display::Silent;
    use crate::methods::random::stream;
    use rand::{Rng, RngExt};

    /// A network of the zoo with random interactions of up to ±1/concentration and random prefactors.
    fn crowded(network: &Network, random: &mut impl Rng) -> NonIdealNetwork {
        let species = network.species().len();
        let mut interactions = Array2::zeros((species, species));
        for i in 0..species {
            for j in 0..=i {
                let w = random.random_range(-1.0..1.0);
                interactions[[i, j]] = w;
                interactions[[j, i]] = w;
            }
        }
        let prefactors = network.reactions().iter().map(|_| Prefactor {
            exponents: (0..species).map(|_| random.random_range(-0.5..0.5)).collect(),
            saturation: (0..species).map(|_| random.random_range(0.0..2.0)).collect(),
        });
        let prefactors = prefactors.collect();
        NonIdealNetwork::new(network.clone(), interactions, prefactors).expect("valid")
    }

    #[test]
    fn without_interactions_it_is_the_ideal_network() {
        for specimen in zoo() {
            let species = specimen.state.len();
            let ones = vec![Prefactor::one(species); specimen.network.reactions().len()];
            let plain = NonIdealNetwork::new(specimen.network.clone(), Array2::zeros((species, species)), ones);
            let fluxes = plain.expect("valid").fluxes(&specimen.state).expect("valid");
            assert_eq!(fluxes, specimen.network.fluxes(&specimen.state).expect("valid"));
        }
    }

    #[test]
    fn the_ladder_holds_for_non_ideal_laws() {
        let mut random = stream(1, "nonideal", "ladder", 0);
        for specimen in zoo().into_iter().filter(|s| s.id != "oreg") {
            for _ in 0..50 {
                let law = crowded(&specimen.network, &mut random);
                let x: Vec<f64> = specimen.state.iter().map(|c| c * random.random_range(0.3..3.0)).collect();
                let at = law.thermodynamics(&x);
                let slack = 1e-9 * at.entropy_production;
                for (bound, tighter) in at.species_bounds().iter().zip(at.onsager_bounds()) {
                    assert!(*bound <= at.matrix_bound + slack && tighter <= at.excess + slack);
                }
                assert!(at.matrix_bound <= at.excess + slack && at.excess <= at.entropy_production + slack);
                assert!(at.matrix_bound <= at.pseudo_entropy_production + slack);
                assert!(at.pseudo_entropy_production <= at.entropy_production + slack);
            }
        }
    }

    #[test]
    fn free_energy_falls_at_the_rate_of_entropy_production() {
        let mut random = stream(2, "nonideal", "closed", 0);
        for specimen in zoo() {
            let Ok(potentials) = standard_potentials(&specimen.network) else { continue };
            let law = crowded(&specimen.network, &mut random);
            let x = &specimen.state;
            let at = law.thermodynamics(x);
            let mut falls = 0.0;
            let crowding = law.log_activity_coefficients(x);
            for ((f, mu), excess) in at.drift.iter().zip(potentials.chemical_potentials(x)).zip(crowding) {
                falls -= f * (mu + excess);
            }
            assert!((falls - at.entropy_production).abs() < 1e-12 * at.entropy_production.max(1.0), "{}", specimen.id);
            // and along a trajectory, by the integral
            let times: Vec<f64> = (0..=20).map(|k| 0.25 * f64::from(k)).collect();
            let run = solve(&law, x, &times, &Tolerances::uniform(1e-9, 1e-12), &Silent).expect("smooth");
            let energies: Vec<f64> = run.states.iter().map(|x| law.gibbs_energy(&potentials, x)).collect();
            assert!(energies.windows(2).all(|pair| pair[1] < pair[0] + 1e-10), "{} {energies:?}", specimen.id);
        }
    }

    #[test]
    fn the_jacobian_agrees_with_differences() {
        let mut random = stream(3, "nonideal", "jacobian", 0);
        for specimen in zoo().into_iter().filter(|s| s.id != "oreg") {
            let law = crowded(&specimen.network, &mut random);
            let n = specimen.state.len();
            let mut exact = vec![0.0; n * n];
            law.jacobian(0.0, &specimen.state, &mut exact);
            for j in 0..n {
                let (mut above, mut below) = (specimen.state.clone(), specimen.state.clone());
                above[j] += 1e-5;
                below[j] -= 1e-5;
                let (mut up, mut down) = (vec![0.0; n], vec![0.0; n]);
                law.rhs(0.0, &above, &mut up);
                law.rhs(0.0, &below, &mut down);
                for i in 0..n {
                    let slope = (up[i] - down[i]) / 2e-5;
                    assert!((slope - exact[j * n + i]).abs() < 1e-6 * slope.abs().max(1.0), "{} {i} {j}", specimen.id);
                }
            }
        }
    }

    #[test]
    fn bad_input_is_named() {
        let network = Network::builder(["A", "B"]).equation("A <=> B", 1.0, 1.0).build().expect("valid");
        let ones = || vec![Prefactor::one(2)];
        let build = |w: Array2<f64>, p: Vec<Prefactor>| NonIdealNetwork::new(network.clone(), w, p);
        let shape = build(Array2::zeros((1, 2)), ones());
        assert!(matches!(shape, Err(NonIdealError::InteractionShape { found_rows: 1, .. })));
        let lopsided = build(ndarray::array![[0.0, 1.0], [0.5, 0.0]], ones());
        assert!(matches!(lopsided, Err(NonIdealError::BadInteraction { i: 0, j: 1, .. })));
        let none = build(Array2::zeros((2, 2)), vec![]);
        assert!(matches!(none, Err(NonIdealError::PrefactorCount { found: 0, expected: 1 })));
        let mut negative = ones();
        negative[0].saturation[1] = -1.0;
        let negative = build(Array2::zeros((2, 2)), negative);
        assert!(matches!(negative, Err(NonIdealError::BadPrefactor { which: "saturation", .. })));
    }
}
