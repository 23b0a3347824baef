//! Explicit tau-leaping: many events at once, from propensities held fixed over a step.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, Poisson};

use super::StochasticError;
use super::channel::{CountingProcess, Propensity};
use super::direct::Engine;
use super::run::{Job, Tally};

/// How a leap is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Leap {
    /// A longest step; the grid's intervals are divided evenly into steps no longer.
    Fixed(f64),
    /// The relative change of a propensity that a leap may cause, ε.
    Adaptive(f64),
}

/// A process compiled for tau-leaping.
///
/// Adaptive steps follow Cao, Gillespie and Petzold, J. Chem. Phys. 124, 044109 (2006): a channel within
/// [`CRITICAL`] events of exhausting a reactant fires at most once a leap; the others take Poisson numbers of events
/// over the longest step that keeps mean and spread of every reactant's change below `ε n/g`; a step shorter than
/// [`WORTHWHILE`] mean waiting times is replaced by [`EXACT_EVENTS`] exact events.
///
/// A leap that would make a count negative is drawn again over half the step; below one mean waiting time the step
/// is simulated exactly. Counts are never clipped, so conservation laws hold to the last molecule.
pub(super) struct TauLeap {
    leap: Leap,
    /// Species that some channel reads, with the order that sets their `g`.
    reactants: Vec<(usize, Order)>,
}

/// Events from exhaustion at which a channel is critical.
const CRITICAL: f64 = 10.0;
/// Mean waiting times below which a leap isn't worth it.
const WORTHWHILE: f64 = 10.0;
/// Exact events in place of a leap.
const EXACT_EVENTS: u32 = 100;

/// Highest order of the channels in which a species reacts, and of the species therein.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
struct Order {
    total: u32,
    own: u32,
}

impl Order {
    /// The factor `g`: the relative change of the propensity per relative change of the count.
    fn factor(self, count: f64) -> f64 {
        match (self.total, self.own) {
            (0 | 1, _) => 1.0,
            (2, 2) => 2.0 + 1.0 / (count - 1.0).max(1.0),
            (2, _) => 2.0,
            (3, 2) => 1.5 * (2.0 + 1.0 / (count - 1.0).max(1.0)),
            (3, 3) => 3.0 + 1.0 / (count - 1.0).max(1.0) + 2.0 / (count - 2.0).max(1.0),
            (total, _) => f64::from(total),
        }
    }
}

/// One run.
struct Run<'j, 'a> {
    job: &'j mut Job<'a>,
    rng: ChaCha8Rng,
    counts: Vec<f64>,
    rates: Vec<f64>,
    total: f64,
    time: f64,
    steps: u64,
    tally: Tally,
}

impl TauLeap {
    pub(super) fn new(process: &CountingProcess, leap: Leap) -> Self {
        let mut orders: Vec<Option<Order>> = vec![None; process.species().len()];
        for channel in process.channels() {
            for i in channel.propensity.reads() {
                let order = match &channel.propensity {
                    Propensity::MassAction { reactants, .. } => Order {
                        total: reactants.iter().map(|&(_, order)| order).sum(),
                        own: reactants.iter().find(|&&(j, _)| j == i).map_or(0, |&(_, order)| order),
                    },
                    // The order of a law isn't known; three covers all but the steepest.
                    Propensity::Law(_) => Order { total: 3, own: 3 },
                };
                if orders[i].is_none_or(|known| known < order) {
                    orders[i] = Some(order);
                }
            }
        }
        let reactants = orders.into_iter().enumerate().filter_map(|(i, order)| order.map(|o| (i, o)));
        Self { leap, reactants: reactants.collect() }
    }
}

impl Engine for TauLeap {
    fn run(&self, mut job: Job) -> Result<Tally, StochasticError> {
        let channels = job.process.channels().len();
        let mut run = Run {
            rng: job.rng.clone(),
            counts: job.initial.clone(),
            rates: vec![0.0; channels],
            total: 0.0,
            time: 0.0,
            steps: 0,
            tally: Tally::new(channels),
            job: &mut job,
        };
        run.evaluate()?;
        while let Some(due) = run.job.record.due() {
            match self.leap {
                Leap::Fixed(step) => {
                    let steps = ((due - run.time) / step).ceil();
                    let start = run.time;
                    for k in 0..steps as u64 {
                        run.leap_to(start + (due - start) * (k + 1) as f64 / steps)?;
                    }
                }
                Leap::Adaptive(epsilon) => {
                    while run.time < due && run.total > 0.0 {
                        self.adapt(&mut run, epsilon, due)?;
                    }
                }
            }
            run.time = due;
            run.job.record.take(&run.counts);
        }
        Ok(run.tally)
    }
}

impl TauLeap {
    /// One step of the adaptive method, not beyond `until`.
    fn adapt(&self, run: &mut Run, epsilon: f64, until: f64) -> Result<(), StochasticError> {
        let critical = run.critical();
        let mut longest = self.longest(run, epsilon, &critical);
        loop {
            if longest < WORTHWHILE / run.total {
                return run.exact(EXACT_EVENTS, until);
            }
            let critical_total: f64 = run.rates.iter().zip(&critical).filter(|(_, c)| **c).map(|(rate, _)| rate).sum();
            let to_critical =
                if critical_total > 0.0 { run.rng.sample::<f64, _>(Exp1) / critical_total } else { f64::INFINITY };
            let left = until - run.time;
            let step = longest.min(to_critical).min(left);
            let mut events = run.poisson(step, |channel| !critical[channel]);
            if to_critical <= longest && to_critical <= left {
                let threshold = run.rng.random::<f64>() * critical_total;
                events[run.pick(threshold, |channel| critical[channel])] += 1.0;
            }
            if run.apply(&events) {
                run.time = if step == left { until } else { run.time + step };
                return run.evaluate();
            }
            longest *= 0.5;
        }
    }

