//! The text of a cell: what is changed before an engine sees it, and whether it is whole.

use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{Edition, Parse, SourceFile, SyntaxKind, SyntaxNode};

/// A variable that every cell defines first. evcxr forgets the new variables of a cell that panicked or left by
/// `?`, both of which it reports as success: when this one is missing afterwards, the cell failed.
pub const MARKER: &str = "saigen_cell";
const MARKER_STATEMENT: &str = "let saigen_cell: u8 = 0; ";

const BEFORE: &str = "fn cell(){";
const AFTER: &str = "\n}";

/// Text that was put into a line; line and column count from 1, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Insertion {
    line: usize,
    column: usize,
    width: usize,
}

/// A cell as the engine gets it. Lines keep their numbers; columns are mapped back by [`Prepared::column`].
#[derive(Debug, PartialEq, Eq)]
pub struct Prepared {
    pub text: String,
    /// Whether the text defines [`MARKER`].
    pub marked: bool,
    insertions: Vec<Insertion>,
}

impl Prepared {
    /// The column in the user's cell of a column in [`Prepared::text`].
    pub fn column(&self, line: usize, column: usize) -> usize {
        let inserted: usize = self
            .insertions
            .iter()
            .filter(|insertion| insertion.line == line && insertion.column < column)
            .map(|insertion| insertion.width.min(column - insertion.column))
            .sum();
        column - inserted
    }

    /// Line and column, in [`Prepared::text`], of a piece of a line. The engine compiles statements on lines of their
    /// own, so only their text tells where a line of its source comes from; the first that fits is taken.
    pub fn find(&self, piece: &str) -> Option<(usize, usize)> {
        (1..)
            .zip(self.text.lines())
            .find_map(|(line, text)| text.find(piece).map(|offset| (line, text[..offset].chars().count() + 1)))
    }
}

/// Prepares a cell: drops its dependency on saigen, which every cell has, marks it, and lets its trailing expression
/// be shown with one compilation whatever its type (`saigen::display::cell` says how).
pub fn prepare(code: &str) -> Prepared {
    let code = without_own_dependency(code);
    let start = code_start(&code);
    let body = &code[start..];
    let parsed = parse(body);
    let statements: Vec<SyntaxNode> = statements(&parsed);
    let Some(first) = statements.iter().find(|node| !ast::Attr::can_cast(node.kind())) else {
        return Prepared { text: code, marked: false, insertions: Vec::new() };
    };
    let mut edits = vec![(start + offset(first.text_range().start()), MARKER_STATEMENT)];
    if let Some(tail) = statements.last().filter(|tail| is_shown(tail) && parsed.errors().is_empty()) {
        edits.push((start + offset(tail.text_range().start()), "(&("));
        edits.push((start + offset(tail.text_range().end()), "))"));
    }
    insert(&code, &edits)
}

/// The cell without `:dep saigen`, for completion; every byte keeps its place.
pub fn without_own_dependency(code: &str) -> String {
    let mut text = String::with_capacity(code.len());
    for (index, line) in code.split_inclusive('\n').enumerate() {
        let in_commands = code_start(code) > text.len() || index == 0;
        if in_commands && is_own_dependency(line) {
            let content = line.trim_end_matches(['\n', '\r']);
            text.push_str(&" ".repeat(content.len()));
            text.push_str(&line[content.len()..]);
        } else {
            text.push_str(line);
        }
    }
    text
}

fn is_own_dependency(line: &str) -> bool {
    line.trim_start()
        .strip_prefix(":dep")
        .filter(|rest| rest.starts_with(' '))
        .and_then(|rest| rest.trim_start().strip_prefix("saigen"))
        .is_some_and(|rest| rest.trim().is_empty() || rest.trim_start().starts_with('='))
}

/// Where the commands that may open a cell end and its Rust code begins.
fn code_start(code: &str) -> usize {
    let mut offset = 0;
    for line in code.split_inclusive('\n') {
        let command = line.trim_start_matches(' ').starts_with(':') && !line.trim_start().starts_with("::");
        if !(command || line.starts_with('!') || line.starts_with("//") || line.trim().is_empty()) {
            break;
        }
        offset += line.len();
    }
    offset
}

fn parse(body: &str) -> Parse<SourceFile> {
    SourceFile::parse(&format!("{BEFORE}{body}{AFTER}"), Edition::Edition2024)
}

fn statements(parsed: &Parse<SourceFile>) -> Vec<SyntaxNode> {
    parsed
        .syntax_node()
        .children()
        .next()
        .and_then(ast::Fn::cast)
        .and_then(|function| function.body())
        .and_then(|body| body.stmt_list())
        .map(|list| list.syntax().children().collect())
        .unwrap_or_default()
}

/// Whether a last statement is an expression with a value to show.
fn is_shown(node: &SyntaxNode) -> bool {
    ast::Expr::can_cast(node.kind()) && !matches!(node.kind(), SyntaxKind::RETURN_EXPR | SyntaxKind::BREAK_EXPR)
}

fn offset(position: ra_ap_syntax::TextSize) -> usize {
    usize::from(position) - BEFORE.len()
}

/// Inserts text at ascending byte offsets.
fn insert(code: &str, edits: &[(usize, &str)]) -> Prepared {
    let mut text = String::with_capacity(code.len() + 32);
    let mut insertions = Vec::with_capacity(edits.len());
    let mut done = 0;
    for (at, inserted) in edits {
        text.push_str(&code[done..*at]);
        let line_start = text.rfind('\n').map_or(0, |newline| newline + 1);
        insertions.push(Insertion {
            line: text.matches('\n').count() + 1,
            column: text[line_start..].chars().count() + 1,
            width: inserted.chars().count(),
        });
        text.push_str(inserted);
        done = *at;
    }
    text.push_str(&code[done..]);
    Prepared { text, marked: true, insertions }
}

