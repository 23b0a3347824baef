//! Splits net rate laws into two one-way mass-action fluxes.
//!
//! Entropy production needs `J⁺` and `J⁻` apart, a model file gives their difference. A law that is a polynomial in
//! the dynamic species has one reading as mass action: positive terms are forward fluxes, negative ones backward, and
//! a pair belongs together when its orders differ by the reaction's stoichiometry, so that the ratio of the pair is
//! the thermodynamic one. Catalysts stand on both sides. Chemostats (boundary, constant and clamped species) are in
//! the constants. A law with several pairs becomes parallel channels, which are never merged.

use serde::{Deserialize, Serialize};

use super::model::{Element, Kind, Model};
use super::network::{Network, NetworkError};
use super::polynomial::{Monomial, NotPolynomial, Polynomial};
use super::thermodynamics::force;

/// A rate law has no unique reading as reversible mass action.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SplitError {
    #[error("{element}: its rate law is not mass action, so forward and backward flux can't be told apart: {reason}")]
    NotMassAction { element: Element, reason: NotPolynomial },
    #[error(
        "{element}: the {direction} term of order {orders} doesn't match the stoichiometry, so it is not mass action"
    )]
    Unmatched { element: Element, direction: &'static str, orders: String },
    #[error("{element}: it changes `{species}` by {change}, which is not a whole number")]
    NotWhole { element: Element, species: String, change: f64 },
    #[error("`{species}` starts at {value}; an amount can't be negative")]
    NegativeAmount { species: String, value: f64 },
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// Where a channel of a split network comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// Id of the reaction.
    pub reaction: String,
    /// Its line in the file.
    pub line: usize,
    /// `ln(k⁺/k⁻)`; infinite for a one-way channel.
    pub log_ratio: f64,
}

/// A model as a network of reversible mass-action channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// In concentrations if [`Split::volume`] is known, else in amounts; bounds and forces hold either way.
    pub network: Network,
    /// The start state, in the network's unit.
    pub state: Vec<f64>,
    /// Size of the compartment that all dynamic species share, if they do and it stays.
    pub volume: Option<f64>,
    /// One per reaction of the network.
    pub origins: Vec<Origin>,
}

/// A one-way or reversible channel, in amounts.
struct Channel {
    reaction: usize,
    left: Monomial,
    right: Monomial,
    forward: f64,
    backward: f64,
}

impl Model {
    /// Splits all rate laws.
    ///
    /// An irreversible law gives `J⁻ = 0`, and so infinite entropy production; see [`Network::with_reverse_ratio`].
    ///
    /// # Errors
    /// A law that is no mass action (Michaelis–Menten, Hill, …), whose orders don't fit the stoichiometry, or that
    /// depends on time; stoichiometries that are not whole numbers; negative amounts. Names the reaction and its line.
    pub fn split(&self) -> Result<Split, SplitError> {
        let names = self.state_names();
        let state = self.initial_state();
        if let Some(i) = state.iter().position(|amount| *amount < 0.0) {
            return Err(SplitError::NegativeAmount { species: names[i].clone(), value: state[i] });
        }
        let laws = self.polynomials();
        let mut channels = Vec::new();
        for (reaction, law) in laws.into_iter().enumerate() {
            let element = || self.reaction_element(reaction).clone();
            let law = law.map_err(|reason| SplitError::NotMassAction { element: element(), reason })?;
            channels.extend(self.pairs(reaction, &law)?);
        }
        let volume = self.shared_volume();
        let scale = |side: &Monomial| volume.map_or(1.0, |v| v.powi(order(side) as i32 - 1));
        let mut builder = Network::builder(names.iter().cloned());
        for channel in &channels {
            let side = |monomial: &Monomial| -> Vec<(&str, u32)> {
                monomial.iter().map(|&(variable, order)| (names[variable].as_str(), order)).collect()
            };
            let forward = channel.forward * scale(&channel.left);
            let backward = channel.backward * scale(&channel.right);
            builder = builder.reaction(&side(&channel.left), &side(&channel.right), forward, backward);
        }
        let network = builder.build()?;
        let origins = channels.iter().zip(network.reactions()).map(|(channel, reaction)| {
            let element = self.reaction_element(channel.reaction);
            let log_ratio = force(reaction.forward, reaction.backward);
            Origin { reaction: element.id.clone(), line: element.line, log_ratio }
        });
        let origins = origins.collect();
        let state = state.into_iter().map(|amount| volume.map_or(amount, |v| amount / v)).collect();
        Ok(Split { network, state, volume, origins })
    }

