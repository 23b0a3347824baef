//! Claim 3: every link of the ladder of bounds, on random mass-action networks.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::{CASE, ParamsError, raise, require, slack};
use crate::cases::thermodynamic_uncertainty::random_networks::{Shape, random_network};
use crate::cases::thermodynamic_uncertainty::rate_law::RateLaw;
use crate::cases::thermodynamic_uncertainty::thermodynamics::{activity_bound, observable_bound};
use crate::methods::parallel::ordered;
use crate::methods::random::stream;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`Ladder`].
///
/// | name | default (smoke, paper) | purpose |
/// |---|---|---|
/// | networks | 3000, 3000 | random networks |
/// | shape | 5 species, 8 reactions, 2 decades | what they look like |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LadderParams {
    pub networks: usize,
    pub shape: Shape,
    pub seed: u64,
}

impl LadderParams {
    pub fn smoke(seed: u64) -> Self {
        Self { networks: 3000, shape: Shape { species: 5, reactions: 8, decades: 2.0 }, seed }
    }

    /// The same as [`LadderParams::smoke`].
    pub fn paper(seed: u64) -> Self {
        Self::smoke(seed)
    }

    /// # Errors
    /// No networks, an empty shape, or a range of decades that overflows.
    pub fn check(&self) -> Result<(), ParamsError> {
        require(self.networks > 0, "networks", self.networks, "at least one")?;
        require(self.shape.species > 0, "shape.species", self.shape.species, "at least one")?;
        require(self.shape.reactions > 0, "shape.reactions", self.shape.reactions, "at least one")?;
        require((0.0..=20.0).contains(&self.shape.decades), "shape.decades", self.shape.decades, "from 0 to 20")
    }
}

/// One link `lower ≤ upper` of the ladder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    pub lower: String,
    pub upper: String,
    /// Smallest `(upper − lower)/upper` seen.
    pub worst_slack: f64,
    /// Median of `lower/upper`: how tight the link is, typically.
    pub median_ratio: f64,
    pub checked: usize,
}

/// Every link of the ladder, with the worst of all networks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ladder {
    pub networks: usize,
    pub links: Vec<Link>,
    /// Networks in which the activity bound of a species' current beats that of its diffusion.
    pub activity_wins: usize,
}

impl Ladder {
    /// The smallest slack of all links.
    pub fn worst_slack(&self) -> f64 {
        self.links.iter().map(|link| link.worst_slack).fold(f64::INFINITY, f64::min)
    }
}

impl Experiment for Ladder {
    type Params = LadderParams;
    type Outcome = Ladder;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "ladder";

    fn run(params: &LadderParams, bench: &Workbench) -> Result<Ladder, CaseError> {
        params.check().map_err(raise(Self::NAME))?;
        bench.monitor.begin("ladder of bounds", params.networks as u64);
        let climbed = ordered(params.networks, bench.monitor, |index| climb(params, index));
        bench.monitor.end();
        let climbed = climbed?;
        let links = LINKS.iter().enumerate().map(|(k, (lower, upper))| {
            let pairs: Vec<(f64, f64)> = climbed.iter().map(|c| c.pairs[k]).filter(|(_, up)| *up > 0.0).collect();
            let mut ratios: Vec<f64> = pairs.iter().map(|(low, up)| low / up).collect();
            ratios.sort_by(f64::total_cmp);
            Link {
                lower: (*lower).into(),
                upper: (*upper).into(),
                worst_slack: pairs.iter().map(|(low, up)| slack(*low, *up)).fold(f64::INFINITY, f64::min),
                median_ratio: ratios.get(ratios.len() / 2).copied().unwrap_or(0.0),
                checked: pairs.len(),
            }
        });
        Ok(Ladder {
            networks: params.networks,
            links: links.collect(),
            activity_wins: climbed.iter().filter(|c| c.activity_wins).count(),
        })
    }
}

/// Lower and upper side of each link, in the order of [`Climb::pairs`].
const LINKS: [(&str, &str); 9] = [
    ("max f²/D", "fᵀD⁺f"),
    ("max f²/D", "max f²/Λ"),
    ("max f²/Λ", "Σ̇_ex"),
    ("fᵀD⁺f", "Σ̇_ex"),
    ("fᵀD⁺f", "Π"),
    ("Σ̇_ex", "Σ̇"),
    ("Π", "Σ̇"),
    ("J_o²/(½Σo²a), random o", "Π"),
    ("2(|J_o|/m) artanh(|J_o|/(mA)), rows of S and random o", "Σ̇"),
];

struct Climb {
    pairs: [(f64, f64); LINKS.len()],
    activity_wins: bool,
}

fn climb(params: &LadderParams, index: usize) -> Climb {
    let mut random = stream(params.seed, CASE, "ladder", index as u64);
    let (network, x) = random_network(&params.shape, &mut random);
    let fluxes = network.one_way_fluxes(&x);
    let at = network.thermodynamics(&x);
    let largest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    let (species, tighter) = (largest(&at.species_bounds()), largest(&at.onsager_bounds()));
    let observable: Vec<f64> = at.net.iter().map(|_| random.random_range(-1.0..1.0)).collect();
    let rows: Vec<f64> =
        network.stoichiometry().rows().into_iter().map(|o| activity_bound(&o.to_vec(), &fluxes)).collect();
    let total = at.entropy_production;
    Climb {
        pairs: [
            (species, at.matrix_bound),
            (species, tighter),
            (tighter, at.excess),
            (at.matrix_bound, at.excess),
            (at.matrix_bound, at.pseudo_entropy_production),
            (at.excess, total),
            (at.pseudo_entropy_production, total),
            (observable_bound(&observable, &fluxes), at.pseudo_entropy_production),
            (largest(&rows).max(activity_bound(&observable, &fluxes)), total),
        ],
        activity_wins: rows.iter().zip(at.species_bounds()).any(|(activity, diffusion)| *activity > diffusion),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn every_link_holds() {
        let found = run::<Ladder>(&LadderParams { networks: 500, ..LadderParams::smoke(3) }).expect("valid settings");
        assert_eq!(found.links.len(), 9);
        for link in &found.links {
            assert!(link.worst_slack >= -1e-9, "{link:?}");
            assert!(link.checked > 400, "{link:?}");
            assert!((0.0..=1.0 + 1e-9).contains(&link.median_ratio), "{link:?}");
        }
        assert!(found.activity_wins > 0);
    }

    #[test]
    fn bad_settings_are_refused() {
        assert_eq!(LadderParams { networks: 0, ..LadderParams::smoke(1) }.check().expect_err("none").name, "networks");
    }
}
