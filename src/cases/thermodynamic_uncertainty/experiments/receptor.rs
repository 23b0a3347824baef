//! The nicotinic receptor of Edelstein et al. (1996), BioModels 002: do its published rates obey detailed balance?

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::CASE;
use crate::cases::thermodynamic_uncertainty::cycles::cycle_affinities;
use crate::cases::thermodynamic_uncertainty::model::Model;
use crate::cases::thermodynamic_uncertainty::ode::OdeSystem;
use crate::cases::thermodynamic_uncertainty::sbml::{Events, read};
use crate::cases::thermodynamic_uncertainty::thermodynamics::{entropy_production, force};
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`Receptor`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Concentration at which the ligand is held (the file's unit, mol/l).
    pub ligand: f64,
}

impl Default for Params {
    /// The file's own start concentration.
    fn default() -> Self {
        Self { ligand: 1e-5 }
    }
}

/// A cycle of gating and binding steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Square {
    /// Ids of the reactions, a backward one with a minus sign.
    pub reactions: Vec<String>,
    /// Magnitude, units of R.
    pub affinity: f64,
}

/// Affinities of the six square cycles, and what they cost at a steady state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Largest affinity first.
    pub squares: Vec<Square>,
    /// `Σ̇` per receptor (R per second) at the steady state with the ligand held.
    pub entropy_production: f64,
    /// Occupation of each state there, summing to one.
    pub occupation: Vec<(String, f64)>,
}

/// Claim 12.
pub struct Receptor;

/// The model's file.
const FILE: &str = "biomodels/BIOMD0000000002.xml";

/// The species that is held.
const LIGAND: &str = "L";

impl Experiment for Receptor {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "receptor";

    fn inputs(_params: &Params) -> Vec<String> {
        vec![FILE.into()]
    }

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let bytes = bench.library.read(CASE, FILE)?;
        analyse(&bytes, params).map_err(|source| CaseError::Experiment { experiment: Self::NAME, source })
    }
}

fn analyse(bytes: &[u8], params: &Params) -> Result<Outcome, Box<dyn std::error::Error + Send + Sync>> {
    let model = read(bytes, Events::Refuse)?.clamped(LIGAND, params.ligand)?;
    let split = model.split()?;
    let ratios: Vec<f64> = split.network.reactions().iter().map(|r| force(r.forward, r.backward)).collect();
    let mut squares: Vec<Square> = cycle_affinities(split.network.stoichiometry().view(), &ratios)?
        .into_iter()
        .map(|cycle| {
            let name = |&(r, times): &(usize, i64)| {
                let id = &split.origins[r].reaction;
                if times < 0 { format!("-{id}") } else { id.clone() }
            };
            Square { reactions: cycle.reactions.iter().map(name).collect(), affinity: cycle.affinity }
        })
        .collect();
    squares.sort_by(|a, b| b.affinity.total_cmp(&a.affinity));
    let total: f64 = split.state.iter().sum();
    let occupation = steady_occupation(&model)?;
    let state: Vec<f64> = occupation.iter().map(|p| p * total).collect();
    let fluxes = split.network.fluxes(&state)?;
    let occupation = model.state_names().into_iter().zip(occupation).collect();
    Ok(Outcome { squares, entropy_production: entropy_production(&fluxes) / total, occupation })
}

/// The receptor's equations can't be solved for a steady state.
#[derive(Debug, thiserror::Error)]
#[error("the receptor's states have no unique steady state")]
struct NoSteadyState;

/// Solves `A p = 0`, `Σ p = 1`: with the ligand held, all steps are first order.
fn steady_occupation(model: &Model) -> Result<Vec<f64>, NoSteadyState> {
    let system = model.system();
    let n = system.dimension();
    let mut entries = vec![0.0; n * n];
    system.jacobian(0.0, &model.initial_state(), &mut entries);
    let mut matrix = DMatrix::from_column_slice(n, n, &entries);
    matrix.row_mut(0).fill(1.0);
    let mut target = DVector::zeros(n);
    target[0] = 1.0;
    let solution = matrix.full_piv_lu().solve(&target).ok_or(NoSteadyState)?;
    Ok(solution.iter().copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::test_data::mirror;

    #[test]
    fn affinities_and_cost_are_those_of_the_published_rates() {
        let Some(mirror) = mirror() else { return };
        let bytes = std::fs::read(mirror.join(FILE)).expect("readable");
        let outcome = analyse(&bytes, &Params::default()).expect("mass action");
        // The case's document, claim 12; six figures printed behind the point.
        let expected = [0.024743163, 0.024514566, 0.002677648, 0.002026189, 0.0, 0.0];
        assert_eq!(outcome.squares.len(), expected.len());
        for (square, expected) in outcome.squares.iter().zip(expected) {
            assert_eq!(square.reactions.len(), 4, "{square:?}");
            assert!((square.affinity - expected).abs() < 1e-9, "{square:?} {expected}");
        }
        assert!((outcome.entropy_production / 6.286489e-6 - 1.0).abs() < 1e-6, "{}", outcome.entropy_production);
        assert!(outcome.occupation.iter().all(|(_, p)| *p > 0.0));
    }
}
