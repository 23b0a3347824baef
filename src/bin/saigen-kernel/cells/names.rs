//! How the types of stored values are written, without asking the compiler again.
//!
//! The process tells the type of a value as `std::any::type_name` has it: `alloc::vec::Vec<f64>`, by the place where each
//! type is defined, which is often private. How a user can write it is in the compiler's MIR output, which costs a fifth
//! of a small cell. So what was read there once is remembered, type by type and, where a type is put together of
//! others, path by path: who has seen `Vec<f64>` and `(String, u8)` can write `Vec<(String, f64)>`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::types::PRIMITIVES;
use crate::message::Stored;

/// The crate of every cell.
const OWN: &str = "cell::";

/// What types are called, remembered in a file.
#[derive(Debug, Default)]
pub struct Names {
    known: Known,
    file: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Known {
    /// How a path is written, by the path of the definition.
    paths: BTreeMap<String, String>,
    /// The same for whole types that aren't put together of paths, such as `Box<dyn Fn()>`.
    types: BTreeMap<String, String>,
}

impl Names {
    /// What `file` remembers; nothing if it can't be read.
    pub fn open(file: PathBuf) -> Names {
        Names { known: read(&file).unwrap_or_default(), file: Some(file) }
    }

    /// How the type of a stored value is written, as MIR has it; `None` when only the compiler knows. `is_type` tells the
    /// names of the session's types.
    pub fn find(&self, stored: &Stored, is_type: &dyn Fn(&str) -> bool) -> Option<String> {
        if is_ambiguous(stored) {
            return None;
        }
        if let Some(known) = self.known.types.get(&stored.type_name) {
            return Some(known.clone());
        }
        let mut written = String::with_capacity(stored.type_name.len());
        self.write(&tree(&stored.type_name)?, is_type, &mut written)?;
        Some(written)
    }

    fn write(&self, tree: &Tree, is_type: &dyn Fn(&str) -> bool, into: &mut String) -> Option<()> {
        let path = match tree.head.strip_prefix(OWN) {
            Some(own) => Some(own).filter(|own| is_type(own))?,
            None if is_plain(&tree.head) => &tree.head,
            None => self.known.paths.get(&tree.head)?,
        };
        into.push_str(path);
        into.push_str(tree.open);
        for (index, part) in tree.parts.iter().enumerate() {
            if index > 0 {
                into.push_str(", ");
            }
            self.write(part, is_type, into)?;
        }
        into.push_str(&tree.close);
        Some(())
    }

    /// Remembers how the compiler writes a type, for later sessions too unless it is of this one.
    pub fn learn(&mut self, stored: &Stored, written: &str) {
        if is_ambiguous(stored) || written.contains('{') {
            return;
        }
        let before = self.known.clone();
        match (tree(&stored.type_name), tree(written)) {
            (Some(name), Some(written)) if name.has_shape_of(&written) => self.learn_paths(&name, &written),
            _ if stored.type_name.contains(OWN) => {}
            _ => _ = self.known.types.insert(stored.type_name.clone(), written.to_owned()),
        }
        if self.known != before {
            // What isn't remembered is asked of the compiler again.
            let _ = self.save();
        }
    }

    fn learn_paths(&mut self, name: &Tree, written: &Tree) {
        if !is_plain(&name.head) && !name.head.starts_with(OWN) {
            self.known.paths.insert(name.head.clone(), written.head.clone());
        }
        for (name, written) in name.parts.iter().zip(&written.parts) {
            self.learn_paths(name, written);
        }
    }

    /// Writes the file anew, with what other kernels have learnt since.
    fn save(&mut self) -> std::io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        if let Some(others) = read(file) {
            for (name, written) in others.paths {
                self.known.paths.entry(name).or_insert(written);
            }
            for (name, written) in others.types {
                self.known.types.entry(name).or_insert(written);
            }
        }
        let unfinished = file.with_extension(format!("{}.tmp", std::process::id()));
        let text = serde_json::to_vec_pretty(&self.known)?;
        let written = std::fs::File::create(&unfinished).and_then(|mut to| to.write_all(&text));
        written.and_then(|()| std::fs::rename(&unfinished, file)).inspect_err(|_| {
            let _ = std::fs::remove_file(&unfinished);
        })
    }
}

