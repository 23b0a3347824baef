//! The model's ordinary differential equations, compiled, with their Jacobian by symbolic derivatives.

use super::Model;
use crate::cases::thermodynamic_uncertainty::expression::{Expression, Program, TIME};
use crate::cases::thermodynamic_uncertainty::ode::OdeSystem;

/// `dn/dt = S v(t, n)` of a model, in amounts.
///
/// Slots: time, the state, then everything with a rule that the rates need, in order. Constants are folded into the
/// code. Derivatives go through rules by the chain rule, so that no formula is ever expanded into another.
#[derive(Clone, Debug)]
pub struct ModelSystem {
    dimension: usize,
    assigned: Vec<Assigned>,
    /// Per reaction: index into `assigned`, and the net stoichiometry.
    rates: Vec<(Rate, Vec<(usize, f64)>)>,
}

#[derive(Clone, Copy, Debug)]
enum Rate {
    /// Doesn't change with time.
    Fixed(f64),
    Assigned(usize),
}

/// A slot with a rule.
#[derive(Clone, Debug)]
struct Assigned {
    value: Program,
    /// State variables that it depends on, directly or through other rules, ascending.
    support: Vec<usize>,
    partials: Vec<Partial>,
}

/// Derivative of a rule with respect to one slot that it reads.
#[derive(Clone, Debug)]
struct Partial {
    slope: Program,
    /// Rule that the slot belongs to; `None` for a state variable.
    through: Option<usize>,
    /// Where the slot's own support lies in the support of this rule.
    places: Vec<usize>,
}

impl Model {
    /// Compiles the model's differential equations.
    pub fn system(&self) -> ModelSystem {
        let needed = self.needed_rules();
        let mut slots = vec![None; self.symbols().len()];
        slots[TIME] = Some(TIME);
        for (i, &symbol) in self.state.iter().enumerate() {
            slots[symbol] = Some(1 + i);
        }
        let dimension = self.state.len();
        let mut assigned: Vec<Assigned> = Vec::new();
        for &symbol in &needed {
            let rule = self.symbols()[symbol].rule.as_ref().expect("only symbols with a rule are ordered");
            let local = rule.rewrite(&|read| match slots[read] {
                Some(slot) if self.varies[read] => Expression::Symbol(slot),
                _ => Expression::Number(self.values[read]),
            });
            slots[symbol] = Some(1 + dimension + assigned.len());
            assigned.push(compiled(&local, dimension, &assigned));
        }
        let rates = self.reactions().iter().zip(&self.net).map(|(reaction, net)| {
            let rate = match slots[reaction.rate].filter(|_| self.varies[reaction.rate]) {
                Some(slot) => Rate::Assigned(slot - 1 - dimension),
                None => Rate::Fixed(self.values[reaction.rate]),
            };
            (rate, net.clone())
        });
        ModelSystem { dimension, rates: rates.collect(), assigned }
    }

    /// Rules that change with time and that some rate needs, in order.
    fn needed_rules(&self) -> Vec<usize> {
        let mut needed = vec![false; self.symbols().len()];
        for reaction in self.reactions() {
            needed[reaction.rate] = true;
        }
        for &symbol in self.order.iter().rev().filter(|&&symbol| self.varies[symbol]) {
            if needed[symbol] {
                let reads = self.symbols()[symbol].rule.as_ref().map(Expression::reads).unwrap_or_default();
                reads.into_iter().for_each(|read| needed[read] = true);
            }
        }
        self.order.iter().copied().filter(|&symbol| needed[symbol] && self.varies[symbol]).collect()
    }
}

fn compiled(rule: &Expression, dimension: usize, earlier: &[Assigned]) -> Assigned {
    let reads: Vec<usize> = rule.reads().into_iter().filter(|&slot| slot != TIME).collect();
    let own_support = |slot: usize| match slot.checked_sub(1 + dimension) {
        Some(other) => earlier[other].support.clone(),
        None => vec![slot - 1],
    };
    let mut support: Vec<usize> = reads.iter().flat_map(|&slot| own_support(slot)).collect();
    support.sort_unstable();
    support.dedup();
    let partial = |&slot: &usize| {
        let place = |variable: &usize| support.binary_search(variable).expect("the support holds that of every part");
        Partial {
            slope: Program::compile(&rule.derivative(slot)),
            through: slot.checked_sub(1 + dimension),
            places: own_support(slot).iter().map(place).collect(),
        }
    };
    Assigned { value: Program::compile(rule), partials: reads.iter().map(partial).collect(), support }
}

impl ModelSystem {
    /// Time, state and all rules at one point.
    fn slots(&self, t: f64, x: &[f64]) -> Vec<f64> {
        let mut slots = vec![0.0; 1 + self.dimension + self.assigned.len()];
        slots[TIME] = t;
        slots[1..=self.dimension].copy_from_slice(x);
        for (k, assigned) in self.assigned.iter().enumerate() {
            slots[1 + self.dimension + k] = assigned.value.eval(&slots);
        }
        slots
    }

    /// Rates of all reactions, in amounts per time.
    pub fn rates(&self, t: f64, x: &[f64]) -> Vec<f64> {
        let slots = self.slots(t, x);
        let rate = |rate: Rate| match rate {
            Rate::Fixed(value) => value,
            Rate::Assigned(k) => slots[1 + self.dimension + k],
        };
        self.rates.iter().map(|&(kind, _)| rate(kind)).collect()
    }
}

impl OdeSystem for ModelSystem {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn rhs(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let slots = self.slots(t, x);
        out.fill(0.0);
        for (rate, net) in &self.rates {
            let value = match *rate {
                Rate::Fixed(value) => value,
                Rate::Assigned(k) => slots[1 + self.dimension + k],
            };
            for &(variable, coefficient) in net {
                out[variable] += coefficient * value;
            }
        }
    }

    fn jacobian(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let slots = self.slots(t, x);
        let mut gradients: Vec<Vec<f64>> = Vec::with_capacity(self.assigned.len());
        for assigned in &self.assigned {
            let mut gradient = vec![0.0; assigned.support.len()];
            for partial in &assigned.partials {
                let slope = partial.slope.eval(&slots);
                match partial.through {
                    None => gradient[partial.places[0]] += slope,
                    Some(rule) => {
                        for (&place, inner) in partial.places.iter().zip(&gradients[rule]) {
                            gradient[place] += slope * inner;
                        }
                    }
                }
            }
            gradients.push(gradient);
        }
        out.fill(0.0);
        for (rate, net) in &self.rates {
            let Rate::Assigned(k) = *rate else { continue };
            for (&column, slope) in self.assigned[k].support.iter().zip(&gradients[k]) {
                for &(row, coefficient) in net {
                    out[column * self.dimension + row] += coefficient * slope;
                }
            }
        }
    }
}
