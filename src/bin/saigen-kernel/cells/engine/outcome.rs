//! Running a compiled cell, and what it leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::generate::Generated;
use super::super::parse::{ItemKind, Kind, Parsed};
use super::super::rustc::{Link, RustcError};
use super::super::session::Variable;
use super::super::source::{Cell, Source};
use super::super::types;
use super::{CellEngine, OPTIMISATION, Ready, start_process};
use crate::engine::{Failure, Output, Shown};
use crate::message::{Outcome, Panic, Stored};
use crate::process::Ended;

impl CellEngine {
    pub(super) fn run(&mut self, cell: &Arc<Cell>, parsed: &Parsed, ready: Ready) -> Result<Option<Shown>, Failure> {
        let Ready { session: mut next, generated, compiled, .. } = ready;
        let keeps_library = parsed.pieces.iter().any(|piece| matches!(piece.kind, Kind::Item(ItemKind::Static { .. })));
        if !self.interrupts.enter(cell.number, self.process.handle()) {
            return Err(Failure::new("Interrupted", "the cell was stopped before it ran; all variables are kept"));
        }
        let ended = self.process.run(&compiled.library, cell.number);
        let asked = self.interrupts.leave();
        let before: BTreeSet<String> = self.session.variables.keys().cloned().collect();
        if keeps_library {
            next.libraries.push(compiled.library);
        } else {
            // The process has it open; nothing else needs the file.
            let _ = std::fs::remove_file(&compiled.library);
        }
        self.session = Arc::new(next);
        match ended {
            Ended::Finished { outcome, stored, result, panics } => {
                let kept = self.kinds(cell, &generated, &stored);
                let stored: Vec<String> = stored.into_iter().map(|stored| stored.name).collect();
                let lost = self.take_stock(cell, &generated, &kept, &stored, &before, outcome == Outcome::Done);
                match outcome {
                    Outcome::Interrupted => Err(Failure::new("Interrupted", stopped(&lost))),
                    outcome => self.conclude(cell, outcome, result, &panics, &generated.source),
                }
            }
            Ended::Died { how, .. } => {
                let lost = self.session_mut().lose_all(&format!("in cell {}", cell.count));
                self.restart()?;
                let what = loss(&lost);
                Err(if asked.ended {
                    Failure::new("Interrupted", format!("the cell didn't stop and its process was ended; {what}"))
                } else {
                    Failure::new("ProcessEnded", format!("the cell's process {how} and was started again; {what}"))
                })
            }
        }
    }

    /// The types of the cell's variables that are stored, as the compiler writes them.
    fn kinds(&mut self, cell: &Cell, generated: &Generated, stored: &[Stored]) -> BTreeMap<String, String> {
        let new: Vec<&Stored> =
            stored.iter().filter(|stored| generated.new.iter().any(|binding| binding.name == stored.name)).collect();
        let mut kinds = BTreeMap::new();
        for stored in &new {
            if let Some(kind) = self.names.find(stored, &|name| self.session.has_type(name)) {
                kinds.insert(stored.name.clone(), kind);
            }
        }
        if kinds.len() < new.len() {
            let name = format!("cell_{}", cell.number);
            let more = self.dependencies.arguments();
            let asked = || self.rustc.compile(&name, generated.source.text(), OPTIMISATION, &more, Link::Not);
            // The cell has run: an interrupt that comes only now is too late to stop anything.
            let told = match asked() {
                Err(RustcError::Stopped) => asked(),
                told => told,
            };
            if let Ok(Ok(compiled)) = told {
                kinds = types::kept(&compiled.mir);
            }
            for stored in new {
                if let Some(kind) = kinds.get(&stored.name) {
                    self.names.learn(stored, kind);
                }
            }
        }
        kinds
    }

    /// Brings the list of variables in line with those that are stored. Returns the earlier ones that no longer are.
    fn take_stock(
        &mut self,
        cell: &Arc<Cell>,
        generated: &Generated,
        kept: &BTreeMap<String, String>,
        stored: &[String],
        before: &BTreeSet<String>,
        done: bool,
    ) -> Vec<String> {
        let mut discard = Vec::new();
        for binding in &generated.new {
            let name = &binding.name;
            if !stored.contains(name) || (!done && before.contains(name)) {
                continue;
            }
            let Some(kind) = kept.get(name) else {
                // Its value is of a type that the compiler did not name; without one it can't be taken out again.
                discard.push((name.clone(), types::Unnameable::Private));
                continue;
            };
            let session = &self.session;
            let is_crate = |name: &str| self.is_crate(name);
            match types::resolve(kind, &is_crate, &|name| session.has_type(name)) {
                Ok(kind) => {
                    let session = self.session_mut();
                    session.gone.remove(name);
                    session.variables.insert(name.clone(), Variable { kind, mutable: binding.mutable });
                }
                Err(reason) => discard.push((name.clone(), reason)),
            }
        }
        for (name, reason) in &discard {
            self.note(&format!("`{name}` {}; it is not kept after this cell", reason.reason()));
            let reason = format!("{}; it was not kept after cell {}", reason.reason(), cell.count);
            self.session_mut().lose(name, reason);
        }
        if !discard.is_empty() {
            self.process.discard(discard.into_iter().map(|(name, _)| name).collect());
        }
        let missing: Vec<String> =
            self.session.variables.keys().filter(|name| !stored.contains(name)).cloned().collect();
        for name in &missing {
            self.session_mut().lose(name, format!("was moved in cell {}", cell.count));
        }
        for binding in generated.new.iter().filter(|binding| !stored.contains(&binding.name)) {
            let reason = if done { "was moved in cell" } else { "was not reached in cell" };
            self.session_mut().gone.entry(binding.name.clone()).or_insert(format!("{reason} {}", cell.count));
        }
        missing
    }

