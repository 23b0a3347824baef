//! The direct method with a dependency graph and a tree of partial sums.

use std::sync::Arc;

use super::channel::RateLaw;
use super::direct::{Kernel, Pause};
use super::draws::Draws;
use super::layout::{FACTORS, Layout, Rate, Rows};
use super::run::Tally;

/// Branches of a node.
pub(super) const EIGHT: usize = 8;

/// Propensities as the leaves of a tree with eight branches a node, every node the sum of its branches.
///
/// An event evaluates the channels that it changes and sums again the nodes above them, so sums don't drift. The
/// top level is a list that is scanned; when it is as wide as the leaves, the tree is a plain linear search.
pub(super) struct Tree {
    layout: Layout,
    rates: Vec<f64>,
    factors: Vec<[u32; FACTORS]>,
    changes: Rows<(u32, f64)>,
    /// Slots to look at after an event, because it may have driven them below zero.
    at_risk: Vec<Vec<u32>>,
    /// Mass-action channels to evaluate after an event.
    products: Rows<u32>,
    /// Laws to evaluate after an event.
    laws: Vec<Vec<u32>>,
    law_table: Vec<(usize, Arc<dyn RateLaw>)>,
    /// From the leaves to the top.
    levels: Vec<Level>,
    /// Sums to visit for one event of each channel, to find it and to keep the sums right.
    visits: Vec<u64>,
}

/// One level of nodes.
struct Level {
    /// Where its nodes start among all sums.
    start: usize,
    /// Number of nodes, a multiple of eight.
    width: usize,
    /// Nodes to sum again after an event of each channel; empty for the leaves.
    stale: Rows<u32>,
}

/// One run of [`Tree`].
pub(super) struct State {
    time: f64,
    slots: Vec<f64>,
    sums: Vec<f64>,
    cumulated: Vec<f64>,
    fired: Vec<u64>,
    events: u64,
    broken: bool,
}

impl Tree {
    /// Builds the tree; levels are added until the top one has at most `top` nodes.
    pub(super) fn new(layout: &Layout, top: usize) -> Self {
        let one = layout.species as u32;
        let n = layout.channels.len();
        let mut law_table = Vec::new();
        let mut law_of = vec![None; n];
        let mut rates = vec![0.0; n];
        let mut all_factors = vec![[one; FACTORS]; n];
        for (c, channel) in layout.channels.iter().enumerate() {
            match &channel.rate {
                Rate::Product { rate, factors } => {
                    rates[c] = *rate;
                    all_factors[c] = factors.map(|slot| slot as u32);
                }
                Rate::Law(law) => {
                    law_of[c] = Some(law_table.len() as u32);
                    law_table.push((c, law.clone()));
                }
            }
        }
        let changes = layout.channels.iter().map(|c| c.changes.iter().map(|&(s, by)| (s as u32, by)).collect());
        let products =
            layout.channels.iter().map(|c| c.dependents.iter().filter(|&&d| law_of[d].is_none()).map(|&d| d as u32));
        let laws = layout.channels.iter().map(|c| c.dependents.iter().filter_map(|&d| law_of[d]).collect());
        let levels = levels(layout, top);
        let visits = (0..n).map(|c| {
            let kept: usize = levels.iter().map(|l| EIGHT * distinct(l.stale.row(c))).sum();
            let found = EIGHT * (levels.len() - 1) + levels[levels.len() - 1].width;
            (kept + found) as u64
        });
        Self {
            rates,
            factors: all_factors,
            // The slot that always holds one takes the changes of zero that pad a row.
            changes: Rows::new(changes.collect(), Some((one, 0.0))),
            at_risk: layout.channels.iter().map(|c| c.at_risk.iter().map(|&i| i as u32).collect()).collect(),
            products: Rows::new(products.map(Iterator::collect).collect(), None),
            laws: laws.collect(),
            law_table,
            visits: visits.collect(),
            levels,
            layout: layout.clone(),
        }
    }

