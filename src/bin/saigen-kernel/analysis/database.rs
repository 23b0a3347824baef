//! rust-analyzer's database: the crates, one changing file, and what is asked about it.

use std::ops::Range;

use ra_ap_hir::{ChangeWithProcMacros, PrefixKind};
use ra_ap_ide::{
    Analysis, AnalysisHost, Cancellable, CompletionConfig, CompletionFieldsToResolve, CompletionItem,
    CompletionItemKind, FileId, FilePosition, FileRange, HoverConfig, HoverDocFormat, RaFixtureConfig, SubstTyLen,
    SymbolKind, TextRange, TextSize,
};
use ra_ap_ide_db::imports::insert_use::{ImportGranularity, InsertUseConfig};

use super::cell_file::{CellFile, FUNCTION};
use super::crates::{self, CratesError, Settings};
use super::sources::Sources;
use crate::engine::{Bundle, Completion};

/// At most this many candidates are returned.
const CANDIDATES: usize = 200;

/// How much a cell's file can name. There is one file for each, in a crate of its own: a method call looks at every
/// crate below, so that answers from the standard library can be had while the rest is still being computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Standard,
    All,
}

impl Scope {
    /// The file's number; those of the crates come after.
    pub const fn file(self) -> FileId {
        FileId::from_raw(self as u32)
    }
}

/// What is known of the crates; only the cell's files change in it.
pub struct Database {
    host: AnalysisHost,
}

impl Database {
    /// Reads the crates' sources. Returns also what is missing, if anything is.
    pub fn load(settings: &Settings) -> (Database, Option<CratesError>) {
        let mut problem = None;
        let mut note = |error| {
            problem.get_or_insert(error);
        };
        let toolchain = crates::toolchain(settings);
        let (standard, library) = match &toolchain {
            Ok(toolchain) => (crates::standard(toolchain), crates::library(settings, toolchain)),
            Err(_) => (Ok(Vec::new()), Ok(Vec::new())),
        };
        let toolchain = toolchain.map_err(&mut note).ok();
        let standard = standard.map_err(&mut note).unwrap_or_default();
        let library = library.map_err(&mut note).unwrap_or_default();
        let mut change = Sources::default().change(toolchain.as_ref(), &standard, &library);
        change.change_file(Scope::Standard.file(), Some(String::new()));
        change.change_file(Scope::All.file(), Some(String::new()));
        let mut host = AnalysisHost::default();
        host.apply_change(change);
        (Database { host }, problem)
    }

    /// Replaces cell's files; what runs on an older [`Snapshot`] ends early. Returns when it has.
    ///
    /// Syntax trees that aren't needed often are dropped at each change, so that it pays to ask several questions
    /// between two.
    pub fn set(&mut self, scopes: &[Scope], file: &CellFile) {
        let mut change = ChangeWithProcMacros::default();
        for scope in scopes {
            change.change_file(scope.file(), Some(file.text.clone()));
        }
        self.host.apply_change(change);
    }

    /// The present state, for another thread.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { analysis: self.host.analysis() }
    }
}

/// The state after one [`Database::set`].
pub struct Snapshot {
    analysis: Analysis,
}

impl Snapshot {
    /// Candidates at a byte of the cell.
    pub fn complete(&self, scope: Scope, file: &CellFile, cursor: usize) -> Cancellable<Completion> {
        let offset = file.position(cursor);
        let position = FilePosition { file_id: scope.file(), offset: TextSize::new(offset as u32) };
        let items = self.analysis.completions(&completion_config(), position, None)?.unwrap_or_default();
        Ok(candidates(file, cursor, &items))
    }

    /// Describes what stands at a byte of the cell.
    pub fn inspect(&self, scope: Scope, file: &CellFile, cursor: usize) -> Cancellable<Option<Bundle>> {
        let offset = TextSize::new(file.position(cursor) as u32);
        let range = FileRange { file_id: scope.file(), range: TextRange::empty(offset) };
        let Some(hover) = self.analysis.hover(&hover_config(), range)? else { return Ok(None) };
        let markdown = String::from(hover.info.markup);
        if markdown.contains(FUNCTION) {
            return Ok(None);
        }
        let shown = bold_headings(&markdown);
        let bundle = [("text/plain".to_owned(), plain(&markdown).into()), ("text/markdown".to_owned(), shown.into())];
        Ok(Some(bundle.into()))
    }
}

/// The plain names, without argument placeholders and without anything that changes text elsewhere.
fn completion_config() -> CompletionConfig<'static> {
    CompletionConfig {
        enable_postfix_completions: false,
        enable_imports_on_the_fly: false,
        enable_self_on_the_fly: false,
        enable_auto_iter: false,
        enable_auto_await: false,
        enable_private_editable: false,
        enable_term_search: false,
        term_search_fuel: 0,
        full_function_signatures: false,
        callable: None,
        add_colons_to_module: false,
        add_semicolon_to_unit: false,
        snippet_cap: None,
        insert_use: InsertUseConfig {
            granularity: ImportGranularity::Item,
            enforce_granularity: false,
            prefix_kind: PrefixKind::ByCrate,
            group: false,
            skip_glob_imports: false,
        },
        prefer_no_std: false,
        prefer_prelude: true,
        prefer_absolute: false,
        snippets: Vec::new(),
        limit: None,
        fields_to_resolve: CompletionFieldsToResolve::empty(),
        exclude_flyimport: Vec::new(),
        exclude_traits: &[],
        ra_fixture: RaFixtureConfig::default(),
    }
}

