//! Symbolic derivatives.

use super::simplify::{apply, difference, fold, negate, piecewise, power, product, quotient, sum};
use super::{Expression, Operator};

use Expression::{Apply, Number, Symbol};

impl Expression {
    /// Differentiates with respect to one symbol, simplified.
    ///
    /// Steps (relations, floor, integer quotient) have derivative zero; a piecewise formula is differentiated piece
    /// by piece. The result's size is at most the tree's size times its depth.
    pub fn derivative(&self, symbol: usize) -> Expression {
        match self {
            Number(_) => Number(0.0),
            Symbol(other) => Number(f64::from(u8::from(*other == symbol))),
            Apply(_, arguments) if !arguments.iter().any(|argument| argument.mentions(symbol)) => Number(0.0),
            Apply(operator, arguments) => of_operator(*operator, arguments, symbol),
        }
    }

    fn mentions(&self, symbol: usize) -> bool {
        match self {
            Number(_) => false,
            Symbol(other) => *other == symbol,
            Apply(_, arguments) => arguments.iter().any(|argument| argument.mentions(symbol)),
        }
    }
}

fn of_operator(operator: Operator, arguments: &[Expression], symbol: usize) -> Expression {
    use Operator::*;
    let inner = |k: usize| arguments[k].derivative(symbol);
    match operator {
        Plus => sum(arguments.iter().map(|term| term.derivative(symbol)).collect()),
        Minus => difference(inner(0), inner(1)),
        Negate => negate(inner(0)),
        Times => of_product(arguments, symbol),
        Divide => of_quotient(&arguments[0], &arguments[1], symbol),
        Power => of_power(&arguments[0], &arguments[1], symbol),
        Root => of_power(&arguments[1], &quotient(Number(1.0), arguments[0].clone()), symbol),
        Log => of_quotient(&call(Ln, arguments[1].clone()), &call(Ln, arguments[0].clone()), symbol),
        Piecewise => {
            let pieces = arguments.iter().enumerate();
            piecewise(pieces.map(|(k, a)| if k % 2 == 0 { a.derivative(symbol) } else { a.clone() }).collect())
        }
        Minimum => of_extremum(Less, arguments, symbol),
        Maximum => of_extremum(Greater, arguments, symbol),
        Remainder => {
            let whole = fold(Quotient, arguments.to_vec());
            difference(inner(0), product(vec![inner(1), whole]))
        }
        And | Or | Xor | Not | Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual | Quotient | Floor
        | Ceiling | Digamma => Number(0.0),
        _ => product(vec![outer(operator, &arguments[0]), inner(0)]),
    }
}

fn call(operator: Operator, argument: Expression) -> Expression {
    fold(operator, vec![argument])
}

/// Halves long products, so that the derivative of `n` factors has `n ln n` parts instead of `n²`.
fn of_product(factors: &[Expression], symbol: usize) -> Expression {
    match factors {
        [] => Number(0.0),
        [factor] => factor.derivative(symbol),
        _ => {
            let (left, right) = factors.split_at(factors.len() / 2);
            sum(vec![
                product([vec![of_product(left, symbol)], right.to_vec()].concat()),
                product([vec![of_product(right, symbol)], left.to_vec()].concat()),
            ])
        }
    }
}

fn of_quotient(a: &Expression, b: &Expression, symbol: usize) -> Expression {
    let (da, db) = (a.derivative(symbol), b.derivative(symbol));
    let first = quotient(da, b.clone());
    if db == Number(0.0) {
        return first;
    }
    difference(first, quotient(product(vec![a.clone(), db]), power(b.clone(), Number(2.0))))
}

fn of_power(base: &Expression, exponent: &Expression, symbol: usize) -> Expression {
    let (slope, growth) = (base.derivative(symbol), exponent.derivative(symbol));
    let lowered = power(base.clone(), difference(exponent.clone(), Number(1.0)));
    let first = product(vec![exponent.clone(), lowered, slope]);
    if growth == Number(0.0) {
        return first;
    }
    let whole = power(base.clone(), exponent.clone());
    sum(vec![first, product(vec![whole, call(Operator::Ln, base.clone()), growth])])
}

/// Minimum and maximum take the derivative of the argument that they pick.
fn of_extremum(relation: Operator, arguments: &[Expression], symbol: usize) -> Expression {
    let picked = |k: usize| {
        let others = (0..arguments.len()).filter(|other| *other != k);
        let beats = others.map(|other| fold(relation, vec![arguments[k].clone(), arguments[other].clone()]));
        fold(Operator::And, beats.collect())
    };
    let last = arguments.len() - 1;
    let mut pieces: Vec<Expression> = (0..last).flat_map(|k| [arguments[k].derivative(symbol), picked(k)]).collect();
    pieces.push(arguments[last].derivative(symbol));
    piecewise(pieces)
}

