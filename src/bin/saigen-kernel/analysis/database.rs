//! rust-analyzer's database: the crates, one changing file, and what is asked about it.

use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use ra_ap_base_db::{
    AbsPathBuf, CrateBuilderId, CrateDisplayName, CrateGraphBuilder, CrateName, CrateOrigin, CrateWorkspaceData,
    DependencyBuilder, Env, FileSet, LangCrateOrigin, SourceRoot, VfsPath,
};
use ra_ap_hir::{CfgAtom, CfgOptions, ChangeWithProcMacros, PrefixKind, Symbol};
use ra_ap_ide::{
    Analysis, AnalysisHost, Cancellable, CompletionConfig, CompletionFieldsToResolve, CompletionItem,
    CompletionItemKind, Edition, FileId, FilePosition, FileRange, HoverConfig, HoverDocFormat, RaFixtureConfig,
    SubstTyLen, SymbolKind, TextRange, TextSize,
};
use ra_ap_ide_db::imports::insert_use::{ImportGranularity, InsertUseConfig};

use super::cell_file::{CellFile, FUNCTION};
use super::crates::{self, CratesError, Described, Settings, Toolchain};
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
    const fn file(self) -> FileId {
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
        let mut files = Files::default();
        let toolchain = toolchain.map_err(&mut note).ok();
        let standard = standard.map_err(&mut note).unwrap_or_default();
        let library = library.map_err(&mut note).unwrap_or_default();
        let mut change = files.change(toolchain.as_ref(), &standard, &library);
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
        let bundle =
            [("text/plain".to_owned(), plain(&markdown).into()), ("text/markdown".to_owned(), markdown.into())];
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
        if !here || !plain || text.is_empty() || text.contains(FUNCTION) {
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
    found.sort_by_key(|(alike, rank, text, _)| (*alike, private(text), *rank, *text));
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

/// Files as they are numbered.
#[derive(Default)]
struct Files {
    ids: HashMap<PathBuf, FileId>,
    texts: Vec<(FileId, String)>,
    roots: Vec<SourceRoot>,
}

impl Files {
    fn change(
        &mut self,
        toolchain: Option<&Toolchain>,
        standard: &[Described],
        library: &[Described],
    ) -> ChangeWithProcMacros {
        for scope in [Scope::Standard, Scope::All] {
            let mut cell = FileSet::default();
            cell.insert(scope.file(), VfsPath::new_virtual_path(format!("/{scope:?}/lib.rs")));
            self.roots.push(SourceRoot::new_local(cell));
        }

        let mut builder = Graph::new(toolchain);
        let below: Vec<Option<CrateBuilderId>> =
            standard.iter().map(|described| builder.add(described, self.read(described))).collect();
        builder.connect(standard, &below);
        builder.standard = standard.iter().map(|it| it.name.clone()).zip(below).collect();
        let above: Vec<Option<CrateBuilderId>> =
            library.iter().map(|described| builder.add(described, self.read(described))).collect();
        builder.connect(library, &above);
        for (scope, dependencies) in [(Scope::Standard, Vec::new()), (Scope::All, crates::visible(library))] {
            let cell = Described {
                name: "cell".to_owned(),
                version: String::new(),
                root: PathBuf::new(),
                edition: "2024".to_owned(),
                features: Vec::new(),
                dependencies,
                standard: false,
            };
            let id = builder.add(&cell, Some(scope.file()));
            builder.connect_one(&cell, id, &above);
        }

        let mut change = ChangeWithProcMacros::default();
        change.set_roots(std::mem::take(&mut self.roots));
        for (id, text) in self.texts.drain(..) {
            change.change_file(id, Some(text));
        }
        change.set_crate_graph(builder.graph);
        change
    }

    /// Reads a crate's folder; returns its root file.
    fn read(&mut self, described: &Described) -> Option<FileId> {
        let mut set = FileSet::default();
        self.read_folder(described.root.parent()?, &mut set);
        let root = self.ids.get(&described.root).copied();
        self.roots.push(SourceRoot::new_library(set));
        root
    }

    fn read_folder(&mut self, folder: &Path, set: &mut FileSet) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                // Tests, benches and binaries beside a library aren't part of it.
                if !["tests", "benches", "bin"].iter().any(|name| path.ends_with(name)) {
                    self.read_folder(&path, set);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") && !self.ids.contains_key(&path) {
                let (Ok(text), Some(name)) = (fs::read_to_string(&path), path.to_str()) else { continue };
                // The first two are the cell's.
                let id = FileId::from_raw(self.ids.len() as u32 + 2);
                set.insert(id, VfsPath::new_real_path(name.to_owned()));
                self.texts.push((id, text));
                self.ids.insert(path, id);
            }
        }
    }
}