fn hover_config() -> HoverConfig<'static> {
    HoverConfig {
        links_in_hover: false,
        memory_layout: None,
        documentation: true,
        keywords: true,
        format: HoverDocFormat::Markdown,
        max_trait_assoc_items_count: Some(5),
        max_fields_count: Some(10),
        max_enum_variants_count: Some(10),
        max_subst_ty_len: SubstTyLen::LimitTo(60),
        show_drop_glue: false,
        ra_fixture: RaFixtureConfig::default(),
    }
}

/// Markdown with its headings in bold: front ends show a heading in a tooltip as large as on a page.
fn bold_headings(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len() + 16);
    let (mut fence, mut after_heading) = (None, false);
    for line in markdown.lines() {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        let level = line.len() - line.trim_start_matches('#').len();
        let heading = line[level..].strip_prefix(' ').filter(|_| fence.is_none() && (1..=6).contains(&level));
        // What is bold is a paragraph like others: it needs empty lines around it.
        let apart = (after_heading || (heading.is_some() && !text.is_empty())) && !text.ends_with("\n\n");
        if apart && !line.is_empty() {
            text.push('\n');
        }
        match heading.map(|heading| heading.trim().trim_end_matches('#').trim_end()) {
            Some(heading) => text.push_str(&format!("**{}**\n", heading.replace("**", ""))),
            None => {
                text.push_str(line);
                text.push('\n');
            }
        }
        after_heading = heading.is_some();
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            _ => {}
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// Markdown as text: without the marks around code and the rules between sections.
fn plain(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    for line in markdown.lines().filter(|line| !line.starts_with("```") && !line.starts_with("---")) {
        if !(line.is_empty() && (text.is_empty() || text.ends_with("\n\n"))) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text.truncate(text.trim_end().len());
    text
}

fn candidates(file: &CellFile, cursor: usize, items: &[CompletionItem]) -> Completion {
    let range = items.first().map(|it| it.source_range);
    let replaced = range.and_then(|range| file.in_cell(range.into()));
    let Some(Range { start, end }) = replaced else {
        return Completion { start: cursor, end: cursor, candidates: Vec::new() };
    };
    let position = file.position(cursor);
    let typed = &file.text[file.position(start)..position.max(file.position(start))];
    let mut found: Vec<(bool, u32, &str, &CompletionItem)> = Vec::new();
    for item in items {
        let mut edits = item.text_edit.iter();
        let (Some(edit), None) = (edits.next(), edits.next()) else { continue };
        let text = edit.insert.trim_end_matches(['{', ' ', '\n']);
        // Patterns and attributes with made-up arguments aren't plain names; the signature of a trait's function is
        // welcome in an `impl`.
        let plain = text.starts_with("fn ") || !text.contains(['(', '{', '…']);
        let here = Some(edit.delete) == range && item.import_to_add.is_empty() && !item.is_snippet;
        // Abbreviations that only a snippet would spell out.
        let short = matches!(text, "letm" | "impl for");
        if !here || !plain || short || text.is_empty() || text.contains(FUNCTION) {
            continue;
        }
        let exact = text.starts_with(typed);
        let alike = || text.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed));
        if exact || alike() {
            found.push((!exact, u32::MAX - item.relevance.score(), text, item));
        }
    }
    // Names with a leading underscore are rarely meant.
    let private = |text: &str| text.starts_with('_') && !typed.starts_with('_');
    let local = |item: &CompletionItem| item.kind == CompletionItemKind::SymbolKind(SymbolKind::Local);
    found.sort_by_key(|(alike, rank, text, item)| (*alike, private(text), !local(item), *rank, *text));
    let mut candidates: Vec<(String, String)> = Vec::new();
    for (_, _, text, item) in found {
        if candidates.len() < CANDIDATES && candidates.iter().all(|(known, _)| known != text) {
            candidates.push((text.to_owned(), kind(item.kind).to_owned()));
        }
    }
    Completion { start, end, candidates }
}

/// In the words that JupyterLab has icons for.
fn kind(kind: CompletionItemKind) -> &'static str {
    use SymbolKind as S;
    match kind {
        CompletionItemKind::SymbolKind(kind) => match kind {
            S::Function => "function",
            S::Method => "method",
            S::Macro | S::ProcMacro | S::Derive | S::Attribute | S::BuiltinAttr => "function",
            S::Struct | S::Enum | S::Union | S::TypeAlias | S::TypeParam | S::SelfType => "class",
            S::Trait => "interface",
            S::Module | S::CrateRoot | S::ToolModule => "module",
            S::Field => "property",
            S::Const | S::Static | S::Variant | S::ConstParam => "constant",
            _ => "instance",
        },
        CompletionItemKind::Keyword => "keyword",
        CompletionItemKind::BuiltinType | CompletionItemKind::InferredType => "class",
        _ => "instance",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_become_bold_paragraphs_and_code_stays() {
        let markdown = "```rust\nfn f()\n```\n\n---\n\nDoubles.\n# Examples #\n```\n# use a::b;\n#[test]\nf();\n```\n\
                        ## No **panics**\nNever.\n#hashtag\n####### seven\n~~~\n```\n# in code\n~~~\n### Last\n\nEnd.";
        let expected = "```rust\nfn f()\n```\n\n---\n\nDoubles.\n\n**Examples**\n\n```\n# use a::b;\n#[test]\nf();\n```\n\n\
                        **No panics**\n\nNever.\n#hashtag\n####### seven\n~~~\n```\n# in code\n~~~\n\n**Last**\n\nEnd.";
        assert_eq!(bold_headings(markdown), expected);
        assert_eq!(bold_headings("# Title"), "**Title**");
        assert_eq!(bold_headings(""), "");
    }
}