fn read(file: &Path) -> Option<Known> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

/// A function has the name of its path, and one that makes a struct the name of the struct: both have no size.
fn is_ambiguous(stored: &Stored) -> bool {
    stored.size == 0
}

/// Written the same everywhere: `f64`, the `2` of `[f64; 2]`, and what has no path, such as a tuple.
fn is_plain(head: &str) -> bool {
    head.is_empty() || PRIMITIVES.contains(&head) || head.starts_with(|first: char| first.is_ascii_digit())
}

/// A type that is put together of paths: `path<part, part>`, `(part, part)`, `[part; 3]`, `&mut part`, `*const part`.
#[derive(Debug, PartialEq)]
struct Tree {
    /// A path, or empty.
    head: String,
    open: &'static str,
    parts: Vec<Tree>,
    close: String,
}

impl Tree {
    fn has_shape_of(&self, other: &Tree) -> bool {
        let is_same_head =
            is_plain(&self.head) == is_plain(&other.head) && (!is_plain(&self.head) || self.head == other.head);
        is_same_head
            && (self.open, &self.close) == (other.open, &other.close)
            && self.parts.len() == other.parts.len()
            && self.parts.iter().zip(&other.parts).all(|(part, other)| part.has_shape_of(other))
    }
}

/// Takes a type apart; `None` when it has parts of another kind: trait objects, function pointers, lifetimes.
fn tree(text: &str) -> Option<Tree> {
    let mut rest = text;
    let tree = parse(&mut rest)?;
    rest.is_empty().then_some(tree)
}

