//! The direct method for a handful of mass-action channels, without a branch that depends on chance.

use super::direct::{Direct, Engine, Kernel, Pause};
use super::draws::Draws;
use super::layout::{FACTORS, Layout, Rate};
use super::run::Tally;

/// `N` channels on `K` slots (powers of two, so that a masked index is within its array).
///
/// Every event evaluates all propensities, cumulates them, counts how many sums lie below the draw, and adds that
/// channel's row to the slots. A dependency graph would save products but cost a mispredicted branch an event.
pub(super) struct Small<const N: usize, const K: usize> {
    layout: Layout,
    rates: [f64; N],
    factors: [[u8; N]; FACTORS],
    changes: [[f64; K]; N],
}

/// One run of [`Small`].
pub(super) struct State<const N: usize, const K: usize> {
    time: f64,
    slots: [f64; K],
    fired: [u64; N],
}

/// Compiles a process that is small enough, and whose counts can't turn negative.
pub(super) fn small(layout: &Layout) -> Option<Box<dyn Engine>> {
    let product = layout.channels.iter().all(|c| matches!(c.rate, Rate::Product { .. }) && c.at_risk.is_empty());
    if !product {
        return None;
    }
    match (layout.channels.len(), layout.slots.len()) {
        (0..=4, 0..=4) => Some(boxed::<4, 4>(layout)),
        (0..=4, 5..=8) => Some(boxed::<4, 8>(layout)),
        (0..=4, 9..=16) => Some(boxed::<4, 16>(layout)),
        (5..=8, 0..=4) => Some(boxed::<8, 4>(layout)),
        (5..=8, 5..=8) => Some(boxed::<8, 8>(layout)),
        (5..=8, 9..=16) => Some(boxed::<8, 16>(layout)),
        (9..=16, 0..=8) => Some(boxed::<16, 8>(layout)),
        (9..=16, 9..=16) => Some(boxed::<16, 16>(layout)),
        _ => None,
    }
}

fn boxed<const N: usize, const K: usize>(layout: &Layout) -> Box<dyn Engine> {
    let mut kernel = Small::<N, K> {
        layout: layout.clone(),
        rates: [0.0; N],
        factors: [[layout.species as u8; N]; FACTORS],
        changes: [[0.0; K]; N],
    };
    for (c, channel) in layout.channels.iter().enumerate() {
        if let Rate::Product { rate, factors } = &channel.rate {
            kernel.rates[c] = *rate;
            for (row, slot) in kernel.factors.iter_mut().zip(factors) {
                row[c] = *slot as u8;
            }
        }
        for &(slot, by) in &channel.changes {
            kernel.changes[c][slot] += by;
        }
    }
    Box::new(Direct(kernel))
}

impl<const N: usize, const K: usize> Small<N, K> {
    /// Cumulated propensities; the last is their sum. Four at a time, so that the sums overlap.
    #[inline(always)]
    fn cumulated(&self, slots: &[f64; K]) -> [f64; N] {
        let at = |factor: u8| slots[usize::from(factor) & (K - 1)];
        let mut rates = [0.0; N];
        for (c, rate) in rates.iter_mut().enumerate() {
            *rate = (self.rates[c] * at(self.factors[0][c])) * (at(self.factors[1][c]) * at(self.factors[2][c]));
        }
        let mut sums = [0.0; N];
        let mut before = 0.0;
        for c in (0..N).step_by(4) {
            let pair = rates[c] + rates[c + 1];
            let four = pair + (rates[c + 2] + rates[c + 3]);
            sums[c] = before + rates[c];
            sums[c + 1] = before + pair;
            sums[c + 2] = before + (pair + rates[c + 2]);
            sums[c + 3] = before + four;
            before = sums[c + 3];
        }
        sums
    }
}

impl<const N: usize, const K: usize> Kernel for Small<N, K> {
    type State = State<N, K>;

    fn start(&self, counts: &[f64]) -> Self::State {
        let mut slots = [0.0; K];
        self.layout.fill(counts, &mut slots);
        State { time: 0.0, slots, fired: [0; N] }
    }

    fn advance(&self, state: &mut Self::State, draws: &mut Draws, until: f64) -> Pause {
        let (exponentials, uniforms) = draws.left();
        let mut time = state.time;
        let mut slots = state.slots;
        let mut taken = 0;
        let mut pause = Pause::Dry;
        for (exponential, uniform) in exponentials.iter().zip(uniforms) {
            let sums = self.cumulated(&slots);
            let total = sums[N - 1];
            if !(total > 0.0 && total < f64::INFINITY) {
                pause = Pause::Stuck;
                break;
            }
            let next = time + exponential / total;
            if next > until {
                pause = Pause::Reached;
                break;
            }
            time = next;
            taken += 1;
            // `uniform * total < total` for every uniform below one, so the pick has a positive propensity.
            let threshold = uniform * total;
            let pick = sums.iter().map(|&sum| usize::from(sum <= threshold)).sum::<usize>() & (N - 1);
            for (slot, by) in slots.iter_mut().zip(&self.changes[pick]) {
                *slot += by;
            }
            state.fired[pick] += 1;
        }
        draws.take(taken);
        state.time = time;
        state.slots = slots;
        pause
    }

    fn time(&self, state: &Self::State) -> f64 {
        state.time
    }

    fn counts<'s>(&self, state: &'s Self::State) -> &'s [f64] {
        &state.slots[..self.layout.species]
    }

    fn tally(&self, state: &Self::State, tally: &mut Tally) {
        let events = self.fired(state);
        for (channel, fired) in self.layout.channels.iter().zip(state.fired) {
            tally.events[channel.original] += fired as f64;
        }
        tally.evaluations += events * self.layout.channels.len() as u64;
        tally.visits += events * self.layout.channels.len() as u64;
    }

    fn fired(&self, state: &Self::State) -> u64 {
        state.fired.iter().sum()
    }
}
