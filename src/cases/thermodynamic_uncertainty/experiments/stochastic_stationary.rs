//! Schlögl's bistable reaction: exact stationary law across volumes, and the histogram of long simulations.

use serde::{Deserialize, Serialize};

use super::stochastic::{positive, simulate_by, specimen_of, zoo_problem};
use super::{CASE, ParamsError, raise, require};
use crate::cases::thermodynamic_uncertainty::stochastic::{BirthDeathLaw, EnsembleParams, Method};
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`SchloglStationary`].
///
/// | name | smoke | paper | purpose | range |
/// |---|---|---|---|---|
/// | `volumes` | 10, 20, 40, 80 | same | where the law is solved | positive |
/// | `simulated` | 10, 20 | 10, 20, 40 | where it is also simulated | positive |
/// | `runs` | 200 | 2,000 | independent runs | ≥ 2 |
/// | `settling` | 2,000 | 5,000 | time before the first sample | positive |
/// | `samples` | 100 | 200 | samples a run | ≥ 1 |
/// | `spacing` | 2 | 5 | time between samples | positive |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StationaryParams {
    pub volumes: Vec<f64>,
    pub simulated: Vec<f64>,
    pub runs: usize,
    pub settling: f64,
    pub samples: usize,
    pub spacing: f64,
}

impl StationaryParams {
    /// A few seconds.
    pub fn smoke() -> Self {
        Self {
            volumes: vec![10.0, 20.0, 40.0, 80.0],
            simulated: vec![10.0, 20.0],
            runs: 200,
            settling: 2_000.0,
            samples: 100,
            spacing: 2.0,
        }
    }

    /// Longer, and at one more volume.
    pub fn paper() -> Self {
        Self {
            simulated: vec![10.0, 20.0, 40.0],
            runs: 2_000,
            settling: 5_000.0,
            samples: 200,
            spacing: 5.0,
            ..Self::smoke()
        }
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// A setting outside its range.
    pub fn check(&self) -> Result<(), ParamsError> {
        for &volume in self.volumes.iter().chain(&self.simulated) {
            positive("volume", volume)?;
        }
        require(self.runs >= 2, "runs", self.runs, "at least 2")?;
        positive("settling", self.settling)?;
        positive("samples", self.samples as f64)?;
        positive("spacing", self.spacing)
    }
}

/// A histogram of counts against the exact law.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    pub volume: f64,
    /// Share of samples with each count.
    pub share: Vec<f64>,
    /// Mean concentration over all samples.
    pub mean: f64,
    /// Its standard error from the spread of the runs' means.
    pub mean_error: f64,
    /// Total variation distance from the exact law.
    pub distance: f64,
}

/// Exact laws and histograms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StationaryOutcome {
    pub laws: Vec<BirthDeathLaw>,
    pub histograms: Vec<Histogram>,
}

/// Solves for the law and samples long runs. All start at the upper root: a law that is really stationary forgets it.
pub struct SchloglStationary;

impl Experiment for SchloglStationary {
    type Params = StationaryParams;
    type Outcome = StationaryOutcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "stochastic_stationary";

    fn run(params: &StationaryParams, bench: &Workbench) -> Result<StationaryOutcome, CaseError> {
        params.check().map_err(raise(Self::NAME))?;
        let network = specimen_of(Self::NAME, "schlogl")?.network;
        let law = |volume: f64| BirthDeathLaw::new(&network, volume).map_err(raise(Self::NAME));
        let laws = params.volumes.iter().map(|&v| law(v)).collect::<Result<_, _>>()?;
        let times: Vec<f64> = (0..params.samples).map(|k| params.settling + k as f64 * params.spacing).collect();
        let mut histograms = Vec::new();
        for &volume in &params.simulated {
            let mut problem = zoo_problem(Self::NAME, "schlogl", volume)?;
            problem.initial = vec![(UPPER_ROOT * volume).round() as i64];
            let task = format!("{} V={volume}", Self::NAME);
            let ensemble = EnsembleParams::new(params.runs, bench.seed, Self::CASE, &task).with_samples();
            let found = simulate_by(Self::NAME, &problem, Method::default(), &times, ensemble, bench)?;
            let samples: Vec<Vec<f64>> = (0..times.len()).filter_map(|k| found.sample(k, 0)).collect();
            histograms.push(histogram(&law(volume)?, &samples));
        }
        Ok(StationaryOutcome { laws, histograms })
    }
}

/// The stable state with the larger concentration.
const UPPER_ROOT: f64 = 3.702444015077;

/// `samples[k][r]` is the count at time `k` of run `r`.
fn histogram(law: &BirthDeathLaw, samples: &[Vec<f64>]) -> Histogram {
    let (times, runs) = (samples.len() as f64, samples[0].len() as f64);
    let largest = samples.iter().flatten().fold(0.0_f64, |m, n| m.max(*n)) as usize;
    let mut share = vec![0.0; (largest + 1).max(law.probability.len())];
    for n in samples.iter().flatten() {
        share[*n as usize] += 1.0 / (times * runs);
    }
    let means: Vec<f64> =
        (0..samples[0].len()).map(|r| samples.iter().map(|at| at[r]).sum::<f64>() / times / law.volume).collect();
    let mean = means.iter().sum::<f64>() / runs;
    let variance = means.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / (runs - 1.0);
    let exact = law.probability.iter().copied().chain(std::iter::repeat(0.0));
    let distance = 0.5 * share.iter().zip(exact).map(|(s, p)| (s - p).abs()).sum::<f64>();
    Histogram { volume: law.volume, mean, mean_error: (variance / runs).sqrt(), distance, share }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::experiments::tests::run;

    #[test]
    fn long_runs_fill_the_exact_law() {
        let params = StationaryParams { simulated: vec![10.0], ..StationaryParams::smoke() };
        let outcome = run::<SchloglStationary>(&params).expect("no faults");
        let (law, histogram) = (&outcome.laws[0], &outcome.histograms[0]);
        assert!((histogram.mean - law.mean).abs() < 4.0 * histogram.mean_error, "{} {}", histogram.mean, law.mean);
        assert!(histogram.distance < 0.05, "{}", histogram.distance);
        assert!((histogram.share.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        // The low branch gains weight as the volume grows.
        let low = |law: &BirthDeathLaw| law.probability[..(1.2 * law.volume) as usize].iter().sum::<f64>();
        assert!(outcome.laws.windows(2).all(|pair| low(&pair[0]) < low(&pair[1])));
    }
}
