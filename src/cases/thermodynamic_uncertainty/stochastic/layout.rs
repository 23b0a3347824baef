//! The flat form of a process that the exact engines run on.

use std::sync::Arc;

use super::channel::{CountingProcess, Propensity, RateLaw};

/// Factors of a mass-action product; one of higher order is evaluated as a law.
pub(super) const FACTORS: usize = 3;

/// What one slot of the extended state holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Slot {
    /// `n_i − offset`.
    Shifted(usize, f64),
    /// The number one, a factor for products shorter than [`FACTORS`].
    One,
}

/// How a channel's propensity is evaluated.
#[derive(Clone, Debug)]
pub(super) enum Rate {
    /// `rate` times three slots.
    Product {
        rate: f64,
        factors: [usize; FACTORS],
    },
    Law(Arc<dyn RateLaw>),
}

/// One channel in flat form.
#[derive(Clone, Debug)]
pub(super) struct FlatChannel {
    /// Its index in the process.
    pub original: usize,
    pub rate: Rate,
    /// What is added to which slot when it fires.
    pub changes: Vec<(usize, f64)>,
    /// Species whose count it could drive below zero.
    pub at_risk: Vec<usize>,
    /// Flat channels whose propensity it changes.
    pub dependents: Vec<usize>,
}

/// A process whose falling factorials are spread over slots: `n (n−1)` is the product of the slots `n` and `n − 1`,
/// and an event moves both, so a propensity takes loads and products only.
///
/// The first slots are the counts themselves. Channels whose rate is zero are left out.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub slots: Vec<Slot>,
    pub species: usize,
    pub channels: Vec<FlatChannel>,
}

/// A mass-action law of an order beyond [`FACTORS`].
#[derive(Debug)]
struct HighOrder {
    propensity: Propensity,
    reads: Vec<usize>,
}

impl RateLaw for HighOrder {
    fn rate(&self, counts: &[f64]) -> f64 {
        self.propensity.at(counts)
    }

    fn reads(&self) -> &[usize] {
        &self.reads
    }
}

impl Layout {
    pub(super) fn new(process: &CountingProcess) -> Self {
        let species = process.species().len();
        let mut slots: Vec<Slot> = (0..species).map(|i| Slot::Shifted(i, 0.0)).collect();
        slots.push(Slot::One);
        let live: Vec<usize> = (0..process.channels().len())
            .filter(|&c| !matches!(process.channels()[c].propensity, Propensity::MassAction { rate: 0.0, .. }))
            .collect();
        let rates: Vec<Rate> =
            live.iter().map(|&c| flat_rate(&process.channels()[c].propensity, species, &mut slots)).collect();
        let mut readers = vec![Vec::new(); species];
        for (k, &c) in live.iter().enumerate() {
            for i in process.channels()[c].propensity.reads() {
                readers[i].push(k);
            }
        }
        let mut of_species = vec![Vec::new(); species];
        for (s, slot) in slots.iter().enumerate() {
            if let Slot::Shifted(i, _) = slot {
                of_species[*i].push(s);
            }
        }
        let channels = live.iter().zip(rates).map(|(&original, rate)| {
            let channel = &process.channels()[original];
            let moved = channel.changes.iter();
            let mut dependents: Vec<usize> = moved.clone().flat_map(|&(i, _)| readers[i].iter().copied()).collect();
            dependents.sort_unstable();
            dependents.dedup();
            let changes = moved.flat_map(|&(i, by)| of_species[i].iter().map(move |&s| (s, by as f64))).collect();
            FlatChannel { original, rate, changes, at_risk: at_risk(channel), dependents }
        });
        Self { channels: channels.collect(), slots, species }
    }

    /// The slots at `counts`.
    pub(super) fn fill(&self, counts: &[f64], slots: &mut [f64]) {
        for (value, slot) in slots.iter_mut().zip(&self.slots) {
            *value = match slot {
                Slot::Shifted(i, offset) => counts[*i] - offset,
                Slot::One => 1.0,
            };
        }
    }
}

