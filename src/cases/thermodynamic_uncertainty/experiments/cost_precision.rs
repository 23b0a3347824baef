//! Figure 9: what precision costs a push-pull switch and a proofreading enzyme as their ATP varies.
//!
//! The definitions are ours. *Cost* is `Σ̇` in the stationary state. *Precision* is that of the output current, in the
//! sense of the bound: `J_o²/D_o` with `J_o = Σ o J` and `D_o = ½ Σ o² a`, the rate at which the squared
//! signal-to-noise ratio of a count of the output grows, per volume, at times too short for the counts to be
//! correlated. The bound for currents says that cost is at least precision. The output is the release of product:
//! phosphorylated substrate, or the right product. Proofreading has a second precision, its *error*: wrong product
//! made per right product.

use serde::{Deserialize, Serialize};

use super::{CASE, ParamsError, log_spaced, raise, require};
use crate::cases::thermodynamic_uncertainty::network::Network;
use crate::cases::thermodynamic_uncertainty::ode::{Tolerances, solve};
use crate::cases::thermodynamic_uncertainty::rate_law::RateLaw;
use crate::cases::thermodynamic_uncertainty::thermodynamics::{activity_bound, observable_bound};
use crate::cases::thermodynamic_uncertainty::zoo::{proofreading, push_pull, specimen};
use crate::display::Monitor;
use crate::methods::parallel::ordered;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`CostPrecision`].
///
/// | name | default (smoke, paper) | purpose |
/// |---|---|---|
/// | lowest, highest | 10⁻⁵, 10² | range of the ATP concentration |
/// | points | 29, 113 | concentrations, evenly spaced in their logarithm |
/// | settle | 10⁷ | time after which a state counts as stationary |
/// | tolerances | 10⁻¹⁰, 10⁻¹⁴ | of the integration |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostPrecisionParams {
    pub lowest: f64,
    pub highest: f64,
    pub points: usize,
    pub settle: f64,
    pub tolerances: Tolerances,
}

impl CostPrecisionParams {
    pub fn smoke() -> Self {
        let tolerances = Tolerances::uniform(1e-10, 1e-14);
        Self { lowest: 1e-5, highest: 1e2, points: 29, settle: 1e7, tolerances }
    }

    pub fn paper() -> Self {
        Self { points: 113, ..Self::smoke() }
    }

    /// # Errors
    /// A range that isn't positive and ascending, too few points, or no time to settle.
    pub fn check(&self) -> Result<(), ParamsError> {
        require(self.lowest > 0.0 && self.lowest.is_finite(), "lowest", self.lowest, "finite and positive")?;
        let ascends = self.highest > self.lowest && self.highest.is_finite();
        require(ascends, "highest", self.highest, "finite and above `lowest`")?;
        require(self.points >= 2, "points", self.points, "at least two")?;
        require(self.settle > 0.0 && self.settle.is_finite(), "settle", self.settle, "finite and positive")
    }
}

/// The stationary state at one concentration of ATP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrivePoint {
    pub atp: f64,
    /// `Σ̇`.
    pub cost: f64,
    /// `J_o²/D_o` of the output.
    pub precision: f64,
    /// The activity bound of the same output, often tighter.
    pub activity_bound: f64,
    /// `J_o`.
    pub output: f64,
    /// Wrong product per right product; `None` for the push-pull switch.
    pub error: Option<f64>,
    /// Fraction of the substrate that is phosphorylated and free; `None` for proofreading.
    pub phosphorylated: Option<f64>,
    /// Largest `|f|` over the largest flux: how stationary the state is.
    pub residual: f64,
}

/// Cost and precision of both networks over the range of ATP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostPrecision {
    pub push_pull: Vec<DrivePoint>,
    pub proofreading: Vec<DrivePoint>,
}

/// Reactions of the zoo's networks whose current is the output.
const PHOSPHORYLATED_RELEASE: usize = 1;
const RIGHT_PRODUCT: usize = 3;
const WRONG_PRODUCT: usize = 7;

