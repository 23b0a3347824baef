//! Types of variables, as the compiler names them.
//!
//! Every call of `saigen::cell::put` has a result of type `Kept<T>`. The compiler's MIR output declares a local for it, with the
//! path under which a user can name `T`, whatever private path the type was defined at.

use std::collections::BTreeMap;

/// The name of a type without the crate of its cell, or the function in which a cell's code stands.
pub fn without_cell(name: &str) -> String {
    let mut told = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find("cell::") {
        told.push_str(&rest[..at]);
        let after = &rest[at + "cell::".len()..];
        let begins = rest[..at].chars().next_back().is_none_or(|c| !is_word(c) && c != ':');
        if !begins {
            told.push_str("cell::");
        }
        rest = after;
        if begins && let Some(function) = after.strip_prefix("saigen_cell_") {
            let inside = function.trim_start_matches(|c: char| c.is_ascii_digit());
            rest = inside.strip_prefix("::{{closure}}::").unwrap_or(inside);
        }
    }
    told.push_str(rest);
    told.replace("{{closure}}::", "").replace("{{closure}}", "closure")
}

/// Why a type can't be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unnameable {
    Closure,
    Function,
    Future,
    Opaque,
    Private,
}

impl Unnameable {
    /// The reason for the user, after the variable's name.
    pub fn reason(self) -> &'static str {
        match self {
            Unnameable::Closure => {
                "is or holds a closure, whose type has no name; define a `fn`, or give it a type: `let f: Box<dyn Fn(i32) -> i32> = Box::new(|x| …)`"
            }
            Unnameable::Function => "has the type of one function; give it a type: `let f: fn(i32) -> i32 = …`",
            Unnameable::Future => "is or holds a future of an `async` block, whose type has no name",
            Unnameable::Opaque => {
                "has an `impl Trait` type, which has no name; collect it, or box it as `Box<dyn Trait>`"
            }
            Unnameable::Private => "has a type that is private to its crate",
        }
    }
}

/// The types of the values that are put into the store, by variable, from MIR text.
pub fn kept(mir: &str) -> BTreeMap<String, String> {
    by_destination(mir, "Kept<", "put::<")
}

/// The type whose `PhantomData` the function `saigen_type_of` returned.
pub fn asked(mir: &str) -> Option<String> {
    let line = mir.lines().rev().find(|line| line.contains("= saigen_type_of::<"))?;
    let local = line.trim_start().split(' ').next()?;
    declared(mir, local, "PhantomData<")
}

fn by_destination(mir: &str, wrapper: &str, call: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    // Locals are numbered for each function.
    for function in mir.split("\n}\n") {
        for line in function.lines() {
            let Some((local, rest)) = line.trim_start().split_once(" = ") else { continue };
            let Some((_, arguments)) = rest.split_once(call).and_then(|(_, rest)| rest.split_once(">(const \"")) else {
                continue;
            };
            let Some((name, _)) = arguments.split_once('"') else { continue };
            if let Some(kind) = declared(function, local, wrapper) {
                found.insert(name.to_owned(), kind);
            }
        }
    }
    found
}

fn declared(function: &str, local: &str, wrapper: &str) -> Option<String> {
    let declaration = format!("{local}: ");
    function.lines().find_map(|line| {
        let line = line.trim_start().strip_prefix("let ")?;
        let kind = line.strip_prefix("mut ").unwrap_or(line).strip_prefix(&declaration)?;
        let (_, inside) = kind.split_once(wrapper)?;
        Some(inside.strip_suffix(">;")?.to_owned())
    })
}

/// Types without a path.
pub const PRIMITIVES: [&str; 20] = [
    "bool", "char", "str", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize",
    "f16", "f32", "f64", "f128", "never",
];
const KEYWORDS: [&str; 13] =
    ["dyn", "mut", "const", "fn", "for", "as", "unsafe", "extern", "_", "crate", "self", "Self", "where"];

