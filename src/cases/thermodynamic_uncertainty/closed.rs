//! Detailed-balanced networks: standard chemical potentials and the Gibbs energy that only falls.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::cycles::{Cycle, CycleError, cycle_affinities};
use super::network::{Network, NetworkError};
use super::thermodynamics::drift;

/// A network has no standard potentials.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ClosedError {
    #[error("reaction `{reaction}` has the constants {forward} and {backward}; both must be positive")]
    Irreversible { reaction: String, forward: f64, backward: f64 },
    #[error("the cycle {cycle} has the affinity {affinity}; detailed balance needs zero")]
    InconsistentCycle { affinity: f64, cycle: String },
    #[error(transparent)]
    Cycles(#[from] CycleError),
    #[error("the standard potentials could not be solved for: {reason}")]
    Unsolved { reason: &'static str },
}

/// Standard chemical potentials `μ°` of all species, in units of RT.
///
/// They are defined up to the conservation laws; of all solutions this is the one of smallest norm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StandardPotentials(pub Vec<f64>);

/// Relative size, against the logarithms that it sums, up to which a cycle's affinity counts as rounding.
const AFFINITY_ROUNDOFF: f64 = 1e-9;

/// Relative size below which a singular value of the (small, integer) stoichiometry counts as zero.
const RANK_TOLERANCE: f64 = 1e-9;

/// Solves `Sᵀ μ° = −ln(k⁺/k⁻)`.
///
/// # Errors
/// An irreversible reaction; a cycle whose affinity isn't zero, named with its reactions: then no potentials exist
/// and the network is driven.
pub fn standard_potentials(network: &Network) -> Result<StandardPotentials, ClosedError> {
    let mut ratios = Vec::with_capacity(network.reactions().len());
    for reaction in network.reactions() {
        let (forward, backward) = (reaction.forward, reaction.backward);
        if !(forward > 0.0 && backward > 0.0) {
            return Err(ClosedError::Irreversible { reaction: reaction.name.clone(), forward, backward });
        }
        ratios.push(forward.ln() - backward.ln());
    }
    let stoichiometry = network.stoichiometry();
    for cycle in cycle_affinities(stoichiometry.view(), &ratios)? {
        let size: f64 = cycle.reactions.iter().map(|&(r, times)| (times as f64 * ratios[r]).abs()).sum();
        if cycle.affinity > AFFINITY_ROUNDOFF * size.max(1.0) {
            return Err(ClosedError::InconsistentCycle { affinity: cycle.affinity, cycle: describe(&cycle, network) });
        }
    }
    let (species, reactions) = stoichiometry.dim();
    if species == 0 || reactions == 0 {
        return Ok(StandardPotentials(vec![0.0; species]));
    }
    let transposed = DMatrix::from_fn(reactions, species, |r, i| stoichiometry[[i, r]]);
    let target = DVector::from_fn(reactions, |r, _| -ratios[r]);
    let decomposed = transposed.svd(true, true);
    let cutoff = RANK_TOLERANCE * decomposed.singular_values.max();
    let solution = decomposed.solve(&target, cutoff).map_err(|reason| ClosedError::Unsolved { reason })?;
    Ok(StandardPotentials(solution.as_slice().to_vec()))
}

/// Writes a cycle with the names of its reactions, such as `A ⇌ B − 2 (C ⇌ B)`.
fn describe(cycle: &Cycle, network: &Network) -> String {
    let mut text = String::new();
    for (k, &(reaction, times)) in cycle.reactions.iter().enumerate() {
        let sign = match (k, times < 0) {
            (0, false) => "",
            (0, true) => "−",
            (_, false) => " + ",
            (_, true) => " − ",
        };
        let name = &network.reactions()[reaction].name;
        let number = if times.abs() == 1 { String::new() } else { format!("{} ", times.abs()) };
        text.push_str(&format!("{sign}{number}({name})"));
    }
    text
}

impl StandardPotentials {
    /// Gibbs energy `G = Σ x (μ° + ln x − 1)` per volume, in units of RT times concentration; `0 ln 0 = 0`.
    pub fn gibbs_energy(&self, x: &[f64]) -> f64 {
        let term = |(c, potential): (&f64, &f64)| if *c == 0.0 { 0.0 } else { c * (potential + c.ln() - 1.0) };
        x.iter().zip(&self.0).map(term).sum()
    }

    /// Chemical potentials `μ = μ° + ln x`; `−∞` for an absent species.
    pub fn chemical_potentials(&self, x: &[f64]) -> Vec<f64> {
        x.iter().zip(&self.0).map(|(c, potential)| potential + c.ln()).collect()
    }

    /// `−dG/dt = −Σ f μ` at concentrations `x`; equal to the entropy production rate `Σ̇`.
    ///
    /// # Errors
    /// A state that doesn't fit the network.
    pub fn dissipation(&self, network: &Network, x: &[f64]) -> Result<f64, NetworkError> {
        let fluxes = network.fluxes(x)?;
        let rates = drift(network.stoichiometry().view(), &fluxes);
        let potentials = self.chemical_potentials(x);
        Ok(rates.iter().zip(&potentials).map(|(f, mu)| if *f == 0.0 { 0.0 } else { -f * mu }).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::ode::{Tolerances, solve};
    use crate::cases::thermodynamic_uncertainty::thermodynamics::Thermodynamics;
    use crate::cases::thermodynamic_uncertainty::zoo::{Specimen, specimen, zoo};
    use crate::display::Silent;

    fn closed() -> Vec<(Specimen, StandardPotentials)> {
        zoo().into_iter().filter_map(|s| standard_potentials(&s.network).ok().map(|p| (s, p))).collect()
    }

    #[test]
    fn the_zoo_has_four_closed_networks() {
        let ids: Vec<&str> = closed().iter().map(|(s, _)| s.id).collect();
        assert_eq!(ids, ["iso", "assoc", "chain", "mm"]);
    }

    #[test]
    fn gibbs_energy_falls_at_the_rate_of_entropy_production() {
        for (specimen, potentials) in closed() {
            let network = &specimen.network;
            let times: Vec<f64> = (0..=40).map(|k| 0.1 * f64::from(k)).collect();
            let tolerances = Tolerances::uniform(1e-11, 1e-14);
            let run = solve(network, &specimen.state, &times, &tolerances, &Silent).expect("smooth");
            let mut last = f64::INFINITY;
            for x in &run.states {
                let fluxes = network.fluxes(x).expect("valid");
                let at = Thermodynamics::new(network.stoichiometry().view(), &fluxes);
                let falls = potentials.dissipation(network, x).expect("valid");
                let scale = at.drift.iter().zip(potentials.chemical_potentials(x)).map(|(f, m)| (f * m).abs());
                assert!((falls - at.entropy_production).abs() <= 1e-10 * scale.sum::<f64>(), "{}", specimen.id);
                assert!(at.species_bounds().iter().all(|b| *b <= falls * (1.0 + 1e-9) + 1e-14), "{}", specimen.id);
                let energy = potentials.gibbs_energy(x);
                assert!(energy < last + 1e-12, "{}", specimen.id);
                last = energy;
            }
        }
    }

    /// Case file: the Gibbs energy of the isomerisation falls by 0.63737840218 from t = 0 to 1.
    #[test]
    fn the_drop_of_the_isomerisation_is_met() {
        let iso = specimen("iso").expect("in the zoo");
        let potentials = standard_potentials(&iso.network).expect("closed");
        let run = solve(&iso.network, &iso.state, &[0.0, 1.0], &Tolerances::uniform(1e-12, 1e-15), &Silent);
        let run = run.expect("smooth");
        let drop = potentials.gibbs_energy(&run.states[0]) - potentials.gibbs_energy(&run.states[1]);
        assert!((drop - 0.63737840218).abs() < 1e-10, "{drop}");
    }

    #[test]
    fn driven_cycles_are_named_with_their_affinity() {
        let driven = specimen("cycle3").expect("in the zoo");
        match standard_potentials(&driven.network) {
            Err(ClosedError::InconsistentCycle { affinity, cycle }) => {
                assert!((affinity - 3.87120101091).abs() < 1e-10);
                assert_eq!(cycle, "(A ⇌ B) + (B ⇌ C) + (C ⇌ A)");
            }
            other => panic!("expected an inconsistent cycle, found {other:?}"),
        }
        let open = specimen("mm_open").expect("in the zoo");
        match standard_potentials(&open.network) {
            Err(ClosedError::InconsistentCycle { affinity, .. }) => {
                assert!((affinity - 400.0_f64.ln()).abs() < 1e-10, "{affinity}");
            }
            other => panic!("expected an inconsistent cycle, found {other:?}"),
        }
    }

    #[test]
    fn irreversible_reactions_have_no_potentials() {
        let decay = Network::builder(["A"]).equation("A <=> ∅", 1.0, 0.0).build().expect("valid");
        assert!(matches!(standard_potentials(&decay), Err(ClosedError::Irreversible { backward: 0.0, .. })));
    }

    #[test]
    fn a_balanced_cycle_is_accepted() {
        let balanced = Network::builder(["A", "B", "C"])
            .equation("A <=> B", 2.0, 1.0)
            .equation("B <=> C", 3.0, 1.0)
            .equation("C <=> A", 1.0, 6.0)
            .build()
            .expect("valid");
        let potentials = standard_potentials(&balanced).expect("affinity zero");
        assert!((potentials.0[0] - potentials.0[1] - 2.0_f64.ln()).abs() < 1e-12);
        assert!((potentials.0[0] - potentials.0[2] - 6.0_f64.ln()).abs() < 1e-12);
    }
}