/// Whether a cell can be run as it is.
#[derive(Debug, PartialEq, Eq)]
pub enum Completeness {
    Complete,
    /// More is to come; the next line is indented by this.
    Incomplete(String),
    Invalid,
}

/// Tells whether a cell is whole, from its syntax alone.
pub fn completeness(code: &str) -> Completeness {
    let body = &code[code_start(code)..];
    let parsed = parse(body);
    let errors = parsed.errors();
    let depth = open_brackets(&parsed);
    if errors.iter().any(|error| error.to_string().contains("to terminate")) {
        return Completeness::Incomplete(String::new());
    }
    if depth > 0 {
        return Completeness::Incomplete("    ".repeat(depth.unsigned_abs()));
    }
    let end = BEFORE.len() + body.trim_end().len();
    match errors.first() {
        None if depth == 0 => Completeness::Complete,
        Some(error) if depth == 0 && usize::from(error.range().start()) >= end => {
            Completeness::Incomplete("    ".to_owned())
        }
        _ => Completeness::Invalid,
    }
}

/// Brackets opened and not closed in the cell; negative when more are closed than opened.
fn open_brackets(parsed: &Parse<SourceFile>) -> isize {
    let wrapper_closes = 1;
    let mut depth: isize = -1;
    for token in parsed.syntax_node().descendants_with_tokens().filter_map(|element| element.into_token()) {
        depth += match token.kind() {
            SyntaxKind::L_PAREN | SyntaxKind::L_BRACK | SyntaxKind::L_CURLY => 1,
            SyntaxKind::R_PAREN | SyntaxKind::R_BRACK | SyntaxKind::R_CURLY => -1,
            _ => 0,
        };
    }
    depth + wrapper_closes
}

/// The byte offset of a position that counts characters, as the protocol does.
pub fn byte_offset(code: &str, characters: usize) -> usize {
    code.char_indices().nth(characters).map_or(code.len(), |(offset, _)| offset)
}

/// The position in characters of a byte offset.
pub fn character_offset(code: &str, bytes: usize) -> usize {
    code.char_indices().take_while(|(offset, _)| *offset < bytes).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_dependency_is_dropped_and_others_stay() {
        let cell = ":dep saigen = { path = \"..\" }\n:dep saigen_extra = \"1\"\nlet x = 1;";
        let prepared = prepare(cell);
        let lines: Vec<&str> = prepared.text.lines().collect();
        assert!(lines[0].trim().is_empty());
        assert_eq!(lines[1], ":dep saigen_extra = \"1\"");
        assert_eq!(lines[2], "let saigen_cell: u8 = 0; let x = 1;");
        assert_eq!(without_own_dependency(cell).len(), cell.len());
    }

    #[test]
    fn a_trailing_expression_is_borrowed_and_its_comment_left_alone() {
        let prepared = prepare("let é = 1; é + 1 // two");
        assert_eq!(prepared.text, "let saigen_cell: u8 = 0; let é = 1; (&(é + 1)) // two");
        // Columns of `l` and of the second `é` in the prepared text, and in the cell.
        assert_eq!(prepared.column(1, 26), 1);
        assert_eq!(prepared.column(1, 40), 12);
        assert_eq!(prepared.column(2, 7), 7);
    }

    #[test]
    fn statements_items_and_broken_code_get_no_display() {
        assert_eq!(prepare("let x = 1;").text, "let saigen_cell: u8 = 0; let x = 1;");
        assert_eq!(prepare("fn f() {}").text, "let saigen_cell: u8 = 0; fn f() {}");
        assert_eq!(prepare("x +").text, "let saigen_cell: u8 = 0; x +");
    }

    #[test]
    fn commands_alone_and_inner_attributes_are_not_marked() {
        assert!(!prepare(":vars").marked);
        assert!(!prepare("// a comment\n").marked);
        let prepared = prepare("#![allow(dead_code)]\nstruct S;");
        assert_eq!(prepared.text, "#![allow(dead_code)]\nlet saigen_cell: u8 = 0; struct S;");
        assert_eq!(prepared.find("struct S"), Some((2, 26)));
    }

    #[test]
    fn completeness_follows_brackets_strings_and_trailing_operators() {
        for complete in ["1 + 1", "let x = 1;", "fn f() { 1 }", ":vars", "", "println!(\"}\")", "// {"] {
            assert_eq!(completeness(complete), Completeness::Complete, "{complete}");
        }
        assert_eq!(completeness("fn f() {"), Completeness::Incomplete("    ".into()));
        assert_eq!(completeness("f(g(["), Completeness::Incomplete("            ".into()));
        for incomplete in ["let x =", "let s = \"abc", "/* more", "1 +"] {
            assert!(matches!(completeness(incomplete), Completeness::Incomplete(_)), "{incomplete}");
        }
        for invalid in ["let = = 1; 2", "}", "f(]) x"] {
            assert_eq!(completeness(invalid), Completeness::Invalid, "{invalid}");
        }
    }

    #[test]
    fn offsets_count_characters() {
        assert_eq!(byte_offset("aé∞b", 2), 3);
        assert_eq!(byte_offset("aé∞b", 9), 7);
        assert_eq!(character_offset("aé∞b", 6), 3);
    }
}
