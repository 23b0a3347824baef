//! Which components the data ask for, by the Bayesian information criterion.

use serde::{Deserialize, Serialize};

use super::DecomposeError;
use super::model::{Decomposition, Model};
use crate::display::{Monitor, Silent};
use crate::methods::parallel::ordered;

/// The fit without one component.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Without {
    /// Index of the component that was left out.
    pub component: usize,
    /// χ² without it.
    pub chi2: f64,
    /// BIC without it, minus that with it: negative when it isn't worth its parameters.
    pub bic_change: f64,
}

/// The result of leaving out components one by one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// Components that were at zero from the start and left at no cost.
    pub at_zero: Vec<usize>,
    /// What was dropped, in this order.
    pub dropped: Vec<Without>,
    /// Indices of those that stay.
    pub kept: Vec<usize>,
    /// The fit with these.
    pub best: Decomposition,
}

impl Model {
    /// What χ² and BIC become without each of the components that take part, all else fitted again.
    ///
    /// Components at zero are left out first: else one of them might take the place of the one dropped, and the count of
    /// parameters would say nothing about the latter.
    ///
    /// # Errors
    /// What [`Model::fit`] raises.
    pub fn without_each(&self, best: &Decomposition, monitor: &dyn Monitor) -> Result<Vec<Without>, DecomposeError> {
        monitor.begin("leaving out components", best.fit.positive as u64);
        let found = self.each(&active(best), best, monitor);
        monitor.end();
        found
    }

    /// Drops the component whose absence lowers the criterion most, until none does.
    ///
    /// # Errors
    /// What [`Model::fit`] raises.
    pub fn select(&self, best: &Decomposition, monitor: &dyn Monitor) -> Result<Selection, DecomposeError> {
        let mut kept = active(best);
        let at_zero = (0..best.components.len()).filter(|j| !kept.contains(j)).collect();
        let mut dropped = Vec::new();
        // Indices of `current` are places in `kept`.
        let (mut model, start) = self.with_only(&kept, &best.fit);
        let mut current = model.fit_from(&start, &model.single(), &Silent)?;
        loop {
            monitor.begin("leaving out components", kept.len() as u64);
            let places: Vec<usize> = active(&current);
            let each = model.each(&places, &current, monitor)?;
            monitor.end();
            let worst = each.into_iter().filter(|one| one.bic_change < 0.0);
            let worst = worst.reduce(|a, b| if b.bic_change < a.bic_change { b } else { a });
            let Some(worst) = worst.filter(|_| kept.len() > 1) else { break };
            dropped.push(Without { component: kept[worst.component], ..worst });
            let places: Vec<usize> = places.into_iter().filter(|place| *place != worst.component).collect();
            let (smaller, start) = model.with_only(&places, &current.fit);
            kept = places.iter().map(|place| kept[*place]).collect();
            current = smaller.fit_from(&start, &smaller.single(), &Silent)?;
            model = smaller;
        }
        Ok(Selection { at_zero, dropped, kept, best: current })
    }

    fn each(
        &self,
        places: &[usize],
        current: &Decomposition,
        monitor: &dyn Monitor,
    ) -> Result<Vec<Without>, DecomposeError> {
        let fits = ordered(places.len(), monitor, |index| {
            let component = places[index];
            let others: Vec<usize> = places.iter().copied().filter(|place| *place != component).collect();
            if others.is_empty() {
                return Ok(None);
            }
            let (model, start) = self.with_only(&others, &current.fit);
            let found = model.fit_from(&start, &model.single(), &Silent)?;
            Ok(Some(Without { component, chi2: found.fit.chi2, bic_change: found.bic - current.bic }))
        });
        let fits: Result<Vec<Option<Without>>, DecomposeError> =
            fits.map_err(crate::cases::qncc_spectra::fit::FitError::from)?.into_iter().collect();
        Ok(fits?.into_iter().flatten().collect())
    }
}

/// The components that take part.
fn active(best: &Decomposition) -> Vec<usize> {
    (0..best.components.len()).filter(|j| best.fit.coefficients[*j] > 0.0).collect()
}
