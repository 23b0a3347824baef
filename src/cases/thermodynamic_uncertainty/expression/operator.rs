//! The operators of formulas and what they mean.

use statrs::function::gamma::{digamma, gamma};

/// An operator of a formula; its meaning on numbers is [`Operator::apply`], which everything else uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Sum of any number of terms.
    Plus,
    /// Product of any number of factors.
    Times,
    Minus,
    Negate,
    Divide,
    Power,
    /// `[degree, radicand]`.
    Root,
    /// `[base, argument]`.
    Log,
    /// `[value, condition, value, condition, …, otherwise]`; without `otherwise` it may be NaN.
    Piecewise,
    And,
    Or,
    Xor,
    Not,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Minimum,
    Maximum,
    /// Integer part of a ratio.
    Quotient,
    /// Remainder of a division, with the sign of the dividend.
    Remainder,
    Absolute,
    Floor,
    Ceiling,
    /// `Γ(x + 1)`.
    Factorial,
    /// `Γ'(x)/Γ(x)`: only derivatives have it.
    Digamma,
    Exp,
    Ln,
    Sin,
    Cos,
    Tan,
    Sinh,
    Cosh,
    Tanh,
    Arcsin,
    Arccos,
    Arctan,
    Arcsinh,
    Arccosh,
    Arctanh,
}

impl Operator {
    /// Fewest and most arguments; `None` for no upper limit.
    pub fn arity(self) -> (usize, Option<usize>) {
        use Operator::*;
        match self {
            Plus | Times | And | Or | Xor => (0, None),
            Minimum | Maximum | Piecewise => (1, None),
            Minus | Divide | Power | Root | Log | Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual
            | Quotient | Remainder => (2, Some(2)),
            _ => (1, Some(1)),
        }
    }

    /// Applies the operator to as many numbers as it takes.
    pub fn apply(self, values: &[f64]) -> f64 {
        use Operator::*;
        let truth = |holds: bool| f64::from(u8::from(holds));
        match self {
            Plus => values.iter().sum(),
            Times => values.iter().product(),
            Minus => values[0] - values[1],
            Negate => -values[0],
            Divide => values[0] / values[1],
            Power => power(values[0], values[1]),
            Root if values[0] == 2.0 => values[1].sqrt(),
            Root if values[0] == 3.0 => values[1].cbrt(),
            Root => values[1].powf(values[0].recip()),
            Log if values[0] == 10.0 => values[1].log10(),
            Log if values[0] == 2.0 => values[1].log2(),
            Log => values[1].ln() / values[0].ln(),
            Piecewise => piecewise(values),
            And => truth(values.iter().all(|v| *v != 0.0)),
            Or => truth(values.iter().any(|v| *v != 0.0)),
            Xor => truth(values.iter().filter(|v| **v != 0.0).count() % 2 == 1),
            Not => truth(values[0] == 0.0),
            Equal => truth(values[0] == values[1]),
            NotEqual => truth(values[0] != values[1]),
            Less => truth(values[0] < values[1]),
            LessEqual => truth(values[0] <= values[1]),
            Greater => truth(values[0] > values[1]),
            GreaterEqual => truth(values[0] >= values[1]),
            Minimum => values.iter().copied().reduce(f64::min).unwrap_or(f64::NAN),
            Maximum => values.iter().copied().reduce(f64::max).unwrap_or(f64::NAN),
            Quotient => (values[0] / values[1]).trunc(),
            Remainder => values[0] % values[1],
            Absolute => values[0].abs(),
            Floor => values[0].floor(),
            Ceiling => values[0].ceil(),
            Factorial => factorial(values[0]),
            Digamma => digamma(values[0]),
            Exp => values[0].exp(),
            Ln => values[0].ln(),
            Sin => values[0].sin(),
            Cos => values[0].cos(),
            Tan => values[0].tan(),
            Sinh => values[0].sinh(),
            Cosh => values[0].cosh(),
            Tanh => values[0].tanh(),
            Arcsin => values[0].asin(),
            Arccos => values[0].acos(),
            Arctan => values[0].atan(),
            Arcsinh => values[0].asinh(),
            Arccosh => values[0].acosh(),
            Arctanh => values[0].atanh(),
        }
    }
}

/// `base^exponent`; whole exponents by repeated multiplication, which is faster and exact where it can be.
pub(super) fn power(base: f64, exponent: f64) -> f64 {
    if exponent.trunc() == exponent && exponent.abs() <= 64.0 {
        base.powi(exponent as i32)
    } else {
        base.powf(exponent)
    }
}

/// Largest whole number whose factorial is finite.
const LARGEST_FACTORIAL: f64 = 170.0;

fn factorial(n: f64) -> f64 {
    if n >= 0.0 && n.trunc() == n {
        if n > LARGEST_FACTORIAL { f64::INFINITY } else { (2..=n as u32).map(f64::from).product() }
    } else {
        gamma(n + 1.0)
    }
}

fn piecewise(values: &[f64]) -> f64 {
    let mut pieces = values.chunks_exact(2);
    match pieces.find(|piece| piece[1] != 0.0) {
        Some(piece) => piece[0],
        None => pieces.remainder().first().copied().unwrap_or(f64::NAN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_agree_with_their_definitions() {
        assert_eq!(Operator::Log.apply(&[10.0, 1000.0]), 3.0);
        assert_eq!(Operator::Root.apply(&[3.0, -27.0]), -3.0);
        assert_eq!(Operator::Factorial.apply(&[5.0]), 120.0);
        assert_eq!(Operator::Factorial.apply(&[171.0]), f64::INFINITY);
        assert!((Operator::Factorial.apply(&[0.5]) - std::f64::consts::PI.sqrt() / 2.0).abs() < 1e-12);
        assert_eq!(Operator::Xor.apply(&[1.0, 1.0, 1.0]), 1.0);
        assert_eq!(Operator::Piecewise.apply(&[7.0, 0.0, 8.0]), 8.0);
        assert_eq!(Operator::Piecewise.apply(&[7.0, 1.0, 8.0]), 7.0);
        assert!(Operator::Piecewise.apply(&[7.0, 0.0]).is_nan());
        assert_eq!(Operator::Remainder.apply(&[-7.0, 3.0]), -1.0);
    }
}
