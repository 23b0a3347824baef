//! Models with something held fixed.

use super::{Expression, Kind, Model, ModelError};
use crate::cases::thermodynamic_uncertainty::expression::Operator;

impl Model {
    /// Holds a species at a fixed concentration (an amount, where the species has no volume): a chemostat.
    ///
    /// # Errors
    /// No such species, one that a rule sets, or a concentration that is negative or not finite.
    pub fn clamped(&self, species: &str, concentration: f64) -> Result<Self, ModelError> {
        if !(concentration.is_finite() && concentration >= 0.0) {
            return Err(ModelError::BadConcentration { species: species.into(), value: concentration });
        }
        let missing = || ModelError::NoSuchSymbol { wanted: "free species", id: species.into() };
        let index = self.find(species).ok_or_else(missing)?;
        let size = self.compartment_of(index);
        let mut declared = self.declared.clone();
        let symbol = &mut declared.symbols[index];
        let Kind::Species(kind) = &mut symbol.kind else { return Err(missing()) };
        if symbol.rule.is_some() {
            return Err(missing());
        }
        kind.boundary = true;
        let value = Expression::Number(concentration);
        symbol.initial = Some(match size {
            Some(compartment) => Expression::Apply(Operator::Times, vec![value, Expression::Symbol(compartment)]),
            None => value,
        });
        Model::new(declared)
    }

    /// Index of a global symbol by id; parameters of single reactions are not global.
    pub fn find(&self, id: &str) -> Option<usize> {
        let named = |kind: &Kind| !matches!(kind, Kind::Time | Kind::LocalParameter);
        self.symbols().iter().position(|symbol| symbol.element.id == id && named(&symbol.kind))
    }
}
