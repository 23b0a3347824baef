//! Turns states into what a user asks for: amounts, concentrations, values of parameters.

use serde::{Deserialize, Serialize};

use super::{Kind, Model, ModelError};
use crate::cases::thermodynamic_uncertainty::expression::TIME;

/// In what a species is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    Amount,
    /// Amount over the size of the compartment at that time; the amount where the compartment has no size.
    Concentration,
}

/// Which columns to report; see [`Model::outputs`].
#[derive(Clone, Debug, PartialEq)]
pub struct Outputs {
    /// Symbol, and the compartment to divide by.
    columns: Vec<(usize, Option<usize>)>,
}

impl Model {
    /// Prepares output columns: species in the given quantity, other symbols by value.
    ///
    /// # Errors
    /// An id that the model doesn't have, or a concentration in a compartment whose size isn't known.
    pub fn outputs(&self, columns: &[(String, Quantity)]) -> Result<Outputs, ModelError> {
        let column = |(id, quantity): &(String, Quantity)| {
            let symbol = self.find(id).ok_or_else(|| ModelError::NoSuchSymbol { wanted: "symbol", id: id.clone() })?;
            let size = self.compartment_of(symbol).filter(|_| *quantity == Quantity::Concentration);
            match size.filter(|&compartment| !self.values[compartment].is_finite()) {
                Some(compartment) => Err(ModelError::Undefined {
                    element: self.symbols()[compartment].element.clone(),
                    reader: id.clone(),
                }),
                None => Ok((symbol, size)),
            }
        };
        Ok(Outputs { columns: columns.iter().map(column).collect::<Result<_, _>>()? })
    }

    /// Columns for all species in one quantity, in the order of the file.
    pub fn species_columns(&self, quantity: Quantity) -> Vec<(String, Quantity)> {
        self.species_names().into_iter().map(|id| (id, quantity)).collect()
    }

    /// Values of all symbols at a time and state; amounts for species.
    pub fn values_at(&self, time: f64, state: &[f64]) -> Vec<f64> {
        let mut values = self.values.clone();
        values[TIME] = time;
        for (&symbol, &amount) in self.state.iter().zip(state) {
            values[symbol] = amount;
        }
        for &symbol in self.order.iter().filter(|&&symbol| self.varies[symbol]) {
            if let Some(rule) = &self.symbols()[symbol].rule {
                values[symbol] = rule.evaluate(&values);
            }
        }
        values
    }

    /// One row of output at a time and state.
    pub fn row(&self, outputs: &Outputs, time: f64, state: &[f64]) -> Vec<f64> {
        let values = self.values_at(time, state);
        let value = |&(symbol, size): &(usize, Option<usize>)| match size {
            Some(compartment) => values[symbol] / values[compartment],
            None => values[symbol],
        };
        outputs.columns.iter().map(value).collect()
    }

    /// Absolute tolerances per state variable that suit the sizes of its amounts.
    ///
    /// `relative` times the largest start amount in the species' compartment; where all are zero, times the size of
    /// the compartment, that is a concentration of one.
    pub fn absolute_tolerances(&self, relative: f64) -> Vec<f64> {
        let scale = |&symbol: &usize| {
            let Kind::Species(own) = &self.symbols()[symbol].kind else { return 1.0 };
            let largest = self.symbols().iter().zip(&self.values).fold(0.0_f64, |largest, (other, value)| {
                let together = matches!(&other.kind, Kind::Species(s) if s.compartment == own.compartment);
                if together && value.is_finite() { largest.max(value.abs()) } else { largest }
            });
            let size = self.values[own.compartment];
            match (largest > 0.0, size.is_finite() && size > 0.0) {
                (true, _) => largest,
                (false, true) => size,
                (false, false) => 1.0,
            }
        };
        self.state.iter().map(|symbol| relative * scale(symbol)).collect()
    }
}
