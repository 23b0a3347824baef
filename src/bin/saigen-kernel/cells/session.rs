//! What the cells that ran have left: imports, items and variables.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::imports::{Import, ImportKind};
use super::macros::ItemMacros;
use super::parse::{ItemKind, Kind, Namespace, Parsed, Piece};
use super::source::Cell;
use super::weave::Weave;

/// An import of a cell.
#[derive(Clone, Debug)]
pub struct Imported {
    pub cell: Arc<Cell>,
    pub import: Import,
}

/// An item of a cell.
#[derive(Clone, Debug)]
pub struct Item {
    pub cell: Arc<Cell>,
    pub range: Range<usize>,
    pub kind: ItemKind,
    pub mentions: BTreeSet<String>,
    pub weaves: Vec<Weave>,
    /// Members of an `impl` that later cells replaced.
    pub cuts: Vec<Range<usize>>,
}

/// A variable that is kept in the cell process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its type as Rust source for the root of a cell's crate.
    pub kind: String,
    pub mutable: bool,
}

/// The session as source: everything but the values. Cheap to clone: a cell is tried on a copy.
#[derive(Clone, Debug, Default)]
pub struct Session {
    pub imports: Vec<Imported>,
    pub items: Vec<Arc<Item>>,
    pub variables: BTreeMap<String, Variable>,
    /// Why variables of earlier cells are no longer there, for whoever uses them.
    pub gone: BTreeMap<String, String>,
    /// Compiled cells that define statics, which a new process must load again.
    pub libraries: Vec<PathBuf>,
}

/// Names that a cell gives another meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redefined {
    pub items: BTreeSet<String>,
    /// Names that an import binds now, or bound before.
    pub imports: BTreeSet<String>,
}

impl Item {
    fn names(&self) -> Vec<(Namespace, &str)> {
        match &self.kind {
            ItemKind::Named { names, .. } => names.iter().map(|(space, name)| (*space, name.as_str())).collect(),
            ItemKind::Static { name, .. } => vec![(Namespace::Value, name)],
            ItemKind::Macro { name, .. } => vec![(Namespace::Macro, name)],
            ItemKind::Impl(_) | ItemKind::Call { .. } | ItemKind::Passing => Vec::new(),
        }
    }

    pub fn text(&self) -> &str {
        &self.cell.code[self.range.clone()]
    }

    /// What a message calls it.
    pub fn label(&self) -> String {
        match &self.kind {
            ItemKind::Impl(block) => block.header.replace(" :: ", "::").trim_end().to_owned(),
            ItemKind::Call { .. } => self.text().lines().next().unwrap_or_default().to_owned(),
            _ => self.names().first().map(|(_, name)| (*name).to_owned()).unwrap_or_default(),
        }
    }

    /// The ranges of its text that are still valid.
    pub fn ranges(&self) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        let mut start = self.range.start;
        for cut in &self.cuts {
            ranges.push(start..cut.start);
            start = cut.end;
        }
        ranges.push(start..self.range.end);
        ranges
    }
}

impl Session {
    /// Takes over the imports and items of a cell that compiled. Returns the names of types, and of whatever is
    /// written with a type's name, that now mean something else.
    pub fn commit(&mut self, cell: &Arc<Cell>, parsed: &Parsed) -> Redefined {
        let mut redefined = Redefined::default();
        for Piece { range, kind, mentions, weaves } in &parsed.pieces {
            match kind {
                Kind::Use(imports) => imports.iter().for_each(|import| self.import(cell, import, &mut redefined)),
                Kind::Item(ItemKind::Passing) => {}
                Kind::Item(kind) => {
                    let item = Item {
                        cell: Arc::clone(cell),
                        range: range.clone(),
                        kind: kind.clone(),
                        mentions: mentions.clone(),
                        weaves: weaves.clone(),
                        cuts: Vec::new(),
                    };
                    self.define(item, &mut redefined);
                }
                Kind::Let(_) | Kind::Statement | Kind::Tail => {}
            }
        }
        redefined
    }

    fn import(&mut self, cell: &Arc<Cell>, import: &Import, redefined: &mut Redefined) {
        let other = |other: &Imported| import.replaces(&other.import) && import.path != other.import.path;
        if let ImportKind::Name(name) = &import.kind
            && (self.has_type(name) || self.imports.iter().any(other))
        {
            redefined.imports.insert(name.clone());
        }
        self.imports.retain(|other| !import.replaces(&other.import));
        if let ImportKind::Name(name) = &import.kind {
            self.items.retain(|item| !item.names().iter().any(|(_, other)| other == name));
        }
        self.imports.push(Imported { cell: Arc::clone(cell), import: import.clone() });
    }

