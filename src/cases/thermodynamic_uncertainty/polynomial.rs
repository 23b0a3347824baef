//! Rate laws as polynomials in the state variables: how mass action is recognised.

use std::collections::BTreeMap;

use super::expression::{Expression, Operator, TIME};

/// Exponents by state variable, ascending, each at least 1; empty for a constant.
pub type Monomial = Vec<(usize, u32)>;

/// A sum of monomials with coefficients; no coefficient is zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Polynomial {
    terms: BTreeMap<Monomial, f64>,
}

/// Why a formula is no polynomial in the state.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NotPolynomial {
    #[error("it divides by an expression of species")]
    Division,
    #[error("it raises species to the power {exponent}")]
    Exponent { exponent: f64 },
    #[error("it applies {operator} to species")]
    Operator { operator: String },
    #[error("it depends on time")]
    Time,
    #[error("a coefficient is {value}")]
    Coefficient { value: f64 },
    #[error("it expands to more than {limit} terms")]
    TooManyTerms { limit: usize },
}

/// Most terms of an expanded law.
const MAX_TERMS: usize = 2000;

/// Largest exponent of one variable.
const MAX_EXPONENT: u32 = 32;

/// Relative size below which a difference of two coefficients is rounding: a few units in the last place.
const CANCELLED: f64 = 8.0 * f64::EPSILON;

impl Polynomial {
    /// The constant polynomial.
    pub fn constant(value: f64) -> Self {
        Self::term(Monomial::new(), value)
    }

    /// One state variable.
    pub fn variable(variable: usize) -> Self {
        Self::term(vec![(variable, 1)], 1.0)
    }

    fn term(monomial: Monomial, coefficient: f64) -> Self {
        let mut sum = Self::default();
        sum.add_term(monomial, coefficient);
        sum
    }

    /// Monomials with their coefficients.
    pub fn terms(&self) -> impl Iterator<Item = (&Monomial, f64)> {
        self.terms.iter().map(|(monomial, coefficient)| (monomial, *coefficient))
    }

    /// Expands a formula; `meaning` gives the polynomial of each symbol but time.
    ///
    /// # Errors
    /// A formula that is no polynomial, or too large a one.
    pub fn expand(
        formula: &Expression,
        meaning: &dyn Fn(usize) -> Result<Polynomial, NotPolynomial>,
    ) -> Result<Self, NotPolynomial> {
        let (operator, arguments) = match formula {
            Expression::Number(value) => return Ok(Self::constant(*value)),
            Expression::Symbol(TIME) => return Err(NotPolynomial::Time),
            Expression::Symbol(symbol) => return meaning(*symbol),
            Expression::Apply(operator, arguments) => (*operator, arguments),
        };
        let parts = arguments.iter().map(|part| Self::expand(part, meaning)).collect::<Result<Vec<_>, _>>()?;
        let expanded = match (operator, parts.as_slice()) {
            (Operator::Plus, _) => parts.iter().fold(Self::default(), |sum, part| sum.plus(part, 1.0)),
            (Operator::Minus, [a, b]) => a.clone().plus(b, -1.0),
            (Operator::Negate, [a]) => Self::default().plus(a, -1.0),
            (Operator::Times, _) => parts.iter().try_fold(Self::constant(1.0), |product, part| product.times(part))?,
            (Operator::Divide, [a, b]) => match b.as_constant() {
                Some(divisor) => a.divided(divisor),
                None => return Err(NotPolynomial::Division),
            },
            (Operator::Power, [base, exponent]) => base.power(exponent)?,
            _ => Self::of_constants(operator, &parts)?,
        };
        match expanded.terms.values().find(|value| !value.is_finite()) {
            Some(&value) => Err(NotPolynomial::Coefficient { value }),
            None => Ok(expanded),
        }
    }

    /// The value, if no variable occurs.
    pub fn as_constant(&self) -> Option<f64> {
        match self.terms.len() {
            0 => Some(0.0),
            1 => self.terms.get(&Monomial::new()).copied(),
            _ => None,
        }
    }

    /// Rewrites the same function in falling powers `x (x−1) … (x−n+1)` instead of powers `xⁿ`.
    ///
    /// `xⁿ = Σ_k S(n, k) x^(falling k)` with Stirling numbers of the second kind. So `k x (x−1)/2` becomes one term,
    /// `k/2` with falling order 2.
    pub fn in_falling_powers(&self) -> Self {
        let mut sum = Self::default();
        for (monomial, coefficient) in self.terms() {
            let mut partial: Vec<(Monomial, f64)> = vec![(Monomial::new(), coefficient)];
            for &(variable, exponent) in monomial {
                let numbers = stirling(exponent);
                let extend = |(known, value): &(Monomial, f64)| {
                    let (known, value) = (known.clone(), *value);
                    let numbers = numbers.clone().into_iter().enumerate().filter(|(_, number)| *number != 0.0);
                    numbers.map(move |(k, number)| {
                        let mut longer = known.clone();
                        if k > 0 {
                            longer.push((variable, k as u32));
                        }
                        (longer, value * number)
                    })
                };
                partial = partial.iter().flat_map(extend).collect();
            }
            for (monomial, value) in partial {
                sum.add_term(monomial, value);
            }
        }
        sum
    }

    fn add_term(&mut self, monomial: Monomial, value: f64) {
        let old = self.terms.get(&monomial).copied().unwrap_or(0.0);
        let new = old + value;
        if new.abs() <= CANCELLED * old.abs().max(value.abs()) {
            self.terms.remove(&monomial);
        } else {
            self.terms.insert(monomial, new);
        }
    }

