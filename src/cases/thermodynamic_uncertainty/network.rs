//! Reversible mass-action networks with chemostats.

use std::collections::BTreeMap;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::mass_action::flux;

/// One reversible reaction between dynamic species, with chemostats already multiplied into its constants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reaction {
    /// What it is called, such as `A + B ⇌ C`.
    pub name: String,
    /// Orders ν of the dynamic species on the left: (species, order).
    pub reactants: Vec<(usize, u32)>,
    /// Orders κ of the dynamic species on the right.
    pub products: Vec<(usize, u32)>,
    /// k⁺ times chemostatted concentrations.
    pub forward: f64,
    /// k⁻ times chemostatted concentrations; 0 makes the step irreversible.
    pub backward: f64,
}

/// A network could not be built or evaluated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NetworkError {
    #[error("reaction `{reaction}` names `{species}`, which is neither a species nor a chemostat")]
    UnknownSpecies { reaction: String, species: String },
    #[error("reaction `{reaction}` has the {which} rate constant {value}; it must be finite and not negative")]
    BadRate { reaction: String, which: &'static str, value: f64 },
    #[error("chemostat `{species}` has the concentration {value}; it must be finite and not negative")]
    BadChemostat { species: String, value: f64 },
    #[error("`{species}` is named twice")]
    DuplicateSpecies { species: String },
    #[error("`{equation}` is not a reaction such as `A + 2 X <=> 3 X`")]
    UnreadableEquation { equation: String },
    #[error("{found} pairs of constants for {expected} reactions")]
    ConstantsLength { found: usize, expected: usize },
    #[error("the state has {found} entries; the network has {expected} species")]
    StateLength { found: usize, expected: usize },
    #[error("the concentration of `{species}` is {value}; it must be finite and not negative")]
    BadConcentration { species: String, value: f64 },
    #[error("the reverse ratio is {value}; it must be finite and positive")]
    BadReverseRatio { value: f64 },
}

/// Forward and backward fluxes J⁺, J⁻ of all reactions (concentration per time).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fluxes {
    pub forward: Vec<f64>,
    pub backward: Vec<f64>,
}

/// A reversible mass-action network: species, reactions, stoichiometry `S = κ − ν` (species × reactions).
///
/// Fluxes are `J⁺ = k⁺ ∏ x^ν` and `J⁻ = k⁻ ∏ x^κ`, without factorials. A chemostatted species multiplies the
/// constants and has no row in `S`. Parallel channels with equal `S` are kept apart: merging them would leave `D`
/// as it is and lower the entropy production.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    species: Vec<String>,
    reactions: Vec<Reaction>,
    stoichiometry: Array2<f64>,
}

impl Network {
    /// Starts a network with its dynamic species, in the order of the state vector.
    pub fn builder<S: Into<String>>(species: impl IntoIterator<Item = S>) -> NetworkBuilder {
        NetworkBuilder {
            species: species.into_iter().map(Into::into).collect(),
            chemostats: BTreeMap::new(),
            reactions: Vec::new(),
            unreadable: None,
        }
    }

    /// Names of the dynamic species.
    pub fn species(&self) -> &[String] {
        &self.species
    }

    /// The reactions.
    pub fn reactions(&self) -> &[Reaction] {
        &self.reactions
    }

    /// `S`, species × reactions.
    pub fn stoichiometry(&self) -> &Array2<f64> {
        &self.stoichiometry
    }

    /// Evaluates J⁺ and J⁻ at concentrations `x`.
    ///
    /// # Errors
    /// A wrong number of concentrations, or one that is negative or not finite.
    pub fn fluxes(&self, x: &[f64]) -> Result<Fluxes, NetworkError> {
        self.check_state(x)?;
        Ok(self.fluxes_unchecked(x))
    }

