//! Constructors that fold constants and drop neutral parts.

use super::{Expression, Operator};

use Expression::{Apply, Number};

/// Builds `operator(arguments)`, simplified one level deep (the arguments already are).
pub(super) fn apply(operator: Operator, arguments: Vec<Expression>) -> Expression {
    match (operator, arguments.as_slice()) {
        (Operator::Plus, _) => sum(arguments),
        (Operator::Times, _) => product(arguments),
        (Operator::Minus, [a, b]) => difference(a.clone(), b.clone()),
        (Operator::Negate, [a]) => negate(a.clone()),
        (Operator::Divide, [a, b]) => quotient(a.clone(), b.clone()),
        (Operator::Power, [a, b]) => power(a.clone(), b.clone()),
        (Operator::Piecewise, _) => piecewise(arguments),
        _ => fold(operator, arguments),
    }
}

/// A number when all arguments are numbers.
pub(super) fn fold(operator: Operator, arguments: Vec<Expression>) -> Expression {
    let numbers: Option<Vec<f64>> = arguments.iter().map(as_number).collect();
    match numbers {
        Some(values) => Number(operator.apply(&values)),
        None => Apply(operator, arguments),
    }
}

fn as_number(expression: &Expression) -> Option<f64> {
    match expression {
        Number(value) => Some(*value),
        _ => None,
    }
}

/// Flattens nested sums, gathers numbers, drops zeros.
pub(super) fn sum(terms: Vec<Expression>) -> Expression {
    let mut constant = 0.0;
    let mut rest = Vec::with_capacity(terms.len());
    for term in terms {
        match term {
            Number(value) => constant += value,
            Apply(Operator::Plus, inner) => {
                for part in inner {
                    match part {
                        Number(value) => constant += value,
                        other => rest.push(other),
                    }
                }
            }
            other => rest.push(other),
        }
    }
    if constant != 0.0 || rest.is_empty() {
        rest.push(Number(constant));
    }
    single(Operator::Plus, rest)
}

/// Flattens nested products, gathers numbers, drops ones; zero times anything is zero.
pub(super) fn product(factors: Vec<Expression>) -> Expression {
    let mut constant = 1.0;
    let mut rest = Vec::with_capacity(factors.len() + 1);
    for factor in factors {
        match factor {
            Number(value) => constant *= value,
            Apply(Operator::Times, inner) => {
                for part in inner {
                    match part {
                        Number(value) => constant *= value,
                        other => rest.push(other),
                    }
                }
            }
            other => rest.push(other),
        }
    }
    if constant == 0.0 || rest.is_empty() {
        return Number(constant);
    }
    if constant != 1.0 {
        rest.insert(0, Number(constant));
    }
    single(Operator::Times, rest)
}

fn single(operator: Operator, mut parts: Vec<Expression>) -> Expression {
    if parts.len() == 1 { parts.remove(0) } else { Apply(operator, parts) }
}

pub(super) fn negate(argument: Expression) -> Expression {
    match argument {
        Number(value) => Number(-value),
        Apply(Operator::Negate, mut inner) => inner.remove(0),
        Apply(Operator::Minus, mut sides) => {
            sides.swap(0, 1);
            Apply(Operator::Minus, sides)
        }
        other => Apply(Operator::Negate, vec![other]),
    }
}

pub(super) fn difference(a: Expression, b: Expression) -> Expression {
    match (a, b) {
        (Number(a), Number(b)) => Number(a - b),
        (a, Number(0.0)) => a,
        (Number(0.0), b) => negate(b),
        (a, b) => Apply(Operator::Minus, vec![a, b]),
    }
}

pub(super) fn quotient(a: Expression, b: Expression) -> Expression {
    match (a, b) {
        (Number(a), Number(b)) => Number(a / b),
        (a, Number(1.0)) => a,
        (Number(0.0), _) => Number(0.0),
        (a, b) => Apply(Operator::Divide, vec![a, b]),
    }
}

pub(super) fn power(base: Expression, exponent: Expression) -> Expression {
    match (base, exponent) {
        (Number(a), Number(b)) => Number(super::operator::power(a, b)),
        (_, Number(0.0)) => Number(1.0),
        (a, Number(1.0)) => a,
        (a, b) => Apply(Operator::Power, vec![a, b]),
    }
}

/// Drops pieces whose condition is known to be false, and what follows one that is known to be true.
pub(super) fn piecewise(arguments: Vec<Expression>) -> Expression {
    let mut kept = Vec::with_capacity(arguments.len());
    let mut parts = arguments.into_iter();
    while let Some(value) = parts.next() {
        match parts.next() {
            None => kept.push(value),
            Some(Number(0.0)) => {}
            Some(Number(_)) => {
                kept.push(value);
                break;
            }
            Some(condition) => kept.extend([value, condition]),
        }
    }
    match kept.len() {
        0 => Number(f64::NAN),
        1 => kept.remove(0),
        _ => Apply(Operator::Piecewise, kept),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neutral_parts_vanish() {
        let x = || Expression::Symbol(1);
        assert_eq!(sum(vec![x(), Number(0.0)]), x());
        assert_eq!(product(vec![Number(2.0), x(), Number(0.5)]), x());
        assert_eq!(product(vec![Number(0.0), x()]), Number(0.0));
        assert_eq!(power(x(), Number(0.0)), Number(1.0));
        assert_eq!(negate(negate(x())), x());
        assert_eq!(piecewise(vec![x(), Number(0.0), Number(3.0)]), Number(3.0));
        assert_eq!(piecewise(vec![x(), Number(1.0), Number(3.0)]), x());
        assert_eq!(sum(Vec::new()), Number(0.0));
        assert_eq!(product(Vec::new()), Number(1.0));
    }
}
