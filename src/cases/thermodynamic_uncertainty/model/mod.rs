//! Reaction models as they come from a file: symbols with roles, reactions with rate laws.
//!
//! The state is the vector of *amounts* of the species that reactions change. A species in concentration units
//! enters a formula as amount over compartment size, so volumes that follow a rule are right without more ado.
//! Rates are amount (or extent) per time: `dn/dt = S v(t, n)`.

mod clamp;
mod order;
mod output;
mod simulate;
mod system;

use super::expression::Expression;

pub use output::{Outputs, Quantity};
pub use simulate::time_grid;
pub use system::ModelSystem;

/// Where something was declared: what it is, what it is called, and its place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Such as `species` or `reaction`.
    pub kind: String,
    /// Empty when it has none.
    pub id: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

impl std::fmt::Display for Element {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.kind)?;
        if self.id.is_empty() { Ok(()) } else { write!(f, " `{}`", self.id) }
    }
}

/// One side of a reaction: dynamic species and their coefficients.
pub type Side<'a> = &'a [(usize, f64)];

/// A model contradicts itself or lacks a value.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ModelError {
    #[error("{element} depends on itself")]
    Cycle { element: Element },
    #[error("{element} has no value, and `{reader}` needs it")]
    Undefined { element: Element, reader: String },
    #[error("{element}: its {what} at the start is {value}; it must be {expected}")]
    BadValue { element: Element, what: &'static str, value: f64, expected: &'static str },
    #[error("{element}: the stoichiometry of `{species}` changes with time, which is not supported")]
    VariableStoichiometry { element: Element, species: String },
    #[error("{element} is constant, but {cause}")]
    ConstantChanges { element: Element, cause: String },
    #[error("the model has no {wanted} `{id}`")]
    NoSuchSymbol { wanted: &'static str, id: String },
    #[error("the concentration {value} of `{species}` must be finite and not negative")]
    BadConcentration { species: String, value: f64 },
}

/// What a symbol is in the file.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Time,
    Compartment {
        dimensions: f64,
    },
    Species(SpeciesKind),
    Parameter,
    /// A parameter of one reaction.
    LocalParameter,
    /// The stoichiometry of a species reference that has an id.
    Stoichiometry,
    /// The rate of a reaction, which formulas may read by the reaction's id.
    Rate,
}

/// How a species is measured and what may change it.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeciesKind {
    /// Symbol of its compartment.
    pub compartment: usize,
    /// Formulas read its amount, not its concentration.
    pub amount_only: bool,
    /// Reactions don't change it: a chemostat.
    pub boundary: bool,
    pub constant: bool,
    /// Symbol of the parameter that multiplies its stoichiometry.
    pub conversion: Option<usize>,
}

/// Something with a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Symbol {
    pub element: Element,
    pub kind: Kind,
    /// Value at the start (an amount for a species); may depend on other symbols.
    pub initial: Option<Expression>,
    /// Value at all times, from an assignment rule or a rate law.
    pub rule: Option<Expression>,
    /// Declared as never changing.
    pub constant: bool,
}

/// A species on one side of a reaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Participant {
    /// Symbol of the species.
    pub species: usize,
    pub stoichiometry: Expression,
}

/// A reaction; the rule of its symbol is its rate law.
#[derive(Clone, Debug, PartialEq)]
pub struct Reaction {
    /// Symbol of its rate.
    pub rate: usize,
    pub reversible: bool,
    pub reactants: Vec<Participant>,
    pub products: Vec<Participant>,
}

/// What a file declares; [`Model::new`] makes sense of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Declarations {
    pub id: String,
    /// Symbol 0 is time.
    pub symbols: Vec<Symbol>,
    pub reactions: Vec<Reaction>,
}

/// Stoichiometry of one reaction in numbers: (state variable, coefficient), each variable at most once.
pub type Coefficients = Vec<(usize, f64)>;

/// A consistent model: start values known, rules in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    declared: Declarations,
    /// Value of every symbol at time 0.
    values: Vec<f64>,
    /// Symbols with a rule, each after those that it reads.
    order: Vec<usize>,
    /// Whether a symbol can change with time.
    varies: Vec<bool>,
    /// Symbols of the dynamic species.
    state: Vec<usize>,
    /// Net stoichiometry per reaction.
    net: Vec<Coefficients>,
    /// Coefficients of the left side per reaction, and of the right.
    sides: Vec<(Coefficients, Coefficients)>,
}

impl Model {
    /// The model's id; may be empty.
    pub fn id(&self) -> &str {
        &self.declared.id
    }

    /// All symbols; formulas refer to them by index.
    pub fn symbols(&self) -> &[Symbol] {
        &self.declared.symbols
    }

    /// The reactions.
    pub fn reactions(&self) -> &[Reaction] {
        &self.declared.reactions
    }

    /// Symbols of the dynamic species, in the order of the state.
    pub fn state(&self) -> &[usize] {
        &self.state
    }

    /// Ids of the dynamic species, in the order of the state.
    pub fn state_names(&self) -> Vec<String> {
        self.state.iter().map(|&symbol| self.name(symbol).to_owned()).collect()
    }

    /// Ids of all species, in the order of the file.
    pub fn species_names(&self) -> Vec<String> {
        let species = self.symbols().iter().filter(|symbol| matches!(symbol.kind, Kind::Species(_)));
        species.map(|symbol| symbol.element.id.clone()).collect()
    }

    /// Amounts of the dynamic species at time 0.
    pub fn initial_state(&self) -> Vec<f64> {
        self.state.iter().map(|&symbol| self.values[symbol]).collect()
    }

    /// Value of a symbol at time 0; an amount for a species.
    pub fn initial_value(&self, symbol: usize) -> f64 {
        self.values[symbol]
    }

    /// Tells whether a symbol can change with time.
    pub fn varies(&self, symbol: usize) -> bool {
        self.varies[symbol]
    }

    /// Net stoichiometry of a reaction, in dynamic species.
    pub fn net_stoichiometry(&self, reaction: usize) -> &[(usize, f64)] {
        &self.net[reaction]
    }

    /// Coefficients of the dynamic species on the left and on the right of a reaction.
    pub fn sides(&self, reaction: usize) -> (Side<'_>, Side<'_>) {
        (&self.sides[reaction].0, &self.sides[reaction].1)
    }

    /// Where a reaction is declared.
    pub fn reaction_element(&self, reaction: usize) -> &Element {
        &self.symbols()[self.reactions()[reaction].rate].element
    }

    /// The rate law of a reaction, in the model's symbols.
    pub fn rate_law(&self, reaction: usize) -> &Expression {
        let rule = self.symbols()[self.reactions()[reaction].rate].rule.as_ref();
        rule.expect("a reaction without a rate law is refused when it is read")
    }

    /// Symbols with a rule, each after those that it reads.
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    fn name(&self, symbol: usize) -> &str {
        &self.symbols()[symbol].element.id
    }

    /// The compartment's symbol of a species; `None` for anything else and for compartments without size.
    pub(super) fn compartment_of(&self, symbol: usize) -> Option<usize> {
        match &self.symbols()[symbol].kind {
            Kind::Species(species) => sized(&self.declared.symbols, species.compartment),
            _ => None,
        }
    }
}

/// The compartment, unless it has no dimensions and so no size.
pub(super) fn sized(symbols: &[Symbol], compartment: usize) -> Option<usize> {
    let is_point = matches!(symbols[compartment].kind, Kind::Compartment { dimensions } if dimensions == 0.0);
    (!is_point).then_some(compartment)
}
