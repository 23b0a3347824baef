//! Claim 4: in closed networks the Gibbs energy falls, at the rate of entropy production.

use serde::{Deserialize, Serialize};

use super::{CASE, ParamsError, log_spaced, raise, require};
use crate::cases::thermodynamic_uncertainty::closed::{StandardPotentials, standard_potentials};
use crate::cases::thermodynamic_uncertainty::network::Network;
use crate::cases::thermodynamic_uncertainty::ode::{Tolerances, solve};
use crate::cases::thermodynamic_uncertainty::random_networks::{Shape, random_closed_network};
use crate::cases::thermodynamic_uncertainty::rate_law::RateLaw;
use crate::cases::thermodynamic_uncertainty::zoo::zoo;
use crate::display::Monitor;
use crate::methods::parallel::ordered;
use crate::methods::random::stream;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`ClosedNetworks`].
///
/// | name | default (smoke, paper) | purpose |
/// |---|---|---|
/// | first, last | 10⁻², 3 | range of times after the start |
/// | points | 60 | times, evenly spaced in their logarithm |
/// | random | 200, 2000 | random networks with detailed balance, each at one state |
/// | tolerances | 10⁻¹⁰, 10⁻¹³ | of the integration |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClosedNetworksParams {
    pub first: f64,
    pub last: f64,
    pub points: usize,
    pub random: usize,
    pub tolerances: Tolerances,
    pub seed: u64,
}

impl ClosedNetworksParams {
    pub fn smoke(seed: u64) -> Self {
        Self { first: 1e-2, last: 3.0, points: 60, random: 200, tolerances: Tolerances::uniform(1e-10, 1e-13), seed }
    }

    pub fn paper(seed: u64) -> Self {
        Self { random: 2000, ..Self::smoke(seed) }
    }

    /// # Errors
    /// Times that aren't positive and ascending, or too few.
    pub fn check(&self) -> Result<(), ParamsError> {
        require(self.first > 0.0 && self.first.is_finite(), "first", self.first, "finite and positive")?;
        require(self.last > self.first && self.last.is_finite(), "last", self.last, "finite and above `first`")?;
        require(self.points >= 2, "points", self.points, "at least two")
    }
}

/// One closed network of the zoo on its way to equilibrium.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClosedRun {
    pub id: String,
    pub species: Vec<String>,
    pub times: Vec<f64>,
    /// `G` in units of RT times concentration.
    pub gibbs_energy: Vec<f64>,
    /// `−dG/dt` from the chemical potentials.
    pub dissipation: Vec<f64>,
    /// `Σ̇` from fluxes and forces.
    pub entropy_production: Vec<f64>,
    /// `f²/D`: one series per species.
    pub bounds: Vec<Vec<f64>>,
}

/// Runs of the closed networks of the zoo, and the identity on random ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClosedNetworks {
    pub runs: Vec<ClosedRun>,
    /// Largest `|−dG/dt − Σ̇|/Σ̇` along the runs.
    pub worst_difference: f64,
    /// Largest rise of `G` from one time to the next; negative when it always falls.
    pub largest_rise: f64,
    /// Smallest `(−dG/dt − f²/D)/(−dG/dt)` along the runs.
    pub worst_slack: f64,
    /// Random networks with detailed balance that were tried.
    pub random: usize,
    /// Largest `|−dG/dt − Σ̇|` of the random networks, relative to the sum of the sizes of its terms.
    pub worst_random_difference: f64,
}

impl Experiment for ClosedNetworks {
    type Params = ClosedNetworksParams;
    type Outcome = ClosedNetworks;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "closed_networks";

    fn run(params: &ClosedNetworksParams, bench: &Workbench) -> Result<ClosedNetworks, CaseError> {
        params.check().map_err(raise(Self::NAME))?;
        let mut runs = Vec::new();
        for specimen in zoo() {
            if let Ok(potentials) = standard_potentials(&specimen.network) {
                let (network, state) = (&specimen.network, &specimen.state);
                runs.push(relax(specimen.id, network, state, &potentials, params, bench.monitor)?);
            }
        }
        let differences = ordered(params.random, bench.monitor, |index| random_difference(params, index))?;
        let worst_random_difference =
            differences.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().fold(0.0, f64::max);
        let along = |value: fn(&ClosedRun) -> Vec<f64>| runs.iter().flat_map(value).collect::<Vec<f64>>();
        Ok(ClosedNetworks {
            worst_difference: along(differences_of).into_iter().fold(0.0, f64::max),
            largest_rise: along(rises_of).into_iter().fold(f64::NEG_INFINITY, f64::max),
            worst_slack: along(slacks_of).into_iter().fold(f64::INFINITY, f64::min),
            random: params.random,
            worst_random_difference,
            runs,
        })
    }
}

