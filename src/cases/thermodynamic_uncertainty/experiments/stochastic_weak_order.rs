//! The weak order of tau-leaping: how the error of a mean shrinks with the step.

use serde::{Deserialize, Serialize};

use super::stochastic::{positive, simulate_by};
use super::{CASE, ParamsError, raise, require};
use crate::cases::thermodynamic_uncertainty::stochastic::models::{self, Problem};
use crate::cases::thermodynamic_uncertainty::stochastic::{EnsembleParams, Method};
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`WeakOrder`].
///
/// | name | smoke | paper | purpose | range |
/// |---|---|---|---|---|
/// | `steps` | 1/8 … 1/64 | 1/8 … 1/128 | step sizes τ | two or more, positive |
/// | `molecules` | 10,000 | 10,000 | initial count | even, ≥ 2 |
/// | `runs` | 10,000 | 100,000 | runs at each step | ≥ 2 |
///
/// The error of the mean grows with the count and its noise with the root of it, so 10⁴ molecules and 10⁴ runs put
/// two to three standard errors in a hundred on the smallest error; the reference is exact, not simulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeakOrderParams {
    pub steps: Vec<f64>,
    pub molecules: i64,
    pub runs: usize,
}

impl WeakOrderParams {
    /// A second or two.
    pub fn smoke() -> Self {
        Self { steps: (3..=6).map(|k| 0.5_f64.powi(k)).collect(), molecules: 10_000, runs: 10_000 }
    }

    /// Ten times the runs, and a smaller step.
    pub fn paper() -> Self {
        Self { steps: (3..=7).map(|k| 0.5_f64.powi(k)).collect(), molecules: 10_000, runs: 100_000 }
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// A setting outside its range.
    pub fn check(&self) -> Result<(), ParamsError> {
        require(self.steps.len() >= 2, "number of steps", self.steps.len(), "at least 2")?;
        for &step in &self.steps {
            positive("step", step)?;
        }
        let even = self.molecules >= 2 && self.molecules % 2 == 0;
        require(even, "molecules", self.molecules, "even and positive")?;
        require(self.runs >= 2, "runs", self.runs, "at least 2")
    }
}

/// Error of the mean count at t = 1 against the step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    pub problem: String,
    pub exact_mean: f64,
    pub steps: Vec<f64>,
    /// `|mean − exact mean|`.
    pub errors: Vec<f64>,
    /// Standard errors of the means.
    pub standard_errors: Vec<f64>,
    /// Weighted least-squares slope of `ln error` against `ln τ`.
    pub order: f64,
    /// Its standard error.
    pub order_error: f64,
}

/// Orders of all problems.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeakOrderOutcome {
    pub orders: Vec<Order>,
}

impl WeakOrderOutcome {
    /// Whether every order is 1 ± 0.15.
    pub fn holds(&self) -> bool {
        self.orders.iter().all(|o| (o.order - 1.0).abs() <= 0.15)
    }
}

/// Fixed-step tau-leaping on decay (linear) and dimerisation (not), whose exact means at t = 1 are known.
pub struct WeakOrder;

impl Experiment for WeakOrder {
    type Params = WeakOrderParams;
    type Outcome = WeakOrderOutcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "stochastic_weak_order";

    fn run(params: &WeakOrderParams, bench: &Workbench) -> Result<WeakOrderOutcome, CaseError> {
        params.check().map_err(raise(Self::NAME))?;
        let n = params.molecules;
        let decay = models::decay(n, 1, 1.0).map_err(raise(Self::NAME))?;
        // The mean count halves by t = 1: dn/dt = −2 k n² with 2 k n₀ = 1.
        let rate = 0.5 / n as f64;
        let pairs = models::decay(n, 2, rate).map_err(raise(Self::NAME))?;
        let orders = [
            ("decay X → ∅", decay, n as f64 * (-1.0_f64).exp()),
            ("pair annihilation 2 X → ∅", pairs, annihilation_mean(n, rate, 1.0)),
        ];
        let orders = orders.map(|(name, problem, exact)| order(name, &problem, exact, params, bench));
        Ok(WeakOrderOutcome { orders: orders.into_iter().collect::<Result<_, _>>()? })
    }
}

fn order(
    name: &str,
    problem: &Problem,
    exact_mean: f64,
    params: &WeakOrderParams,
    bench: &Workbench,
) -> Result<Order, CaseError> {
    let mut errors = Vec::new();
    let mut standard_errors = Vec::new();
    for &step in &params.steps {
        let task = format!("{} {name} τ={step}", WeakOrder::NAME);
        let ensemble = EnsembleParams::new(params.runs, bench.seed, WeakOrder::CASE, &task);
        let found = simulate_by(WeakOrder::NAME, problem, Method::TauLeap { step }, &[1.0], ensemble, bench)?;
        errors.push((found.mean[0][0] - exact_mean).abs());
        standard_errors.push(found.sd[0][0] / (params.runs as f64).sqrt());
    }
    let (order, order_error) = weighted_slope(&params.steps, &errors, &standard_errors);
    Ok(Order {
        problem: name.into(),
        exact_mean,
        steps: params.steps.clone(),
        errors,
        standard_errors,
        order,
        order_error,
    })
}

