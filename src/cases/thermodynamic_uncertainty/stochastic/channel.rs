//! Counting processes: species counts, channels that change them, and the propensities at which they fire.

use std::fmt::Debug;
use std::sync::Arc;

use super::StochasticError;
use crate::cases::thermodynamic_uncertainty::network::Network;

/// A propensity that isn't plain mass action, such as a rate law read from a model file.
///
/// It must depend on the counts alone: the engines evaluate it again only after a count in [`RateLaw::reads`] moved.
pub trait RateLaw: Send + Sync + Debug {
    /// Events per time at these counts, one entry per species of the process.
    fn rate(&self, counts: &[f64]) -> f64;

    /// The species on which the rate depends.
    fn reads(&self) -> &[usize];
}

/// What is recorded of a state at each time of the grid; [`Counts`] records every species.
pub trait Readout: Send + Sync + Debug {
    /// Names of the recorded columns.
    fn names(&self) -> Vec<String>;

    /// Writes the columns at `counts` into `out`, one entry per name.
    fn read(&self, time: f64, counts: &[f64], out: &mut [f64]);
}

/// Records the count of every species.
#[derive(Clone, Debug, PartialEq)]
pub struct Counts {
    species: Vec<String>,
}

impl Counts {
    /// The counts of all species of `process`, in its order.
    pub fn of(process: &CountingProcess) -> Self {
        Self { species: process.species().to_vec() }
    }
}

impl Readout for Counts {
    fn names(&self) -> Vec<String> {
        self.species.clone()
    }

    fn read(&self, _time: f64, counts: &[f64], out: &mut [f64]) {
        out.copy_from_slice(counts);
    }
}

/// Events per time of one channel.
#[derive(Clone, Debug)]
pub enum Propensity {
    /// `rate · ∏ n (n−1) … (n−ν+1)` over (species, order ν); volume and symmetry factors are already in `rate`.
    MassAction { rate: f64, reactants: Vec<(usize, u32)> },
    /// Any other function of the counts.
    Law(Arc<dyn RateLaw>),
}

impl Propensity {
    /// Evaluates the propensity at `counts`; real-valued counts give the polynomial's value, never below zero for
    /// mass action.
    pub fn at(&self, counts: &[f64]) -> f64 {
        match self {
            Self::MassAction { rate, reactants } => {
                let factors = reactants.iter().flat_map(|&(i, order)| (0..order).map(move |k| (i, f64::from(k))));
                factors.fold(*rate, |product, (i, k)| product * (counts[i] - k).max(0.0))
            }
            Self::Law(law) => law.rate(counts),
        }
    }

    /// The species on which the propensity depends.
    pub fn reads(&self) -> Vec<usize> {
        match self {
            Self::MassAction { reactants, .. } => reactants.iter().map(|&(i, _)| i).collect(),
            Self::Law(law) => law.reads().to_vec(),
        }
    }
}

/// One way in which counts change: when it fires, every `(species, change)` is added.
#[derive(Clone, Debug)]
pub struct Channel {
    pub name: String,
    pub changes: Vec<(usize, i64)>,
    pub propensity: Propensity,
}

/// A Markov jump process on species counts.
#[derive(Clone, Debug)]
pub struct CountingProcess {
    species: Vec<String>,
    channels: Vec<Channel>,
}

/// Largest order of one reactant; beyond it a propensity is certainly a mistake, and would take long to evaluate.
const LARGEST_ORDER: u32 = 64;

/// Largest change of a count in one event; it keeps counts exact in `f64` between two checks of their size.
const LARGEST_CHANGE: i64 = 1 << 32;

