//! Notebook files, as Jupyter writes them: sorted keys, one space of indentation, a line break at the end.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value, json};

/// A notebook file is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    #[error("{path} can't be read")]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{path} can't be written")]
    Unwritable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("not a notebook")]
    Format(#[source] nbformat::NotebookError),
    #[error("notebook format {found}, expected 4")]
    Version { found: i64 },
}

/// A notebook of format 4. What this program doesn't know of stays as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Notebook {
    document: Value,
}

impl Notebook {
    /// Parses the text of a notebook.
    ///
    /// # Errors
    /// The text is no notebook of format 4.
    pub fn parse(text: &str) -> Result<Notebook, DocumentError> {
        // The typed reader refuses what is malformed; the untyped document keeps what the types don't know.
        nbformat::parse_notebook(text).map_err(DocumentError::Format)?;
        let document: Value =
            serde_json::from_str(text).map_err(|error| DocumentError::Format(nbformat::NotebookError::from(error)))?;
        match document["nbformat"].as_i64() {
            Some(4) => Ok(Notebook { document }),
            found => Err(DocumentError::Version { found: found.unwrap_or_default() }),
        }
    }

    /// Reads a notebook file.
    ///
    /// # Errors
    /// The file can't be read, or is no notebook.
    pub fn read(path: &Path) -> Result<Notebook, DocumentError> {
        let text =
            fs::read_to_string(path).map_err(|source| DocumentError::Unreadable { path: path.to_owned(), source })?;
        Notebook::parse(&text)
    }

    /// Writes the file whole or not at all: a temporary file beside it is written, synced and renamed.
    ///
    /// # Errors
    /// The file can't be written; what was there before is untouched.
    pub fn write(&self, path: &Path) -> Result<(), DocumentError> {
        let failed = |source| DocumentError::Unwritable { path: path.to_owned(), source };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
        let written = File::create(&temporary).and_then(|mut file| {
            file.write_all(self.to_text().as_bytes())?;
            file.sync_all()?;
            fs::rename(&temporary, path)
        });
        if let Err(source) = written {
            let _ = fs::remove_file(&temporary);
            return Err(failed(source));
        }
        Ok(())
    }

    /// The text that Jupyter would write.
    pub fn to_text(&self) -> String {
        let mut bytes = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(b" ");
        let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
        sorted(&self.document).serialize(&mut serializer).expect("a JSON value can be written to memory");
        bytes.push(b'\n');
        String::from_utf8(bytes).expect("JSON is UTF-8")
    }

    /// The source of each code cell that isn't empty, with its place among all cells, from 0.
    pub fn code_cells(&self) -> Vec<(usize, String)> {
        self.cells()
            .iter()
            .enumerate()
            .filter(|(_, cell)| cell["cell_type"] == "code")
            .map(|(index, cell)| (index, joined(&cell["source"])))
            .filter(|(_, source)| !source.trim().is_empty())
            .collect()
    }

    /// The outputs of a cell.
    pub fn outputs(&self, cell: usize) -> &[Value] {
        self.cells().get(cell).and_then(|cell| cell["outputs"].as_array()).map_or(&[], Vec::as_slice)
    }

    /// Replaces the outputs and the count of a code cell. Text in `outputs` is split into lines, as Jupyter stores it.
    pub fn set_outputs(&mut self, cell: usize, count: Option<usize>, outputs: Vec<Value>) {
        if let Some(cell) = self.cells_mut().get_mut(cell).and_then(Value::as_object_mut) {
            cell.insert("execution_count".to_owned(), json!(count));
            cell.insert("outputs".to_owned(), outputs.into_iter().map(split).collect());
        }
    }

    /// Names the kernel, unless the notebook names one, and describes its language.
    pub fn set_kernel(&mut self, language_info: Value) {
        let metadata = self.metadata_mut();
        metadata.entry("kernelspec").or_insert_with(
            || json!({"display_name": super::KernelSpec::DISPLAY_NAME, "language": "rust", "name": super::KernelSpec::NAME}),
        );
        metadata.insert("language_info".to_owned(), language_info);
    }

    pub(super) fn metadata_mut(&mut self) -> &mut Map<String, Value> {
        let document = self.document.as_object_mut().expect("a notebook is an object");
        let metadata = document.entry("metadata").or_insert_with(|| json!({}));
        if !metadata.is_object() {
            *metadata = json!({});
        }
        metadata.as_object_mut().expect("it was made one just now")
    }