/// Slope of `ln error` against `ln step`, weighted by the relative standard errors.
fn weighted_slope(steps: &[f64], errors: &[f64], standard_errors: &[f64]) -> (f64, f64) {
    let points = || {
        let pairs = steps.iter().zip(errors).zip(standard_errors);
        pairs.map(|((step, error), standard)| (step.ln(), error.ln(), (error / standard).powi(2)))
    };
    let weight: f64 = points().map(|p| p.2).sum();
    let centre = points().map(|p| p.2 * p.0).sum::<f64>() / weight;
    let spread: f64 = points().map(|p| p.2 * (p.0 - centre).powi(2)).sum();
    (points().map(|p| p.2 * (p.0 - centre) * p.1).sum::<f64>() / spread, spread.sqrt().recip())
}

/// Exact mean count of `2X → ∅` (propensity `k n (n−1)`) at a time, from `start` molecules.
///
/// Uniformisation of the pure-death chain: `P(t) = Σ_m Poisson(m; qt) (1 + Q/q)^m P(0)`, `q` the largest rate. The
/// Poisson weights are summed to a tail of 1e-16.
fn annihilation_mean(start: i64, rate: f64, time: f64) -> f64 {
    let rates: Vec<f64> = (0..=start / 2).map(|k| 2.0 * k as f64).map(|n| rate * n * (n - 1.0)).collect();
    let q = rates[rates.len() - 1].max(f64::MIN_POSITIVE);
    let mut law = vec![0.0; rates.len()];
    law[rates.len() - 1] = 1.0;
    let mean = |law: &[f64]| law.iter().enumerate().map(|(k, p)| 2.0 * k as f64 * p).sum::<f64>();
    // Chains leave the top one state a jump, so states below `lowest` are still empty.
    let (mut log_weight, mut sum, mut found, mut jump) = (-q * time, 0.0, 0.0, 0.0_f64);
    let mut lowest = rates.len() - 1;
    while sum < 1.0 - 1e-16 && jump < q * time + 40.0 * (q * time).sqrt() + 40.0 {
        let weight = log_weight.exp();
        if weight > 0.0 {
            sum += weight;
            found += weight * mean(&law);
        }
        lowest = lowest.saturating_sub(1);
        for k in lowest..law.len() {
            let stays = law[k] * (1.0 - rates[k] / q);
            let arrives = law.get(k + 1).map_or(0.0, |above| above * rates[k + 1] / q);
            law[k] = stays + arrives;
        }
        jump += 1.0;
        log_weight += (q * time / jump).ln();
    }
    found / sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::experiments::tests::run;

    #[test]
    fn uniformisation_gives_the_mean_of_small_and_large_systems() {
        // Two molecules: one exponential waiting time with rate 2 k.
        assert!((annihilation_mean(2, 0.5, 0.3) - 2.0 * (-0.3_f64).exp()).abs() < 1e-12);
        // Four molecules: rates 12 k and 2 k in series.
        let (a, b, t) = (12.0_f64 * 0.1, 2.0_f64 * 0.1, 0.7_f64);
        let four = (-a * t).exp();
        let two = a / (b - a) * ((-a * t).exp() - (-b * t).exp());
        assert!((annihilation_mean(4, 0.1, 0.7) - (4.0 * four + 2.0 * two)).abs() < 1e-12);
        // Many molecules: the rate equation, up to a shift of order one molecule.
        assert!((annihilation_mean(2000, 0.5 / 2000.0, 1.0) - 1000.0).abs() < 1.0);
    }

    #[test]
    fn the_error_of_the_mean_is_of_first_order_in_the_step() {
        let params = WeakOrderParams { runs: 1500, ..WeakOrderParams::smoke() };
        let outcome = run::<WeakOrder>(&params).expect("no faults");
        for order in &outcome.orders {
            assert!((order.order - 1.0).abs() < 0.1 + 4.0 * order.order_error, "{order:?}");
        }
        // Explicit tau-leaping on a linear network has Euler's mean, n₀ (1 − τ)^(1/τ).
        let decay = &outcome.orders[0];
        for ((step, error), standard) in decay.steps.iter().zip(&decay.errors).zip(&decay.standard_errors) {
            let euler = (1e4 * (1.0 - step).powf(step.recip()) - decay.exact_mean).abs();
            assert!((error - euler).abs() < 5.0 * standard, "τ = {step}: {error} against {euler}");
        }
    }

    #[test]
    fn a_power_law_has_its_exponent_for_any_weights() {
        let (slope, _) = weighted_slope(&[0.5, 0.25, 0.125], &[3.0, 0.75, 0.1875], &[0.1, 0.2, 0.01]);
        assert!((slope - 2.0).abs() < 1e-12);
        assert!(WeakOrderParams { molecules: 3, ..WeakOrderParams::smoke() }.check().is_err());
    }
}
