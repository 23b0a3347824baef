//! Formulas compiled to flat postfix code.

use super::{Expression, Operator};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Instruction {
    Number(f64),
    Slot(u32),
    Add,
    AddSlot(u32),
    Subtract,
    Multiply,
    MultiplySlot(u32),
    MultiplyNumber(f64),
    Divide,
    PowerWhole(i32),
    /// Any operator on the topmost values.
    Apply(Operator, u32),
}

/// A compiled formula over an array of slots; symbol `i` of the formula reads slot `i`.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    code: Vec<Instruction>,
    stack: usize,
    reads: Vec<usize>,
    slots: usize,
}

/// Values that fit on the machine's stack; deeper formulas take one allocation per evaluation.
const INLINE_STACK: usize = 16;

/// Whole exponents up to this size become repeated multiplications.
const LARGEST_WHOLE_POWER: f64 = 64.0;

impl Program {
    /// Compiles a formula.
    pub fn compile(expression: &Expression) -> Self {
        let reads = expression.reads();
        let mut compiler = Compiler { code: Vec::new(), height: 0, highest: 0 };
        compiler.emit(expression);
        let slots = reads.last().map_or(0, |last| last + 1);
        Self { code: compiler.code, stack: compiler.highest, reads, slots }
    }

    /// Evaluates; `slots` must reach beyond the highest slot of [`Program::reads`].
    pub fn eval(&self, slots: &[f64]) -> f64 {
        assert!(slots.len() >= self.slots, "the slot array is shorter than the formula's highest slot");
        if let [Instruction::Slot(slot)] = self.code[..] {
            return slots[slot as usize];
        }
        if self.stack <= INLINE_STACK {
            self.run(slots, &mut [0.0; INLINE_STACK])
        } else {
            self.run(slots, &mut vec![0.0; self.stack])
        }
    }

    /// Slots that it reads, ascending.
    pub fn reads(&self) -> &[usize] {
        &self.reads
    }

    fn run(&self, slots: &[f64], stack: &mut [f64]) -> f64 {
        let mut top = 0;
        for instruction in &self.code {
            match *instruction {
                Instruction::Number(value) => {
                    stack[top] = value;
                    top += 1;
                }
                Instruction::Slot(slot) => {
                    stack[top] = slots[slot as usize];
                    top += 1;
                }
                Instruction::AddSlot(slot) => stack[top - 1] += slots[slot as usize],
                Instruction::MultiplySlot(slot) => stack[top - 1] *= slots[slot as usize],
                Instruction::MultiplyNumber(value) => stack[top - 1] *= value,
                Instruction::Add => {
                    top -= 1;
                    stack[top - 1] += stack[top];
                }
                Instruction::Subtract => {
                    top -= 1;
                    stack[top - 1] -= stack[top];
                }
                Instruction::Multiply => {
                    top -= 1;
                    stack[top - 1] *= stack[top];
                }
                Instruction::Divide => {
                    top -= 1;
                    stack[top - 1] /= stack[top];
                }
                Instruction::PowerWhole(exponent) => stack[top - 1] = stack[top - 1].powi(exponent),
                Instruction::Apply(operator, count) => {
                    let first = top - count as usize;
                    stack[first] = operator.apply(&stack[first..top]);
                    top = first + 1;
                }
            }
        }
        stack[0]
    }
}

struct Compiler {
    code: Vec<Instruction>,
    height: usize,
    highest: usize,
}

impl Compiler {
    fn emit(&mut self, expression: &Expression) {
        match expression {
            Expression::Number(value) => self.push(Instruction::Number(*value)),
            Expression::Symbol(symbol) => self.push(Instruction::Slot(*symbol as u32)),
            Expression::Apply(operator, arguments) => self.emit_operator(*operator, arguments),
        }
    }

    fn push(&mut self, instruction: Instruction) {
        self.code.push(instruction);
        self.height += 1;
        self.highest = self.highest.max(self.height);
    }

