//! Many runs: mean and spread of every recorded column at every time.

use serde::{Deserialize, Serialize};

use super::StochasticError;
use super::channel::Readout;
use super::run::Limits;
use super::simulator::Simulator;
use crate::display::Monitor;
use crate::methods::parallel::ordered;
use crate::methods::random::stream;

/// What an ensemble runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnsembleParams {
    pub runs: usize,
    /// Run `r` draws from the stream of (seed, case, task, r).
    pub seed: u64,
    pub case: String,
    pub task: String,
    pub limits: Limits,
    /// Keep every recorded value of every run, besides mean and spread.
    pub keep_samples: bool,
}

impl EnsembleParams {
    /// `runs` runs of one task, with default limits and without samples.
    pub fn new(runs: usize, seed: u64, case: &str, task: &str) -> Self {
        Self { runs, seed, case: case.into(), task: task.into(), limits: Limits::default(), keep_samples: false }
    }

    /// Keeps every recorded value.
    pub fn with_samples(mut self) -> Self {
        self.keep_samples = true;
        self
    }
}

/// Mean and standard deviation over runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ensemble {
    pub runs: usize,
    pub times: Vec<f64>,
    /// Names of the recorded columns.
    pub columns: Vec<String>,
    /// `mean[k][c]`: column `c` at `times[k]`.
    pub mean: Vec<Vec<f64>>,
    /// Sample standard deviation (divisor runs − 1); zero for a single run.
    pub sd: Vec<Vec<f64>>,
    /// Mean number of events of each channel in a run.
    pub events: Vec<f64>,
    /// Recorded values by run, time and column, if they were kept; else empty.
    samples: Vec<f64>,
}

impl Ensemble {
    /// Column `column` at `times[time]` over all runs, if samples were kept.
    pub fn sample(&self, time: usize, column: usize) -> Option<Vec<f64>> {
        let (times, columns) = (self.times.len(), self.columns.len());
        if self.samples.is_empty() || time >= times || column >= columns {
            return None;
        }
        Some(self.samples.chunks_exact(times * columns).map(|run| run[time * columns + column]).collect())
    }

    /// Sample variance of a column at a time.
    pub fn variance(&self, time: usize, column: usize) -> f64 {
        self.sd[time][column].powi(2)
    }
}

/// Runs that one task does one after the other.
const CHUNK: usize = 32;
/// Chunks between two folds; it bounds the memory, whatever the number of runs.
const WAVE: usize = 64;
/// Most values that are kept as samples: one gibibyte.
const LARGEST_SAMPLE: usize = 1 << 27;

/// Runs a process many times from the same counts.
///
/// Runs are spread over threads in chunks; each chunk accumulates means and squares by Welford's recurrence, and
/// chunks are joined in index order, so the result has the same bits for any number of threads.
///
/// # Errors
/// No runs at all; more samples than fit; what [`Simulator::run`] raises, of the first run that fails.
pub fn ensemble(
    simulator: &Simulator,
    initial: &[i64],
    times: &[f64],
    readout: &dyn Readout,
    params: &EnsembleParams,
    monitor: &dyn Monitor,
) -> Result<Ensemble, StochasticError> {
    let columns = readout.names();
    let width = times.len() * columns.len();
    if params.runs == 0 {
        return Err(StochasticError::BadSetting { name: "runs", found: 0.0, expected: "at least 1" });
    }
    let entries = width.saturating_mul(params.runs);
    if params.keep_samples && entries > LARGEST_SAMPLE {
        return Err(StochasticError::TooManySamples { entries, largest: LARGEST_SAMPLE });
    }
    let channels = simulator.process().channels().len();
    let mut sum = Moments::new(width, channels);
    let mut samples = Vec::new();
    let chunks = params.runs.div_ceil(CHUNK);
    monitor.begin(&params.task, chunks as u64);
    for wave in (0..chunks).step_by(WAVE) {
        let parts = ordered(WAVE.min(chunks - wave), monitor, |k| {
            let first = (wave + k) * CHUNK;
            chunk(simulator, initial, times, readout, params, first..(first + CHUNK).min(params.runs), monitor)
        });
        let parts = parts.inspect_err(|_| monitor.end())?;
        for part in parts {
            let (moments, kept) = part.inspect_err(|_| monitor.end())?;
            sum.join(&moments);
            samples.extend(kept);
        }
    }
    monitor.end();
    let degrees = (params.runs.max(2) - 1) as f64;
    let rows = |values: Vec<f64>| match columns.len() {
        0 => vec![Vec::new(); times.len()],
        n => values.chunks_exact(n).map(<[f64]>::to_vec).collect(),
    };
    Ok(Ensemble {
        runs: params.runs,
        times: times.to_vec(),
        mean: rows(sum.mean),
        sd: rows(sum.squares.iter().map(|m| (m / degrees).sqrt()).collect()),
        events: sum.events.iter().map(|e| e / params.runs as f64).collect(),
        columns,
        samples,
    })
}

fn chunk(
    simulator: &Simulator,
    initial: &[i64],
    times: &[f64],
    readout: &dyn Readout,
    params: &EnsembleParams,
    runs: std::ops::Range<usize>,
    monitor: &dyn Monitor,
) -> Result<(Moments, Vec<f64>), StochasticError> {
    let columns = readout.names().len();
    let mut moments = Moments::new(times.len() * columns, simulator.process().channels().len());
    let mut samples = Vec::new();
    let mut row = vec![0.0; columns];
    for run in runs {
        let rng = stream(params.seed, &params.case, &params.task, run as u64);
        moments.runs += 1.0;
        let mut sink = |time: usize, counts: &[f64]| {
            readout.read(times[time], counts, &mut row);
            moments.add(time * columns, &row);
            if params.keep_samples {
                samples.extend_from_slice(&row);
            }
        };
        let tally = simulator.record(initial, times, rng, params.limits, monitor, &mut sink)?;
        for (sum, events) in moments.events.iter_mut().zip(tally.events) {
            *sum += events;
        }
    }
    Ok((moments, samples))
}

/// Running means and sums of squared deviations.
struct Moments {
    runs: f64,
    mean: Vec<f64>,
    squares: Vec<f64>,
    events: Vec<f64>,
}

impl Moments {
    fn new(width: usize, channels: usize) -> Self {
        Self { runs: 0.0, mean: vec![0.0; width], squares: vec![0.0; width], events: vec![0.0; channels] }
    }

    /// Adds one run's row at `start`; `runs` already counts it.
    fn add(&mut self, start: usize, row: &[f64]) {
        let moments = self.mean[start..].iter_mut().zip(&mut self.squares[start..]);
        for ((mean, squares), value) in moments.zip(row) {
            let delta = value - *mean;
            *mean += delta / self.runs;
            *squares += delta * (value - *mean);
        }
    }

    /// Joins the moments of further runs (Chan, Golub and LeVeque 1979).
    fn join(&mut self, other: &Self) {
        let runs = self.runs + other.runs;
        for i in 0..self.mean.len() {
            let delta = other.mean[i] - self.mean[i];
            self.mean[i] += delta * other.runs / runs;
            self.squares[i] += other.squares[i] + delta * delta * self.runs * other.runs / runs;
        }
        for (sum, events) in self.events.iter_mut().zip(&other.events) {
            *sum += events;
        }
        self.runs = runs;
    }
}
