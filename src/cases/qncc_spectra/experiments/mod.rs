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

use super::fit::FitError;
use super::readers::{Table, open};
use super::xanes::XanesError;
use crate::methods::parallel::Interrupted;
use crate::repro::{CaseError, Workbench};

/// The name of the case, for cache keys and random streams.
const CASE: &str = "qncc_spectra";

/// Opens a data file of the case, whatever its format.
fn table(experiment: &'static str, name: &str, bench: &Workbench) -> Result<Table, CaseError> {
    open(name, &bench.library.read(CASE, name)?).map_err(raise(experiment))
}

/// Turns a module's error into a case's, keeping an interrupt an interrupt.
fn raise<E>(experiment: &'static str) -> impl Fn(E) -> CaseError
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |source| {
        let source: Box<dyn std::error::Error + Send + Sync> = Box::new(source);
        if is_interrupt(source.as_ref()) {
            CaseError::Interrupted
        } else {
            CaseError::Experiment { experiment, source }
        }
    }
}

fn is_interrupt(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<Interrupted>()
            || matches!(error.downcast_ref(), Some(FitError::Interrupted(_)))
            || matches!(error.downcast_ref(), Some(XanesError::Fit { source: FitError::Interrupted(_), .. }))
        {
            return true;
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_stays_an_interrupt_however_deep_it_lies() {
        let raised = |source: FitError| raise("x")(XanesError::Fit { model: "m".into(), source });
        assert!(matches!(raised(FitError::Interrupted(Interrupted)), CaseError::Interrupted));
        assert!(matches!(raised(FitError::Empty("no rows")), CaseError::Experiment { .. }));
        assert!(matches!(raise("x")(FitError::Interrupted(Interrupted)), CaseError::Interrupted));
    }
}