    #[inline(always)]
    fn product(&self, channel: usize, slots: &[f64]) -> f64 {
        let [a, b, c] = self.factors[channel];
        (self.rates[channel] * slots[a as usize]) * (slots[b as usize] * slots[c as usize])
    }

    fn law(&self, law: u32, state: &mut State) {
        let (channel, law) = &self.law_table[law as usize];
        let rate = law.rate(&state.slots[..self.layout.species]);
        state.broken |= !(0.0..f64::INFINITY).contains(&rate);
        state.sums[*channel] = rate;
    }

    /// Brings slots, propensities and sums to where they are after an event.
    #[inline(always)]
    fn fire(&self, channel: usize, state: &mut State) {
        for &(slot, by) in self.changes.row(channel) {
            state.slots[slot as usize] += by;
        }
        for &dependent in self.products.row(channel) {
            state.sums[dependent as usize] = self.product(dependent as usize, &state.slots);
        }
        if !self.law_table.is_empty() {
            for &law in &self.laws[channel] {
                self.law(law, state);
            }
        }
        for slot in &self.at_risk[channel] {
            state.broken |= state.slots[*slot as usize] < 0.0;
        }
        for pair in self.levels.windows(2) {
            for &node in pair[1].stale.row(channel) {
                let below = pair[0].start + EIGHT * node as usize;
                state.sums[pair[1].start + node as usize] = sum(eight(&state.sums, below));
            }
        }
        state.fired[channel] += 1;
        state.events += 1;
    }

    /// Cumulates the top level into `cumulated` and returns its sum.
    #[inline(always)]
    fn scan(&self, state: &mut State) -> f64 {
        let top = &self.levels[self.levels.len() - 1];
        let mut before = 0.0;
        let nodes = &state.sums[top.start..top.start + top.width];
        for (from, to) in nodes.as_chunks::<EIGHT>().0.iter().zip(state.cumulated.as_chunks_mut::<EIGHT>().0) {
            let local = prefix(from);
            for (sum, part) in to.iter_mut().zip(local) {
                *sum = before + part;
            }
            before = to[EIGHT - 1];
        }
        before
    }

    /// Finds the channel of a threshold below the sum.
    #[inline(always)]
    fn find(&self, state: &State, mut threshold: f64) -> usize {
        let mut node = state.cumulated.iter().map(|&sum| usize::from(sum <= threshold)).sum::<usize>();
        for (depth, level) in self.levels.iter().enumerate().rev().skip(1) {
            if depth + 2 == self.levels.len() {
                threshold -= if node == 0 { 0.0 } else { state.cumulated[node - 1] };
            }
            let nodes = eight(&state.sums, level.start + EIGHT * node);
            let sums = prefix(nodes);
            let mut branch = sums.iter().map(|&sum| usize::from(sum <= threshold)).sum::<usize>();
            if branch == EIGHT {
                // The remainder of the threshold was rounded up to the node's sum: take its last live branch.
                branch = nodes.iter().rposition(|&rate| rate > 0.0).unwrap_or(0);
            }
            threshold -= if branch == 0 { 0.0 } else { sums[branch - 1] };
            node = EIGHT * node + branch;
        }
        node
    }
}

impl Kernel for Tree {
    type State = State;

    fn start(&self, counts: &[f64]) -> State {
        let mut slots = vec![0.0; self.layout.slots.len()];
        self.layout.fill(counts, &mut slots);
        let top = &self.levels[self.levels.len() - 1];
        let mut state = State {
            time: 0.0,
            slots,
            sums: vec![0.0; top.start + top.width],
            cumulated: vec![0.0; top.width],
            fired: vec![0; self.rates.len()],
            events: 0,
            broken: false,
        };
        for channel in 0..self.rates.len() {
            state.sums[channel] = self.product(channel, &state.slots);
        }
        for law in 0..self.law_table.len() {
            self.law(law as u32, &mut state);
        }
        for pair in self.levels.windows(2) {
            for node in 0..pair[0].width / EIGHT {
                state.sums[pair[1].start + node] = sum(eight(&state.sums, pair[0].start + EIGHT * node));
            }
        }
        state
    }

