//! The chemical Langevin equation by the Euler–Maruyama scheme.

use rand::RngExt;
use rand_distr::StandardNormal;

use super::StochasticError;
use super::direct::Engine;
use super::run::{Job, Tally};

/// `dn = Σ_c s_c (a_c dt + √a_c dW_c)`, every channel with its own noise.
///
/// Counts are real numbers. A step that would make one negative is rejected and drawn again over half the time, so
/// the extents of the channels still explain the counts exactly and conservation laws hold; the law near zero counts
/// is then that of steps that stay positive, which is no better or worse founded than the equation itself is there.
/// The grid's intervals are divided evenly into steps no longer than `step`.
pub(super) struct Langevin {
    step: f64,
}

/// Halvings of one step before a run gives up.
const HALVINGS: usize = 40;

impl Langevin {
    pub(super) fn new(step: f64) -> Self {
        Self { step }
    }
}

impl Engine for Langevin {
    fn run(&self, mut job: Job) -> Result<Tally, StochasticError> {
        let mut rng = job.rng.clone();
        let mut counts = job.initial.clone();
        let mut tally = Tally::new(job.process.channels().len());
        let (mut time, mut tries) = (0.0, 0_u64);
        let mut extents = vec![0.0; tally.events.len()];
        while let Some(due) = job.record.due() {
            let steps = ((due - time) / self.step).ceil();
            let start = time;
            for k in 0..steps as u64 {
                let mut goals = vec![start + (due - start) * (k + 1) as f64 / steps];
                while let Some(&goal) = goals.last() {
                    tries += 1;
                    job.check(tries, time, &counts)?;
                    let step: f64 = goal - time;
                    let mut trial = counts.clone();
                    for (channel, extent) in job.process.channels().iter().zip(&mut extents) {
                        let rate = channel.propensity.at(&counts);
                        if !(0.0..f64::INFINITY).contains(&rate) {
                            return Err(job.bad_propensity(&channel.name, rate, time, &counts));
                        }
                        *extent = rate * step + (rate * step).sqrt() * rng.sample::<f64, _>(StandardNormal);
                        for &(i, by) in &channel.changes {
                            trial[i] += by as f64 * *extent;
                        }
                    }
                    tally.evaluations += extents.len() as u64;
                    if trial.iter().all(|&n| n >= 0.0) {
                        counts = trial;
                        time = goal;
                        goals.pop();
                        for (sum, extent) in tally.events.iter_mut().zip(&extents) {
                            *sum += extent;
                        }
                    } else if goals.len() > HALVINGS {
                        return Err(StochasticError::StepRejected { time, step });
                    } else {
                        goals.push(time + 0.5 * step);
                    }
                }
            }
            job.record.take(&counts);
        }
        Ok(tally)
    }
}