impl CountingProcess {
    /// Checks the channels and joins them to a process.
    ///
    /// Changes and reactants that name a species twice are summed, changes of zero dropped.
    ///
    /// # Errors
    /// A channel that names a species beyond the list; a mass-action rate that is negative or not finite; a change
    /// beyond ±2³² or an order beyond 64.
    pub fn new<S: Into<String>>(
        species: impl IntoIterator<Item = S>,
        channels: Vec<Channel>,
    ) -> Result<Self, StochasticError> {
        let species: Vec<String> = species.into_iter().map(Into::into).collect();
        let channels = channels.into_iter().map(|c| checked(c, species.len())).collect::<Result<_, _>>()?;
        Ok(Self { species, channels })
    }

    /// The jump process of a network in the volume `V`: two channels per reversible reaction.
    ///
    /// With concentrations `n/V` the propensity of `ν` is `k V ∏ n^(falling ν) / V^|ν|`, without `1/ν!`, because the
    /// network's fluxes carry no factorials. A direction whose constant is zero never fires and gets no channel.
    ///
    /// # Errors
    /// A volume that isn't finite and positive, or one at which a rate overflows.
    pub fn from_network(network: &Network, volume: f64) -> Result<Self, StochasticError> {
        if !(volume.is_finite() && volume > 0.0) {
            return Err(StochasticError::BadVolume { found: volume });
        }
        let mut channels = Vec::new();
        for reaction in network.reactions() {
            let directions = [
                ("forward", reaction.forward, &reaction.reactants, &reaction.products),
                ("backward", reaction.backward, &reaction.products, &reaction.reactants),
            ];
            for (which, constant, from, to) in directions.into_iter().filter(|d| d.1 != 0.0) {
                let order = from.iter().fold(0_u32, |sum, &(_, order)| sum.saturating_add(order));
                let losses = from.iter().map(|&(i, order)| (i, -i64::from(order)));
                let gains = to.iter().map(|&(i, order)| (i, i64::from(order)));
                channels.push(Channel {
                    name: format!("{} ({which})", reaction.name),
                    changes: losses.chain(gains).collect(),
                    propensity: Propensity::MassAction {
                        rate: constant * volume.powf(1.0 - f64::from(order)),
                        reactants: from.clone(),
                    },
                });
            }
        }
        Self::new(network.species().iter().cloned(), channels)
    }

    /// Names of the species, in the order of the counts.
    pub fn species(&self) -> &[String] {
        &self.species
    }

    /// The channels.
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// Checks initial counts and returns them as exact `f64`.
    pub(super) fn initial(&self, counts: &[i64]) -> Result<Vec<f64>, StochasticError> {
        if counts.len() != self.species.len() {
            return Err(StochasticError::StateLength { found: counts.len(), expected: self.species.len() });
        }
        let exact = counts.iter().zip(&self.species).map(|(&n, species)| {
            if n < 0 {
                Err(StochasticError::NegativeCount { species: species.clone(), count: n as f64, time: 0.0 })
            } else if n as f64 > LARGEST_COUNT {
                Err(StochasticError::CountTooLarge { species: species.clone(), count: n as f64, time: 0.0 })
            } else {
                Ok(n as f64)
            }
        });
        exact.collect()
    }
}

/// Largest count that a run accepts: 2⁵², so that counts stay exact in `f64` for some thousand events after a check.
pub const LARGEST_COUNT: f64 = 4_503_599_627_370_496.0;

/// Rounds concentrations in a volume to counts.
///
/// # Errors
/// A concentration that is negative, not finite, or whose count is beyond [`LARGEST_COUNT`].
pub fn counts_at(concentrations: &[f64], volume: f64) -> Result<Vec<i64>, StochasticError> {
    let rounded = concentrations.iter().enumerate().map(|(species, x)| {
        let count = (x * volume).round();
        if (0.0..=LARGEST_COUNT).contains(&count) {
            Ok(count as i64)
        } else {
            Err(StochasticError::BadInitialCount { species, found: x * volume })
        }
    });
    rounded.collect()
}