    fn define(&mut self, item: Item, redefined: &mut Redefined) {
        if let ItemKind::Impl(block) = &item.kind {
            let adds = |other: &Item| matches!(&other.kind, ItemKind::Impl(earlier) if earlier.header == block.header);
            for other in self.items.iter_mut().filter(|other| !block.of_trait && adds(other)) {
                let other = Arc::make_mut(other);
                let ItemKind::Impl(earlier) = &mut other.kind else { continue };
                // Another block for the same type adds to the earlier one, and takes the place of what it repeats.
                let (gone, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut earlier.members)
                    .into_iter()
                    .partition(|(name, _)| block.members.iter().any(|(new, _)| new == name));
                earlier.members = kept;
                other.cuts.extend(gone.into_iter().map(|(_, range)| range));
                other.cuts.sort_by_key(|cut| cut.start);
            }
            let header = block.header.clone();
            self.items.retain(|other| match &other.kind {
                ItemKind::Impl(earlier) => {
                    earlier.header != header || (!earlier.of_trait && !earlier.members.is_empty())
                }
                _ => true,
            });
        } else if matches!(item.kind, ItemKind::Call { .. }) {
            self.items.retain(|other| !matches!(other.kind, ItemKind::Call { .. }) || other.text() != item.text());
        } else {
            let names: Vec<(Namespace, String)> =
                item.names().into_iter().map(|(space, name)| (space, name.to_owned())).collect();
            let same = |other: &Item| other.names().iter().any(|(s, n)| names.iter().any(|(t, m)| s == t && n == m));
            // A cell that is run again defines the same once more: that redefines nothing.
            let text = item.text();
            let changed = self.items.iter().filter(|other| same(other) && other.text() != text);
            for other in changed {
                for (space, name) in other.names() {
                    // The length of an array in a type may be a constant, or a constant function's result.
                    if space == Namespace::Type || other.text().contains("const") {
                        redefined.items.insert(name.to_owned());
                    }
                    // What a macro defined, it now defines otherwise.
                    let calls = |call: &Item| space == Namespace::Macro && call.mentions.contains(name);
                    for call in self.items.iter().filter(|call| calls(call)) {
                        if let ItemKind::Call { names } = &call.kind {
                            redefined.items.extend(names.iter().cloned());
                        }
                    }
                }
            }
            for call in &self.items {
                if let ItemKind::Call { names: called } = &call.kind {
                    let both = names.iter().map(|(_, name)| name).filter(|name| called.contains(*name));
                    redefined.items.extend(both.cloned());
                }
            }
            for imported in &self.imports {
                if let ImportKind::Name(bound) = &imported.import.kind
                    && names.iter().any(|(_, name)| name == bound)
                {
                    redefined.imports.insert(bound.clone());
                }
            }
            self.items.retain(|other| !same(other));
            self.imports.retain(|imported| match &imported.import.kind {
                ImportKind::Name(bound) => !names.iter().any(|(_, name)| name == bound),
                _ => true,
            });
        }
        self.items.push(Arc::new(item));
    }

    /// The items that code with these identifiers may need, by index, in the order of their definition.
    pub fn needed(&self, mentions: &BTreeSet<String>) -> Vec<usize> {
        let mut known = mentions.clone();
        for Imported { import, .. } in &self.imports {
            known.extend(import.path.split("::").take(2).map(str::to_owned));
        }
        let own: BTreeSet<&str> = self.items.iter().flat_map(|item| item.names()).map(|(_, name)| name).collect();
        let mut chosen: BTreeSet<usize> = BTreeSet::new();
        loop {
            let before = chosen.len();
            for (index, item) in self.items.iter().enumerate() {
                if chosen.contains(&index) || !self.is_needed(item, &known, &own, &chosen) {
                    continue;
                }
                chosen.insert(index);
                known.extend(item.mentions.iter().cloned());
            }
            if chosen.len() == before {
                return chosen.into_iter().collect();
            }
        }
    }

    fn is_needed(&self, item: &Item, known: &BTreeSet<String>, own: &BTreeSet<&str>, chosen: &BTreeSet<usize>) -> bool {
        match &item.kind {
            ItemKind::Impl(block) => {
                let local: Vec<&str> =
                    block.anchors.iter().map(String::as_str).filter(|name| own.contains(name)).collect();
                // An implementation between foreign names can only be of a macro's making; it is harmless.
                local.iter().all(|anchor| {
                    chosen.iter().any(|index| self.items[*index].names().iter().any(|(_, name)| name == anchor))
                })
            }
            ItemKind::Named { names, triggers } => {
                names.iter().map(|(_, name)| name).chain(triggers).any(|name| known.contains(name))
            }
            ItemKind::Static { name, .. } | ItemKind::Macro { name, .. } => known.contains(name),
            ItemKind::Call { names } => names.iter().any(|name| known.contains(name)),
            ItemKind::Passing => false,
        }
    }