    /// All rate laws as polynomials in the state, with constants and rules put in place.
    pub(super) fn polynomials(&self) -> Vec<Result<Polynomial, NotPolynomial>> {
        let mut meanings: Vec<Result<Polynomial, NotPolynomial>> =
            (0..self.symbols().len()).map(|symbol| Ok(Polynomial::constant(self.initial_value(symbol)))).collect();
        for (variable, &symbol) in self.state().iter().enumerate() {
            meanings[symbol] = Ok(Polynomial::variable(variable));
        }
        for &symbol in self.order().iter().filter(|&&symbol| self.varies(symbol)) {
            if let Some(rule) = &self.symbols()[symbol].rule {
                meanings[symbol] = Polynomial::expand(rule, &|read| meanings[read].clone());
            }
        }
        self.reactions().iter().map(|reaction| meanings[reaction.rate].clone()).collect()
    }

    /// Pairs positive with negative terms of one law.
    fn pairs(&self, reaction: usize, law: &Polynomial) -> Result<Vec<Channel>, SplitError> {
        let change = self.whole_change(reaction)?;
        let unmatched = |direction, side: &Monomial| SplitError::Unmatched {
            element: self.reaction_element(reaction).clone(),
            direction,
            orders: self.side_text(side),
        };
        let mut backward: Vec<(&Monomial, f64)> = law.terms().filter(|(_, value)| *value < 0.0).collect();
        if let (false, Some((right, _))) = (self.reactions()[reaction].reversible, backward.first()) {
            return Err(unmatched("backward", right));
        }
        let mut channels = Vec::new();
        for (left, forward) in law.terms().filter(|(_, value)| *value > 0.0) {
            let right = shifted(left, &change, 1).ok_or_else(|| unmatched("forward", left))?;
            let partner = backward.iter().position(|(side, _)| **side == right);
            let reverse = partner.map_or(0.0, |index| -backward.swap_remove(index).1);
            channels.push(Channel { reaction, left: left.clone(), right, forward, backward: reverse });
        }
        // One term left over on each side: the law's two directions don't fit one another.
        if let (Some((right, _)), true) = (backward.first(), channels.iter().any(|c: &Channel| c.backward == 0.0)) {
            return Err(unmatched("backward", right));
        }
        for (right, value) in backward {
            let left = shifted(right, &change, -1).ok_or_else(|| unmatched("backward", right))?;
            channels.push(Channel { reaction, left, right: right.clone(), forward: 0.0, backward: -value });
        }
        Ok(channels)
    }

    /// Net stoichiometry in whole numbers.
    pub(super) fn whole_change(&self, reaction: usize) -> Result<Vec<(usize, i64)>, SplitError> {
        let whole = |&(variable, change): &(usize, f64)| {
            if change.trunc() == change && change.abs() < f64::from(i32::MAX) {
                return Ok((variable, change as i64));
            }
            let species = self.state_names().swap_remove(variable);
            Err(SplitError::NotWhole { element: self.reaction_element(reaction).clone(), species, change })
        };
        self.net_stoichiometry(reaction).iter().map(whole).collect()
    }

    /// Size of the compartment that all dynamic species share, unless it changes.
    fn shared_volume(&self) -> Option<f64> {
        let mut compartments = self.state().iter().map(|&symbol| match &self.symbols()[symbol].kind {
            Kind::Species(_) => self.compartment_of(symbol),
            _ => None,
        });
        let first = compartments.next()??;
        let size = self.initial_value(first);
        (compartments.all(|other| other == Some(first)) && !self.varies(first) && size > 0.0).then_some(size)
    }

    fn side_text(&self, side: &Monomial) -> String {
        let names = self.state_names();
        let terms: Vec<String> = side.iter().map(|&(variable, order)| format!("{}^{order}", names[variable])).collect();
        if terms.is_empty() { "zero".into() } else { terms.join(" ") }
    }
}

fn order(side: &Monomial) -> u32 {
    side.iter().map(|(_, order)| order).sum()
}