    /// Evaluates J⁺ and J⁻ without looking at the state: for solvers, which may step slightly below zero.
    pub fn fluxes_unchecked(&self, x: &[f64]) -> Fluxes {
        Fluxes {
            forward: self.reactions.iter().map(|r| flux(r.forward, &r.reactants, x)).collect(),
            backward: self.reactions.iter().map(|r| flux(r.backward, &r.products, x)).collect(),
        }
    }

    /// Makes every irreversible step reversible with `k⁻ = ratio · k⁺` (and `k⁺ = ratio · k⁻` the other way round).
    ///
    /// An irreversible step has infinite entropy production; an explicit small ratio makes it finite and says so.
    ///
    /// # Errors
    /// A ratio that isn't finite and positive.
    pub fn with_reverse_ratio(&self, ratio: f64) -> Result<Self, NetworkError> {
        if !(ratio.is_finite() && ratio > 0.0) {
            return Err(NetworkError::BadReverseRatio { value: ratio });
        }
        let mut network = self.clone();
        for reaction in &mut network.reactions {
            if reaction.backward == 0.0 {
                reaction.backward = ratio * reaction.forward;
            } else if reaction.forward == 0.0 {
                reaction.forward = ratio * reaction.backward;
            }
        }
        Ok(network)
    }

    /// The same reactions with other constants (k⁺, k⁻), one pair each, chemostats multiplied in.
    ///
    /// # Errors
    /// A number of pairs other than that of the reactions; constants that are negative or not finite.
    pub fn with_constants(&self, constants: &[(f64, f64)]) -> Result<Self, NetworkError> {
        let (found, expected) = (constants.len(), self.reactions.len());
        if found != expected {
            return Err(NetworkError::ConstantsLength { found, expected });
        }
        let mut network = self.clone();
        for (reaction, &(forward, backward)) in network.reactions.iter_mut().zip(constants) {
            check_constants(&reaction.name, forward, backward)?;
            (reaction.forward, reaction.backward) = (forward, backward);
        }
        Ok(network)
    }

    fn check_state(&self, x: &[f64]) -> Result<(), NetworkError> {
        if x.len() != self.species.len() {
            return Err(NetworkError::StateLength { found: x.len(), expected: self.species.len() });
        }
        match x.iter().position(|c| !(c.is_finite() && *c >= 0.0)) {
            Some(i) => Err(NetworkError::BadConcentration { species: self.species[i].clone(), value: x[i] }),
            None => Ok(()),
        }
    }
}

/// Collects chemostats and reactions by name; [`NetworkBuilder::build`] checks them.
#[derive(Clone, Debug)]
pub struct NetworkBuilder {
    species: Vec<String>,
    chemostats: BTreeMap<String, f64>,
    reactions: Vec<Draft>,
    /// The first equation that could not be read.
    unreadable: Option<String>,
}

#[derive(Clone, Debug)]
struct Draft {
    reactants: Vec<(String, u32)>,
    products: Vec<(String, u32)>,
    forward: f64,
    backward: f64,
}

impl NetworkBuilder {
    /// Holds a species at a fixed concentration.
    pub fn chemostat(mut self, species: &str, concentration: f64) -> Self {
        self.chemostats.insert(species.into(), concentration);
        self
    }

    /// Adds `reactants ⇌ products` with constants k⁺ and k⁻; sides are (name, order).
    pub fn reaction(
        mut self,
        reactants: &[(&str, u32)],
        products: &[(&str, u32)],
        forward: f64,
        backward: f64,
    ) -> Self {
        let owned = |side: &[(&str, u32)]| side.iter().map(|&(name, order)| (name.to_owned(), order)).collect();
        self.reactions.push(Draft { reactants: owned(reactants), products: owned(products), forward, backward });
        self
    }