    fn emit_operator(&mut self, operator: Operator, arguments: &[Expression]) {
        match (operator, arguments) {
            (Operator::Plus, [first, rest @ ..]) => self.emit_chain(first, rest, Instruction::Add),
            (Operator::Times, [first, rest @ ..]) => self.emit_chain(first, rest, Instruction::Multiply),
            (Operator::Minus, [a, b]) => self.emit_pair(a, b, Instruction::Subtract),
            (Operator::Divide, [a, b]) => self.emit_pair(a, b, Instruction::Divide),
            (Operator::Power, [base, Expression::Number(n)]) if n.trunc() == *n && n.abs() <= LARGEST_WHOLE_POWER => {
                self.emit(base);
                self.code.push(Instruction::PowerWhole(*n as i32));
            }
            _ => {
                arguments.iter().for_each(|argument| self.emit(argument));
                self.code.push(Instruction::Apply(operator, arguments.len() as u32));
                self.height = self.height + 1 - arguments.len();
                self.highest = self.highest.max(self.height);
            }
        }
    }

    fn emit_pair(&mut self, a: &Expression, b: &Expression, instruction: Instruction) {
        self.emit(a);
        self.emit(b);
        self.code.push(instruction);
        self.height -= 1;
    }

    fn emit_chain(&mut self, first: &Expression, rest: &[Expression], instruction: Instruction) {
        self.emit(first);
        for argument in rest {
            match (instruction, argument) {
                (Instruction::Add, Expression::Symbol(slot)) => self.code.push(Instruction::AddSlot(*slot as u32)),
                (Instruction::Multiply, Expression::Symbol(slot)) => {
                    self.code.push(Instruction::MultiplySlot(*slot as u32));
                }
                (Instruction::Multiply, Expression::Number(n)) => self.code.push(Instruction::MultiplyNumber(*n)),
                _ => {
                    self.emit(argument);
                    self.code.push(instruction);
                    self.height -= 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::formula;
    use super::*;
    use proptest::prelude::*;

    const MANY: [Operator; 5] =
        [Operator::Plus, Operator::Times, Operator::Piecewise, Operator::Minimum, Operator::Xor];
    const TWO: [Operator; 4] = [Operator::Minus, Operator::Divide, Operator::Power, Operator::Less];

    fn expressions() -> impl Strategy<Value = Expression> {
        let leaf = prop_oneof![
            (-3.0..3.0_f64).prop_map(Expression::Number),
            (0..4_usize).prop_map(Expression::Symbol),
            (-3..4_i32).prop_map(|n| Expression::Number(f64::from(n))),
        ];
        leaf.prop_recursive(6, 48, 4, |inner| {
            prop_oneof![
                (proptest::sample::select(&MANY[..]), prop::collection::vec(inner.clone(), 1..5))
                    .prop_map(|(operator, parts)| Expression::Apply(operator, parts)),
                (proptest::sample::select(&TWO[..]), inner.clone(), inner.clone())
                    .prop_map(|(operator, a, b)| Expression::Apply(operator, vec![a, b])),
                inner.prop_map(|a| Expression::Apply(Operator::Tanh, vec![a])),
            ]
        })
    }

    proptest! {
        #[test]
        fn compiled_code_has_the_value_of_the_tree(expression in expressions(), x in prop::array::uniform4(-2.0..2.0_f64)) {
            let (tree, code) = (expression.evaluate(&x), Program::compile(&expression).eval(&x));
            let same = tree.to_bits() == code.to_bits()
                || (tree.is_nan() && code.is_nan())
                || (tree - code).abs() <= 1e-12 * tree.abs();
            // Sums start at -0 in the tree and at the first term in the code; overflow may differ by grouping.
            prop_assert!(same || tree == code, "{tree} {code}");
        }
    }

    #[test]
    fn a_deep_formula_takes_more_than_the_inline_stack() {
        let mut expression = Expression::Symbol(1);
        for _ in 0..40 {
            expression = Expression::Apply(Operator::Minus, vec![Expression::Number(1.0), expression]);
        }
        assert_eq!(Program::compile(&expression).eval(&[0.0, 0.25]), 0.25);
    }

    #[test]
    fn reads_are_the_slots_in_use() {
        let law = formula("<apply><times/><ci>z</ci><ci>x</ci><ci>z</ci></apply>").expect("valid");
        assert_eq!(Program::compile(&law).reads(), [1, 3]);
    }
}
