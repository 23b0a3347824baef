//! Claim 2: a single reaction meets the bound in the limit of no force, and misses it by `(F/2) coth(F/2)`.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::{CASE, ParamsError, log_spaced, raise, require};
use crate::cases::thermodynamic_uncertainty::network::Fluxes;
use crate::cases::thermodynamic_uncertainty::thermodynamics::entropy_production;
use crate::cases::thermodynamic_uncertainty::thermodynamics::{force, observable_bound, single_reaction_ratio};
use crate::cases::thermodynamic_uncertainty::zoo::zoo;
use crate::methods::random::stream;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`SingleReaction`].
///
/// | name | default (smoke, paper) | purpose |
/// |---|---|---|
/// | from, to | 10⁻⁵, 40 | range of the force |
/// | points | 200 | points of the curve |
/// | draws | 10⁴, 10⁵ | random single reactions |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SingleReactionParams {
    pub from: f64,
    pub to: f64,
    pub points: usize,
    pub draws: usize,
    pub seed: u64,
}

impl SingleReactionParams {
    pub fn smoke(seed: u64) -> Self {
        Self { from: 1e-5, to: 40.0, points: 200, draws: 10_000, seed }
    }

    pub fn paper(seed: u64) -> Self {
        Self { draws: 100_000, ..Self::smoke(seed) }
    }

    /// # Errors
    /// A range of forces that isn't positive and ascending, or too few points.
    pub fn check(&self) -> Result<(), ParamsError> {
        require(self.from > 0.0 && self.from.is_finite(), "from", self.from, "finite and positive")?;
        require(self.to > self.from && self.to <= 500.0, "to", self.to, "above `from`, at most 500")?;
        require(self.points >= 2, "points", self.points, "at least two")
    }
}

/// One reaction of the zoo: where it comes from, its force, and its ratio `Σ̇ D/f²`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZooReaction {
    pub network: String,
    pub reaction: String,
    pub force: f64,
    pub ratio: f64,
}

/// The curve, the measured ratio on it, and how closely random reactions keep to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SingleReaction {
    pub forces: Vec<f64>,
    /// `(F/2) coth(F/2)`.
    pub curve: Vec<f64>,
    /// `Σ̇ D/f²` of a reaction with that force.
    pub measured: Vec<f64>,
    /// The smallest measured ratio, at the smallest force.
    pub infimum: f64,
    /// Smallest ratio of all random reactions.
    pub smallest_random: f64,
    /// Largest relative distance of a random reaction from the curve at its force.
    pub worst_distance: f64,
    /// Every reaction of the zoo, taken alone at its table state.
    pub zoo: Vec<ZooReaction>,
}

impl Experiment for SingleReaction {
    type Params = SingleReactionParams;
    type Outcome = SingleReaction;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "single_reaction";

    fn run(params: &SingleReactionParams, _: &Workbench) -> Result<SingleReaction, CaseError> {
        params.check().map_err(raise(Self::NAME))?;
        let forces = log_spaced(params.from, params.to, params.points);
        let measured: Vec<f64> = forces.iter().map(|f| measured_ratio(f.exp(), 1.0)).collect();
        let mut random = stream(params.seed, CASE, "single_reaction", 0);
        let (mut smallest_random, mut worst_distance) = (f64::INFINITY, 0.0_f64);
        for _ in 0..params.draws {
            let backward = 10.0_f64.powf(random.random_range(-6.0..6.0));
            let forward = backward * random.random_range(-params.to..params.to).exp();
            if forward != backward {
                let ratio = measured_ratio(forward, backward);
                let expected = single_reaction_ratio(force(forward, backward));
                smallest_random = smallest_random.min(ratio);
                worst_distance = worst_distance.max((ratio / expected - 1.0).abs());
            }
        }
        Ok(SingleReaction {
            curve: forces.iter().map(|f| single_reaction_ratio(*f)).collect(),
            infimum: measured.iter().copied().fold(f64::INFINITY, f64::min),
            forces,
            measured,
            smallest_random,
            worst_distance,
            zoo: zoo_reactions(Self::NAME)?,
        })
    }
}

/// `Σ̇ D/f²` of one reaction, which doesn't depend on its stoichiometry.
fn measured_ratio(forward: f64, backward: f64) -> f64 {
    let fluxes = Fluxes { forward: vec![forward], backward: vec![backward] };
    entropy_production(&fluxes) / observable_bound(&[1.0], &fluxes)
}

fn zoo_reactions(experiment: &'static str) -> Result<Vec<ZooReaction>, CaseError> {
    let mut points = Vec::new();
    for specimen in zoo() {
        let fluxes = specimen.network.fluxes(&specimen.state).map_err(raise(experiment))?;
        for (r, reaction) in specimen.network.reactions().iter().enumerate() {
            let (forward, backward) = (fluxes.forward[r], fluxes.backward[r]);
            points.push(ZooReaction {
                network: specimen.id.into(),
                reaction: reaction.name.clone(),
                force: force(forward, backward),
                ratio: measured_ratio(forward, backward),
            });
        }
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn the_infimum_is_one_and_the_curve_is_kept() {
        let found = run::<SingleReaction>(&SingleReactionParams::smoke(1)).expect("valid settings");
        assert!((found.infimum - 1.0).abs() < 1e-9, "{}", found.infimum);
        assert!(found.smallest_random >= 1.0 - 1e-12);
        assert!(found.worst_distance < 1e-12, "{}", found.worst_distance);
        for (measured, curve) in found.measured.iter().zip(&found.curve) {
            assert!((measured / curve - 1.0).abs() < 1e-9, "{measured} {curve}");
        }
        assert_eq!(found.zoo.len(), 39);
        assert!(found.zoo.iter().all(|p| (p.ratio / single_reaction_ratio(p.force) - 1.0).abs() < 1e-12));
    }

    #[test]
    fn bad_settings_are_refused() {
        let upside_down = SingleReactionParams { to: 1e-6, ..SingleReactionParams::smoke(1) };
        assert_eq!(upside_down.check().expect_err("descends").name, "to");
    }
}
