//! Seeded random states and random mass-action networks, on which bounds are tried.

use ndarray::Array2;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::network::{Fluxes, Network, Reaction};

/// What random states and networks look like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Largest number of species; the number is uniform from 1.
    pub species: usize,
    /// Largest number of reactions; the number is uniform from 1.
    pub reactions: usize,
    /// Decades of flux (or of rate constants and concentrations) to either side of one.
    pub decades: f64,
}

/// The stoichiometry and one-way fluxes of one random state, without a rate law behind them.
#[derive(Clone, Debug, PartialEq)]
pub struct RandomState {
    /// `S` with entries from −2 to 2, species × reactions; every column moves something.
    pub stoichiometry: Array2<f64>,
    pub fluxes: Fluxes,
}

/// Decades of force below one that a random state reaches.
const SMALLEST_FORCE_DECADES: f64 = 16.0;
/// Largest magnitude of the force of a random state.
const LARGEST_FORCE: f64 = 30.0;

/// Draws a random state whose forces are of either sign and log-uniform from 3·10⁻¹⁵ to 30: near and far
/// from equilibrium, often both at once.
pub fn random_state(shape: &Shape, random: &mut impl Rng) -> RandomState {
    let species = random.random_range(1..=shape.species.max(1));
    let reactions = random.random_range(1..=shape.reactions.max(1));
    let mut stoichiometry = Array2::zeros((species, reactions));
    for mut column in stoichiometry.columns_mut() {
        while column.iter().all(|s| *s == 0.0) {
            column.iter_mut().for_each(|s| *s = f64::from(random.random_range(-2..=2)));
        }
    }
    let (forward, backward) = (0..reactions)
        .map(|_| {
            let larger = log_uniform(shape.decades, random);
            let force = LARGEST_FORCE * 10.0_f64.powf(-SMALLEST_FORCE_DECADES * random.random::<f64>());
            let smaller = larger * (-force).exp();
            if random.random::<bool>() { (larger, smaller) } else { (smaller, larger) }
        })
        .unzip();
    RandomState { stoichiometry, fluxes: Fluxes { forward, backward } }
}

/// Draws a random reversible mass-action network and a state with positive concentrations.
///
/// Sides have total order 0 to 3 and differ; constants and concentrations are log-uniform. Parallel channels occur
/// and stay apart.
pub fn random_network(shape: &Shape, random: &mut impl Rng) -> (Network, Vec<f64>) {
    let names: Vec<String> = (0..random.random_range(1..=shape.species.max(1))).map(|i| format!("X{i}")).collect();
    let reactions = random.random_range(1..=shape.reactions.max(1));
    let mut builder = Network::builder(names.clone());
    for _ in 0..reactions {
        let mut sides = [random_side(names.len(), random), random_side(names.len(), random)];
        while sides[0] == sides[1] {
            sides[1] = random_side(names.len(), random);
        }
        let named = |side: &[u32]| -> Vec<(&str, u32)> {
            let present = side.iter().enumerate().filter(|(_, order)| **order > 0);
            present.map(|(i, order)| (names[i].as_str(), *order)).collect()
        };
        let (forward, backward) = (log_uniform(shape.decades, random), log_uniform(shape.decades, random));
        builder = builder.reaction(&named(&sides[0]), &named(&sides[1]), forward, backward);
    }
    let state = names.iter().map(|_| log_uniform(shape.decades, random)).collect();
    (builder.build().expect("names and constants are valid by construction"), state)
}

/// Draws a random network as [`random_network`] does and gives it detailed balance: each backward constant follows
/// from random standard potentials within ±2 (units of RT).
pub fn random_closed_network(shape: &Shape, random: &mut impl Rng) -> (Network, Vec<f64>) {
    let (network, state) = random_network(shape, random);
    let potentials: Vec<f64> = state.iter().map(|_| random.random_range(-2.0..=2.0)).collect();
    let sum = |side: &[(usize, u32)]| -> f64 { side.iter().map(|&(i, order)| f64::from(order) * potentials[i]).sum() };
    let balanced = |reaction: &Reaction| reaction.forward * (sum(&reaction.products) - sum(&reaction.reactants)).exp();
    let constants: Vec<(f64, f64)> = network.reactions().iter().map(|r| (r.forward, balanced(r))).collect();
    (network.with_constants(&constants).expect("one pair of finite positive constants per reaction"), state)
}

/// Orders of all species on one side.
fn random_side(species: usize, random: &mut impl Rng) -> Vec<u32> {
    let mut orders = vec![0; species];
    for _ in 0..random.random_range(0..=3) {
        orders[random.random_range(0..species)] += 1;
    }
    orders
}

/// `10^u` with `u` uniform within `±decades`.
fn log_uniform(decades: f64, random: &mut impl Rng) -> f64 {
    10.0_f64.powf(decades * random.random_range(-1.0..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::closed::standard_potentials;
    use crate::methods::random::stream;

    const SHAPE: Shape = Shape { species: 4, reactions: 6, decades: 2.0 };

    #[test]
    fn the_same_stream_draws_the_same() {
        let draw = |seed| random_network(&SHAPE, &mut stream(seed, "case", "networks", 3));
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let state = |seed| random_state(&SHAPE, &mut stream(seed, "case", "states", 3));
        assert_eq!(state(1), state(1));
        assert_ne!(state(1), state(2));
    }

    #[test]
    fn closed_draws_have_standard_potentials() {
        let mut random = stream(6, "case", "closed", 0);
        for _ in 0..100 {
            let (network, _) = random_closed_network(&SHAPE, &mut random);
            standard_potentials(&network).expect("detailed balance by construction");
        }
    }

    #[test]
    fn draws_keep_to_their_shape() {
        let mut random = stream(5, "case", "shape", 0);
        let (mut near, mut far) = (0, 0);
        for _ in 0..500 {
            let state = random_state(&SHAPE, &mut random);
            let (species, reactions) = state.stoichiometry.dim();
            assert!((1..=4).contains(&species) && (1..=6).contains(&reactions));
            assert!(state.stoichiometry.columns().into_iter().all(|c| c.iter().any(|s| *s != 0.0)));
            for (p, m) in state.fluxes.forward.iter().zip(&state.fluxes.backward) {
                assert!(*p > 0.0 && *m > 0.0);
                near += usize::from((p / m - 1.0).abs() < 1e-3);
                far += usize::from((p / m).ln().abs() > 3.0);
            }
            let (network, x) = random_network(&SHAPE, &mut random);
            assert!(network.reactions().iter().all(|r| r.reactants != r.products));
            assert!(x.iter().all(|c| (0.01..=100.0).contains(c)));
        }
        assert!(near > 200 && far > 50, "{near} {far}");
    }
}
