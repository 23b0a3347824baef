//! A cell taken apart: imports, items, `let` statements, other statements, and the trailing expression.

use std::collections::BTreeSet;
use std::ops::Range;

use ra_ap_syntax::ast::{self, AstNode, HasName};
use ra_ap_syntax::{Edition, NodeOrToken, SourceFile, SyntaxKind, SyntaxNode};

use super::imports::{self, Import};
use super::macros::{self, ItemMacros};
use super::weave::{self, Weave};

mod items;

pub use items::{ItemKind, Namespace};

use items::{item_kind, item_macro};

const BEFORE: &str = "async fn cell(){";
const AFTER: &str = "\n}";
const AFTER_STATEMENT: &str = "\n;}";

/// Macros whose value, if any, nobody wants to see, or whose type nothing determines.
const SILENT_MACROS: [&str; 14] = [
    "print",
    "println",
    "eprint",
    "eprintln",
    "panic",
    "todo",
    "unimplemented",
    "unreachable",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "write",
    "writeln",
];

/// A cell's Rust code in pieces. Ranges are byte ranges of the text that was parsed.
#[derive(Debug, Default)]
pub struct Parsed {
    pub pieces: Vec<Piece>,
    /// The code has syntax errors: `pieces` is one statement with all of it, for the compiler to complain about.
    pub broken: bool,
    /// `.await` stands outside of any function or block of its own.
    pub asynchronous: bool,
}

#[derive(Debug)]
pub struct Piece {
    pub range: Range<usize>,
    pub kind: Kind,
    /// Identifiers in the piece, also those inside of format strings.
    pub mentions: BTreeSet<String>,
    pub weaves: Vec<Weave>,
}

#[derive(Debug)]
pub enum Kind {
    Use(Vec<Import>),
    Item(ItemKind),
    Let(Vec<Binding>),
    Statement,
    /// The last expression, whose value is shown.
    Tail,
}

/// A variable that a `let` statement binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub name: String,
    pub mutable: bool,
}

/// Takes a cell's Rust code apart; `macros` are those of earlier cells that define items.
pub fn parse(code: &str, macros: &ItemMacros) -> Parsed {
    // The last statement of a cell may do without its semicolon.
    let Some(list) = statements(code, AFTER).or_else(|| statements(code, AFTER_STATEMENT)) else {
        let whole = Piece { range: 0..code.len(), kind: Kind::Statement, mentions: words(code), weaves: Vec::new() };
        return Parsed { pieces: vec![whole], broken: true, asynchronous: false };
    };
    let nodes: Vec<SyntaxNode> = list
        .syntax()
        .children()
        .filter(|node| !ast::Attr::can_cast(node.kind()) || is_inner_expression(node))
        .collect();
    let last = nodes.len().saturating_sub(1);
    let macros = macros::with_own(&nodes, macros.clone());
    let mut pieces: Vec<Piece> =
        nodes.iter().enumerate().map(|(index, node)| piece(node, index == last, &macros)).collect();
    for piece in &mut pieces {
        piece.range.end = piece.range.end.min(code.len());
    }
    Parsed { pieces, broken: false, asynchronous: nodes.iter().any(awaits) }
}

fn statements(code: &str, after: &str) -> Option<ast::StmtList> {
    let parsed = SourceFile::parse(&format!("{BEFORE}{code}{after}"), Edition::Edition2024);
    let root = parsed.syntax_node();
    if !parsed.errors().is_empty() || root.children().count() != 1 {
        return None;
    }
    ast::Fn::cast(root.children().next()?)?.body()?.stmt_list()
}

fn is_inner_expression(node: &SyntaxNode) -> bool {
    ast::Expr::can_cast(node.kind())
}

/// The byte range of a node in the code that was parsed.
pub fn range(node: &SyntaxNode) -> Range<usize> {
    let range = node.text_range();
    offset(range.start())..offset(range.end())
}

fn offset(position: ra_ap_syntax::TextSize) -> usize {
    usize::from(position) - BEFORE.len()
}

fn piece(node: &SyntaxNode, last: bool, macros: &ItemMacros) -> Piece {
    let kind = kind(node, last, macros);
    let is_item = matches!(kind, Kind::Item(_) | Kind::Use(_));
    Piece { range: range(node), mentions: mentions(node), weaves: weave::weaves(node, !is_item, &offset), kind }
}

