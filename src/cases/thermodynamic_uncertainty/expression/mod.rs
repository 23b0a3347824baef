//! Formulas of models: a small syntax tree, its derivatives, and compiled code.
//!
//! A formula refers to its variables by number ([`Expression::Symbol`]); what a number stands for is the owner's
//! business. Number 0 is time, everywhere. Truth values are 1 and 0.

mod derivative;
pub mod mathml;
mod operator;
mod program;
mod simplify;

pub use operator::Operator;
pub use program::Program;

/// The symbol that stands for time.
pub const TIME: usize = 0;

/// A formula.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    Number(f64),
    /// A variable, by number.
    Symbol(usize),
    /// An operator on its arguments, as many as [`Operator::arity`] says.
    Apply(Operator, Vec<Expression>),
}

impl Expression {
    /// Evaluates the tree with `values[symbol]`; [`Program`] is the fast way.
    pub fn evaluate(&self, values: &[f64]) -> f64 {
        match self {
            Expression::Number(value) => *value,
            Expression::Symbol(symbol) => values[*symbol],
            Expression::Apply(operator, arguments) => {
                let values: Vec<f64> = arguments.iter().map(|argument| argument.evaluate(values)).collect();
                operator.apply(&values)
            }
        }
    }

    /// Replaces every symbol and simplifies on the way up: for constants, renumbering and calls of functions.
    pub fn rewrite(&self, replacement: &dyn Fn(usize) -> Expression) -> Expression {
        match self {
            Expression::Number(value) => Expression::Number(*value),
            Expression::Symbol(symbol) => replacement(*symbol),
            Expression::Apply(operator, arguments) => {
                simplify::apply(*operator, arguments.iter().map(|argument| argument.rewrite(replacement)).collect())
            }
        }
    }

    /// Symbols that occur, ascending, each once.
    pub fn reads(&self) -> Vec<usize> {
        let mut symbols = Vec::new();
        self.visit(&mut |node| {
            if let Expression::Symbol(symbol) = node {
                symbols.push(*symbol);
            }
        });
        symbols.sort_unstable();
        symbols.dedup();
        symbols
    }

    /// Number of nodes.
    pub fn size(&self) -> usize {
        self.size_with(&|_| 1)
    }

    /// Number of nodes that there would be if each symbol were a formula of the given size.
    pub fn size_with(&self, of: &dyn Fn(usize) -> usize) -> usize {
        match self {
            Expression::Number(_) => 1,
            Expression::Symbol(symbol) => of(*symbol),
            Expression::Apply(_, parts) => parts.iter().fold(1, |sum, part| part.size_with(of).saturating_add(sum)),
        }
    }

    /// Longest path from the root to a leaf, counted in nodes.
    pub fn depth(&self) -> usize {
        self.depth_with(&|_| 1)
    }

    /// Depth that there would be if each symbol were a formula of the given depth.
    pub fn depth_with(&self, of: &dyn Fn(usize) -> usize) -> usize {
        match self {
            Expression::Number(_) => 1,
            Expression::Symbol(symbol) => of(*symbol),
            Expression::Apply(_, parts) => 1 + parts.iter().map(|part| part.depth_with(of)).max().unwrap_or(0),
        }
    }

    /// Tells whether the value can't be negative when no symbol is, as far as the form shows.
    ///
    /// Sums, products, quotients and powers of non-negative parts are; a difference never counts.
    pub fn is_non_negative(&self) -> bool {
        use Operator::*;
        match self {
            Expression::Number(value) => *value >= 0.0,
            Expression::Symbol(_) => true,
            Expression::Apply(Exp | Absolute, _) => true,
            Expression::Apply(And | Or | Xor | Not, _) => true,
            Expression::Apply(Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual, _) => true,
            Expression::Apply(Power, parts) if is_even_integer(&parts[1]) => true,
            Expression::Apply(Power, parts) => parts[0].is_non_negative(),
            Expression::Apply(Root, parts) => parts[1].is_non_negative(),
            Expression::Apply(Piecewise, parts) => piecewise_values(parts).all(Expression::is_non_negative),
            Expression::Apply(Maximum, parts) => parts.iter().any(Expression::is_non_negative),
            Expression::Apply(
                Plus | Times | Divide | Minimum | Factorial | Floor | Ceiling | Sinh | Tanh | Arcsinh | Arctan
                | Quotient,
                parts,
            ) => parts.iter().all(Expression::is_non_negative),
            Expression::Apply(..) => false,
        }
    }

    fn visit<'a>(&'a self, action: &mut dyn FnMut(&'a Expression)) {
        action(self);
        if let Expression::Apply(_, arguments) = self {
            arguments.iter().for_each(|argument| argument.visit(action));
        }
    }
}

/// Values of the pieces and the `otherwise`: arguments are value, condition, value, condition, …, otherwise.
fn piecewise_values(arguments: &[Expression]) -> impl Iterator<Item = &Expression> {
    arguments.iter().step_by(2)
}

fn is_even_integer(expression: &Expression) -> bool {
    matches!(expression, Expression::Number(n) if n % 2.0 == 0.0)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Reads MathML content over the variables `x` (1), `y` (2) and `z` (3), with the function `half(a) = a/2`.
    pub(crate) fn formula(content: &str) -> Result<Expression, mathml::MathError> {
        let text = format!("<math>{content}</math>");
        let document = roxmltree::Document::parse(&text).expect("test formulas are XML");
        let half = mathml::Function {
            arguments: 1,
            body: Expression::Apply(Operator::Divide, vec![Expression::Symbol(1), Expression::Number(2.0)]),
        };
        let scope = mathml::Scope {
            symbol: &|name| match name {
                "x" => Some(Expression::Symbol(1)),
                "y" => Some(Expression::Symbol(2)),
                "z" => Some(Expression::Symbol(3)),
                _ => None,
            },
            function: &|name| (name == "half").then_some(&half),
        };
        mathml::read(document.root_element(), &scope).map_err(|fault| fault.error)
    }

    #[test]
    fn rewriting_folds_constants_and_keeps_the_value() {
        let law = formula("<apply><times/><ci>x</ci><apply><plus/><ci>y</ci><cn>1</cn></apply><ci>z</ci></apply>")
            .expect("valid");
        let folded = law.rewrite(&|symbol| match symbol {
            2 => Expression::Number(3.0),
            other => Expression::Symbol(other),
        });
        assert_eq!(folded.reads(), [1, 3]);
        assert_eq!(folded.evaluate(&[0.0, 2.0, f64::NAN, 5.0]), 40.0);
    }

    #[test]
    fn signs_follow_from_the_form() {
        let rational =
            formula("<apply><divide/><ci>x</ci><apply><plus/><cn>2</cn><ci>x</ci></apply></apply>").expect("valid");
        assert!(rational.is_non_negative());
        let net = formula("<apply><minus/><ci>x</ci><ci>y</ci></apply>").expect("valid");
        assert!(!net.is_non_negative());
    }
}