fn parse(rest: &mut &str) -> Option<Tree> {
    for prefix in ["&mut ", "&", "*const ", "*mut "] {
        if let Some(after) = rest.strip_prefix(prefix) {
            *rest = after;
            return Some(Tree { head: String::new(), open: prefix, parts: vec![parse(rest)?], close: String::new() });
        }
    }
    if let Some(after) = rest.strip_prefix('(') {
        *rest = after;
        let (parts, trailing) = list(rest, ')')?;
        let close = if trailing { ",)" } else { ")" };
        return Some(Tree { head: String::new(), open: "(", parts, close: close.to_owned() });
    }
    if let Some(after) = rest.strip_prefix('[') {
        *rest = after;
        let part = parse(rest)?;
        let end = rest.find(']')?;
        let close = rest[..=end].to_owned();
        let is_count = close == "]"
            || close.strip_prefix("; ").is_some_and(|count| count.starts_with(|c: char| c.is_ascii_digit()));
        *rest = &rest[end + 1..];
        return is_count.then(|| Tree { head: String::new(), open: "[", parts: vec![part], close });
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(rest.len());
    let (head, after) = rest.split_at(end);
    let is_path = !head.is_empty() && (head.contains("::") || is_plain(head) || !is_keyword(head));
    *rest = after;
    let mut tree = Tree { head: is_path.then(|| head.to_owned())?, open: "", parts: Vec::new(), close: String::new() };
    if let Some(after) = rest.strip_prefix('<') {
        *rest = after;
        (tree.parts, _) = list(rest, '>')?;
        (tree.open, tree.close) = ("<", ">".to_owned());
    }
    // What follows such as `::{{closure}}` or ` + Send` is for the compiler.
    matches!(rest.chars().next(), None | Some(',' | ')' | '>' | ']' | ';')).then_some(tree)
}

fn is_keyword(word: &str) -> bool {
    ["dyn", "impl", "fn", "for", "unsafe", "extern", "_"].contains(&word)
}

/// Types up to `close`, and whether a comma stands before it.
fn list(rest: &mut &str, close: char) -> Option<(Vec<Tree>, bool)> {
    let mut parts = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix(close) {
            *rest = after;
            return Some((parts, false));
        }
        parts.push(parse(rest)?);
        if let Some(after) = rest.strip_prefix(", ") {
            *rest = after;
        } else if let Some(after) = rest.strip_prefix(',') {
            *rest = after.strip_prefix(close)?;
            return Some((parts, true));
        } else if !rest.starts_with(close) {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(type_name: &str) -> Stored {
        Stored { name: "x".into(), type_name: type_name.into(), size: 8 }
    }

    fn learnt(types: &[(&str, &str)]) -> Names {
        let mut names = Names::default();
        types.iter().for_each(|(name, written)| names.learn(&stored(name), written));
        names
    }

    #[test]
    fn what_was_read_once_is_put_together_anew() {
        let names = learnt(&[
            ("alloc::vec::Vec<f64>", "std::vec::Vec<f64>"),
            ("(alloc::string::String, u8)", "(std::string::String, u8)"),
            ("ndarray::dimension::dim::Dim<[usize; 2]>", "ndarray::Dim<[usize; 2]>"),
        ]);
        let find = |name: &str| names.find(&stored(name), &|name| name == "Point");
        for (name, written) in [
            ("alloc::vec::Vec<(alloc::string::String, f64)>", "std::vec::Vec<(std::string::String, f64)>"),
            ("&mut [alloc::vec::Vec<cell::Point>; 3]", "&mut [std::vec::Vec<Point>; 3]"),
            ("(f64,)", "(f64,)"),
            ("()", "()"),
            ("*const [u8]", "*const [u8]"),
            ("ndarray::dimension::dim::Dim<[usize; 1]>", "ndarray::Dim<[usize; 1]>"),
        ] {
            assert_eq!(find(name).as_deref(), Some(written), "{name}");
        }
        for unknown in [
            "alloc::vec::Vec<cell::Other>",
            "alloc::vec::Vec<cell::m::Point>",
            "cell::saigen_cell_1::{{closure}}",
            "alloc::boxed::Box<f64>",
            "alloc::vec::Vec<dyn core::fmt::Debug>",
            "fn(i32) -> i32",
            "<f64 as core::ops::Add>::add",
            "alloc::vec::Vec<f64>::new",
        ] {
            assert_eq!(find(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_type_of_another_kind_is_remembered_whole() {
        let name = "alloc::boxed::Box<dyn core::ops::function::Fn(i32) -> i32>";
        let written = "std::boxed::Box<dyn std::ops::Fn(i32) -> i32>";
        let mut names = learnt(&[(name, written)]);
        assert_eq!(names.find(&stored(name), &|_| false).as_deref(), Some(written));
        // One that holds a type of the session may mean another type tomorrow.
        names.learn(&stored("alloc::boxed::Box<dyn cell::Shape>"), "std::boxed::Box<dyn Shape>");
        assert_eq!(names.find(&stored("alloc::boxed::Box<dyn cell::Shape>"), &|_| true), None);
    }

    #[test]
    fn a_function_is_never_taken_for_the_struct_of_its_name() {
        let mut names = learnt(&[("cell::Point", "Point")]);
        let function = Stored { name: "make".into(), type_name: "cell::Point".into(), size: 0 };
        assert_eq!(names.find(&function, &|_| true), None);
        names.learn(&function, "fn(f64) -> Point {Point}");
        assert_eq!(names.find(&stored("cell::Point"), &|_| true).as_deref(), Some("Point"));
    }

    #[test]
    fn names_are_kept_between_kernels_and_a_broken_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("types.json");
        let mut first = Names::open(file.clone());
        let mut second = Names::open(file.clone());
        first.learn(&stored("alloc::vec::Vec<f64>"), "std::vec::Vec<f64>");
        second.learn(&stored("alloc::string::String"), "std::string::String");
        let third = Names::open(file.clone());
        for name in ["alloc::vec::Vec<u8>", "alloc::string::String"] {
            assert!(third.find(&stored(name), &|_| false).is_some(), "{name}");
        }
        std::fs::write(&file, "{\"paths\": {").unwrap();
        assert_eq!(Names::open(file).known, Known::default());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