    fn is_crate(&self, name: &str) -> bool {
        ["std", "core", "alloc", "proc_macro", "saigen"].contains(&name)
            || self.links.provides(name)
            || self.dependencies.contains(name)
    }

    fn conclude(
        &self,
        cell: &Arc<Cell>,
        outcome: Outcome,
        result: Option<Shown>,
        panics: &[Panic],
        source: &Source,
    ) -> Result<Option<Shown>, Failure> {
        match outcome {
            Outcome::Done => Ok(result.map(named)),
            Outcome::Failed { message, sources } => {
                let mut failure = Failure::new("Error", message);
                failure.traceback.extend(sources.iter().map(|source| format!("caused by: {source}")));
                Err(failure)
            }
            Outcome::Panicked(panic) => {
                let mut failure = Failure::new("Panic", panic.message.as_str());
                failure.traceback.push(place(&panic, cell, source));
                // A panic of another thread is often the one behind it.
                let others = panics.iter().filter(|other| other.thread != "main");
                failure.traceback.extend(others.map(|other| {
                    format!("thread '{}' panicked: {} {}", other.thread, other.message, place(other, cell, source))
                }));
                Err(failure)
            }
            Outcome::Interrupted => Err(Failure::new("Interrupted", stopped(&[]))),
            Outcome::Broken { problem } => Err(Failure::new("KernelError", problem)),
        }
    }

    /// Starts the process again if something that an earlier cell left behind has ended it.
    pub(super) fn revive(&mut self, count: usize) -> Result<(), Failure> {
        if self.process.is_alive() {
            return Ok(());
        }
        let lost = self.session_mut().lose_all(&format!("before cell {count}"));
        self.note(&format!("the cells' process ended since the last cell and was started again; {}", loss(&lost)));
        self.restart()
    }

    fn restart(&mut self) -> Result<(), Failure> {
        let failed = |problem: String| {
            Failure::new("KernelError", format!("the cell process can't be started again: {problem}"))
        };
        self.process =
            start_process(&self.links, &self.settings, &self.sink).map_err(|error| failed(error.to_string()))?;
        (self.sink)(Output::ProcessReplaced);
        for library in &self.session.libraries {
            // Statics begin anew, and the functions that use them must find them.
            self.process.load(library).map_err(|error| failed(error.to_string()))?;
        }
        Ok(())
    }
}

/// What a cell that was stopped leaves.
fn stopped(lost: &[String]) -> String {
    if lost.is_empty() {
        "the cell was stopped; all variables are kept".to_owned()
    } else {
        format!("the cell was stopped; it had moved {}; all other variables are kept", lost.join(", "))
    }
}

fn loss(variables: &[String]) -> String {
    let kept = "functions, types and imports are kept";
    if variables.is_empty() {
        format!("no variable was lost; {kept}")
    } else {
        format!("variables lost: {}; {kept}", variables.join(", "))
    }
}

/// Where a panic happened.
fn place(panic: &Panic, cell: &Arc<Cell>, source: &Source) -> String {
    if panic.file.ends_with(&format!("cell_{}.rs", cell.number)) {
        let at = source.byte(panic.line, panic.column);
        if let Some(place) = source.place(&(at..at + 1)) {
            let (line, column) = place.line_and_column();
            return format!("at cell {}, line {line}, column {column}", place.cell.count);
        }
    }
    // Sources of other crates lie in folders of this machine; what tells them apart are the last parts.
    let parts: Vec<&str> = panic.file.rsplit('/').take(3).collect();
    let file: Vec<&str> = parts.into_iter().rev().collect();
    format!("at {}:{}", file.join("/"), panic.line)
}

/// A value that is shown by its type's name alone, under the name that the user knows.
fn named(mut shown: Shown) -> Shown {
    if let Some(text) = shown.data.get("text/plain").and_then(|text| text.as_str())
        && let Some(name) = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'))
        && name.contains("cell::")
        && !name.contains(['"', '\n'])
    {
        shown.data.insert("text/plain".to_owned(), format!("<{}>", types::without_cell(name)).into());
    }
    shown
}