fn flat_rate(propensity: &Propensity, one: usize, slots: &mut Vec<Slot>) -> Rate {
    match propensity {
        Propensity::Law(law) => Rate::Law(law.clone()),
        Propensity::MassAction { rate, reactants } => {
            if reactants.iter().map(|&(_, order)| order as usize).sum::<usize>() > FACTORS {
                return Rate::Law(Arc::new(HighOrder { propensity: propensity.clone(), reads: propensity.reads() }));
            }
            let mut factors = [one; FACTORS];
            let wanted = reactants.iter().flat_map(|&(i, order)| (0..order).map(move |k| (i, f64::from(k))));
            for (factor, (i, offset)) in factors.iter_mut().zip(wanted) {
                let slot = Slot::Shifted(i, offset);
                *factor = slots.iter().position(|s| *s == slot).unwrap_or_else(|| {
                    slots.push(slot);
                    slots.len() - 1
                });
            }
            Rate::Product { rate: *rate, factors }
        }
    }
}

/// Species that the channel lowers by more than its mass-action order guarantees to be there.
fn at_risk(channel: &super::channel::Channel) -> Vec<usize> {
    let guaranteed = |i: usize| match &channel.propensity {
        Propensity::MassAction { reactants, .. } => {
            reactants.iter().find(|&&(j, _)| j == i).map_or(0, |&(_, order)| i64::from(order))
        }
        Propensity::Law(_) => 0,
    };
    channel.changes.iter().filter(|&&(i, by)| by + guaranteed(i) < 0).map(|&(i, _)| i).collect()
}

/// Rows of different lengths in one array.
#[derive(Clone, Debug)]
pub(super) struct Rows<T> {
    starts: Vec<u32>,
    items: Vec<T>,
}

/// Longest row up to which all rows are made equally long.
const PADDED: usize = 8;

impl<T: Copy> Rows<T> {
    /// Joins rows. Short ones are made equally long with `filler`, or by repeating their last item where that is
    /// harmless (`None`), so that the loop over a row always has the same length and is never mispredicted.
    pub(super) fn new(mut rows: Vec<Vec<T>>, filler: Option<T>) -> Self {
        let longest = rows.iter().map(Vec::len).max().unwrap_or(0);
        if longest <= PADDED {
            for row in &mut rows {
                if let Some(item) = filler.or(row.last().copied()) {
                    row.resize(longest, item);
                }
            }
        }
        let mut starts = vec![0];
        let mut items = Vec::new();
        for row in rows {
            items.extend(row);
            starts.push(items.len() as u32);
        }
        Self { starts, items }
    }

    #[inline]
    pub(super) fn row(&self, index: usize) -> &[T] {
        &self.items[self.starts[index] as usize..self.starts[index + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::network::Network;

    #[test]
    fn slots_dependents_and_risks_follow_from_the_channels() {
        let network = Network::builder(["X", "Y", "Z"])
            .reaction(&[("X", 2), ("Y", 1)], &[("X", 3)], 1.0, 0.0)
            .reaction(&[], &[("Z", 1)], 1.0, 0.0)
            .reaction(&[("Z", 4)], &[("Y", 1)], 1.0, 0.0)
            .build()
            .expect("valid network");
        let process = CountingProcess::from_network(&network, 1.0).expect("valid volume");
        let layout = Layout::new(&process);
        assert_eq!(layout.slots[3..], [Slot::One, Slot::Shifted(0, 1.0)]);
        assert!(matches!(layout.channels[0].rate, Rate::Product { factors: [0, 4, 1], .. }));
        assert!(matches!(layout.channels[2].rate, Rate::Law(_)));
        assert_eq!(layout.channels[0].changes, [(0, 1.0), (4, 1.0), (1, -1.0)]);
        let dependents: Vec<_> = layout.channels.iter().map(|c| c.dependents.clone()).collect();
        assert_eq!(dependents, [vec![0], vec![2], vec![0, 2]]);
        assert!(layout.channels.iter().all(|c| c.at_risk.is_empty()));
    }
}