/// Derivative of a function of one argument, at that argument.
fn outer(operator: Operator, x: &Expression) -> Expression {
    use Operator::*;
    let x = || x.clone();
    let one = || Number(1.0);
    let square = || power(x(), Number(2.0));
    let inverse_root = |radicand: Expression| quotient(one(), apply(Root, vec![Number(2.0), radicand]));
    match operator {
        Absolute => {
            let positive = fold(Greater, vec![x(), Number(0.0)]);
            let negative = fold(Less, vec![x(), Number(0.0)]);
            piecewise(vec![one(), positive, Number(-1.0), negative, Number(0.0)])
        }
        Factorial => {
            let shifted = sum(vec![x(), one()]);
            product(vec![call(Factorial, x()), call(Digamma, shifted)])
        }
        Exp => call(Exp, x()),
        Ln => quotient(one(), x()),
        Sin => call(Cos, x()),
        Cos => negate(call(Sin, x())),
        Tan => sum(vec![one(), power(call(Tan, x()), Number(2.0))]),
        Sinh => call(Cosh, x()),
        Cosh => call(Sinh, x()),
        Tanh => difference(one(), power(call(Tanh, x()), Number(2.0))),
        Arcsin => inverse_root(difference(one(), square())),
        Arccos => negate(inverse_root(difference(one(), square()))),
        Arctan => quotient(one(), sum(vec![one(), square()])),
        Arcsinh => inverse_root(sum(vec![one(), square()])),
        Arccosh => inverse_root(difference(square(), one())),
        Arctanh => quotient(one(), difference(one(), square())),
        // Every other operator is handled where it has more than one argument or is a step.
        _ => Number(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::formula;
    use super::*;

    /// Central differences of step h err by about h² f'''/6 + ε f/h; 1e-5 balances the two to 1e-9 here.
    const TOLERANCE: f64 = 1e-7;

    fn check(content: &str) {
        let expression = formula(content).expect("valid formula");
        let at = |x: f64| expression.evaluate(&[0.0, x, 1.3, 0.7]);
        for x in [0.21, 0.62] {
            let h = 1e-5;
            let numeric = (at(x + h) - at(x - h)) / (2.0 * h);
            let symbolic = expression.derivative(1).evaluate(&[0.0, x, 1.3, 0.7]);
            assert!((numeric - symbolic).abs() < TOLERANCE * (1.0 + numeric.abs()), "{content}: {numeric} {symbolic}");
        }
    }

    #[test]
    fn every_operator_agrees_with_central_differences() {
        let unary = [
            "abs",
            "exp",
            "ln",
            "factorial",
            "sin",
            "cos",
            "tan",
            "sec",
            "csc",
            "cot",
            "sinh",
            "cosh",
            "tanh",
            "sech",
            "csch",
            "coth",
            "arcsin",
            "arccos",
            "arctan",
            "arccot",
            "arcsinh",
            "arctanh",
            "arcsech",
            "arccsch",
            "root",
            "log",
            "floor",
            "ceiling",
            "minus",
        ];
        for name in unary {
            check(&format!("<apply><{name}/><apply><times/><ci>x</ci><ci>y</ci></apply></apply>"));
        }
        for name in ["arccosh", "arcsec", "arccsc", "arccoth"] {
            check(&format!("<apply><{name}/><apply><plus/><ci>x</ci><ci>y</ci></apply></apply>"));
        }
        for name in ["plus", "minus", "times", "divide", "power", "min", "max", "rem", "quotient"] {
            check(&format!("<apply><{name}/><ci>y</ci><apply><times/><ci>x</ci><ci>x</ci></apply></apply>"));
            check(&format!("<apply><{name}/><apply><times/><ci>x</ci><ci>z</ci></apply><ci>y</ci></apply>"));
        }
        check("<apply><root/><degree><cn>5</cn></degree><ci>x</ci></apply>");
        check("<apply><log/><logbase><ci>x</ci></logbase><ci>y</ci></apply>");
        check(
            "<piecewise><piece><apply><times/><ci>x</ci><ci>x</ci></apply><apply><lt/><ci>x</ci><cn>0.5</cn></apply></piece><otherwise><ci>x</ci></otherwise></piecewise>",
        );
        check("<apply><times/><ci>x</ci><ci>y</ci><ci>x</ci><apply><exp/><ci>x</ci></apply><ci>x</ci></apply>");
        check("<apply><ci>half</ci><apply><power/><ci>x</ci><ci>x</ci></apply></apply>");
    }

    #[test]
    fn what_does_not_depend_on_the_symbol_has_no_derivative() {
        let expression = formula("<apply><ln/><ci>y</ci></apply>").expect("valid");
        assert_eq!(expression.derivative(1), Number(0.0));
    }
}
