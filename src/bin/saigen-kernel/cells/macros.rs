//! Which of the user's macros define items, told from the rules: a call of one belongs outside the cell's function.

use std::collections::{BTreeMap, BTreeSet};

use ra_ap_syntax::ast::{self, AstNode, HasName};
use ra_ap_syntax::{Edition, NodeOrToken, SourceFile, SyntaxKind, SyntaxNode};

/// Macros that define items, each with the names that its rules spell out.
pub type ItemMacros = BTreeMap<String, BTreeSet<String>>;

/// Stands before the name of a macro's variable, so that a variable named like a keyword is an identifier too.
const VARIABLE: &str = "saigen_variable_";

/// The names of the items that a macro defines and that its rules spell out; `None` if it isn't one for items. A macro
/// is one if each of its rules, but for those that do nothing but call macros, has items alone.
pub fn item_names(rules: &ast::MacroRules) -> Option<BTreeSet<String>> {
    let trees: Vec<SyntaxNode> = token_trees(rules.token_tree()?.syntax()).collect();
    let mut names = BTreeSet::new();
    let mut any = false;
    for rule in trees.chunks(2) {
        let [matcher, transcriber] = rule else { return None };
        let mut text = String::new();
        expand(transcriber, &specifiers(matcher), &mut text);
        let parsed = SourceFile::parse(&text, Edition::Edition2024);
        if !parsed.errors().is_empty() {
            return None;
        }
        for item in parsed.syntax_node().children() {
            any |= !ast::MacroCall::can_cast(item.kind());
            let own = item.children().find_map(ast::Name::cast).map(|name| name.text().to_string());
            names.extend(own.filter(|name| !name.starts_with(VARIABLE)));
        }
    }
    any.then_some(names)
}

/// The item macros of some code, beside those that are known; one that is defined anew counts as it is now.
pub fn with_own(nodes: &[SyntaxNode], mut known: ItemMacros) -> ItemMacros {
    for rules in nodes.iter().cloned().filter_map(ast::MacroRules::cast) {
        let Some(name) = rules.name().map(|name| name.text().to_string()) else { continue };
        match item_names(&rules) {
            Some(names) => known.insert(name, names),
            None => known.remove(&name),
        };
    }
    known
}

/// What a statement that calls an item macro defines, as far as its text tells: the identifiers among its arguments,
/// and what the rules spell out.
pub fn called(node: &SyntaxNode, known: &ItemMacros) -> Option<BTreeSet<String>> {
    let mut node = node.clone();
    while matches!(node.kind(), SyntaxKind::EXPR_STMT | SyntaxKind::MACRO_EXPR) {
        node = node.children().find(|child| !ast::Attr::can_cast(child.kind()))?;
    }
    let call = ast::MacroCall::cast(node)?;
    let name = call.path()?.as_single_name_ref()?.text().to_string();
    let mut names = known.get(&name)?.clone();
    let tokens = call.token_tree()?.syntax().descendants_with_tokens().filter_map(NodeOrToken::into_token);
    names.extend(tokens.filter(|token| token.kind() == SyntaxKind::IDENT).map(|token| token.text().to_owned()));
    Some(names)
}

fn token_trees(node: &SyntaxNode) -> impl Iterator<Item = SyntaxNode> {
    node.children().filter(|child| ast::TokenTree::can_cast(child.kind()))
}

/// The kinds of a rule's variables.
fn specifiers(matcher: &SyntaxNode) -> BTreeMap<String, String> {
    let tokens: Vec<String> = matcher
        .descendants_with_tokens()
        .filter_map(NodeOrToken::into_token)
        .filter(|token| !token.kind().is_trivia())
        .map(|token| token.text().to_owned())
        .collect();
    let variable = |four: &[String]| (four[0] == "$" && four[2] == ":").then(|| (four[1].clone(), four[3].clone()));
    tokens.windows(4).filter_map(variable).collect()
}

/// Writes what a rule stands for, with each repetition once and something of its kind for each variable.
fn expand(tree: &SyntaxNode, specifiers: &BTreeMap<String, String>, text: &mut String) {
    let mut elements = tree.children_with_tokens().skip(1).peekable();
    while let Some(element) = elements.next() {
        // The last is the closing bracket of this tree.
        if elements.peek().is_none() {
            return;
        }
        match element {
            NodeOrToken::Token(token) if token.text() == "$" => match elements.next() {
                Some(NodeOrToken::Token(name)) => match specifiers.get(name.text()).map(String::as_str) {
                    Some("vis") => {}
                    Some("item") => text.push_str("struct Item;"),
                    Some("block") => text.push_str("{}"),
                    Some("literal") => text.push('1'),
                    Some("lifetime") => text.push_str("'a"),
                    Some(_) => text.push_str(&format!("{VARIABLE}{}", name.text())),
                    // `$crate`
                    None => text.push_str(name.text()),
                },
                Some(NodeOrToken::Node(repeated)) => {
                    expand(&repeated, specifiers, text);
                    // The separator, if any, and how often.
                    for after in elements.by_ref() {
                        if matches!(&after, NodeOrToken::Token(token) if ["*", "+", "?"].contains(&token.text())) {
                            break;
                        }
                    }
                }
                None => {}
            },
            NodeOrToken::Token(token) => text.push_str(token.text()),
            NodeOrToken::Node(inner) => {
                let bracket = |token: Option<ra_ap_syntax::SyntaxToken>| token.map(|token| token.text().to_owned());
                text.push_str(&bracket(inner.first_token()).unwrap_or_default());
                expand(&inner, specifiers, text);
                text.push_str(&bracket(inner.last_token()).unwrap_or_default());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(code: &str) -> Option<Vec<String>> {
        let parsed = SourceFile::parse(code, Edition::Edition2024);
        let rules = parsed.syntax_node().children().find_map(ast::MacroRules::cast).unwrap();
        item_names(&rules).map(|names| names.into_iter().collect())
    }

    #[test]
    fn macros_for_items_are_told_from_others() {
        let make = "macro_rules! m { ($(#[$a:meta])* $v:vis $type:ident, $($f:ident: $t:ty),* $(,)?) => {
            $(#[$a])* $v struct $type { $($f: $t),* } impl $type { fn new() -> Self { todo!() } } fn helper() {} }; }";
        assert_eq!(names(make), Some(vec!["helper".to_owned()]));
        assert_eq!(names("macro_rules! m { ($($t:ty)*) => { $(impl A for $t {})* }; }"), Some(vec![]));
        assert_eq!(
            names("macro_rules! m { ($a:ident) => { m!($a, 1); }; ($a:ident, $n:expr) => { const $a: u8 = $n; } }"),
            Some(vec![])
        );
        for other in [
            "macro_rules! m { ($x:expr) => { $x * $x }; }",
            "macro_rules! m { () => { fn f() -> u8 { 1 } f() }; }",
            "macro_rules! m { ($x:ident) => { let $x = 1; }; }",
            "macro_rules! m { () => { println!(\"a\"); }; }",
            "macro_rules! m { ($k:expr) => { { fn f() {} f() } }; }",
        ] {
            assert_eq!(names(other), None, "{other}");
        }
    }
}
