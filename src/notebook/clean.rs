//! What a stored notebook should not hold.

use serde_json::Value;

use super::Notebook;

/// The longest text of one stream that is kept, in bytes.
const STREAM_BYTES: usize = 20_000;

/// Metadata that front ends write about a run or about their own state, not about the notebook.
const CELL_METADATA: [&str; 5] = ["execution", "ExecuteTime", "collapsed", "scrolled", "jupyter"];

/// Removes execution times, widget state and front ends' own state, shortens long streams, and replaces parts of
/// outputs that name places on one machine.
///
/// `places` are pairs of a text, such as a folder, and what stands for it; longer ones go first.
pub fn clean(notebook: &mut Notebook, places: &[(String, String)]) {
    let metadata = notebook.metadata_mut();
    for key in ["widgets", "toc", "varInspector"] {
        metadata.remove(key);
    }
    let mut places: Vec<&(String, String)> = places.iter().filter(|(place, _)| place.len() > 1).collect();
    places.sort_by_key(|(place, _)| std::cmp::Reverse(place.len()));
    for cell in notebook.cells_mut() {
        if let Some(metadata) = cell.get_mut("metadata").and_then(Value::as_object_mut) {
            for key in CELL_METADATA {
                metadata.remove(key);
            }
        }
        for output in cell.get_mut("outputs").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(text) = output.get_mut("text") {
                shorten(text);
            }
            replace(output, &places);
        }
    }
}

/// Replaces places in all text beneath a value.
fn replace(value: &mut Value, places: &[&(String, String)]) {
    match value {
        Value::String(text) => {
            for (place, name) in places {
                if text.contains(place.as_str()) {
                    *text = text.replace(place.as_str(), name);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, places)),
        Value::Object(map) => map.values_mut().for_each(|item| replace(item, places)),
        _ => {}
    }
}

/// Cuts the middle out of a long text, at line ends.
fn shorten(text: &mut Value) {
    let Some(lines) = text.as_array_mut() else { return };
    let length = |line: &Value| line.as_str().map_or(0, str::len);
    if lines.iter().map(length).sum::<usize>() <= STREAM_BYTES {
        return;
    }
    let count = |lines: &mut dyn Iterator<Item = &Value>| {
        let mut bytes = 0;
        lines
            .take_while(|line| {
                bytes += length(line);
                bytes <= STREAM_BYTES / 2
            })
            .count()
    };
    let (head, tail) = (count(&mut lines.iter()), count(&mut lines.iter().rev()));
    let end = lines.len() - tail;
    if head < end {
        lines.splice(head..end, [Value::String(format!("… {} lines left out …\n", end - head))]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::tests::NOTEBOOK;
    use super::*;
    use serde_json::json;

    fn cleaned(output: Value) -> Value {
        let mut notebook = Notebook::parse(NOTEBOOK).unwrap();
        notebook.set_outputs(1, Some(1), vec![output]);
        clean(&mut notebook, &[("/home/me".into(), "~".into()), ("/home/me/repo".into(), ".".into())]);
        notebook.outputs(1)[0].clone()
    }

    #[test]
    fn a_clean_notebook_stays_as_it_is() {
        let mut notebook = Notebook::parse(NOTEBOOK).unwrap();
        clean(&mut notebook, &[("/nowhere".into(), ".".into())]);
        assert_eq!(notebook.to_text(), NOTEBOOK);
    }

    #[test]
    fn run_times_and_widget_state_go_and_tags_stay() {
        let text = NOTEBOOK
            .replace("\"tags\": []", "\"execution\": {\"iopub.execute_input\": \"now\"}, \"tags\": [\"keep\"]")
            .replace("\"unknown\": {", "\"widgets\": {}, \"unknown\": {");
        let mut notebook = Notebook::parse(&text).unwrap();
        clean(&mut notebook, &[]);
        let text = notebook.to_text();
        assert!(
            !text.contains("iopub") && !text.contains("widgets") && text.contains("keep") && text.contains("unknown")
        );
    }

    #[test]
    fn the_longest_place_is_replaced_first() {
        let output =
            cleaned(json!({"output_type": "stream", "name": "stderr", "text": "/home/me/repo/x /home/me/y\n"}));
        assert_eq!(output["text"], json!(["./x ~/y\n"]));
    }

    #[test]
    fn a_flood_keeps_its_ends() {
        let text: String = (0..10_000).map(|line| format!("{line}\n")).collect();
        let output = cleaned(json!({"output_type": "stream", "name": "stdout", "text": text}));
        let lines = output["text"].as_array().unwrap();
        assert_eq!((lines[0].as_str(), lines.last().unwrap().as_str()), (Some("0\n"), Some("9999\n")));
        assert!(lines.iter().any(|line| line.as_str().unwrap().contains("lines left out")));
        assert!(lines.iter().map(|line| line.as_str().unwrap().len()).sum::<usize>() <= STREAM_BYTES + 40);
    }
}
