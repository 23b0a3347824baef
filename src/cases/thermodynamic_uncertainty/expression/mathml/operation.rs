//! What the names of MathML's operators mean.

use roxmltree::Node;

use super::super::{Expression, Operator};
use super::{MathError, Reading, arity, fault};

/// Builds the formula for `<apply>` of a named operator; `qualifier` is a degree or a base.
pub(super) fn operation(
    head: Node,
    name: &str,
    mut arguments: Vec<Expression>,
    qualifier: Option<Expression>,
) -> Reading<Expression> {
    let apply = Expression::Apply;
    let inverted = |operator, arguments: Vec<Expression>| {
        apply(Operator::Divide, vec![Expression::Number(1.0), apply(operator, arguments)])
    };
    let found = arguments.len();
    let needs = |least: usize, most: Option<usize>| match most {
        _ if found >= least && most.is_none_or(|most| found <= most) => Ok(()),
        Some(most) if most == least => Err(arity(head, name, found, least.to_string())),
        Some(most) => Err(arity(head, name, found, format!("{least} to {most}"))),
        None => Err(arity(head, name, found, format!("{least} or more"))),
    };
    if let Some(operator) = direct(name) {
        let (least, most) = operator.arity();
        needs(least, most)?;
        return Ok(apply(operator, arguments));
    }
    if let Some(operator) = reciprocal(name) {
        needs(1, Some(1))?;
        return Ok(inverted(operator, arguments));
    }
    if let Some(operator) = of_reciprocal(name) {
        needs(1, Some(1))?;
        let inverse = apply(Operator::Divide, vec![Expression::Number(1.0), arguments.remove(0)]);
        return Ok(apply(operator, vec![inverse]));
    }
    if let Some(operator) = relation(name) {
        needs(2, None)?;
        let pairs = arguments.windows(2).map(|pair| apply(operator, pair.to_vec())).collect::<Vec<_>>();
        return Ok(if pairs.len() == 1 { pairs[0].clone() } else { apply(Operator::And, pairs) });
    }
    match name {
        "minus" => {
            needs(1, Some(2))?;
            Ok(apply(if found == 1 { Operator::Negate } else { Operator::Minus }, arguments))
        }
        "root" | "log" => {
            needs(1, Some(1))?;
            let (operator, usual) = if name == "root" { (Operator::Root, 2.0) } else { (Operator::Log, 10.0) };
            Ok(apply(operator, vec![qualifier.unwrap_or(Expression::Number(usual)), arguments.remove(0)]))
        }
        "cot" => {
            needs(1, Some(1))?;
            let (above, below) = (apply(Operator::Cos, arguments.clone()), apply(Operator::Sin, arguments));
            Ok(apply(Operator::Divide, vec![above, below]))
        }
        "implies" => {
            needs(2, Some(2))?;
            let (premise, conclusion) = (arguments.remove(0), arguments.remove(0));
            Ok(apply(Operator::Or, vec![apply(Operator::Not, vec![premise]), conclusion]))
        }
        other => Err(fault(head, MathError::Unsupported { what: format!("<{other}>") })),
    }
}

fn direct(name: &str) -> Option<Operator> {
    Some(match name {
        "plus" => Operator::Plus,
        "times" => Operator::Times,
        "divide" => Operator::Divide,
        "power" => Operator::Power,
        "and" => Operator::And,
        "or" => Operator::Or,
        "xor" => Operator::Xor,
        "not" => Operator::Not,
        "neq" => Operator::NotEqual,
        "min" => Operator::Minimum,
        "max" => Operator::Maximum,
        "quotient" => Operator::Quotient,
        "rem" => Operator::Remainder,
        "abs" => Operator::Absolute,
        "floor" => Operator::Floor,
        "ceiling" => Operator::Ceiling,
        "factorial" => Operator::Factorial,
        "exp" => Operator::Exp,
        "ln" => Operator::Ln,
        "sin" => Operator::Sin,
        "cos" => Operator::Cos,
        "tan" => Operator::Tan,
        "sinh" => Operator::Sinh,
        "cosh" => Operator::Cosh,
        "tanh" => Operator::Tanh,
        "arcsin" => Operator::Arcsin,
        "arccos" => Operator::Arccos,
        "arctan" => Operator::Arctan,
        "arcsinh" => Operator::Arcsinh,
        "arccosh" => Operator::Arccosh,
        "arctanh" => Operator::Arctanh,
        _ => return None,
    })
}

/// `sec x = 1/cos x` and its kin.
fn reciprocal(name: &str) -> Option<Operator> {
    Some(match name {
        "sec" => Operator::Cos,
        "csc" => Operator::Sin,
        "sech" => Operator::Cosh,
        "csch" => Operator::Sinh,
        "coth" => Operator::Tanh,
        _ => return None,
    })
}

/// `arcsec x = arccos(1/x)` and its kin.
fn of_reciprocal(name: &str) -> Option<Operator> {
    Some(match name {
        "arcsec" => Operator::Arccos,
        "arccsc" => Operator::Arcsin,
        "arccot" => Operator::Arctan,
        "arcsech" => Operator::Arccosh,
        "arccsch" => Operator::Arcsinh,
        "arccoth" => Operator::Arctanh,
        _ => return None,
    })
}

fn relation(name: &str) -> Option<Operator> {
    Some(match name {
        "eq" => Operator::Equal,
        "lt" => Operator::Less,
        "leq" => Operator::LessEqual,
        "gt" => Operator::Greater,
        "geq" => Operator::GreaterEqual,
        _ => return None,
    })
}