    pub(super) fn cells_mut(&mut self) -> &mut [Value] {
        self.document["cells"].as_array_mut().map_or(&mut [], Vec::as_mut_slice)
    }

    fn cells(&self) -> &[Value] {
        self.document["cells"].as_array().map_or(&[], Vec::as_slice)
    }
}

/// Text that is stored as one string or as a list of lines.
pub(super) fn joined(value: &Value) -> String {
    match value {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

/// An output with its text as a list of lines.
fn split(mut output: Value) -> Value {
    if let Some(text) = output.get_mut("text") {
        *text = lines(&joined(text));
    }
    if let Some(data) = output.get_mut("data").and_then(Value::as_object_mut) {
        for (mime, content) in data.iter_mut() {
            if !mime.contains("json") && content.is_string() {
                *content = lines(&joined(content));
            }
        }
    }
    output
}

/// Lines with their ends, cut where Python's `splitlines` cuts.
fn lines(text: &str) -> Value {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        line.push(character);
        if character == '\r' && characters.peek() == Some(&'\n') {
            continue;
        }
        let ends = matches!(
            character,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        );
        if ends {
            lines.push(Value::String(std::mem::take(&mut line)));
        }
    }
    if !line.is_empty() {
        lines.push(Value::String(line));
    }
    Value::Array(lines)
}

/// A copy with the keys of all objects in order, whatever order the JSON library keeps.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A notebook as Jupyter writes it, with fields that this program doesn't know.
    pub(in crate::notebook) const NOTEBOOK: &str = r##"{
 "cells": [
  {
   "cell_type": "markdown",
   "id": "aa",
   "metadata": {},
   "source": [
    "# Title"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": 7,
   "id": "bb",
   "metadata": {
    "tags": []
   },
   "outputs": [
    {
     "name": "stdout",
     "output_type": "stream",
     "text": [
      "1\n",
      "2\n"
     ]
    }
   ],
   "source": [
    "println!(\"1\");\n",
    "println!(\"2\")"
   ]
  }
 ],
 "metadata": {
  "unknown": {
   "a": 1.5
  }
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
"##;

    #[test]
    fn what_is_read_is_written_byte_for_byte() {
        assert_eq!(Notebook::parse(NOTEBOOK).unwrap().to_text(), NOTEBOOK);
    }

    #[test]
    fn code_cells_have_their_place_and_source() {
        let notebook = Notebook::parse(NOTEBOOK).unwrap();
        assert_eq!(notebook.code_cells(), [(1, "println!(\"1\");\nprintln!(\"2\")".to_owned())]);
    }

    #[test]
    fn outputs_are_stored_as_lines() {
        let mut notebook = Notebook::parse(NOTEBOOK).unwrap();
        notebook.set_outputs(
            1,
            Some(1),
            vec![json!({"output_type": "execute_result", "data": {"text/plain": "a\r\nb\u{2028}c", "application/json": {"x": "p\nq"}}})],
        );
        let data = &notebook.outputs(1)[0]["data"];
        assert_eq!(data["text/plain"], json!(["a\r\n", "b\u{2028}", "c"]));
        assert_eq!(data["application/json"], json!({"x": "p\nq"}));
    }

    #[test]
    fn other_documents_are_refused() {
        assert!(matches!(Notebook::parse("{"), Err(DocumentError::Format(_))));
        assert!(matches!(Notebook::parse("{}"), Err(DocumentError::Format(_))));
        let third = r#"{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}"#;
        assert!(matches!(Notebook::parse(third), Err(DocumentError::Version { found: 3 })));
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = std::env::temp_dir().join(format!("saigen-notebook-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.ipynb");
        let notebook = Notebook::parse(NOTEBOOK).unwrap();
        notebook.write(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), NOTEBOOK);
        // A folder in the way of the temporary file stands for any failure before the rename.
        let blocked = folder.join(format!(".a.ipynb.{}.tmp", std::process::id()));
        fs::create_dir(&blocked).unwrap();
        assert!(matches!(notebook.write(&path), Err(DocumentError::Unwritable { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), NOTEBOOK);
        fs::remove_dir_all(&folder).unwrap();
    }
}
