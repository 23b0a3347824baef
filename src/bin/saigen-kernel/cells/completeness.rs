//! Whether a cell is whole, from its syntax alone, and positions in it.

use ra_ap_syntax::{Edition, Parse, SourceFile, SyntaxKind};

use super::commands::code_start;

const BEFORE: &str = "fn cell(){";
const AFTER: &str = "\n}";

fn parse(body: &str) -> Parse<SourceFile> {
    SourceFile::parse(&format!("{BEFORE}{body}{AFTER}"), Edition::Edition2024)
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

/// Whether each bracket of some code has its counterpart.
pub fn are_brackets_paired(code: &str) -> bool {
    let mut open = Vec::new();
    let parsed = SourceFile::parse(code, Edition::Edition2024);
    for token in parsed.syntax_node().descendants_with_tokens().filter_map(|element| element.into_token()) {
        match token.kind() {
            opening @ (SyntaxKind::L_PAREN | SyntaxKind::L_BRACK | SyntaxKind::L_CURLY) => open.push(opening),
            SyntaxKind::R_PAREN if open.pop() != Some(SyntaxKind::L_PAREN) => return false,
            SyntaxKind::R_BRACK if open.pop() != Some(SyntaxKind::L_BRACK) => return false,
            SyntaxKind::R_CURLY if open.pop() != Some(SyntaxKind::L_CURLY) => return false,
            _ => {}
        }
    }
    open.is_empty()
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
    fn brackets_are_paired_in_code_alone() {
        for paired in ["", "f([1, 2]) { }", "\"(\"", "'{'", "// ("] {
            assert!(are_brackets_paired(paired), "{paired}");
        }
        for other in ["{", "}", "(]", "} {"] {
            assert!(!are_brackets_paired(other), "{other}");
        }
    }

    #[test]
    fn offsets_count_characters() {
        assert_eq!(byte_offset("aé∞b", 2), 3);
        assert_eq!(byte_offset("aé∞b", 9), 7);
        assert_eq!(character_offset("aé∞b", 6), 3);
    }
}