/// Orders after the reaction (`direction` 1) or before it (−1); `None` when one would be negative.
fn shifted(side: &Monomial, change: &[(usize, i64)], direction: i64) -> Option<Monomial> {
    let mut orders: std::collections::BTreeMap<usize, i64> = side.iter().map(|&(i, n)| (i, i64::from(n))).collect();
    for &(variable, amount) in change {
        *orders.entry(variable).or_default() += direction * amount;
    }
    let whole = orders.into_iter().filter(|(_, order)| *order != 0);
    whole.map(|(variable, order)| u32::try_from(order).ok().map(|order| (variable, order))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sbml::{Events, read};
    use super::super::test_data::{mirror, reversible};
    use super::super::thermodynamics::{drift, entropy_production};
    use super::*;
    use crate::cases::thermodynamic_uncertainty::ode::OdeSystem;

    fn model(text: &str) -> Model {
        read(text.as_bytes(), Events::Refuse).expect("valid model")
    }

    #[test]
    fn a_net_law_splits_into_concentrations() {
        let split = model(&reversible()).split().expect("mass action");
        assert_eq!((split.volume, split.state.as_slice()), (Some(2.0), [3.0, 0.5].as_slice()));
        let fluxes = split.network.fluxes(&split.state).expect("valid state");
        assert_eq!((fluxes.forward[0], fluxes.backward[0]), (1.5, 0.125));
        assert!((split.origins[0].log_ratio - 2.0_f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn catalysts_chemostats_and_parallel_channels() {
        // (kf + kr B) A with B a catalyst: two parallel one-way channels, kept apart.
        let text =
            reversible().replace("<apply><minus/>\n", "<apply><plus/>").replace("<apply><minus/>", "<apply><plus/>");
        let catalysed = text.replace("<ci>kr</ci><ci>B</ci>", "<ci>kr</ci><ci>A</ci><ci>B</ci>");
        let split = model(&catalysed).split().expect("mass action");
        assert_eq!(split.network.reactions().len(), 2);
        assert_eq!(split.network.stoichiometry().column(0), split.network.stoichiometry().column(1));
        let fluxes = split.network.fluxes(&split.state).expect("valid state");
        assert_eq!(entropy_production(&fluxes), f64::INFINITY);
        let clamped = model(&reversible()).clamped("B", 4.0).expect("free").split().expect("mass action");
        assert_eq!(clamped.network.species(), ["A"]);
        assert_eq!(clamped.network.reactions()[0].backward, 0.25 * 4.0);
    }

    #[test]
    fn laws_without_a_unique_split_are_refused() {
        let hill = reversible().replace(
            "<ci>kr</ci><ci>B</ci>",
            "<ci>kr</ci><apply><divide/><ci>B</ci><apply><plus/><cn>1</cn><ci>B</ci></apply></apply>",
        );
        let Err(error @ SplitError::NotMassAction { reason: NotPolynomial::Division, .. }) = model(&hill).split()
        else {
            panic!("a saturating law has no split")
        };
        assert!(error.to_string().contains("reaction `J`"), "{error}");
        let order = reversible().replace("<ci>kr</ci><ci>B</ci>", "<ci>kr</ci><ci>B</ci><ci>B</ci>");
        assert!(matches!(model(&order).split(), Err(SplitError::Unmatched { direction: "backward", .. })));
        let fraction = reversible().replace("species='B' stoichiometry='1'", "species='B' stoichiometry='0.5'");
        assert!(matches!(model(&fraction).split(), Err(SplitError::NotWhole { .. })));
    }

    /// The split network moves as the model does, at the start and elsewhere.
    #[test]
    fn biomodels_split_or_say_why() {
        let Some(mirror) = mirror() else { return };
        let expected = [
            ("001", Ok((17, 0))),
            ("002", Ok((17, 0))),
            ("009", Ok((20, 10))),
            ("026", Ok((10, 4))),
            ("060", Ok((3, 0))),
            ("048", Err("v4")),
            ("003", Err("reaction3")),
            ("010", Err("J0")),
        ];
        for (id, expected) in expected {
            let path = mirror.join(format!("biomodels/BIOMD0000000{id}.xml"));
            let model = read(&std::fs::read(path).expect("readable"), Events::LeaveOut).expect("loads");
            match (model.split(), expected) {
                (Ok(split), Ok((reactions, one_way))) => {
                    let irreversible = split.network.reactions().iter().filter(|r| r.backward == 0.0).count();
                    assert_eq!((split.network.reactions().len(), irreversible), (reactions, one_way), "{id}");
                    check_drift(&model, &split, id);
                }
                (Err(error), Err(reaction)) => {
                    assert!(error.to_string().contains(&format!("reaction `{reaction}`")), "{id}: {error}");
                    assert!(error.to_string().starts_with("line "), "{id}: {error}");
                }
                (found, _) => panic!("{id}: {found:?}"),
            }
        }
    }

    fn check_drift(model: &Model, split: &Split, id: &str) {
        let volume = split.volume.expect("one compartment");
        let scale = split.state.iter().fold(0.0_f64, |m, x| m.max(*x));
        let x: Vec<f64> = (0..split.state.len()).map(|i| split.state[i] + scale * (0.1 + 0.01 * i as f64)).collect();
        let amounts: Vec<f64> = x.iter().map(|c| c * volume).collect();
        let mut rates = vec![0.0; x.len()];
        model.system().rhs(0.0, &amounts, &mut rates);
        let fluxes = split.network.fluxes(&x).expect("valid state");
        let drift = drift(split.network.stoichiometry().view(), &fluxes);
        let largest = fluxes.forward.iter().fold(0.0_f64, |m, j| m.max(*j));
        for (network, amount) in drift.iter().zip(&rates) {
            // The drift is a difference of fluxes, so it is exact to their rounding.
            assert!((network - amount / volume).abs() <= 1e-12 * largest, "{id}: {network} {}", amount / volume);
        }
    }
}
