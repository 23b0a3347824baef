//! The experiments of the case: settings in, owned outcomes out, each run at most once per setting.

pub mod baselines;
pub mod carbon_edge;
pub mod classes;
pub mod emission_shift;
pub mod likeness;
pub mod m101;
pub mod nitrogen_edge;
pub mod nitrogen_ratio;
pub mod orion;
pub mod polystyrene;
pub mod published;
pub mod recovery;
pub mod stack;
pub(super) mod stand_ins;

use super::readers::{Table, open};
use crate::repro::{CaseError, Workbench, raise};

/// The name of the case, for cache keys and random streams.
const CASE: &str = "qncc_spectra";

/// Opens a data file of the case, whatever its format.
fn table(experiment: &'static str, name: &str, bench: &Workbench) -> Result<Table, CaseError> {
    open(name, &bench.library.read(CASE, name)?).map_err(raise(experiment))
}

#[cfg(test)]
mod tests {
    use super::super::{bands::BandError, decompose::DecomposeError, fit::FitError};
    use super::super::{similarity::SimilarityError, xanes::XanesError};
    use super::*;
    use crate::methods::parallel::Interrupted;

    #[test]
    fn every_module_keeps_an_interrupt_an_interrupt() {
        let fit = || FitError::from(Interrupted);
        let raised = [
            raise("x")(fit()),
            raise("x")(DecomposeError::from(fit())),
            raise("x")(BandError::from(fit())),
            raise("x")(XanesError::Fit { model: "m".into(), source: fit() }),
            raise("x")(SimilarityError::from(Interrupted)),
        ];
        assert!(raised.iter().all(|error| matches!(error, CaseError::Interrupted)), "{raised:?}");
        assert!(matches!(raise("x")(FitError::Empty("no rows")), CaseError::Experiment { .. }));
    }
}
