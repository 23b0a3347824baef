//! `use` declarations, one import at a time, so that a later cell can repeat or replace one.

use std::ops::Range;

use ra_ap_syntax::ast::{self, AstNode, HasName};

/// One imported name, or one glob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The path, such as `std::fmt` or `::polars::prelude::*`.
    pub path: String,
    pub kind: ImportKind,
    /// Where it stands in its cell.
    pub range: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportKind {
    /// Binds this name.
    Name(String),
    /// `as _`.
    Anonymous,
    Glob,
}

impl Import {
    /// The import as a declaration.
    pub fn declaration(&self) -> String {
        let Import { path, kind, .. } = self;
        match kind {
            ImportKind::Name(name) if path.rsplit("::").next() == Some(name) => format!("use {path};"),
            ImportKind::Name(name) => format!("use {path} as {name};"),
            ImportKind::Anonymous => format!("use {path} as _;"),
            ImportKind::Glob => format!("use {path}::*;"),
        }
    }

    /// Whether this import takes the place of another.
    pub fn replaces(&self, other: &Import) -> bool {
        match (&self.kind, &other.kind) {
            (ImportKind::Name(one), ImportKind::Name(two)) => one == two,
            _ => self.path == other.path && self.kind == other.kind,
        }
    }
}

/// The imports of a declaration.
pub fn flatten(used: &ast::Use) -> Vec<Import> {
    let mut found = Vec::new();
    if let Some(tree) = used.use_tree() {
        visit(&tree, "", &mut found);
    }
    found
}

fn visit(tree: &ast::UseTree, prefix: &str, found: &mut Vec<Import>) {
    let own: String =
        tree.path().map(|path| path.syntax().text().to_string().split_whitespace().collect()).unwrap_or_default();
    let path = match (prefix, own.as_str()) {
        ("", own) => own.to_owned(),
        // `use a::{self}` imports `a` itself.
        (prefix, "self" | "") => prefix.to_owned(),
        (prefix, own) => format!("{prefix}::{}", own.trim_start_matches("::")),
    };
    if let Some(list) = tree.use_tree_list() {
        for inner in list.use_trees() {
            visit(&inner, &path, found);
        }
    } else if tree.star_token().is_some() {
        found.push(Import { path, kind: ImportKind::Glob, range: super::parse::range(tree.syntax()) });
    } else {
        let renamed = tree.rename().map(|rename| rename.name().map(|name| name.text().to_string()));
        let kind = match renamed {
            Some(Some(name)) => ImportKind::Name(name),
            Some(None) => ImportKind::Anonymous,
            None => ImportKind::Name(path.rsplit("::").next().unwrap_or_default().to_owned()),
        };
        found.push(Import { path, kind, range: super::parse::range(tree.syntax()) });
    }
}

#[cfg(test)]
mod tests {
    use crate::cells::parse::{Kind, parse};

    fn declarations(code: &str) -> Vec<String> {
        let parsed = parse(code, &Default::default());
        let Kind::Use(imports) = &parsed.pieces[0].kind else { panic!("{code}") };
        imports.iter().map(super::Import::declaration).collect()
    }

    #[test]
    fn trees_become_one_declaration_for_each_name() {
        let code = "use std::{fmt::{self, Write as _}, collections::*, io::Result as IoResult};";
        let expected = [
            "use std::fmt;",
            "use std::fmt::Write as _;",
            "use std::collections::*;",
            "use std::io::Result as IoResult;",
        ];
        assert_eq!(declarations(code), expected);
        assert_eq!(declarations("pub use ::polars :: prelude::*;"), ["use ::polars::prelude::*;"]);
        assert_eq!(declarations("use saigen;"), ["use saigen;"]);
    }

    #[test]
    fn an_import_replaces_the_one_of_its_name_or_itself() {
        let import = |code: &str| match parse(code, &Default::default()).pieces.remove(0).kind {
            Kind::Use(mut imports) => imports.remove(0),
            _ => panic!(),
        };
        assert!(import("use a::X;").replaces(&import("use b::X;")));
        assert!(import("use a::*;").replaces(&import("use a::*;")));
        assert!(!import("use a::*;").replaces(&import("use b::*;")));
        assert!(!import("use a::X as _;").replaces(&import("use a::X;")));
    }
}