fn differences_of(run: &ClosedRun) -> Vec<f64> {
    run.dissipation.iter().zip(&run.entropy_production).map(|(d, e)| (d - e).abs() / e).collect()
}

fn rises_of(run: &ClosedRun) -> Vec<f64> {
    run.gibbs_energy.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

fn slacks_of(run: &ClosedRun) -> Vec<f64> {
    let slack = |series: &Vec<f64>| -> Vec<f64> {
        series.iter().zip(&run.dissipation).map(|(bound, d)| (d - bound) / d).collect()
    };
    run.bounds.iter().flat_map(slack).collect()
}

fn relax(
    id: &str,
    network: &Network,
    state: &[f64],
    potentials: &StandardPotentials,
    params: &ClosedNetworksParams,
    monitor: &dyn Monitor,
) -> Result<ClosedRun, CaseError> {
    let mut times = vec![0.0];
    times.extend(log_spaced(params.first, params.last, params.points));
    let run = solve(network, state, &times, &params.tolerances, monitor).map_err(raise(ClosedNetworks::NAME))?;
    let mut outcome = ClosedRun {
        id: id.into(),
        species: network.species().to_vec(),
        times,
        gibbs_energy: Vec::new(),
        dissipation: Vec::new(),
        entropy_production: Vec::new(),
        bounds: vec![Vec::new(); state.len()],
    };
    for x in &run.states {
        let at = network.thermodynamics(x);
        outcome.gibbs_energy.push(potentials.gibbs_energy(x));
        outcome.dissipation.push(potentials.dissipation(network, x).map_err(raise(ClosedNetworks::NAME))?);
        outcome.entropy_production.push(at.entropy_production);
        outcome.bounds.iter_mut().zip(at.species_bounds()).for_each(|(series, bound)| series.push(bound));
    }
    Ok(outcome)
}

fn random_difference(params: &ClosedNetworksParams, index: usize) -> Result<f64, CaseError> {
    let shape = Shape { species: 5, reactions: 6, decades: 1.0 };
    let mut random = stream(params.seed, CASE, "closed_networks", index as u64);
    let (network, x) = random_closed_network(&shape, &mut random);
    let potentials = standard_potentials(&network).map_err(raise(ClosedNetworks::NAME))?;
    let at = network.thermodynamics(&x);
    let falls = potentials.dissipation(&network, &x).map_err(raise(ClosedNetworks::NAME))?;
    let terms = at.drift.iter().zip(potentials.chemical_potentials(&x)).map(|(f, mu)| (f * mu).abs());
    let scale = terms.sum::<f64>().max(at.entropy_production);
    Ok(if scale == 0.0 { 0.0 } else { (falls - at.entropy_production).abs() / scale })
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn gibbs_energy_falls_as_entropy_is_produced() {
        let found = run::<ClosedNetworks>(&ClosedNetworksParams::smoke(1)).expect("valid settings");
        assert_eq!(found.runs.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), ["iso", "assoc", "chain", "mm"]);
        assert!(found.worst_difference < 1e-10, "{}", found.worst_difference);
        assert!(found.largest_rise < 0.0, "{}", found.largest_rise);
        assert!(found.worst_slack >= -1e-10, "{}", found.worst_slack);
        assert!(found.worst_random_difference < 1e-10, "{}", found.worst_random_difference);
        for run in &found.runs {
            assert_eq!(run.bounds.len(), run.species.len());
            assert!(run.bounds.iter().all(|series| series.len() == run.times.len()));
        }
    }

    #[test]
    fn bad_settings_are_refused() {
        let never = ClosedNetworksParams { last: 0.0, ..ClosedNetworksParams::smoke(1) };
        assert_eq!(never.check().expect_err("descends").name, "last");
    }
}
