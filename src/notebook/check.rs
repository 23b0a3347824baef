//! Comparing the stored outputs of a notebook with fresh ones.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Notebook;
use super::document::joined;

/// A cell whose outputs are not what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Among the code cells, from 1.
    pub cell: usize,
    /// What differs, such as `stdout` or `text/html`.
    pub what: String,
    pub stored: String,
    pub fresh: String,
}

/// Compares the outputs of two runs of one notebook.
///
/// What is written to each stream, each value in each representation, and the name and value of an error count;
/// execution counts, metadata, the way streams interleave and the frames of a traceback don't.
pub fn differences(stored: &Notebook, fresh: &Notebook) -> Vec<Difference> {
    let mut found = Vec::new();
    for (cell, (index, _)) in (1..).zip(fresh.code_cells()) {
        let (stored, fresh) = (content(stored.outputs(index)), content(fresh.outputs(index)));
        let mut keys: Vec<&String> = stored.keys().chain(fresh.keys()).collect();
        keys.sort();
        keys.dedup();
        for what in keys {
            let side = |outputs: &BTreeMap<String, String>| outputs.get(what).cloned();
            if side(&stored) != side(&fresh) {
                found.push(Difference {
                    cell,
                    what: what.clone(),
                    stored: side(&stored).unwrap_or_default(),
                    fresh: side(&fresh).unwrap_or_default(),
                });
            }
        }
    }
    found
}

/// All that a cell showed, by kind.
fn content(outputs: &[Value]) -> BTreeMap<String, String> {
    let mut content = BTreeMap::<String, String>::new();
    for output in outputs {
        match output["output_type"].as_str() {
            Some("stream") => {
                let name = output["name"].as_str().unwrap_or("stdout").to_owned();
                content.entry(name).or_default().push_str(&joined(&output["text"]));
            }
            Some("error") => {
                let (name, value) = (&output["ename"], &output["evalue"]);
                content.entry("error".to_owned()).or_default().push_str(&format!(
                    "{}: {}",
                    joined(name),
                    joined(value)
                ));
            }
            _ => {
                for (mime, value) in output["data"].as_object().into_iter().flatten() {
                    let text = if value.is_object() { value.to_string() } else { joined(value) };
                    content.entry(mime.clone()).or_default().push_str(text.trim_end_matches('\n'));
                }
            }
        }
    }
    content
}

#[cfg(test)]
mod tests {
    use super::super::document::tests::NOTEBOOK;
    use super::*;
    use serde_json::json;

    fn with(outputs: Vec<Value>) -> Notebook {
        let mut notebook = Notebook::parse(NOTEBOOK).unwrap();
        notebook.set_outputs(1, Some(3), outputs);
        notebook
    }

    #[test]
    fn counts_and_the_cutting_of_streams_do_not_matter() {
        let stored = Notebook::parse(NOTEBOOK).unwrap();
        let fresh = with(vec![
            json!({"output_type": "stream", "name": "stdout", "text": "1\n"}),
            json!({"output_type": "stream", "name": "stdout", "text": "2\n"}),
        ]);
        assert_eq!(differences(&stored, &fresh), []);
    }

    #[test]
    fn a_changed_value_a_missing_output_and_a_new_error_do() {
        let value = |text: &str| json!({"output_type": "execute_result", "data": {"text/plain": text}, "metadata": {}});
        let found = differences(&with(vec![value("1")]), &with(vec![value("2")]));
        assert_eq!(
            (found[0].what.as_str(), found[0].stored.as_str(), found[0].fresh.as_str()),
            ("text/plain", "1", "2")
        );
        assert_eq!(differences(&with(vec![value("1")]), &with(vec![]))[0].fresh, "");
        let error = json!({"output_type": "error", "ename": "Panic", "evalue": "no", "traceback": []});
        assert_eq!(differences(&with(vec![]), &with(vec![error]))[0].fresh, "Panic: no");
    }
}
