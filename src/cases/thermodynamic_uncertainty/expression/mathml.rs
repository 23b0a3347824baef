//! Reads the subset of MathML 2 that SBML uses.

use std::f64::consts;

use roxmltree::Node;

use super::{Expression, Operator, TIME};
use operation::operation;

mod operation;

/// Deepest nesting of a formula, after functions are put in place: keeps every walk of the tree off the stack's end.
pub const MAX_DEPTH: usize = 256;
/// Most nodes of a formula, after functions are put in place.
pub const MAX_SIZE: usize = 20_000;

/// Avogadro's number as SBML Level 3 fixes it.
const AVOGADRO: f64 = 6.022_141_79e23;

/// A function definition: `Symbol(1 + i)` of its body is argument `i`.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    pub arguments: usize,
    pub body: Expression,
}

/// What names mean where a formula stands.
pub struct Scope<'s, 'f> {
    pub symbol: &'s dyn Fn(&str) -> Option<Expression>,
    pub function: &'s dyn Fn(&str) -> Option<&'f Function>,
}

/// Why a formula could not be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MathError {
    #[error("`{id}` is not declared")]
    UnknownIdentifier { id: String },
    #[error("`{id}` is not a function definition")]
    UnknownFunction { id: String },
    #[error("<{operator}> has {found} arguments; it takes {expected}")]
    Arity { operator: String, found: usize, expected: String },
    #[error("<cn> holds `{found}`, which is not {expected}")]
    BadNumber { found: String, expected: &'static str },
    #[error("{what} is not supported")]
    Unsupported { what: String },
    #[error("<{element}> stands where {expected} is expected")]
    Unexpected { element: String, expected: &'static str },
    #[error("the formula is empty")]
    Empty,
    #[error("the formula is nested more than {limit} deep")]
    TooDeep { limit: usize },
    #[error("the formula has more than {limit} parts once functions are put in place")]
    TooLarge { limit: usize },
}

/// A [`MathError`] and the byte offset of the element at fault.
#[derive(Clone, Debug, PartialEq)]
pub struct MathFault {
    pub offset: usize,
    pub error: MathError,
}

type Reading<T> = Result<T, MathFault>;

/// Reads the content of a `<math>` element.
///
/// # Errors
/// Unknown names, wrong arity, what SBML's subset does not have or this reader refuses (delays, rates of change),
/// and formulas beyond [`MAX_DEPTH`] or [`MAX_SIZE`].
pub fn read(math: Node, scope: &Scope) -> Reading<Expression> {
    let expression = only_child(math, "one formula").and_then(|content| node(content, scope, 1))?;
    check_size(math, &expression)?;
    Ok(expression)
}

/// Reads a `<lambda>`: its arguments by name, and its body with `Symbol(1 + i)` for argument `i`.
///
/// # Errors
/// As [`read`]; a function sees only its arguments and other functions.
pub fn read_function<'f>(math: Node, function: &dyn Fn(&str) -> Option<&'f Function>) -> Reading<Function> {
    let lambda = unwrapped(only_child(math, "a lambda")?)?;
    if lambda.tag_name().name() != "lambda" {
        return Err(unexpected(lambda, "a lambda"));
    }
    let children = elements(lambda);
    let (parameters, body): (Vec<Node>, Vec<Node>) =
        children.into_iter().partition(|child| child.tag_name().name() == "bvar");
    let names =
        parameters.into_iter().map(|bvar| Ok(text(only_child(bvar, "a name")?))).collect::<Reading<Vec<_>>>()?;
    let [body] = body[..] else {
        return Err(fault(
            lambda,
            MathError::Arity { operator: "lambda".into(), found: body.len(), expected: "one body".into() },
        ));
    };
    let symbol = |name: &str| names.iter().position(|known| known == name).map(|i| Expression::Symbol(1 + i));
    let body = node(body, &Scope { symbol: &symbol, function }, 1)?;
    check_size(math, &body)?;
    Ok(Function { arguments: names.len(), body })
}

