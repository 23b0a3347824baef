//! Where checks for an interrupt are woven into the user's code: at the start of every function, loop and closure.

use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, TextSize};

/// Text to insert at a byte offset of the cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weave {
    pub at: usize,
    pub kind: WeaveKind,
    /// It stands in the cell's own code, not in a function, closure or block with a `return` of its own.
    pub own: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeaveKind {
    /// A check, as a statement.
    Check,
    /// Opens a block around an expression, with a check.
    Open,
    Close,
    /// Makes `return` of the cell's own the end of a cell that is well.
    Return,
}

impl Weave {
    /// The text for the code of a cell, with the call that checks.
    pub fn text(&self, check: &str) -> String {
        match self.kind {
            WeaveKind::Check => format!(" {check};"),
            WeaveKind::Open => format!("{{ {check}; "),
            WeaveKind::Close => " }".to_owned(),
            WeaveKind::Return => " ::core::result::Result::Ok(())".to_owned(),
        }
    }
}

/// The checks for a piece of a cell, in the order of their places; `statement` also puts one before the piece.
pub fn weaves(node: &SyntaxNode, statement: bool, offset: &dyn Fn(TextSize) -> usize) -> Vec<Weave> {
    let mut found = Vec::new();
    if statement {
        found.push(Weave { at: offset(node.text_range().start()), kind: WeaveKind::Check, own: true });
    }
    collect(node, statement, &mut |at, kind, own| found.push(Weave { at: offset(at), kind, own }));
    // Places are unique but for blocks that close together, whose order doesn't matter.
    found.sort_by_key(|weave| weave.at);
    found
}

type Found<'a> = dyn FnMut(TextSize, WeaveKind, bool) + 'a;

fn collect(node: &SyntaxNode, own: bool, found: &mut Found<'_>) {
    if is_constant(node) {
        return;
    }
    let own = own && !returns_by_itself(node);
    if let Some(function) = ast::Fn::cast(node.clone()) {
        if function.const_token().is_some() {
            return;
        }
        // A function with another calling convention can't be left by unwinding.
        if function.abi().is_none() {
            check(function.body(), own, found);
        }
    } else if let Some(repeated) = ast::ForExpr::cast(node.clone()) {
        check(ast::HasLoopBody::loop_body(&repeated), own, found);
    } else if let Some(repeated) = ast::WhileExpr::cast(node.clone()) {
        check(ast::HasLoopBody::loop_body(&repeated), own, found);
    } else if let Some(repeated) = ast::LoopExpr::cast(node.clone()) {
        check(ast::HasLoopBody::loop_body(&repeated), own, found);
    } else if let Some(closure) = ast::ClosureExpr::cast(node.clone()) {
        match closure.body() {
            Some(ast::Expr::BlockExpr(block)) if block.label().is_none() && is_plain(&block) => {
                check(Some(block), own, found);
            }
            Some(body) => {
                found(body.syntax().text_range().start(), WeaveKind::Open, own);
                found(body.syntax().text_range().end(), WeaveKind::Close, own);
            }
            None => {}
        }
    }
    if own
        && let Some(left) = ast::ReturnExpr::cast(node.clone())
        && left.expr().is_none()
    {
        found(left.syntax().text_range().end(), WeaveKind::Return, own);
    }
    for child in node.children() {
        collect(&child, own, found);
    }
}

/// Whether only constant functions may be called there.
fn is_constant(node: &SyntaxNode) -> bool {
    matches!(node.kind(), SyntaxKind::CONST | SyntaxKind::STATIC | SyntaxKind::CONST_ARG | SyntaxKind::ARRAY_TYPE)
        || ast::BlockExpr::cast(node.clone()).is_some_and(|block| block.const_token().is_some())
        || ast::ClosureExpr::cast(node.clone()).is_some_and(|closure| closure.const_token().is_some())
        || node.kind() == SyntaxKind::VARIANT
}

fn is_plain(block: &ast::BlockExpr) -> bool {
    block.async_token().is_none() && block.unsafe_token().is_none() && block.try_block_modifier().is_none()
}

/// Whether a `return` inside doesn't leave the cell.
fn returns_by_itself(node: &SyntaxNode) -> bool {
    ast::Item::can_cast(node.kind())
        || node.kind() == SyntaxKind::CLOSURE_EXPR
        || ast::BlockExpr::cast(node.clone())
            .is_some_and(|block| block.async_token().is_some() || block.try_block_modifier().is_some())
}

fn check(block: Option<ast::BlockExpr>, own: bool, found: &mut Found<'_>) {
    let Some(list) = block.and_then(|block| block.stmt_list()) else { return };
    // Inner attributes come first in a block.
    let attribute = list.syntax().children().take_while(|child| ast::Attr::can_cast(child.kind())).last();
    let at = match (attribute, list.l_curly_token()) {
        (Some(attribute), _) => attribute.text_range().end(),
        (None, Some(brace)) => brace.text_range().end(),
        (None, None) => return,
    };
    found(at, WeaveKind::Check, own);
}

#[cfg(test)]
mod tests {
    use crate::cells::parse::parse;

    fn woven(code: &str) -> String {
        let parsed = parse(code, &Default::default());
        assert!(!parsed.broken, "{code}");
        let mut text = String::new();
        let mut done = 0;
        for weave in parsed.pieces.iter().flat_map(|piece| &piece.weaves) {
            text.push_str(&code[done..weave.at]);
            text.push_str(&weave.text("C"));
            done = weave.at;
        }
        text + &code[done..]
    }

    #[test]
    fn loops_functions_and_closures_are_checked() {
        assert_eq!(woven("fn f() { loop { g() } }"), "fn f() { C; loop { C; g() } }");
        assert_eq!(woven("for i in 0..3 { while a {} }"), " C;for i in 0..3 { C; while a { C;} }");
        assert_eq!(woven("x.map(|i| i + 1)"), " C;x.map(|i| { C; i + 1 })");
        assert_eq!(woven("x.map(|i| |j| i + j)"), " C;x.map(|i| { C; |j| { C; i + j } })");
        assert_eq!(woven("x.map(|i| { i })"), " C;x.map(|i| { C; i })");
        assert_eq!(woven("impl A for B { fn c(&self) { } }"), "impl A for B { fn c(&self) { C; } }");
    }

    #[test]
    fn a_return_of_the_cell_is_its_good_end() {
        assert_eq!(woven("if a { return; }"), " C;if a { return ::core::result::Result::Ok(()); }");
        assert_eq!(woven("let f = || { return; };"), " C;let f = || { C; return; };");
    }

    #[test]
    fn constant_code_and_foreign_functions_are_left_alone() {
        for code in [
            "const fn f() { loop {} }",
            "const N: usize = { let mut i = 0; while i < 3 { i += 1; } i };",
            "extern \"C\" fn f() {}",
            "static S: u8 = { loop { break 1 } };",
        ] {
            assert_eq!(woven(code), code);
        }
    }
}