/// Rewrites a type for the root of another cell's crate: paths into crates get a leading `::`, paths to the session's
/// items `crate::`. `is_crate` tells the names of crates, `is_own` those of items.
///
/// # Errors
/// The type can't be named there.
pub fn resolve(
    kind: &str,
    is_crate: &dyn Fn(&str) -> bool,
    is_own: &dyn Fn(&str) -> bool,
) -> Result<String, Unnameable> {
    if kind.contains("{closure") {
        return Err(Unnameable::Closure);
    }
    if kind.contains("{async") || kind.contains("{coroutine") || kind.contains("{gen") {
        return Err(Unnameable::Future);
    }
    if kind.contains('{') {
        return Err(Unnameable::Function);
    }
    let mut resolved = String::with_capacity(kind.len() + 16);
    let mut rest = kind;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let end = rest[1..].find(|c: char| !is_word(c)).map_or(rest.len(), |end| end + 1);
            resolved.push_str(&rest[..end]);
            rest = &rest[end..];
        } else if first == '"' {
            // The ABI of a function pointer.
            let end = rest[1..].find('"').map_or(rest.len(), |end| end + 2);
            resolved.push_str(&rest[..end]);
            rest = &rest[end..];
        } else if is_word(first) {
            let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
            let word = &rest[..end];
            rest = &rest[end..];
            if word == "impl" {
                return Err(Unnameable::Opaque);
            }
            let starts_path = !resolved.ends_with("::");
            let binding = rest.trim_start().starts_with('=') || (rest.starts_with(": ") && !rest.starts_with("::"));
            if !starts_path
                || binding
                || first.is_ascii_digit()
                || PRIMITIVES.contains(&word)
                || KEYWORDS.contains(&word)
            {
            } else if rest.starts_with("::") && is_crate(word) {
                resolved.push_str("::");
            } else if is_own(word) {
                resolved.push_str("crate::");
            } else if resolved.contains("for<") && word.len() == 1 {
            } else {
                return Err(Unnameable::Private);
            }
            resolved.push_str(word);
        } else {
            resolved.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    Ok(resolved)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A type as a person reads it: without the modules that lead to it.
pub fn short(kind: &str) -> String {
    let mut shown = String::with_capacity(kind.len());
    let mut rest = kind;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !is_word(c) && c != ':').unwrap_or(rest.len());
        let (path, after) = rest.split_at(end);
        if path.contains("::") {
            shown.push_str(path.rsplit("::").next().unwrap_or(path));
        } else {
            shown.push_str(path);
        }
        let next = after.chars().next().map_or(0, char::len_utf8);
        shown.push_str(&after[..next]);
        rest = &after[next..];
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(kind: &str) -> Result<String, Unnameable> {
        resolve(kind, &|name| ["std", "saigen"].contains(&name), &|name| ["Point", "m"].contains(&name))
    }

    #[test]
    fn types_are_read_from_mir() {
        let mir = "fn a() -> () {\n    let _1: std::vec::Vec<f64>;\n    let _2: saigen::cell::Kept<std::vec::Vec<f64>>;\n    bb1: {\n        _2 = put::<Vec<f64>>(const \"a\", move _1) -> [return: bb2, unwind: bb3];\n    }\n}\n\nfn b() -> () {\n    let mut _2: saigen::cell::Kept<{closure@x.rs:1:1: 1:2}>;\n        _2 = saigen::cell::put::<{closure@x.rs:1:1: 1:2}>(const \"f\", const ZeroSized) -> bb1;\n}\n";
        let found = kept(mir);
        assert_eq!(found["a"], "std::vec::Vec<f64>");
        assert!(found["f"].starts_with("{closure"));
        let mir = "    let _3: std::marker::PhantomData<&str>;\n    _3 = saigen_type_of::<&str>(copy _1) -> bb1;\n";
        assert_eq!(asked(mir).as_deref(), Some("&str"));
    }

    #[test]
    fn paths_are_made_absolute() {
        for (kind, expected) in [
            ("std::vec::Vec<f64>", "::std::vec::Vec<f64>"),
            ("Point<u8>", "crate::Point<u8>"),
            ("m::E", "crate::m::E"),
            ("&str", "&str"),
            (
                "std::boxed::Box<dyn std::ops::Fn(i32) -> f64 + std::marker::Send>",
                "::std::boxed::Box<dyn ::std::ops::Fn(i32) -> f64 + ::std::marker::Send>",
            ),
            (
                "std::boxed::Box<dyn std::iter::Iterator<Item = Point>>",
                "::std::boxed::Box<dyn ::std::iter::Iterator<Item = crate::Point>>",
            ),
            ("saigen::ndarray::Dim<[usize; 2]>", "::saigen::ndarray::Dim<[usize; 2]>"),
            ("for<'a> fn(&'a str) -> &'a Point", "for<'a> fn(&'a str) -> &'a crate::Point"),
            ("unsafe extern \"C\" fn(*const i8)", "unsafe extern \"C\" fn(*const i8)"),
            ("(i32, [Point; 3])", "(i32, [crate::Point; 3])"),
            ("std::str::Split<'_, char>", "::std::str::Split<'_, char>"),
        ] {
            assert_eq!(resolved(kind).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_has_no_name_is_told_apart() {
        assert_eq!(resolved("std::vec::Vec<{closure@a.rs:1:2: 1:4}>"), Err(Unnameable::Closure));
        assert_eq!(resolved("fn(i32) -> i32 {twice}"), Err(Unnameable::Function));
        assert_eq!(resolved("{async block@a.rs:1:2: 1:4}"), Err(Unnameable::Future));
        assert_eq!(resolved("impl std::iter::Iterator<Item = u8>"), Err(Unnameable::Opaque));
        assert_eq!(resolved("polars_core::hidden::Iter"), Err(Unnameable::Private));
    }

    #[test]
    fn a_type_loses_its_cell() {
        assert_eq!(without_cell("cell::Nd"), "Nd");
        assert_eq!(without_cell("alloc::vec::Vec<cell::m::Nd>"), "alloc::vec::Vec<m::Nd>");
        assert_eq!(without_cell("core::cell::Cell<u8>"), "core::cell::Cell<u8>");
        assert_eq!(without_cell("cell::saigen_cell_73::{{closure}}::{{closure}}"), "closure");
        assert_eq!(without_cell("cell::saigen_cell_7::{{closure}}::Local"), "Local");
    }

    #[test]
    fn a_short_type_has_no_modules() {
        assert_eq!(short("::std::collections::HashMap<::std::string::String, crate::m::E>"), "HashMap<String, E>");
        assert_eq!(short("[f64; 3]"), "[f64; 3]");
    }
}