    fn advance(&self, state: &mut State, draws: &mut Draws, until: f64) -> Pause {
        let (exponentials, uniforms) = draws.left();
        let mut taken = 0;
        let mut pause = Pause::Dry;
        for (exponential, uniform) in exponentials.iter().zip(uniforms) {
            let total = self.scan(state);
            if state.broken || !(total > 0.0 && total < f64::INFINITY) {
                pause = Pause::Stuck;
                break;
            }
            let next = state.time + exponential / total;
            if next > until {
                pause = Pause::Reached;
                break;
            }
            state.time = next;
            taken += 1;
            let channel = self.find(state, uniform * total);
            self.fire(channel, state);
        }
        draws.take(taken);
        pause
    }

    fn time(&self, state: &State) -> f64 {
        state.time
    }

    fn counts<'s>(&self, state: &'s State) -> &'s [f64] {
        &state.slots[..self.layout.species]
    }

    fn tally(&self, state: &State, tally: &mut Tally) {
        for (c, channel) in self.layout.channels.iter().enumerate() {
            tally.events[channel.original] += state.fired[c] as f64;
            tally.evaluations += state.fired[c] * channel.dependents.len() as u64;
            tally.visits += state.fired[c] * self.visits[c];
        }
    }

    fn fired(&self, state: &State) -> u64 {
        state.events
    }
}

fn levels(layout: &Layout, top: usize) -> Vec<Level> {
    let n = layout.channels.len();
    let mut stale: Vec<Vec<u32>> =
        layout.channels.iter().map(|c| c.dependents.iter().map(|&d| d as u32).collect()).collect();
    let mut levels =
        vec![Level { start: 0, width: n.max(1).next_multiple_of(EIGHT), stale: Rows::new(vec![Vec::new(); n], None) }];
    let mut last = levels[0].width;
    let mut start = last;
    while last > top.max(EIGHT) {
        let nodes = last / EIGHT;
        for row in &mut stale {
            for node in row.iter_mut() {
                *node /= EIGHT as u32;
            }
            row.sort_unstable();
            row.dedup();
        }
        let width = nodes.next_multiple_of(EIGHT);
        levels.push(Level { start, width, stale: Rows::new(stale.clone(), None) });
        start += width;
        last = width;
    }
    levels
}

fn distinct(row: &[u32]) -> usize {
    let mut row = row.to_vec();
    row.sort_unstable();
    row.dedup();
    row.len()
}

#[inline(always)]
fn eight(sums: &[f64], start: usize) -> &[f64; EIGHT] {
    sums[start..].first_chunk().expect("levels are padded to multiples of eight")
}

/// Cumulated sums of eight, in an order that lets them overlap.
#[inline(always)]
fn prefix(a: &[f64; EIGHT]) -> [f64; EIGHT] {
    let (ab, cd, ef, gh) = (a[0] + a[1], a[2] + a[3], a[4] + a[5], a[6] + a[7]);
    let (low, high) = (ab + cd, ef + gh);
    [a[0], ab, ab + a[2], low, low + a[4], low + ef, low + (ef + a[6]), low + high]
}

/// The last of [`prefix`].
#[inline(always)]
fn sum(a: &[f64; EIGHT]) -> f64 {
    ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_prefix_ascends_and_ends_with_the_sum(a in proptest::array::uniform8(0.0..1e6_f64)) {
            let sums = prefix(&a);
            prop_assert!(sums.windows(2).all(|pair| pair[0] <= pair[1]));
            prop_assert_eq!(sums[EIGHT - 1], sum(&a));
            let mut plain = 0.0;
            for (sum, rate) in sums.iter().zip(a) {
                plain += rate;
                prop_assert!((sum - plain).abs() <= 1e-9 * plain);
            }
        }
    }
}