    /// Adds a reaction written as `A + 2 X <=> 3 X` (or `⇌`), with `∅` or nothing for an empty side.
    ///
    /// Names hold no spaces and no `+`; an order stands before its name, after a space or not needed when it is one.
    pub fn equation(mut self, equation: &str, forward: f64, backward: f64) -> Self {
        let sides = equation.split_once("<=>").or_else(|| equation.split_once('⇌'));
        match sides.and_then(|(left, right)| Some((read_side(left)?, read_side(right)?))) {
            Some((reactants, products)) => self.reactions.push(Draft { reactants, products, forward, backward }),
            None => self.unreadable = self.unreadable.or_else(|| Some(equation.into())),
        }
        self
    }

    /// Checks everything and builds the network.
    ///
    /// # Errors
    /// Unreadable equations; unknown or duplicate names; rate constants or chemostats that are negative or not finite.
    pub fn build(self) -> Result<Network, NetworkError> {
        if let Some(equation) = self.unreadable {
            return Err(NetworkError::UnreadableEquation { equation });
        }
        for (i, name) in self.species.iter().enumerate() {
            if self.species[..i].contains(name) || self.chemostats.contains_key(name) {
                return Err(NetworkError::DuplicateSpecies { species: name.clone() });
            }
        }
        if let Some((name, &value)) = self.chemostats.iter().find(|(_, c)| !(c.is_finite() && **c >= 0.0)) {
            return Err(NetworkError::BadChemostat { species: name.clone(), value });
        }
        let reactions = self.reactions.iter().map(|draft| self.resolve(draft)).collect::<Result<Vec<_>, _>>()?;
        let mut stoichiometry = Array2::zeros((self.species.len(), reactions.len()));
        for (r, reaction) in reactions.iter().enumerate() {
            for &(i, order) in &reaction.reactants {
                stoichiometry[[i, r]] -= f64::from(order);
            }
            for &(i, order) in &reaction.products {
                stoichiometry[[i, r]] += f64::from(order);
            }
        }
        Ok(Network { species: self.species, reactions, stoichiometry })
    }

    fn resolve(&self, draft: &Draft) -> Result<Reaction, NetworkError> {
        let name = format!("{} ⇌ {}", side_name(&draft.reactants), side_name(&draft.products));
        let (reactants, left) = self.resolve_side(&name, &draft.reactants)?;
        let (products, right) = self.resolve_side(&name, &draft.products)?;
        check_constants(&name, draft.forward, draft.backward)?;
        Ok(Reaction { name, reactants, products, forward: draft.forward * left, backward: draft.backward * right })
    }

    /// Splits a side into dynamic orders and the product of its chemostats.
    fn resolve_side(&self, reaction: &str, side: &[(String, u32)]) -> Result<(Vec<(usize, u32)>, f64), NetworkError> {
        let mut orders: Vec<(usize, u32)> = Vec::new();
        let mut factor = 1.0;
        for (name, order) in side {
            if let Some(i) = self.species.iter().position(|s| s == name) {
                match orders.iter_mut().find(|(known, _)| *known == i) {
                    Some((_, total)) => *total += order,
                    None => orders.push((i, *order)),
                }
            } else if let Some(concentration) = self.chemostats.get(name) {
                factor *= concentration.powi(*order as i32);
            } else {
                return Err(NetworkError::UnknownSpecies { reaction: reaction.into(), species: name.clone() });
            }
        }
        Ok((orders, factor))
    }
}

fn check_constants(reaction: &str, forward: f64, backward: f64) -> Result<(), NetworkError> {
    for (which, value) in [("forward", forward), ("backward", backward)] {
        if !(value.is_finite() && value >= 0.0) {
            return Err(NetworkError::BadRate { reaction: reaction.into(), which, value });
        }
    }
    Ok(())
}

/// Reads `A + 2 X` into names and orders; `None` when it isn't one.
fn read_side(side: &str) -> Option<Vec<(String, u32)>> {
    if matches!(side.trim(), "" | "∅") {
        return Some(Vec::new());
    }
    let term = |term: &str| match term.split_whitespace().collect::<Vec<_>>()[..] {
        [name] => Some((name.to_owned(), 1)),
        [order, name] => Some((name.to_owned(), order.parse().ok()?)),
        _ => None,
    };
    side.split('+').map(term).collect()
}

