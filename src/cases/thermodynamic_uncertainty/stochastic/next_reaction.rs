//! The next-reaction method of Gibson and Bruck, J. Phys. Chem. A 104, 1876 (2000).
//!
//! Every channel has its own putative time. The earliest fires; channels that it changed have their remaining time
//! rescaled by the ratio of old and new propensity, so one random number an event suffices.

use super::StochasticError;
use super::channel::CountingProcess;
use super::direct::Engine;
use super::draws::Draws;
use super::layout::{Layout, Rate};
use super::run::{Job, Tally};

/// Events between two looks at the monitor, the budget and the size of counts.
const CHUNK: u64 = 1024;

/// A process compiled for the next-reaction method.
pub(super) struct NextReaction {
    layout: Layout,
}

impl NextReaction {
    pub(super) fn new(process: &CountingProcess) -> Self {
        Self { layout: Layout::new(process) }
    }

    fn rate(&self, channel: usize, slots: &[f64]) -> f64 {
        match &self.layout.channels[channel].rate {
            Rate::Product { rate, factors: [a, b, c] } => (rate * slots[*a]) * (slots[*b] * slots[*c]),
            Rate::Law(law) => law.rate(&slots[..self.layout.species]),
        }
    }
}

impl Engine for NextReaction {
    fn run(&self, mut job: Job) -> Result<Tally, StochasticError> {
        let species = self.layout.species;
        let mut slots = vec![0.0; self.layout.slots.len()];
        self.layout.fill(&job.initial, &mut slots);
        let mut exponentials = Exponentials(Draws::new(job.rng.clone()));
        let channels = &self.layout.channels;
        let mut tally = Tally::new(job.process.channels().len());
        let mut rates: Vec<f64> = (0..channels.len()).map(|c| self.rate(c, &slots)).collect();
        if rates.iter().any(|rate| !usable(*rate)) {
            job.diagnose(0.0, &slots[..species])?;
        }
        let times = rates.iter().map(|&rate| if rate > 0.0 { exponentials.next() / rate } else { f64::INFINITY });
        let mut queue = Queue::new(times.collect());
        let (mut time, mut fired) = (0.0, 0_u64);
        while let Some(due) = job.record.due() {
            let Some((next, next_time)) = queue.first().filter(|&(_, t)| t < f64::INFINITY) else {
                job.record.finish(&slots[..species]);
                break;
            };
            if next_time > due {
                job.record.take(&slots[..species]);
                continue;
            }
            time = next_time;
            let channel = &channels[next];
            for &(slot, by) in &channel.changes {
                slots[slot] += by;
            }
            tally.events[channel.original] += 1.0;
            fired += 1;
            if channel.at_risk.iter().any(|&i| slots[i] < 0.0) || fired % CHUNK == 0 {
                job.check(fired, time, &slots[..species])?;
            }
            let mut own_seen = false;
            for &dependent in &channel.dependents {
                let rate = self.rate(dependent, &slots);
                tally.evaluations += 1;
                if !usable(rate) {
                    let found = self.process_rate(&job, dependent, &slots);
                    let name = &job.process.channels()[channels[dependent].original].name;
                    return Err(job.bad_propensity(name, found, time, &slots[..species]));
                }
                own_seen |= dependent == next;
                let putative = if rate <= 0.0 {
                    f64::INFINITY
                } else if dependent == next || rates[dependent] <= 0.0 {
                    // A channel that was silent has no time to rescale; a fresh one is exact, for it has no memory.
                    time + exponentials.next() / rate
                } else {
                    time + rates[dependent] / rate * (queue.time(dependent) - time)
                };
                rates[dependent] = rate;
                tally.visits += queue.set(dependent, putative);
            }
            if !own_seen {
                tally.visits += queue.set(next, time + exponentials.next() / rates[next]);
            }
        }
        job.check(fired, time, &slots[..species])?;
        Ok(tally)
    }
}

impl NextReaction {
    fn process_rate(&self, job: &Job, channel: usize, slots: &[f64]) -> f64 {
        job.process.channels()[self.layout.channels[channel].original].propensity.at(&slots[..self.layout.species])
    }
}

fn usable(rate: f64) -> bool {
    (0.0..f64::INFINITY).contains(&rate)
}

/// Exponentials one by one.
struct Exponentials(Draws);

impl Exponentials {
    fn next(&mut self) -> f64 {
        if self.0.left().0.is_empty() {
            self.0.refill();
        }
        let exponential = self.0.left().0[0];
        self.0.take(1);
        exponential
    }
}

/// Channels in a binary heap by putative time, with the place of every channel known.
struct Queue {
    times: Vec<f64>,
    /// Channels in heap order.
    heap: Vec<u32>,
    /// Where each channel stands in `heap`.
    places: Vec<u32>,
}

impl Queue {
    fn new(times: Vec<f64>) -> Self {
        let mut heap: Vec<u32> = (0..times.len() as u32).collect();
        // An ascending list is a heap.
        heap.sort_by(|&a, &b| times[a as usize].total_cmp(&times[b as usize]));
        let mut places = vec![0; times.len()];
        for (place, &channel) in heap.iter().enumerate() {
            places[channel as usize] = place as u32;
        }
        Self { times, heap, places }
    }

    fn first(&self) -> Option<(usize, f64)> {
        self.heap.first().map(|&c| (c as usize, self.times[c as usize]))
    }

    fn time(&self, channel: usize) -> f64 {
        self.times[channel]
    }

    /// Moves a channel to a new time; returns how many entries were visited.
    fn set(&mut self, channel: usize, time: f64) -> u64 {
        self.times[channel] = time;
        let mut place = self.places[channel] as usize;
        let mut visits = 1;
        while place > 0 {
            let parent = (place - 1) / 2;
            if self.at(parent) <= time {
                break;
            }
            self.swap(place, parent);
            place = parent;
            visits += 1;
        }
        loop {
            let left = 2 * place + 1;
            if left >= self.heap.len() {
                break;
            }
            let right = (left + 1).min(self.heap.len() - 1);
            let child = if self.at(right) < self.at(left) { right } else { left };
            visits += 2;
            if self.at(child) >= time {
                break;
            }
            self.swap(place, child);
            place = child;
        }
        visits
    }

    fn at(&self, place: usize) -> f64 {
        self.times[self.heap[place] as usize]
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.heap.swap(a, b);
        self.places[self.heap[a] as usize] = a as u32;
        self.places[self.heap[b] as usize] = b as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_queue_always_knows_the_earliest(
            start in proptest::collection::vec(0.0..100.0_f64, 1..40),
            moves in proptest::collection::vec((0_usize..40, 0.0..100.0_f64), 0..200),
        ) {
            let mut queue = Queue::new(start.clone());
            let mut plain = start;
            for (channel, time) in moves {
                let channel = channel % plain.len();
                plain[channel] = time;
                queue.set(channel, time);
                let earliest = plain.iter().copied().fold(f64::INFINITY, f64::min);
                prop_assert_eq!(queue.first().map(|f| f.1), Some(earliest));
                prop_assert!(queue.heap.iter().enumerate().all(|(p, &c)| queue.places[c as usize] as usize == p));
            }
        }
    }
}