impl Experiment for CostPrecision {
    type Params = CostPrecisionParams;
    type Outcome = CostPrecision;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "cost_precision";

    fn run(params: &CostPrecisionParams, bench: &Workbench) -> Result<CostPrecision, CaseError> {
        params.check().map_err(raise(Self::NAME))?;
        let levels = log_spaced(params.lowest, params.highest, params.points);
        let start = |id: &str| specimen(id).expect("the zoo has both networks").state;
        let (switch, enzyme) = (start("gk"), start("kpr"));
        let total: f64 = [0, 1, 2, 3].iter().map(|i| switch[*i]).sum();
        bench.monitor.begin("cost and precision", 2 * levels.len() as u64);
        let push_pull = ordered(levels.len(), bench.monitor, |k| {
            let (mut point, x, _) =
                settle(&push_pull(levels[k]), &switch, PHOSPHORYLATED_RELEASE, params, bench.monitor)?;
            point.phosphorylated = Some(x[1] / total);
            Ok(DrivePoint { atp: levels[k], ..point })
        });
        let proofreading = ordered(levels.len(), bench.monitor, |k| {
            let (mut point, _, net) = settle(&proofreading(levels[k]), &enzyme, RIGHT_PRODUCT, params, bench.monitor)?;
            point.error = Some(net[WRONG_PRODUCT] / net[RIGHT_PRODUCT]);
            Ok(DrivePoint { atp: levels[k], ..point })
        });
        bench.monitor.end();
        Ok(CostPrecision {
            push_pull: push_pull?.into_iter().collect::<Result<_, CaseError>>()?,
            proofreading: proofreading?.into_iter().collect::<Result<_, CaseError>>()?,
        })
    }
}

/// Lets a network settle and evaluates its output; also returns the state and the net fluxes.
fn settle(
    network: &Network,
    start: &[f64],
    output: usize,
    params: &CostPrecisionParams,
    monitor: &dyn Monitor,
) -> Result<(DrivePoint, Vec<f64>, Vec<f64>), CaseError> {
    let run = solve(network, start, &[0.0, params.settle], &params.tolerances, monitor);
    let x = run.map_err(raise(CostPrecision::NAME))?.states.remove(1);
    let at = network.thermodynamics(&x);
    let fluxes = network.one_way_fluxes(&x);
    let observable: Vec<f64> = (0..at.net.len()).map(|r| f64::from(u8::from(r == output))).collect();
    let largest = at.activity.iter().copied().fold(0.0, f64::max);
    let point = DrivePoint {
        atp: 0.0,
        cost: at.entropy_production,
        precision: observable_bound(&observable, &fluxes),
        activity_bound: activity_bound(&observable, &fluxes),
        output: at.net[output],
        error: None,
        phosphorylated: None,
        residual: at.drift.iter().fold(0.0_f64, |m, f| m.max(f.abs())) / largest,
    };
    Ok((point, x, at.net))
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn cost_bounds_precision_and_drive_lowers_the_error() {
        let params = CostPrecisionParams { points: 8, ..CostPrecisionParams::smoke() };
        let found = run::<CostPrecision>(&params).expect("valid settings");
        for point in found.push_pull.iter().chain(&found.proofreading) {
            assert!(point.residual < 1e-8, "{point:?}");
            assert!(point.precision <= point.cost * (1.0 + 1e-9), "{point:?}");
            assert!(point.activity_bound <= point.cost * (1.0 + 1e-9), "{point:?}");
        }
        let fraction = |k: usize| found.push_pull[k].phosphorylated.expect("a switch");
        assert!(fraction(7) > fraction(0));
        // the driven enzyme makes fewer errors than rates of release without proofreading would allow, and more than
        // the square of that ratio
        let error = found.proofreading[7].error.expect("an enzyme");
        assert!((0.01..1.0).contains(&error), "{error}");
    }

    #[test]
    fn bad_settings_are_refused() {
        let none = CostPrecisionParams { lowest: 0.0, ..CostPrecisionParams::smoke() };
        assert_eq!(none.check().expect_err("no ATP").name, "lowest");
    }
}