fn kind(node: &SyntaxNode, last: bool, macros: &ItemMacros) -> Kind {
    if let Some(used) = ast::Use::cast(node.clone()) {
        return Kind::Use(imports::flatten(&used));
    }
    if let Some(name) = item_macro(node) {
        return Kind::Item(name);
    }
    if let Some(names) = macros::called(node, macros) {
        return Kind::Item(ItemKind::Call { names });
    }
    if let Some(item) = ast::Item::cast(node.clone()) {
        return match item {
            ast::Item::AsmExpr(_) | ast::Item::MacroCall(_) => Kind::Statement,
            item => Kind::Item(item_kind(&item)),
        };
    }
    if let Some(bound) = ast::LetStmt::cast(node.clone()) {
        return Kind::Let(bound.pat().map(|pattern| bindings(&pattern)).unwrap_or_default());
    }
    match ast::Expr::cast(node.clone()) {
        Some(expression) if last && has_value(&expression) => Kind::Tail,
        _ => Kind::Statement,
    }
}

/// Whether an expression may have a value that is worth showing.
fn has_value(expression: &ast::Expr) -> bool {
    match expression {
        ast::Expr::ReturnExpr(_)
        | ast::Expr::BreakExpr(_)
        | ast::Expr::ContinueExpr(_)
        | ast::Expr::WhileExpr(_)
        | ast::Expr::ForExpr(_)
        | ast::Expr::LetExpr(_)
        | ast::Expr::BinExpr(_)
            if !matches!(expression, ast::Expr::BinExpr(binary) if !is_assignment(binary)) =>
        {
            false
        }
        // A loop without a `break` never has one, and its type says nothing.
        ast::Expr::LoopExpr(repeated) => {
            repeated.syntax().descendants().any(|node| node.kind() == SyntaxKind::BREAK_EXPR)
        }
        ast::Expr::MacroExpr(called) => {
            let name = called.macro_call().and_then(|call| macro_name(&call));
            !name.is_some_and(|name| SILENT_MACROS.contains(&name.as_str()))
        }
        _ => true,
    }
}

fn is_assignment(binary: &ast::BinExpr) -> bool {
    matches!(binary.op_kind(), Some(ast::BinaryOp::Assignment { .. }))
}

/// The last word of a macro's path.
fn macro_name(call: &ast::MacroCall) -> Option<String> {
    Some(call.path()?.segment()?.name_ref()?.text().to_string())
}

/// The variables of a pattern. An identifier with a capital first letter is a constant or a variant, as the compiler
/// itself warns; so `let None = x else { … }` binds nothing.
fn bindings(pattern: &ast::Pat) -> Vec<Binding> {
    let mut found: Vec<Binding> = Vec::new();
    for bound in pattern.syntax().descendants().filter_map(ast::IdentPat::cast) {
        let Some(name) = bound.name() else { continue };
        let name = name.text().to_string();
        let constant = bound.at_token().is_none() && name.starts_with(char::is_uppercase);
        if !constant && !found.iter().any(|other| other.name == name) {
            found.push(Binding { name, mutable: bound.mut_token().is_some() });
        }
    }
    found
}

/// Whether `.await` belongs to the cell itself.
fn awaits(node: &SyntaxNode) -> bool {
    let own = |node: &SyntaxNode| {
        !ast::Item::can_cast(node.kind())
            && node.kind() != SyntaxKind::CLOSURE_EXPR
            && ast::BlockExpr::cast(node.clone()).is_none_or(|block| block.async_token().is_none())
    };
    own(node) && (node.kind() == SyntaxKind::AWAIT_EXPR || node.children().any(|child| awaits(&child)))
}

/// The identifiers in a node.
fn mentions(node: &SyntaxNode) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for token in node.descendants_with_tokens().filter_map(NodeOrToken::into_token) {
        match token.kind() {
            SyntaxKind::IDENT => {
                found.insert(token.text().to_owned());
                found.insert(token.text().trim_start_matches("r#").to_owned());
            }
            SyntaxKind::STRING => formatted(token.text(), &mut found),
            _ => {}
        }
    }
    found
}

/// Identifiers inside of the braces of a format string.
fn formatted(text: &str, found: &mut BTreeSet<String>) {
    for part in text.split('{').skip(1) {
        let inside = part.split('}').next().unwrap_or_default();
        found.extend(words(inside));
    }
}

