//! What can be completed without rust-analyzer: the kernel's commands, and words that the session already knows.

use std::collections::BTreeMap;

use ra_ap_syntax::{Edition, SourceFile, SyntaxKind};

use crate::engine::{Completion, Context};

const COMMANDS: [&str; 8] = [":clear", ":dep", ":help", ":opt", ":timing", ":type", ":vars", ":version"];
const MAGICS: [&str; 4] = ["%%bash", "%%opt", "%%time", "%%writefile"];

const KEYWORDS: [&str; 33] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false", "fn",
    "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "static",
    "struct", "trait", "true", "unsafe", "use", "while",
];
const MACROS: [&str; 16] = [
    "assert!",
    "assert_eq!",
    "assert_ne!",
    "dbg!",
    "eprint!",
    "eprintln!",
    "format!",
    "matches!",
    "panic!",
    "print!",
    "println!",
    "todo!",
    "unreachable!",
    "vec!",
    "write!",
    "writeln!",
];
const PRELUDE: [&str; 22] = [
    "Box",
    "Clone",
    "Copy",
    "Default",
    "Drop",
    "Eq",
    "Err",
    "From",
    "Into",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "Result",
    "Some",
    "String",
    "ToString",
    "Vec",
    "drop",
    "std",
];

/// Candidates if a command is being typed; `None` elsewhere.
pub fn commands(code: &str, cursor: usize) -> Option<Completion> {
    let before = code.get(..cursor)?;
    let line = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
    let typed = line.trim_start();
    let known: &[&str] = match typed.chars().next()? {
        ':' if !typed.starts_with("::") => &COMMANDS,
        '%' => &MAGICS,
        _ => return None,
    };
    if typed.contains(char::is_whitespace) {
        return None;
    }
    let rest = code[cursor..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(code.len() - cursor);
    let candidates = known.iter().filter(|it| it.starts_with(typed));
    let candidates = candidates.map(|it| ((*it).to_owned(), "keyword".to_owned())).collect();
    Some(Completion { start: cursor - typed.len(), end: cursor + rest, candidates })
}

/// Candidates from words: after a dot the names that followed dots elsewhere, after `name::` those that followed it
/// elsewhere, otherwise variables, keywords, the prelude and names that occur in the session or in the cell.
pub fn fallback(context: &Context, code: &str, cursor: usize) -> Completion {
    let Some((before, after)) = code.split_at_checked(cursor) else { return Completion::default() };
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let start = before.trim_end_matches(in_word).len();
    let end = code.len() - after.trim_start_matches(in_word).len();
    let typed = &before[start..];
    let left = before[..start].trim_end();

    let mut known = Known::default();
    known.scan(&context.items);
    // The word being typed isn't one that is known.
    known.scan(&before[..start]);
    known.scan(&code[end..]);
    let mut candidates: BTreeMap<&str, &str> = BTreeMap::new();
    if left.ends_with('.') && !left.ends_with("..") {
        candidates.extend(known.members.iter().map(|name| (name.as_str(), "method")));
    } else if let Some(path) = left.strip_suffix("::") {
        let parent = &path[path.trim_end_matches(in_word).len()..];
        let children = known.children.iter().filter(|(of, _)| of == parent);
        candidates.extend(children.map(|(_, name)| (name.as_str(), "instance")));
    } else {
        candidates.extend(known.names.iter().map(|name| (name.as_str(), "instance")));
        candidates.extend(PRELUDE.map(|name| (name, "class")));
        candidates.extend(MACROS.map(|name| (name, "function")));
        candidates.extend(KEYWORDS.map(|name| (name, "keyword")));
        candidates.extend(context.variables.keys().map(|name| (name.as_str(), "instance")));
    }
    let candidates = candidates.into_iter().filter(|(name, _)| name.starts_with(typed));
    Completion { start, end, candidates: candidates.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect() }
}

/// Names that occur in source, by where they stand.
#[derive(Default)]
struct Known {
    names: Vec<String>,
    members: Vec<String>,
    children: Vec<(String, String)>,
}

impl Known {
    fn scan(&mut self, source: &str) {
        let parsed = SourceFile::parse(source, Edition::Edition2024);
        let tokens: Vec<_> = parsed
            .syntax_node()
            .descendants_with_tokens()
            .filter_map(|element| element.into_token())
            .filter(|token| !token.kind().is_trivia())
            .collect();
        for (index, token) in tokens.iter().enumerate() {
            if token.kind() != SyntaxKind::IDENT {
                continue;
            }
            let name = token.text().to_owned();
            let earlier = |by: usize| index.checked_sub(by).map(|earlier| &tokens[earlier]);
            match earlier(1).map(|it| it.kind()) {
                Some(SyntaxKind::DOT) => self.members.push(name),
                Some(SyntaxKind::COLON2) => {
                    let parent = earlier(2).map(|it| it.text().to_owned()).unwrap_or_default();
                    self.names.push(name.clone());
                    self.children.push((parent, name));
                }
                _ => self.names.push(name),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(completion: &Completion) -> Vec<&str> {
        completion.candidates.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn session() -> Context {
        Context {
            items: "use std::collections::HashMap;\nfn energy(x: f64) -> f64 { x.sqrt() }".into(),
            variables: [("entropy".to_owned(), "f64".to_owned())].into(),
        }
    }

    #[test]
    fn words_of_session_and_cell_are_candidates() {
        let code = "let enough = 1; en";
        let completion = fallback(&session(), code, code.len());
        assert_eq!(names(&completion), ["energy", "enough", "entropy", "enum"]);
        assert_eq!((completion.start, completion.end), (16, 18));
    }

    #[test]
    fn methods_and_paths_come_from_where_they_were_seen() {
        assert_eq!(names(&fallback(&session(), "y.sq", 4)), ["sqrt"]);
        assert_eq!(names(&fallback(&session(), "collections::", 13)), ["HashMap"]);
        assert_eq!(names(&fallback(&session(), "other::", 7)), [] as [&str; 0]);
    }

    #[test]
    fn words_in_comments_and_strings_are_none() {
        let code = "// zebra\nlet a = \"zeppelin\"; ze";
        assert_eq!(names(&fallback(&session(), code, code.len())), [] as [&str; 0]);
    }

    #[test]
    fn a_cursor_beside_the_code_gives_nothing() {
        assert_eq!(fallback(&session(), "ä", 1), Completion::default());
        assert_eq!(fallback(&session(), "a", 7), Completion::default());
        assert_eq!(commands(":", 7), None);
    }

    #[test]
    fn commands_are_completed_at_the_start_of_a_line() {
        let all = commands(":", 1).expect("a command");
        assert_eq!(names(&all), COMMANDS);
        let code = "let a = 1;\n  :ver";
        let completion = commands(code, code.len()).expect("a command");
        assert_eq!((names(&completion), completion.start, completion.end), (vec![":version"], 13, 17));
        assert_eq!(names(&commands("%%", 2).expect("a command")), MAGICS);
        assert_eq!(names(&commands("%%ti", 4).expect("a command")), ["%%time"]);
        assert_eq!(commands("::std", 5), None);
        assert_eq!(commands(":dep nd", 7), None);
        assert_eq!(commands("let a:", 6), None);
    }
}