/// The crates and which depends on which.
struct Graph {
    graph: CrateGraphBuilder,
    cfg: Vec<CfgAtom>,
    /// Depended on by all that is added afterwards.
    standard: Vec<(String, Option<CrateBuilderId>)>,
    shared: CrateWorkspaceData,
}

impl Graph {
    fn new(toolchain: Option<&Toolchain>) -> Graph {
        let cfg = toolchain.map(|it| it.cfg.as_slice()).unwrap_or_default();
        Graph {
            graph: CrateGraphBuilder::default(),
            cfg: cfg.iter().map(|(key, value)| atom(key, value.as_deref())).collect(),
            standard: Vec::new(),
            shared: CrateWorkspaceData {
                target: Err("not needed".into()),
                toolchain: toolchain.and_then(|it| it.version.parse().ok()),
            },
        }
    }

    fn add(&mut self, described: &Described, root: Option<FileId>) -> Option<CrateBuilderId> {
        let root = root?;
        let mut cfg: CfgOptions = self.cfg.iter().cloned().collect();
        cfg.extend(described.features.iter().map(|feature| atom("feature", Some(feature))));
        let edition = described.edition.parse().unwrap_or(Edition::CURRENT);
        let name = CrateDisplayName::from_canonical_name(&described.name);
        let origin = if described.standard {
            CrateOrigin::Lang(LangCrateOrigin::from(described.name.as_str()))
        } else if described.root.as_os_str().is_empty() {
            CrateOrigin::Local { repo: None, name: None }
        } else {
            CrateOrigin::Library { repo: None, name: Symbol::intern(&described.name) }
        };
        let version = Some(described.version.clone()).filter(|it| !it.is_empty());
        let folder = AbsPathBuf::assert("/".into());
        let shared = self.shared.clone().into();
        let (attributes, proc_macro) = (Vec::new(), false);
        Some(self.graph.add_crate_root(
            root,
            edition,
            Some(name),
            version,
            cfg,
            None,
            Env::default(),
            origin,
            attributes,
            proc_macro,
            folder.into(),
            shared,
        ))
    }

    fn connect(&mut self, described: &[Described], ids: &[Option<CrateBuilderId>]) {
        for (one, id) in described.iter().zip(ids) {
            self.connect_one(one, *id, ids);
        }
    }

    fn connect_one(&mut self, described: &Described, id: Option<CrateBuilderId>, ids: &[Option<CrateBuilderId>]) {
        let Some(from) = id else { return };
        for (name, to) in self.standard.clone() {
            let Some(to) = to else { continue };
            // `alloc` and `proc_macro` are there for `extern crate` only.
            let prelude = matches!(name.as_str(), "std" | "core");
            let dependency = DependencyBuilder::with_prelude(CrateName::normalize_dashes(&name), to, prelude, true);
            // The standard library depends on nothing that is added later, so there is no cycle.
            let _ = self.graph.add_dep(from, dependency);
        }
        for (name, index) in &described.dependencies {
            let Some(to) = ids.get(*index).copied().flatten() else { continue };
            // Cargo allows no cycles among normal dependencies.
            let _ = self.graph.add_dep(from, DependencyBuilder::new(CrateName::normalize_dashes(name), to));
        }
    }
}

fn atom(key: &str, value: Option<&str>) -> CfgAtom {
    match value {
        Some(value) => CfgAtom::KeyValue { key: Symbol::intern(key), value: Symbol::intern(value) },
        None => CfgAtom::Flag(Symbol::intern(key)),
    }
}