    /// The variables whose type depends on one of these names, also through other items.
    pub fn depending(&self, redefined: &Redefined) -> Vec<String> {
        if redefined.items.is_empty() && redefined.imports.is_empty() {
            return Vec::new();
        }
        // A variable whose type has an imported name has its full path, but an item that was written with it changes.
        let mut changed: BTreeSet<String> = redefined.items.clone();
        let mut affected: BTreeSet<String> = changed.union(&redefined.imports).cloned().collect();
        loop {
            let before = affected.len();
            for item in self.items.iter().filter(|item| !matches!(item.kind, ItemKind::Impl(_))) {
                if item.names().iter().any(|(space, _)| *space == Namespace::Type)
                    && item.mentions.iter().any(|name| affected.contains(name))
                {
                    affected.extend(item.names().into_iter().map(|(_, name)| name.to_owned()));
                    changed.extend(item.names().into_iter().map(|(_, name)| name.to_owned()));
                }
            }
            if affected.len() == before {
                break;
            }
        }
        let depends = |variable: &Variable| own_names(&variable.kind).iter().any(|name| changed.contains(name));
        self.variables.iter().filter(|(_, variable)| depends(variable)).map(|(name, _)| name.clone()).collect()
    }

    /// The names that an item defines, as far as its text tells.
    pub fn defined_by(&self, index: usize) -> Redefined {
        let items = match &self.items[index].kind {
            ItemKind::Call { names } => names.clone(),
            _ => self.items[index].names().into_iter().map(|(_, name)| name.to_owned()).collect(),
        };
        Redefined { items, imports: BTreeSet::new() }
    }

    /// Whether paths of the session may begin with this name: a type's or a module's.
    pub fn has_type(&self, name: &str) -> bool {
        self.items.iter().any(|item| {
            item.names().contains(&(Namespace::Type, name))
                || matches!(&item.kind, ItemKind::Call { names } if names.contains(name))
        })
    }

    /// The macros that define items.
    pub fn item_macros(&self) -> ItemMacros {
        let named = self.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Macro { name, items: Some(items) } => Some((name.clone(), items.clone())),
            _ => None,
        });
        named.collect()
    }

    /// Name and type of each variable.
    pub fn types(&self) -> BTreeMap<String, String> {
        self.variables.iter().map(|(name, variable)| (name.clone(), variable.kind.clone())).collect()
    }

    /// Forgets items by index.
    pub fn drop_items(&mut self, dropped: &BTreeSet<usize>) {
        let mut index = 0..;
        self.items.retain(|_| index.next().is_none_or(|index| !dropped.contains(&index)));
    }

    /// Forgets imports by index.
    pub fn drop_imports(&mut self, dropped: &BTreeSet<usize>) {
        let mut index = 0..;
        self.imports.retain(|_| index.next().is_none_or(|index| !dropped.contains(&index)));
    }

    /// Forgets a variable and remembers why.
    pub fn lose(&mut self, name: &str, reason: String) {
        self.variables.remove(name);
        self.gone.insert(name.to_owned(), reason);
    }

    /// Forgets all variables, because their process ended, `when` it did. Returns their names.
    pub fn lose_all(&mut self, when: &str) -> Vec<String> {
        let lost: Vec<String> = std::mem::take(&mut self.variables).into_keys().collect();
        let reason = format!("was lost when the process ended {when}");
        self.gone.extend(lost.iter().map(|name| (name.clone(), reason.clone())));
        lost
    }
}