fn side_name(side: &[(String, u32)]) -> String {
    let terms: Vec<String> =
        side.iter().map(|(name, n)| if *n == 1 { name.clone() } else { format!("{n} {name}") }).collect();
    if terms.is_empty() { "∅".into() } else { terms.join(" + ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chemostats_multiply_constants_and_have_no_row() {
        let network = Network::builder(["X"])
            .chemostat("A", 2.0)
            .reaction(&[("A", 1), ("X", 2)], &[("X", 3)], 3.0, 0.6)
            .build()
            .expect("valid network");
        assert_eq!(network.stoichiometry().dim(), (1, 1));
        assert_eq!(network.stoichiometry()[[0, 0]], 1.0);
        let fluxes = network.fluxes(&[2.0]).expect("valid state");
        assert_eq!(fluxes.forward, [3.0 * 2.0 * 4.0]);
        assert!((fluxes.backward[0] - 0.6 * 8.0).abs() < 1e-14);
    }

    #[test]
    fn equations_read_as_they_are_written() {
        let written = Network::builder(["X", "Y"])
            .chemostat("A", 2.0)
            .equation("A + 2 X ⇌ 3 X", 3.0, 0.6)
            .equation("Y <=> ", 1.0, 0.1)
            .equation("∅ <=> X", 1.0, 0.1)
            .build()
            .expect("valid");
        let spelt = Network::builder(["X", "Y"])
            .chemostat("A", 2.0)
            .reaction(&[("A", 1), ("X", 2)], &[("X", 3)], 3.0, 0.6)
            .reaction(&[("Y", 1)], &[], 1.0, 0.1)
            .reaction(&[], &[("X", 1)], 1.0, 0.1)
            .build()
            .expect("valid");
        assert_eq!(written, spelt);
        for bad in ["X", "X + <=> Y", "two X <=> Y", "1 2 X <=> Y"] {
            let refused = Network::builder(["X", "Y"]).equation(bad, 1.0, 1.0).build();
            assert_eq!(refused, Err(NetworkError::UnreadableEquation { equation: bad.into() }));
        }
    }

    #[test]
    fn bad_input_is_named() {
        let unknown = Network::builder(["A"]).reaction(&[("A", 1)], &[("Q", 1)], 1.0, 1.0).build();
        assert!(matches!(unknown, Err(NetworkError::UnknownSpecies { species, .. }) if species == "Q"));
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            let network = Network::builder(["A"]).reaction(&[("A", 1)], &[], 1.0, bad).build();
            assert!(matches!(network, Err(NetworkError::BadRate { which: "backward", .. })));
        }
        let twice = Network::builder(["A", "A"]).build();
        assert!(matches!(twice, Err(NetworkError::DuplicateSpecies { .. })));
        let network = Network::builder(["A"]).reaction(&[("A", 1)], &[], 1.0, 1.0).build().expect("valid");
        assert!(matches!(network.fluxes(&[1.0, 2.0]), Err(NetworkError::StateLength { found: 2, expected: 1 })));
        assert!(matches!(network.fluxes(&[-1.0]), Err(NetworkError::BadConcentration { .. })));
    }

    #[test]
    fn a_reverse_ratio_makes_irreversible_steps_reversible_and_leaves_others() {
        let network = Network::builder(["A", "B"])
            .reaction(&[("A", 1)], &[("B", 1)], 4.0, 0.0)
            .reaction(&[("B", 1)], &[("A", 1)], 1.0, 0.5)
            .build()
            .expect("valid");
        let mended = network.with_reverse_ratio(1e-3).expect("positive ratio");
        assert_eq!(mended.reactions()[0].backward, 4e-3);
        assert_eq!(mended.reactions()[1].backward, 0.5);
        assert!(network.with_reverse_ratio(0.0).is_err());
    }
}
