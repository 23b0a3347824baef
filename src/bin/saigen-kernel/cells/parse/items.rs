//! What the session must know of an item, read off its syntax.

use std::collections::BTreeSet;
use std::ops::Range;

use ra_ap_syntax::ast::{self, AstNode, HasName};
use ra_ap_syntax::{NodeOrToken, SyntaxKind, SyntaxNode};

use super::super::macros;
use super::{macro_name, offset, range};

/// Macros whose calls define items, so that they belong outside the cell's function.
const ITEM_MACROS: [&str; 3] = ["thread_local", "lazy_static", "bitflags"];

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

/// The items that a call of a well-known macro defines, if the node is one.
pub fn item_macro(node: &SyntaxNode) -> Option<ItemKind> {
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

/// What an item is.
pub fn item_kind(item: &ast::Item) -> ItemKind {
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

#[cfg(test)]
mod tests {
    use super::super::super::macros::ItemMacros;
    use super::super::{Kind, parse};
    use super::*;

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
    fn lifetimes_that_a_static_leaves_out_are_found() {
        let code = "static A: &[&'static str] = &[]; static F: fn(&u8) -> &u8 = f;";
        let elided: Vec<usize> = parse(code, &ItemMacros::new())
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
