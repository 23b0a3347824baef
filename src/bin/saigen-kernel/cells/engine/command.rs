//! What commands and magics do.

use std::sync::Arc;

use super::super::commands::{Command, HELP};
use super::super::dependencies::{Added, Build, Dependencies};
use super::super::rustc::Link;
use super::super::session::Session;
use super::super::source::Cell;
use super::super::{generate, shell, types};
use super::{CellEngine, OPTIMISATION, unusable};
use crate::engine::{Bundle, Failure, Output, Shown, Stream};

impl CellEngine {
    pub(super) fn command(&mut self, command: Command, count: usize) -> Result<Option<Shown>, Failure> {
        match command {
            Command::Variables => return Ok(Some(variables(&self.session))),
            Command::Help => return Ok(Some(text(HELP))),
            Command::Version => {
                let kernel = env!("CARGO_PKG_VERSION");
                return Ok(Some(text(&format!("saigen {kernel}, {}", self.links.version()))));
            }
            Command::Explain => {
                let all: Vec<&str> = self.explanations.values().map(String::as_str).collect();
                let said = if all.is_empty() { "no error to explain".to_owned() } else { all.join("\n\n") };
                return Ok(Some(text(said.trim())));
            }
            Command::Type(expression) => return self.type_of(&expression, count).map(Some),
            Command::Clear => {
                let names = self.session.variables.keys().cloned().collect();
                self.process.discard(names);
                let cleared = std::mem::take(&mut self.session);
                self.dependencies = Dependencies::default();
                cleared.libraries.iter().for_each(|library| drop(std::fs::remove_file(library)));
            }
            Command::Dependency(entry) => self.add_dependency(&entry)?,
            Command::Bash(script) => {
                shell::bash(&script, &self.settings.notebook, &self.interrupts.running, &self.sink)?;
            }
            Command::WriteFile { path, append, content } => {
                let path = self.settings.notebook.join(path);
                shell::write_file(&path, &content, append)?;
                let verb = if append { "appended to" } else { "wrote" };
                (self.sink)(Output::Stream(Stream::Stdout, format!("{verb} {}\n", path.display())));
            }
            Command::Ignored(setting) => self.note(&format!("`{setting}` has no meaning in this kernel")),
            Command::OptimiseCell(_) | Command::Optimisation(_) | Command::TimeCell | Command::Timing => {}
        }
        Ok(None)
    }

    fn add_dependency(&mut self, entry: &str) -> Result<(), Failure> {
        let build = Build {
            folder: &self.settings.notebook,
            package: self.settings.cells.join("dependencies"),
            target: self.links.folder.with_file_name("dependencies"),
            provided: &|name| self.links.provides(name),
            running: &self.interrupts.running,
            sink: &self.sink,
        };
        match self.dependencies.add(entry, &build)? {
            Added::Provided | Added::Built => Ok(()),
        }
    }

    fn type_of(&mut self, expression: &str, count: usize) -> Result<Shown, Failure> {
        self.number += 1;
        let cell = Arc::new(Cell { number: self.number, count, code: expression.to_owned() });
        let generated = generate::question(&self.session, &cell);
        let name = format!("cell_{}", cell.number);
        let compiled = self
            .rustc
            .compile(&name, generated.source.text(), OPTIMISATION, &self.dependencies.arguments(), Link::Not)
            .map_err(|error| unusable(&error))?;
        match compiled {
            Ok(compiled) => {
                let kind = types::asked(&compiled.mir).unwrap_or_else(|| "unknown".to_owned());
                Ok(text(&types::short(&kind)))
            }
            Err(errors) => Err(self.not_compiled(&errors, &generated.source, &name, Vec::new())),
        }
    }
}

fn text(content: &str) -> Shown {
    let data = Bundle::from([("text/plain".to_owned(), content.into())]);
    Shown { data, ..Shown::default() }
}

fn variables(session: &Session) -> Shown {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut plain = String::new();
    let mut html = String::from("<table>\n<thead><tr><th>variable</th><th>type</th></tr></thead>\n<tbody>\n");
    for (name, variable) in &session.variables {
        let kind = types::short(&variable.kind);
        plain.push_str(&format!("{name}: {kind}\n"));
        html.push_str(&format!("<tr><td>{name}</td><td>{}</td></tr>\n", escape(&kind)));
    }
    html.push_str("</tbody>\n</table>");
    if session.variables.is_empty() {
        return text("no variables");
    }
    let data =
        Bundle::from([("text/plain".to_owned(), plain.trim_end().into()), ("text/html".to_owned(), html.into())]);
    Shown { data, ..Shown::default() }
}