    /// The longest step over which no propensity of an uncritical channel changes by more than about `ε`.
    fn longest(&self, run: &Run, epsilon: f64, critical: &[bool]) -> f64 {
        let mut means = vec![0.0; run.counts.len()];
        let mut spreads = vec![0.0; run.counts.len()];
        for ((channel, &rate), _) in
            run.job.process.channels().iter().zip(&run.rates).zip(critical).filter(|(_, critical)| !**critical)
        {
            for &(i, by) in &channel.changes {
                means[i] += by as f64 * rate;
                spreads[i] += (by * by) as f64 * rate;
            }
        }
        let steps = self.reactants.iter().map(|&(i, order)| {
            let allowed = (epsilon * run.counts[i] / order.factor(run.counts[i])).max(1.0);
            (allowed / means[i].abs()).min(allowed * allowed / spreads[i])
        });
        steps.fold(f64::INFINITY, f64::min)
    }
}

impl Run<'_, '_> {
    /// Evaluates all propensities and checks what a run must check.
    fn evaluate(&mut self) -> Result<(), StochasticError> {
        self.steps += 1;
        self.job.check(self.steps, self.time, &self.counts)?;
        self.total = 0.0;
        for (rate, channel) in self.rates.iter_mut().zip(self.job.process.channels()) {
            *rate = channel.propensity.at(&self.counts);
            if !(*rate >= 0.0 && *rate < f64::INFINITY) {
                return Err(self.job.bad_propensity(&channel.name, *rate, self.time, &self.counts));
            }
            self.total += *rate;
        }
        self.tally.evaluations += self.rates.len() as u64;
        Ok(())
    }

    /// Leaps to `end` in one step, or in halves if a count would turn negative.
    fn leap_to(&mut self, end: f64) -> Result<(), StochasticError> {
        let mut goals = vec![end];
        while let Some(&goal) = goals.last() {
            let step = goal - self.time;
            if self.total == 0.0 {
                break;
            }
            let events = self.poisson(step, |_| true);
            if self.apply(&events) {
                self.time = goal;
                goals.pop();
                self.evaluate()?;
            } else if step * self.total < 1.0 {
                while self.time < goal {
                    self.exact(EXACT_EVENTS, goal)?;
                }
                goals.pop();
            } else {
                goals.push(self.time + 0.5 * step);
            }
        }
        self.time = end;
        Ok(())
    }

    /// Poisson numbers of events of the channels that are `wanted`.
    fn poisson(&mut self, step: f64, wanted: impl Fn(usize) -> bool) -> Vec<f64> {
        let numbers = self.rates.iter().enumerate().map(|(channel, &rate)| {
            let mean = rate * step;
            // A mean that isn't positive has no Poisson law, and no events.
            if wanted(channel) { Poisson::new(mean).map_or(0.0, |law| law.sample(&mut self.rng)) } else { 0.0 }
        });
        numbers.collect()
    }

    /// Applies events unless a count would turn negative; says whether it did.
    fn apply(&mut self, events: &[f64]) -> bool {
        let mut counts = self.counts.clone();
        for (channel, &number) in self.job.process.channels().iter().zip(events).filter(|(_, n)| **n > 0.0) {
            for &(i, by) in &channel.changes {
                counts[i] += by as f64 * number;
            }
        }
        if counts.iter().any(|&n| n < 0.0) {
            return false;
        }
        self.counts = counts;
        for (sum, number) in self.tally.events.iter_mut().zip(events) {
            *sum += number;
        }
        true
    }

    /// Fires up to `events` exact events, not beyond `until`.
    fn exact(&mut self, events: u32, until: f64) -> Result<(), StochasticError> {
        for _ in 0..events {
            let next = self.time + self.rng.sample::<f64, _>(Exp1) / self.total;
            // An absorbing state waits for ever.
            if next.is_nan() || next > until {
                self.time = until;
                return Ok(());
            }
            self.time = next;
            let threshold = self.rng.random::<f64>() * self.total;
            let channel = self.pick(threshold, |_| true);
            for &(i, by) in &self.job.process.channels()[channel].changes {
                self.counts[i] += by as f64;
            }
            self.tally.events[channel] += 1.0;
            self.evaluate()?;
        }
        Ok(())
    }

    /// The channel among those `wanted` where the cumulated propensity passes the threshold.
    fn pick(&self, threshold: f64, wanted: impl Fn(usize) -> bool) -> usize {
        let mut sum = 0.0;
        let mut last = 0;
        for (channel, &rate) in self.rates.iter().enumerate().filter(|&(c, rate)| *rate > 0.0 && wanted(c)) {
            sum += rate;
            last = channel;
            if threshold < sum {
                break;
            }
        }
        last
    }

    /// Channels within a few events of exhausting a species.
    fn critical(&self) -> Vec<bool> {
        let channels = self.job.process.channels().iter().zip(&self.rates);
        let critical = channels.map(|(channel, &rate)| {
            let losses = channel.changes.iter().filter(|(_, by)| *by < 0);
            rate > 0.0
                && losses.into_iter().any(|&(i, by)| (self.counts[i] / by.unsigned_abs() as f64).floor() < CRITICAL)
        });
        critical.collect()
    }
}
