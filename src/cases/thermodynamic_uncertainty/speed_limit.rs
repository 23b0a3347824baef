//! Speed limits: how little time a change can take, given what it dissipates.

use super::ode::{OdeError, Tolerances};
use super::path::{PathIntegrals, path_integrals};
use super::rate_law::RateLaw;
use crate::display::Monitor;

/// Every lower bound on the duration of one path, in units of time; each is at most [`SpeedLimits::duration`].
///
/// With `ℒ = ∫|f_i| dt`, `Σ = ∫Σ̇ dt` and time averages `D̄`, `Λ̄`, Cauchy–Schwarz turns `Σ̇ ≥ f²/D` into
/// `τ ≥ ℒ²/(Σ D̄)`. In the other normalisation, `D̃ = 2D`, that reads `τ ≥ 2ℒ²/(Σ D̃)`.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SpeedLimits {
    /// `τ`.
    pub duration: f64,
    /// `ℒ²/(Σ D̄)` per species.
    pub scaled: Vec<f64>,
    /// `ℒ²/(Σ Λ̄)` per species; tighter.
    pub onsager: Vec<f64>,
    /// `ℒ²/(Σ_ex Λ̄)` per species; tighter still with housekeeping.
    pub excess: Vec<f64>,
    /// `|Δx|²/(Σ D̄)` per species, from the ends of the path alone.
    pub displacement: Vec<f64>,
    /// `(∫√(fᵀD⁺f) dt)²/Σ`.
    pub vector: f64,
    /// `(∫√(fᵀD⁺f) dt)²/Σ_ex`.
    pub vector_excess: f64,
}

impl SpeedLimits {
    /// Evaluates the limits of one path; a path that dissipates nothing has limits of zero.
    pub fn new(path: &PathIntegrals) -> Self {
        let per_species = |lengths: &[f64], cost: f64, spread: &[f64]| -> Vec<f64> {
            let pairs = lengths.iter().zip(spread);
            pairs.map(|(length, integral)| limit(*length, cost * integral / path.duration)).collect()
        };
        Self {
            duration: path.duration,
            scaled: per_species(&path.length, path.dissipation, &path.diffusion),
            onsager: per_species(&path.length, path.dissipation, &path.onsager),
            excess: per_species(&path.length, path.excess, &path.onsager),
            displacement: per_species(&path.displacement, path.dissipation, &path.diffusion),
            vector: limit(path.metric_length, path.dissipation),
            vector_excess: limit(path.metric_length, path.excess),
        }
    }

    /// The tightest of all.
    pub fn best(&self) -> f64 {
        let species = [&self.scaled, &self.onsager, &self.excess, &self.displacement];
        let all = species.into_iter().flatten().copied().chain([self.vector, self.vector_excess]);
        all.fold(0.0, f64::max)
    }
}

fn limit(length: f64, cost: f64) -> f64 {
    if length == 0.0 { 0.0 } else { length * (length / cost) }
}

/// Integrates a rate law from `x0` and evaluates its speed limits at each duration.
///
/// # Errors
/// What [`path_integrals`] raises.
pub fn speed_limits(
    law: &dyn RateLaw,
    x0: &[f64],
    durations: &[f64],
    tolerances: &Tolerances,
    monitor: &dyn Monitor,
) -> Result<Vec<SpeedLimits>, OdeError> {
    let paths = path_integrals(law, x0, durations, tolerances, monitor)?;
    Ok(paths.iter().map(SpeedLimits::new).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::zoo::specimen;
    use crate::display::Silent;

    /// What the integration is good for; a pin adds half a unit of its last decimal.
    const TOLERANCE: f64 = 1e-10;

    fn run(id: &str, tau: f64) -> (PathIntegrals, SpeedLimits) {
        let specimen = specimen(id).expect("in the zoo");
        let tolerances = Tolerances::uniform(1e-13, 1e-15);
        let paths = path_integrals(&specimen.network, &specimen.state, &[tau], &tolerances, &Silent);
        let path = paths.expect("smooth").remove(0);
        let limits = SpeedLimits::new(&path);
        (path, limits)
    }

    fn assert_pins(pins: &[(&str, f64, f64, i32)]) {
        for (name, found, pin, decimals) in pins {
            let allowed = TOLERANCE * pin + 0.5 * 10.0_f64.powi(-decimals);
            assert!((found - pin).abs() < allowed, "{name}: {found}, pinned {pin}");
        }
    }

    #[test]
    fn the_pins_of_closed_networks_are_met() {
        let (path, limits) = run("iso", 1.0);
        assert_pins(&[
            ("iso Σ", path.dissipation, 0.637378402181, 12),
            ("iso D̄", limits.scaled[0], 0.569788478229, 12),
            ("iso Λ̄", limits.onsager[0], 0.604328978169, 12),
        ]);
        let (path, limits) = run("assoc", 1.0);
        assert_pins(&[
            ("assoc Σ", path.dissipation, 0.650810908203, 12),
            ("assoc D̄", limits.scaled[0], 0.638178225345, 12),
        ]);
        let (path, limits) = run("mm", 5.0);
        assert_pins(&[
            ("mm Σ", path.dissipation, 1.57713084148, 11),
            ("mm S", limits.scaled[1] / 5.0, 0.273097256032, 12),
            ("mm P", limits.scaled[3] / 5.0, 0.484788257811, 12),
        ]);
    }

    #[test]
    fn the_pins_of_the_brusselator_are_met() {
        let (path, limits) = run("brus", 10.0);
        assert_pins(&[
            ("Σ", path.dissipation, 253.026777553, 9),
            ("Σ_ex", path.excess, 16.1929836861, 10),
            ("vector", limits.vector, 0.311788863, 9),
            ("vector with Σ_ex", limits.vector_excess, 4.871920633, 9),
            // by extrapolation of order 12, computed for this test; the case file's last two digits disagree
            ("X", limits.scaled[0] / 10.0, 0.00542968301749, 14),
            ("Y", limits.scaled[1] / 10.0, 0.0131217363701, 13),
        ]);
        for (found, pin) in limits.scaled.iter().zip([0.005429683014, 0.013121736367]) {
            assert!((found / 10.0 / pin - 1.0).abs() < 1e-9, "{found}, pinned {pin}");
        }
    }
}