fn check_size(math: Node, expression: &Expression) -> Reading<()> {
    if expression.depth() > MAX_DEPTH {
        return Err(fault(math, MathError::TooDeep { limit: MAX_DEPTH }));
    }
    if expression.size() > MAX_SIZE {
        return Err(fault(math, MathError::TooLarge { limit: MAX_SIZE }));
    }
    Ok(())
}

fn node(element: Node, scope: &Scope, depth: usize) -> Reading<Expression> {
    if depth > MAX_DEPTH {
        return Err(fault(element, MathError::TooDeep { limit: MAX_DEPTH }));
    }
    let name = element.tag_name().name();
    Ok(match name {
        "cn" => Expression::Number(number(element)?),
        "ci" => {
            let id = text(element);
            (scope.symbol)(&id).ok_or_else(|| fault(element, MathError::UnknownIdentifier { id }))?
        }
        "csymbol" => csymbol(element)?,
        "apply" => application(element, scope, depth)?,
        "piecewise" => piecewise(element, scope, depth)?,
        "semantics" => node(unwrapped(element)?, scope, depth)?,
        "pi" => Expression::Number(consts::PI),
        "exponentiale" => Expression::Number(consts::E),
        "true" => Expression::Number(1.0),
        "false" => Expression::Number(0.0),
        "infinity" => Expression::Number(f64::INFINITY),
        "notanumber" => Expression::Number(f64::NAN),
        other => return Err(fault(element, MathError::Unsupported { what: format!("<{other}>") })),
    })
}

fn csymbol(element: Node) -> Reading<Expression> {
    let url = element.attribute("definitionURL").unwrap_or_default().trim();
    match url.rsplit('/').next().unwrap_or_default() {
        "time" => Ok(Expression::Symbol(TIME)),
        "avogadro" => Ok(Expression::Number(AVOGADRO)),
        other => Err(fault(element, MathError::Unsupported { what: format!("the csymbol `{other}`") })),
    }
}

fn number(element: Node) -> Reading<f64> {
    let parts: Vec<String> = element
        .children()
        .filter(Node::is_text)
        .map(|part| part.text().unwrap_or_default().trim().to_owned())
        .collect();
    let kind = element.attribute("type").unwrap_or("real");
    let wrong = |expected| fault(element, MathError::BadNumber { found: parts.join(" "), expected });
    if element.attribute("base").is_some_and(|base| base.trim() != "10") {
        return Err(fault(element, MathError::Unsupported { what: "a number in a base other than 10".into() }));
    }
    match (kind, parts.as_slice()) {
        ("integer", [whole]) => integer(whole).ok_or_else(|| wrong("an integer")),
        ("real", [real]) => decimal(real).ok_or_else(|| wrong("a real number")),
        ("e-notation", [mantissa, exponent]) => {
            let parts = decimal(mantissa).zip(integer(exponent));
            parts
                .and_then(|_| decimal(&format!("{mantissa}e{}", exponent.trim_start_matches('+'))))
                .ok_or_else(|| wrong("a mantissa and an exponent"))
        }
        ("rational", [above, below]) => {
            let parts = integer(above).zip(integer(below));
            parts.map(|(a, b)| a / b).ok_or_else(|| wrong("a fraction of integers"))
        }
        ("integer" | "real" | "e-notation" | "rational", _) => Err(wrong("of the form that its type asks for")),
        (other, _) => Err(fault(element, MathError::Unsupported { what: format!("the number type `{other}`") })),
    }
}