fn checked(mut channel: Channel, species: usize) -> Result<Channel, StochasticError> {
    let named = channel.changes.iter().map(|&(i, _)| i).chain(channel.propensity.reads());
    if let Some(index) = named.into_iter().find(|&i| i >= species) {
        return Err(StochasticError::UnknownSpecies { channel: channel.name, index, species });
    }
    if let Propensity::MassAction { rate, reactants } = &mut channel.propensity {
        if !(rate.is_finite() && *rate >= 0.0) {
            return Err(StochasticError::BadRate { channel: channel.name, found: *rate });
        }
        *reactants = summed(reactants, u32::saturating_add);
        reactants.retain(|&(_, order)| order != 0);
        if let Some(&(_, order)) = reactants.iter().find(|(_, order)| *order > LARGEST_ORDER) {
            return Err(StochasticError::BadOrder { channel: channel.name, found: order, largest: LARGEST_ORDER });
        }
    }
    if let Some(&(_, change)) = channel.changes.iter().find(|(_, change)| change.unsigned_abs() > LARGEST_CHANGE as u64)
    {
        return Err(StochasticError::BadChange { channel: channel.name, found: change, largest: LARGEST_CHANGE });
    }
    channel.changes = summed(&channel.changes, i64::saturating_add);
    channel.changes.retain(|&(_, change)| change != 0);
    Ok(channel)
}

fn summed<T: Copy>(terms: &[(usize, T)], add: impl Fn(T, T) -> T) -> Vec<(usize, T)> {
    let mut sums: Vec<(usize, T)> = Vec::with_capacity(terms.len());
    for &(i, term) in terms {
        match sums.iter_mut().find(|(known, _)| *known == i) {
            Some((_, sum)) => *sum = add(*sum, term),
            None => sums.push((i, term)),
        }
    }
    sums.sort_by_key(|&(i, _)| i);
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_becomes_two_channels_a_reaction_with_falling_factorials_and_no_symmetry_factor() {
        let network = Network::builder(["X", "Y"])
            .reaction(&[("X", 2), ("Y", 1)], &[("X", 3)], 1.0, 0.01)
            .reaction(&[("Y", 1)], &[], 2.0, 0.0)
            .build()
            .expect("valid network");
        let process = CountingProcess::from_network(&network, 10.0).expect("valid volume");
        assert_eq!(process.channels().len(), 3);
        let at = |channel: usize, counts: &[f64]| process.channels()[channel].propensity.at(counts);
        assert!((at(0, &[5.0, 3.0]) - 10.0 * 5.0 * 4.0 * 3.0 / 1e3).abs() < 1e-14);
        assert!((at(1, &[5.0, 3.0]) - 0.01 * 10.0 * 5.0 * 4.0 * 3.0 / 1e3).abs() < 1e-15);
        assert_eq!(at(2, &[5.0, 3.0]), 6.0);
        assert_eq!(at(0, &[1.0, 3.0]), 0.0);
        assert_eq!(process.channels()[0].changes, [(0, 1), (1, -1)]);
    }

    #[test]
    fn bad_channels_are_named() {
        let channel = |rate, species, change| Channel {
            name: "r".into(),
            changes: vec![(species, change)],
            propensity: Propensity::MassAction { rate, reactants: vec![] },
        };
        let unknown = CountingProcess::new(["A"], vec![channel(1.0, 3, 1)]);
        assert!(matches!(unknown, Err(StochasticError::UnknownSpecies { index: 3, species: 1, .. })));
        for rate in [-1.0, f64::NAN, f64::INFINITY] {
            let process = CountingProcess::new(["A"], vec![channel(rate, 0, 1)]);
            assert!(matches!(process, Err(StochasticError::BadRate { .. })));
        }
        let huge = CountingProcess::new(["A"], vec![channel(1.0, 0, i64::MAX)]);
        assert!(matches!(huge, Err(StochasticError::BadChange { .. })));
        assert!(CountingProcess::new(["A"], vec![]).expect("no channels").initial(&[-1]).is_err());
        assert!(counts_at(&[f64::NAN], 10.0).is_err());
        assert_eq!(counts_at(&[1.2, 2.0], 10.0).expect("fine"), [12, 20]);
    }
}
