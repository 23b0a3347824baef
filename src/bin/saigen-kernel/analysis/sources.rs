//! Reads the crates' sources and says which depends on which.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use ra_ap_base_db::{
    AbsPathBuf, CrateBuilderId, CrateDisplayName, CrateGraphBuilder, CrateName, CrateOrigin, CrateWorkspaceData,
    DependencyBuilder, Env, FileSet, LangCrateOrigin, SourceRoot, VfsPath,
};
use ra_ap_hir::{CfgAtom, CfgOptions, ChangeWithProcMacros, Symbol};
use ra_ap_ide::{Edition, FileId};

use super::crates::{self, Described, Toolchain};
use super::database::Scope;

/// Source files, numbered as they are read.
#[derive(Default)]
pub struct Sources {
    ids: HashMap<PathBuf, FileId>,
    texts: Vec<(FileId, String)>,
    roots: Vec<SourceRoot>,
}

impl Sources {
    /// Reads all crates; the change makes them known to a database, with two crates above for the cell's files.
    pub fn change(
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
