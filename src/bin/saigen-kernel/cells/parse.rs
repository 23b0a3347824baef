//! A cell taken apart: imports, items, `let` statements, other statements, and the trailing expression.

use std::collections::BTreeSet;
use std::ops::Range;

use ra_ap_syntax::ast::{self, AstNode, HasName};
use ra_ap_syntax::{Edition, NodeOrToken, SourceFile, SyntaxKind, SyntaxNode};

use super::imports::{self, Import};
use super::macros::{self, ItemMacros};
use super::weave::{self, Weave};

const BEFORE: &str = "async fn cell(){";
const AFTER: &str = "\n}";
const AFTER_STATEMENT: &str = "\n;}";

/// Macros whose calls define items, so that they belong outside the cell's function.
const ITEM_MACROS: [&str; 3] = ["thread_local", "lazy_static", "bitflags"];

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

/// The namespaces of Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Namespace {
    Type,
    Value,
    Macro,
}

/// What the session must know of an item to keep, replace and include it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// Replaces items of the same names. `triggers` are names that need it too: the methods of a trait.
    Named {
        names: Vec<(Namespace, String)>,
        triggers: Vec<String>,
    },
    /// A static keeps one place in memory for the whole session.
    Static {
        name: String,
        mutable: bool,
        declared_type: Range<usize>,
        /// Where its type leaves out a lifetime, which is `'static`.
        elided: Vec<usize>,
    },
    Impl(Impl),
    /// `items` has the names of the items that it defines, if it is for items.
    Macro {
        name: String,
        items: Option<BTreeSet<String>>,
    },
    /// Calls a macro that defines items: perhaps of these names.
    Call {
        names: BTreeSet<String>,
    },
    /// Compiled with its cell and forgotten, such as `const _`.
    Passing,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impl {
    /// Everything before the body, without white space: an implementation of a trait replaces one with the same.
    pub header: String,
    pub of_trait: bool,
    /// Identifiers in the header.
    pub anchors: BTreeSet<String>,
    /// Name and range of each associated item.
    pub members: Vec<(String, Range<usize>)>,
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

fn macro_name(call: &ast::MacroCall) -> Option<String> {
    Some(call.path()?.segment()?.name_ref()?.text().to_string())
}

fn item_macro(node: &SyntaxNode) -> Option<ItemKind> {
    let call = node.descendants().take(3).find_map(ast::MacroCall::cast)?;
    let name = macro_name(&call).filter(|name| ITEM_MACROS.contains(&name.as_str()))?;
    let tokens: Vec<_> = call.syntax().descendants_with_tokens().filter_map(NodeOrToken::into_token).collect();
    let words: Vec<&str> =
        tokens.iter().filter(|token| !token.kind().is_trivia()).map(ra_ap_syntax::SyntaxToken::text).collect();
    let follows = |before: &[&str]| -> Vec<String> {
        words
            .windows(2)
            .filter(|pair| before.contains(&pair[0]) && pair[1] != "ref")
            .map(|pair| pair[1].to_owned())
            .collect()
    };
    let mut names: Vec<(Namespace, String)> =
        follows(&["static", "ref"]).into_iter().map(|name| (Namespace::Value, name)).collect();
    if name == "bitflags" {
        names.extend(follows(&["struct"]).into_iter().map(|name| (Namespace::Type, name)));
    }
    Some(ItemKind::Named { names, triggers: Vec::new() })
}

fn item_kind(item: &ast::Item) -> ItemKind {
    let named = |name: Option<ast::Name>, spaces: &[Namespace]| match name {
        Some(name) => {
            ItemKind::Named { names: spaces.iter().map(|space| (*space, plain(&name))).collect(), triggers: Vec::new() }
        }
        None => ItemKind::Passing,
    };
    match item {
        ast::Item::Fn(function) => named(function.name(), &[Namespace::Value]),
        ast::Item::Const(constant) => named(constant.name(), &[Namespace::Value]),
        ast::Item::Enum(item) => named(item.name(), &[Namespace::Type]),
        ast::Item::Union(item) => named(item.name(), &[Namespace::Type]),
        ast::Item::TypeAlias(item) => named(item.name(), &[Namespace::Type]),
        ast::Item::Module(item) => named(item.name(), &[Namespace::Type]),
        ast::Item::MacroDef(item) => named(item.name(), &[Namespace::Macro]),
        ast::Item::Struct(item) => match item.field_list() {
            Some(ast::FieldList::RecordFieldList(_)) => named(item.name(), &[Namespace::Type]),
            _ => named(item.name(), &[Namespace::Type, Namespace::Value]),
        },
        ast::Item::Trait(item) => {
            let methods = item.assoc_item_list().into_iter().flat_map(|list| list.assoc_items());
            let triggers = methods.filter_map(|member| member_name(&member)).collect();
            match item.name() {
                Some(name) => ItemKind::Named { names: vec![(Namespace::Type, name.text().to_string())], triggers },
                None => ItemKind::Passing,
            }
        }
        ast::Item::ExternBlock(block) => {
            let names = block.extern_item_list().into_iter().flat_map(|list| list.extern_items());
            let names = names.filter_map(|item| match item {
                ast::ExternItem::Fn(function) => function.name(),
                ast::ExternItem::Static(variable) => variable.name(),
                ast::ExternItem::TypeAlias(alias) => alias.name(),
                ast::ExternItem::MacroCall(_) => None,
            });
            ItemKind::Named {
                names: names.map(|name| (Namespace::Value, name.text().to_string())).collect(),
                triggers: Vec::new(),
            }
        }
        ast::Item::ExternCrate(item) => {
            let name = item.rename().and_then(|rename| rename.name()).map(|name| name.text().to_string());
            match name.or_else(|| item.name_ref().map(|name| name.text().to_string())) {
                Some(name) => ItemKind::Named { names: vec![(Namespace::Type, name)], triggers: Vec::new() },
                None => ItemKind::Passing,
            }
        }
        ast::Item::MacroRules(item) => match item.name() {
            Some(name) => ItemKind::Macro { name: name.text().to_string(), items: macros::item_names(item) },
            None => ItemKind::Passing,
        },
        ast::Item::Static(item) => match (item.name(), item.ty()) {
            (Some(name), Some(declared)) => ItemKind::Static {
                name: name.text().to_string(),
                mutable: item.mut_token().is_some(),
                declared_type: range(declared.syntax()),
                elided: elided(&declared),
            },
            _ => ItemKind::Passing,
        },
        ast::Item::Impl(item) => ItemKind::Impl(implementation(item)),
        ast::Item::Use(_) | ast::Item::MacroCall(_) | ast::Item::AsmExpr(_) => ItemKind::Passing,
    }
}

/// A name as paths of the compiler have it.
fn plain(name: &ast::Name) -> String {
    name.text().trim_start_matches("r#").to_owned()
}

/// Where references in the type of a static leave out their lifetime.
fn elided(declared: &ast::Type) -> Vec<usize> {
    let own = |node: &SyntaxNode| {
        let inside = |kind: SyntaxKind| node.ancestors().any(|ancestor| ancestor.kind() == kind);
        // `fn(&T)` and `dyn Fn(&T)` have lifetimes of their own.
        !inside(SyntaxKind::FN_PTR_TYPE) && !inside(SyntaxKind::PARENTHESIZED_ARG_LIST)
    };
    let references = declared.syntax().descendants().filter(own).filter_map(ast::RefType::cast);
    let without = references.filter(|reference| reference.lifetime().is_none());
    without.filter_map(|reference| Some(offset(reference.amp_token()?.text_range().end()))).collect()
}

fn implementation(item: &ast::Impl) -> Impl {
    let mut header = String::new();
    let mut anchors = BTreeSet::new();
    for element in item.syntax().descendants_with_tokens() {
        match element {
            NodeOrToken::Node(node) if ast::AssocItemList::can_cast(node.kind()) => break,
            NodeOrToken::Token(token) if !token.kind().is_trivia() => {
                header.push_str(token.text());
                header.push(' ');
                if token.kind() == SyntaxKind::IDENT {
                    anchors.insert(token.text().to_owned());
                }
            }
            _ => {}
        }
    }
    let members = item.assoc_item_list().into_iter().flat_map(|list| list.assoc_items());
    let members = members.filter_map(|member| Some((member_name(&member)?, range(member.syntax())))).collect();
    Impl { header, of_trait: item.for_token().is_some(), anchors, members }
}

fn member_name(member: &ast::AssocItem) -> Option<String> {
    let name = match member {
        ast::AssocItem::Fn(function) => function.name(),
        ast::AssocItem::Const(constant) => constant.name(),
        ast::AssocItem::TypeAlias(alias) => alias.name(),
        ast::AssocItem::MacroCall(_) => None,
    };
    name.map(|name| name.text().to_string())
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
            && !ast::BlockExpr::cast(node.clone()).is_some_and(|block| block.async_token().is_some())
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
    fn items_know_their_names_and_members() {
        let kinds = |code: &str| match parse(code, &ItemMacros::new()).pieces.remove(0).kind {
            Kind::Item(kind) => kind,
            other => panic!("{other:?}"),
        };
        let ItemKind::Named { names, .. } = kinds("struct P(u8);") else { panic!() };
        assert_eq!(names, [(Namespace::Type, "P".to_owned()), (Namespace::Value, "P".to_owned())]);
        let ItemKind::Named { triggers, .. } = kinds("trait Area { fn area(&self) -> f64; }") else { panic!() };
        assert_eq!(triggers, ["area"]);
        let ItemKind::Impl(block) = kinds("impl<T> Area for P<T> where T: Copy { fn area(&self) -> f64 { 1.0 } }")
        else {
            panic!()
        };
        assert!(block.of_trait && block.anchors.contains("Area") && block.members[0].0 == "area");
        let ItemKind::Static { name, mutable, .. } = kinds("static mut N: u32 = 0;") else { panic!() };
        assert!(name == "N" && mutable);
        let ItemKind::Named { names, .. } = kinds("thread_local! { static A: u8 = const { 1 }; }") else { panic!() };
        assert_eq!(names, [(Namespace::Value, "A".to_owned())]);
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

    #[test]
    fn lifetimes_that_a_static_leaves_out_are_found() {
        let code = "static A: &[&'static str] = &[]; static F: fn(&u8) -> &u8 = f;";
        let elided: Vec<usize> = parse_one(code)
            .pieces
            .iter()
            .map(|piece| match &piece.kind {
                Kind::Item(ItemKind::Static { elided, .. }) => elided.len(),
                _ => panic!(),
            })
            .collect();
        assert_eq!(elided, [1, 0]);
    }
}