/// Whatever looks like an identifier.
pub fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_one(code: &str) -> Parsed {
        parse(code, &ItemMacros::new())
    }

    fn kinds(code: &str) -> Vec<String> {
        let parsed = parse(code, &ItemMacros::new());
        assert!(!parsed.broken, "{code}");
        parsed
            .pieces
            .iter()
            .map(|piece| {
                let kind = match &piece.kind {
                    Kind::Use(_) => "use",
                    Kind::Item(ItemKind::Impl(_)) => "impl",
                    Kind::Item(_) => "item",
                    Kind::Let(_) => "let",
                    Kind::Statement => "statement",
                    Kind::Tail => "tail",
                };
                format!("{kind} {}", &code[piece.range.clone()])
            })
            .collect()
    }

    #[test]
    fn a_cell_is_taken_apart_in_order() {
        let code = "use std::fmt;\nlet é = 1; struct S;\nimpl S {}\nfn f() {}\nf(); é + 1 // two";
        let expected = [
            "use use std::fmt;",
            "let let é = 1;",
            "item struct S;",
            "impl impl S {}",
            "item fn f() {}",
            "statement f();",
            "tail é + 1",
        ];
        assert_eq!(kinds(code), expected);
    }

    #[test]
    fn what_has_no_value_is_no_tail() {
        for code in
            ["for _ in 0..2 {}", "while true {}", "loop {}", "println!()", "x = 3", "panic!(\"no\")", "x += 1", "f();"]
        {
            assert!(kinds(code)[0].starts_with("statement"), "{code}");
        }
        for code in ["x == 3", "loop { break 3 }", "vec![1]", "if a { 1 } else { 2 }", "f()", "{ 1 }", "x"] {
            assert!(kinds(code)[0].starts_with("tail"), "{code}");
        }
    }

    #[test]
    fn bindings_of_patterns_leave_constants_out() {
        let parsed = parse_one("let (a, mut b, S { c, d: Some(e) }) = x; let None = y else { return };");
        let Kind::Let(found) = &parsed.pieces[0].kind else { panic!() };
        let names: Vec<(&str, bool)> = found.iter().map(|one| (one.name.as_str(), one.mutable)).collect();
        assert_eq!(names, [("a", false), ("b", true), ("c", false), ("e", false)]);
        let Kind::Let(none) = &parsed.pieces[1].kind else { panic!() };
        assert!(none.is_empty());
    }

    #[test]
    fn awaiting_is_seen_where_it_belongs_to_the_cell() {
        assert!(parse_one("let x = f().await;").asynchronous);
        assert!(!parse_one("async fn f() { g().await }").asynchronous);
        assert!(!parse_one("let x = async { g().await };").asynchronous);
    }

    #[test]
    fn mentions_look_into_format_strings_and_macros() {
        let parsed = parse_one("println!(\"{x:?} {} {y:>w$} {{}}\", vec![z]);");
        for name in ["x", "y", "w", "z"] {
            assert!(parsed.pieces[0].mentions.contains(name), "{name}");
        }
    }

    #[test]
    fn broken_code_is_one_piece() {
        for code in ["let = 1", "x +", "}", "fn f() {", "let x = "] {
            assert!(parse(code, &ItemMacros::new()).broken, "{code}");
        }
    }

    #[test]
    fn the_last_statement_may_do_without_its_semicolon() {
        assert_eq!(kinds("f();\nlet a = 5 // five"), ["statement f();", "let let a = 5 // five"]);
        assert_eq!(kinds("use std::fmt"), ["use use std::fmt"]);
    }

    #[test]
    fn a_call_of_a_macro_for_items_is_one() {
        let code = "macro_rules! make { ($n:ident) => { struct $n; fn made() {} }; }\nmake!(Foo);";
        let Kind::Item(ItemKind::Call { names }) = &parse_one(code).pieces[1].kind else { panic!() };
        assert!(names.contains("Foo") && names.contains("made"), "{names:?}");
        let known = ItemMacros::from([("make".to_owned(), BTreeSet::new())]);
        assert!(matches!(parse("make! { A }", &known).pieces[0].kind, Kind::Item(ItemKind::Call { .. })));
        assert!(matches!(parse("made!(A);", &known).pieces[0].kind, Kind::Statement));
    }
}