fn integer(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// A decimal number; Rust's own parser would also take `inf` and `nan`.
fn decimal(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    if plain { text.parse().ok() } else { None }
}

fn application(element: Node, scope: &Scope, depth: usize) -> Reading<Expression> {
    let children = elements(element);
    let Some((&head, rest)) = children.split_first() else {
        return Err(fault(element, MathError::Empty));
    };
    let (qualifiers, operands): (Vec<Node>, Vec<Node>) =
        rest.iter().partition(|child| matches!(child.tag_name().name(), "degree" | "logbase"));
    let arguments = operands.iter().map(|operand| node(*operand, scope, depth + 1)).collect::<Reading<Vec<_>>>()?;
    let qualifier = match qualifiers[..] {
        [] => None,
        [one] => Some(node(only_child(one, "one formula")?, scope, depth + 1)?),
        [_, second, ..] => return Err(unexpected(second, "an argument")),
    };
    match head.tag_name().name() {
        "ci" => inline(head, scope, arguments),
        "csymbol" => {
            csymbol(head)?;
            Err(unexpected(head, "an operator"))
        }
        name => operation(head, name, arguments, qualifier),
    }
}

/// Puts a function's body in place of its call.
fn inline(head: Node, scope: &Scope, arguments: Vec<Expression>) -> Reading<Expression> {
    let id = text(head);
    let Some(function) = (scope.function)(&id) else {
        return Err(fault(head, MathError::UnknownFunction { id }));
    };
    if function.arguments != arguments.len() {
        let expected = function.arguments.to_string();
        return Err(fault(head, MathError::Arity { operator: id, found: arguments.len(), expected }));
    }
    let size = function.body.size_with(&|symbol| symbol.checked_sub(1).map_or(1, |i| arguments[i].size()));
    if size > MAX_SIZE {
        return Err(fault(head, MathError::TooLarge { limit: MAX_SIZE }));
    }
    let depth = function.body.depth_with(&|symbol| symbol.checked_sub(1).map_or(1, |i| arguments[i].depth()));
    if depth > MAX_DEPTH {
        return Err(fault(head, MathError::TooDeep { limit: MAX_DEPTH }));
    }
    Ok(function.body.rewrite(&|symbol| match symbol {
        TIME => Expression::Symbol(TIME),
        argument => arguments[argument - 1].clone(),
    }))
}

fn piecewise(element: Node, scope: &Scope, depth: usize) -> Reading<Expression> {
    let mut parts = Vec::new();
    let mut otherwise = None;
    for child in elements(element) {
        let content = elements(child);
        match (child.tag_name().name(), content.as_slice()) {
            ("piece", [value, condition]) => {
                parts.push(node(*value, scope, depth + 1)?);
                parts.push(node(*condition, scope, depth + 1)?);
            }
            ("otherwise", [value]) if otherwise.is_none() => otherwise = Some(node(*value, scope, depth + 1)?),
            ("piece", found) => return Err(arity(child, "piece", found.len(), "2".into())),
            ("otherwise", [_]) => return Err(unexpected(child, "a single otherwise")),
            ("otherwise", found) => return Err(arity(child, "otherwise", found.len(), "1".into())),
            _ => return Err(unexpected(child, "a piece")),
        }
    }
    parts.extend(otherwise);
    if parts.is_empty() {
        Err(fault(element, MathError::Empty))
    } else {
        Ok(Expression::Apply(Operator::Piecewise, parts))
    }
}

fn elements<'a, 'i>(node: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    node.children().filter(Node::is_element).collect()
}

fn only_child<'a, 'i>(node: Node<'a, 'i>, expected: &'static str) -> Reading<Node<'a, 'i>> {
    match elements(node)[..] {
        [] => Err(fault(node, MathError::Empty)),
        [child] => Ok(child),
        [_, second, ..] => Err(unexpected(second, expected)),
    }
}

/// The formula inside any layers of `<semantics>`, whose other children are annotations.
fn unwrapped<'a, 'i>(node: Node<'a, 'i>) -> Reading<Node<'a, 'i>> {
    let mut inner = node;
    while inner.tag_name().name() == "semantics" {
        inner = elements(inner).first().copied().ok_or_else(|| fault(node, MathError::Empty))?;
    }
    Ok(inner)
}

fn text(node: Node) -> String {
    node.text().unwrap_or_default().trim().to_owned()
}

fn fault(node: Node, error: MathError) -> MathFault {
    MathFault { offset: node.range().start, error }
}

fn arity(node: Node, operator: &str, found: usize, expected: String) -> MathFault {
    fault(node, MathError::Arity { operator: operator.into(), found, expected })
}

fn unexpected(node: Node, expected: &'static str) -> MathFault {
    fault(node, MathError::Unexpected { element: node.tag_name().name().into(), expected })
}

#[cfg(test)]
mod tests {
    use super::super::tests::formula;
    use super::*;

    fn value(content: &str) -> f64 {
        formula(content).expect("valid formula").evaluate(&[7.0, 2.0, 3.0, 5.0])
    }

    #[test]
    fn numbers_of_all_types() {
        assert_eq!(value("<cn> 1.5e3 </cn>"), 1500.0);
        assert_eq!(value("<cn type='integer'> -12 </cn>"), -12.0);
        assert_eq!(value("<cn type='e-notation'> 1.2 <sep/> -5 </cn>"), 1.2e-5);
        assert_eq!(value("<cn type='rational'> 1 <sep/> 4 </cn>"), 0.25);
        for bad in ["<cn/>", "<cn>x</cn>", "<cn>nan</cn>", "<cn type='integer'>1.5</cn>", "<cn type='rational'>1</cn>"]
        {
            assert!(matches!(formula(bad), Err(MathError::BadNumber { .. })), "{bad}");
        }
    }

    #[test]
    fn operators_constants_and_symbols() {
        assert_eq!(value("<apply><minus/><ci>x</ci></apply>"), -2.0);
        assert_eq!(value("<apply><lt/><ci>x</ci><ci>y</ci><ci>z</ci></apply>"), 1.0);
        assert_eq!(value("<apply><lt/><ci>x</ci><ci>z</ci><ci>y</ci></apply>"), 0.0);
        assert_eq!(value("<apply><implies/><true/><false/></apply>"), 0.0);
        assert_eq!(value("<apply><log/><logbase><cn>2</cn></logbase><cn>8</cn></apply>"), 3.0);
        assert_eq!(value("<apply><root/><cn>9</cn></apply>"), 3.0);
        assert_eq!(value("<apply><ci>half</ci><ci>z</ci></apply>"), 2.5);
        assert_eq!(value("<apply><plus/></apply>"), 0.0);
        assert_eq!(value("<csymbol definitionURL='http://www.sbml.org/sbml/symbols/time'> t </csymbol>"), 7.0);
        assert!(value("<csymbol definitionURL='http://www.sbml.org/sbml/symbols/avogadro'/>") > 6e23);
        assert!((value("<apply><sec/><pi/></apply>") + 1.0).abs() < 1e-15);
        assert!(value("<notanumber/>").is_nan());
    }

    #[test]
    fn faults_are_typed() {
        assert!(matches!(formula("<ci>q</ci>"), Err(MathError::UnknownIdentifier { id }) if id == "q"));
        assert!(matches!(formula("<apply><ci>q</ci></apply>"), Err(MathError::UnknownFunction { .. })));
        assert!(matches!(formula("<apply><ci>half</ci></apply>"), Err(MathError::Arity { found: 0, .. })));
        assert!(matches!(formula("<apply><divide/><ci>x</ci></apply>"), Err(MathError::Arity { found: 1, .. })));
        assert!(matches!(formula("<apply><int/><ci>x</ci></apply>"), Err(MathError::Unsupported { .. })));
        assert!(matches!(formula(""), Err(MathError::Empty)));
        assert!(matches!(formula("<apply/>"), Err(MathError::Empty)));
        let delay =
            "<apply><csymbol definitionURL='http://www.sbml.org/sbml/symbols/delay'/><ci>x</ci><cn>1</cn></apply>";
        assert!(matches!(formula(delay), Err(MathError::Unsupported { what }) if what.contains("delay")));
    }

    #[test]
    fn nesting_beyond_the_limit_is_an_error() {
        let deep = format!("{}<ci>x</ci>{}", "<apply><sin/>".repeat(5000), "</apply>".repeat(5000));
        assert!(matches!(formula(&deep), Err(MathError::TooDeep { .. })));
        let layers = format!("{}<ci>x</ci>{}", "<semantics>".repeat(5000), "</semantics>".repeat(5000));
        assert!(formula(&layers).is_ok());
    }
}