/// The names in the paths of a type that lead to the session's items.
fn own_names(kind: &str) -> BTreeSet<String> {
    let paths = kind.split("crate::").skip(1);
    let path = |rest: &str| {
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
        super::parse::words(&rest[..end])
    };
    paths.flat_map(path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::parse::parse;

    fn session(cells: &[&str]) -> Session {
        let mut session = Session::default();
        for (number, code) in (1..).zip(cells) {
            let cell = Arc::new(Cell { number, count: 1, code: (*code).to_owned() });
            session.commit(&cell, &parse(code, &Default::default()));
        }
        session
    }

    fn texts(session: &Session, indices: &[usize]) -> Vec<String> {
        let text = |item: &Item| item.ranges().into_iter().map(|range| &item.cell.code[range]).collect::<String>();
        indices.iter().map(|index| text(&session.items[*index])).collect()
    }

    fn needed(session: &Session, code: &str) -> Vec<String> {
        let mentions = crate::cells::parse::words(code);
        texts(session, &session.needed(&mentions))
    }

    #[test]
    fn only_what_is_reached_is_needed() {
        let session = session(&[
            "struct P(u8); impl P { fn get(&self) -> u8 { helper(self.0) } }",
            "fn helper(x: u8) -> u8 { x }\nfn other() {}",
            "trait Area { fn area(&self) -> f64; }\nimpl Area for P { fn area(&self) -> f64 { 0.0 } }",
            "impl Area for f64 { fn area(&self) -> f64 { *self } }",
        ]);
        assert_eq!(needed(&session, "1 + 1"), Vec::<String>::new());
        let p = needed(&session, "P(1)");
        assert!(
            p.iter().any(|item| item.starts_with("fn helper")) && !p.iter().any(|item| item.contains("Area")),
            "{p:?}"
        );
        let area = needed(&session, "2.0.area()");
        assert!(area.iter().any(|item| item.starts_with("impl Area for f64")), "{area:?}");
        assert!(!area.iter().any(|item| item.contains("other")));
        assert_eq!(needed(&session, "P(1).area()").len(), 6);
    }

    #[test]
    fn items_are_replaced_by_name_and_impls_by_member() {
        let session = session(&[
            "struct P; impl P { fn a() {} fn b() {} }",
            "impl P { fn b() { 2; } fn c() {} }",
            "impl Clone for P { fn clone(&self) -> P { P } }",
            "impl Clone for P { fn clone(&self) -> P { loop {} } }",
            "fn f() {}",
            "fn f() -> u8 { 1 }",
        ]);
        let all: Vec<usize> = (0..session.items.len()).collect();
        let texts = texts(&session, &all);
        assert_eq!(
            texts,
            [
                "struct P;",
                "impl P { fn a() {}  }",
                "impl P { fn b() { 2; } fn c() {} }",
                "impl Clone for P { fn clone(&self) -> P { loop {} } }",
                "fn f() -> u8 { 1 }"
            ]
        );
    }

    #[test]
    fn a_redefined_type_takes_its_variables_with_it() {
        let mut session = session(&["struct P; struct Q { p: P } struct R;"]);
        for (name, kind) in [("p", "crate::P"), ("q", "::std::vec::Vec<crate::Q>"), ("r", "crate::R")] {
            session.variables.insert(name.into(), Variable { kind: kind.into(), mutable: false });
        }
        let code = "struct P(u8);";
        let redefined = session
            .commit(&Arc::new(Cell { number: 2, count: 2, code: code.into() }), &parse(code, &Default::default()));
        assert_eq!(session.depending(&redefined), ["p", "q"]);
        let again = session
            .commit(&Arc::new(Cell { number: 3, count: 3, code: code.into() }), &parse(code, &Default::default()));
        assert_eq!(again, Redefined::default());
    }

    #[test]
    fn a_type_changes_with_the_constants_imports_and_macros_that_it_is_made_of() {
        for (earlier, now) in [
            ("const N: usize = 1; struct P([u8; N]);", "const N: usize = 2;"),
            ("use a::X; struct P(X);", "use b::X;"),
            ("use a::X; struct P(X);", "struct X;"),
            (
                "macro_rules! m { ($n:ident) => { struct $n; }; }\nm!(P);",
                "macro_rules! m { ($n:ident) => { struct $n(u8); }; }",
            ),
            ("macro_rules! m { ($n:ident) => { struct $n; }; }\nm!(P);", "struct P(u8);"),
        ] {
            let mut session = session(&[earlier]);
            for (name, kind) in [("p", "crate::P"), ("x", "::a::X")] {
                session.variables.insert(name.into(), Variable { kind: kind.into(), mutable: false });
            }
            let cell = Arc::new(Cell { number: 2, count: 2, code: now.into() });
            let redefined = session.commit(&cell, &parse(now, &Default::default()));
            assert_eq!(session.depending(&redefined), ["p"], "{now}");
        }
    }

    #[test]
    fn imports_and_items_take_each_others_place() {
        let session = session(&["use a::X; use b::*;", "use c::X;", "struct Y;", "use d::Y;", "fn X() {}"]);
        let imports: Vec<String> = session.imports.iter().map(|one| one.import.declaration()).collect();
        assert_eq!(imports, ["use b::*;", "use d::Y;"]);
        assert_eq!(session.items.len(), 1);
    }
}