    fn plus(mut self, other: &Self, factor: f64) -> Self {
        for (monomial, value) in other.terms() {
            self.add_term(monomial.clone(), factor * value);
        }
        self
    }

    fn divided(&self, divisor: f64) -> Self {
        Self { terms: self.terms.iter().map(|(monomial, value)| (monomial.clone(), value / divisor)).collect() }
    }

    fn times(&self, other: &Self) -> Result<Self, NotPolynomial> {
        if self.terms.len().saturating_mul(other.terms.len()) > MAX_TERMS {
            return Err(NotPolynomial::TooManyTerms { limit: MAX_TERMS });
        }
        let mut product = Self::default();
        for (left, a) in self.terms() {
            for (right, b) in other.terms() {
                let monomial = joined(left, right);
                if let Some((_, exponent)) = monomial.iter().find(|(_, exponent)| *exponent > MAX_EXPONENT) {
                    return Err(NotPolynomial::Exponent { exponent: f64::from(*exponent) });
                }
                product.add_term(monomial, a * b);
            }
        }
        Ok(product)
    }

    fn power(&self, exponent: &Self) -> Result<Self, NotPolynomial> {
        let Some(exponent) = exponent.as_constant() else {
            return Err(NotPolynomial::Operator { operator: "a variable power".into() });
        };
        if let Some(base) = self.as_constant() {
            return Ok(Self::constant(Operator::Power.apply(&[base, exponent])));
        }
        if exponent < 0.0 {
            return Err(NotPolynomial::Division);
        }
        if exponent.trunc() != exponent || exponent > f64::from(MAX_EXPONENT) {
            return Err(NotPolynomial::Exponent { exponent });
        }
        (0..exponent as u32).try_fold(Self::constant(1.0), |product, _| product.times(self))
    }

    /// Any other operator, as long as no variable is under it.
    fn of_constants(operator: Operator, parts: &[Self]) -> Result<Self, NotPolynomial> {
        let values: Option<Vec<f64>> = parts.iter().map(Self::as_constant).collect();
        match values {
            Some(values) => Ok(Self::constant(operator.apply(&values))),
            None => Err(NotPolynomial::Operator { operator: format!("{operator:?}").to_lowercase() }),
        }
    }
}

/// Product of two monomials.
fn joined(left: &Monomial, right: &Monomial) -> Monomial {
    let mut exponents: BTreeMap<usize, u32> = left.iter().copied().collect();
    for &(variable, exponent) in right {
        *exponents.entry(variable).or_default() += exponent;
    }
    exponents.into_iter().collect()
}

/// Stirling numbers of the second kind `S(n, 0..=n)`.
fn stirling(n: u32) -> Vec<f64> {
    let mut row = vec![1.0];
    for _ in 0..n {
        let mut next = vec![0.0; row.len() + 1];
        for (k, value) in row.iter().enumerate() {
            next[k] += k as f64 * value;
            next[k + 1] += value;
        }
        row = next;
    }
    row
}

#[cfg(test)]
mod tests {
    use super::super::expression::tests::formula;
    use super::*;

    fn expanded(content: &str) -> Result<Polynomial, NotPolynomial> {
        Polynomial::expand(&formula(content).expect("valid"), &|symbol| Ok(Polynomial::variable(symbol)))
    }

    #[test]
    fn the_models_own_factor_becomes_half_of_a_falling_square() {
        let law = "<apply><divide/><apply><times/><cn>0.3</cn><ci>x</ci><apply><minus/><ci>x</ci><cn>1</cn></apply>\
                   </apply><cn>2</cn></apply>";
        let falling = expanded(law).expect("polynomial").in_falling_powers();
        assert_eq!(falling.terms().map(|(m, c)| (m.clone(), c)).collect::<Vec<_>>(), [(vec![(1, 2)], 0.15)]);
    }

    #[test]
    fn products_expand_and_rounding_cancels() {
        let law = expanded(
            "<apply><minus/><apply><times/><apply><plus/><cn>0.1</cn><cn>0.2</cn></apply><ci>x</ci></apply>\
             <apply><times/><cn>0.3</cn><ci>x</ci></apply></apply>",
        );
        assert_eq!(law, Ok(Polynomial::default()));
    }

    #[test]
    fn rational_laws_say_why_they_are_not_polynomials() {
        let mm = "<apply><divide/><ci>x</ci><apply><plus/><cn>2</cn><ci>x</ci></apply></apply>";
        assert_eq!(expanded(mm), Err(NotPolynomial::Division));
        let root = "<apply><power/><ci>x</ci><cn>0.5</cn></apply>";
        assert_eq!(expanded(root), Err(NotPolynomial::Exponent { exponent: 0.5 }));
        let power = "<apply><power/><apply><plus/><ci>x</ci><ci>y</ci><ci>z</ci></apply><cn>12</cn></apply>";
        let many = format!("<apply><times/>{power}{power}</apply>");
        assert!(matches!(expanded(&many), Err(NotPolynomial::TooManyTerms { .. })));
    }

    #[test]
    fn falling_powers_keep_the_value() {
        let cube = expanded("<apply><power/><ci>x</ci><cn>3</cn></apply>").expect("polynomial").in_falling_powers();
        let at = |n: f64| -> f64 {
            let falling = |order: u32| (0..order).map(|k| n - f64::from(k)).product::<f64>();
            cube.terms().map(|(m, c)| c * m.iter().map(|&(_, order)| falling(order)).product::<f64>()).sum()
        };
        assert_eq!(at(7.0), 343.0);
    }
}
