//! What cells show, gathered as Jupyter's own client stores it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The outputs of the cells of one session: streams, displays and values in their order, pieces of one stream that
/// follow each other joined, displays changed by later updates, outputs cleared when a cell asks for it.
#[derive(Debug, Default)]
pub struct Outputs {
    /// Displays by their id: the cell, counted from 1 in the order of evaluation, and the place among its outputs.
    displays: BTreeMap<String, Vec<(usize, usize)>>,
    /// The cell that runs.
    cell: usize,
    outputs: Vec<Value>,
    clear_before_next: bool,
    changes: Vec<Change>,
}

/// A display of an earlier cell that a later one changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Counted from 1, in the order of evaluation.
    pub cell: usize,
    /// The place among that cell's outputs, from 0.
    pub output: usize,
    pub data: Value,
    pub metadata: Value,
}

impl Outputs {
    /// Begins the next cell.
    pub fn begin(&mut self) {
        self.cell += 1;
        self.outputs.clear();
        self.changes.clear();
        self.clear_before_next = false;
    }

    /// Takes an event of the running cell, whose count is given to its value; false for an event that is no output.
    pub fn take(&mut self, event: &Value, count: usize) -> bool {
        let Some((kind, content)) = event.as_object().and_then(|event| event.iter().next()) else { return false };
        match kind.as_str() {
            "stream" => self.stream(&content["name"], content["text"].as_str().unwrap_or_default()),
            "display" => self.display(content),
            "update" => {
                if let Some(id) = content["id"].as_str() {
                    self.update(id, content);
                }
            }
            "clear" if content["wait"] == true => self.clear_before_next = true,
            "clear" => self.clear(),
            "result" => self.push(json!({
                "output_type": "execute_result", "execution_count": count,
                "data": content["data"], "metadata": content["metadata"],
            })),
            "error" => {
                let mut output = Map::from_iter([("output_type".to_owned(), json!("error"))]);
                output.extend(content.as_object().cloned().unwrap_or_default());
                self.push(Value::Object(output));
            }
            _ => return false,
        }
        true
    }

    /// Ends the cell: its outputs, and what it changed in those of earlier ones.
    pub fn end(&mut self) -> (Vec<Value>, Vec<Change>) {
        (std::mem::take(&mut self.outputs), std::mem::take(&mut self.changes))
    }

    fn stream(&mut self, name: &Value, text: &str) {
        self.clear_if_asked();
        if let Some(last) = self.outputs.last_mut()
            && last["output_type"] == "stream"
            && last["name"] == *name
            && let Some(Value::String(joined)) = last.get_mut("text")
        {
            joined.push_str(text);
            return;
        }
        self.outputs.push(json!({"output_type": "stream", "name": name, "text": text}));
    }

    fn display(&mut self, content: &Value) {
        let id = content["id"].as_str();
        if let Some(id) = id {
            // A second display of one id changes those that are there.
            self.update(id, content);
        }
        self.clear_if_asked();
        if let Some(id) = id {
            self.displays.entry(id.to_owned()).or_default().push((self.cell, self.outputs.len()));
        }
        self.outputs.push(json!({
            "output_type": "display_data", "data": content["data"], "metadata": content["metadata"],
        }));
    }

    fn update(&mut self, id: &str, content: &Value) {
        for &(cell, output) in self.displays.get(id).into_iter().flatten() {
            let (data, metadata) = (content["data"].clone(), content["metadata"].clone());
            if cell == self.cell {
                self.outputs[output]["data"] = data;
                self.outputs[output]["metadata"] = metadata;
            } else {
                self.changes.push(Change { cell, output, data, metadata });
            }
        }
    }

    fn push(&mut self, output: Value) {
        self.clear_if_asked();
        self.outputs.push(output);
    }

    fn clear_if_asked(&mut self) {
        if std::mem::take(&mut self.clear_before_next) {
            self.clear();
        }
    }

    fn clear(&mut self) {
        self.outputs.clear();
        let cell = self.cell;
        for places in self.displays.values_mut() {
            places.retain(|(of, _)| *of != cell);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(name: &str, text: &str) -> Value {
        json!({"stream": {"name": name, "text": text}})
    }

    fn display(kind: &str, id: Option<&str>, text: &str) -> Value {
        json!({ kind: {"data": {"text/plain": text}, "metadata": {}, "id": id} })
    }

    fn gathered(outputs: &mut Outputs, events: &[Value]) -> (Vec<String>, Vec<Change>) {
        outputs.begin();
        for event in events {
            assert!(outputs.take(event, 3), "{event}");
        }
        let (gathered, changes) = outputs.end();
        let texts = gathered.iter().map(|output| {
            let text = output["text"].as_str().or(output["data"]["text/plain"].as_str());
            format!("{}: {}", output["output_type"].as_str().unwrap(), text.unwrap_or_default())
        });
        (texts.collect(), changes)
    }

    #[test]
    fn order_is_kept_and_pieces_of_one_stream_joined() {
        let events = [
            stream("stdout", "a\r"),
            stream("stdout", "b\n"),
            stream("stderr", "c"),
            stream("stdout", "d"),
            display("display", None, "e"),
            stream("stdout", "f"),
            json!({"result": {"data": {"text/plain": "g"}, "metadata": {}}}),
            json!({"error": {"ename": "E", "evalue": "no", "traceback": []}}),
        ];
        let (seen, _) = gathered(&mut Outputs::default(), &events);
        assert_eq!(
            seen,
            [
                "stream: a\rb\n",
                "stream: c",
                "stream: d",
                "display_data: e",
                "stream: f",
                "execute_result: g",
                "error: "
            ]
        );
        assert!(!Outputs::default().take(&json!({"done": true}), 1));
    }

    #[test]
    fn updates_reach_displays_of_this_cell_and_of_earlier_ones() {
        let mut outputs = Outputs::default();
        let (seen, changes) = gathered(
            &mut outputs,
            &[stream("stdout", "s"), display("display", Some("a"), "old"), display("update", Some("a"), "new")],
        );
        assert_eq!((seen, changes.len()), (vec!["stream: s".into(), "display_data: new".into()], 0));
        let (seen, changes) =
            gathered(&mut outputs, &[display("update", Some("a"), "newer"), display("update", Some("none"), "x")]);
        assert!(seen.is_empty());
        let change = Change { cell: 1, output: 1, data: json!({"text/plain": "newer"}), metadata: json!({}) };
        assert_eq!(changes, [change]);
        // A second display of the id changes the first.
        let (seen, changes) = gathered(&mut outputs, &[display("display", Some("a"), "again")]);
        assert_eq!((seen, changes.len()), (vec!["display_data: again".into()], 1));
    }

    #[test]
    fn outputs_are_cleared_at_once_or_before_the_next() {
        let mut outputs = Outputs::default();
        let clear = |wait: bool| json!({"clear": {"wait": wait}});
        let (seen, _) = gathered(
            &mut outputs,
            &[
                display("display", Some("a"), "1"),
                clear(false),
                display("update", Some("a"), "2"),
                stream("stdout", "b"),
            ],
        );
        assert_eq!(seen, ["stream: b"]);
        let (seen, _) = gathered(&mut outputs, &[stream("stdout", "a"), clear(true)]);
        assert_eq!(seen, ["stream: a"]);
        let (seen, _) = gathered(&mut outputs, &[stream("stdout", "a"), clear(true), stream("stdout", "b")]);
        assert_eq!(seen, ["stream: b"]);
    }
}
