//! Networks as GraphML, as Cytoscape, Gephi, igraph and NetworkX read it.

use std::fmt::Write;

/// A gene of the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub symbol: String,
    /// Its numbers, in the order of [`Graph::node_numbers`]; one that isn't finite is left out.
    pub numbers: Vec<f64>,
}

/// A directed edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Arc {
    pub from: usize,
    pub to: usize,
    /// Its numbers, in the order of [`Graph::edge_numbers`]; one that isn't finite is left out.
    pub numbers: Vec<f64>,
}

/// A network with numbers on nodes and edges.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// What made it.
    pub remark: String,
    pub node_numbers: Vec<&'static str>,
    pub edge_numbers: Vec<&'static str>,
    pub nodes: Vec<Node>,
    pub edges: Vec<Arc>,
}

impl Graph {
    /// The network as GraphML (graphml.graphdrawing.org, `xmlns` of 2002). Nodes are called n0, n1, …, as symbols may hold
    /// what an XML id must not; the symbol is the attribute `label`.
    pub fn graphml(&self) -> String {
        let mut text = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:schemaLocation=\"http://graphml.graphdrawing.org/xmlns \
             http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd\">\n",
        );
        let keys = self.node_numbers.iter().map(|name| ("node", *name));
        let keys = keys.chain(self.edge_numbers.iter().map(|name| ("edge", *name)));
        // Writing to a string doesn't fail.
        let _ = write!(
            text,
            "  <desc>{}</desc>\n  <key id=\"label\" for=\"node\" attr.name=\"label\" attr.type=\"string\"/>\n",
            escaped(&self.remark)
        );
        for (what, name) in keys {
            let _ = writeln!(
                text,
                "  <key id=\"{what}_{name}\" for=\"{what}\" attr.name=\"{name}\" attr.type=\"double\"/>"
            );
        }
        text.push_str("  <graph id=\"network\" edgedefault=\"directed\">\n");
        for (index, node) in self.nodes.iter().enumerate() {
            let _ = write!(text, "    <node id=\"n{index}\"><data key=\"label\">{}</data>", escaped(&node.symbol));
            numbers(&mut text, "node", &self.node_numbers, &node.numbers);
            text.push_str("</node>\n");
        }
        for edge in &self.edges {
            let _ = write!(text, "    <edge source=\"n{}\" target=\"n{}\">", edge.from, edge.to);
            numbers(&mut text, "edge", &self.edge_numbers, &edge.numbers);
            text.push_str("</edge>\n");
        }
        text.push_str("  </graph>\n</graphml>\n");
        text
    }
}

fn numbers(text: &mut String, what: &str, names: &[&str], values: &[f64]) {
    for (name, value) in names.iter().zip(values).filter(|(_, value)| value.is_finite()) {
        let _ = write!(text, "<data key=\"{what}_{name}\">{value:?}</data>");
    }
}

/// Text for XML 1.0: marks escaped, characters that it can't hold replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' => out.push_str("&#9;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_and_numbers_come_back_from_xml() {
        let symbols = ["HLA-DRB1", "a<b>&\"c'", "tab\tbell\u{7}", "β-カテニン", "]]>", "<!--x-->"];
        let node = |symbol: &&str| Node { symbol: symbol.to_string(), numbers: vec![0.1 + 0.2, f64::NAN] };
        let graph = Graph {
            remark: "made of A&B <real>".into(),
            node_numbers: vec!["theta", "degree"],
            edge_numbers: vec!["weight"],
            nodes: symbols.iter().map(node).collect(),
            edges: vec![
                Arc { from: 1, to: 0, numbers: vec![-1.5e-7] },
                Arc { from: 0, to: 5, numbers: vec![f64::INFINITY] },
            ],
        };
        let text = graph.graphml();
        let document = roxmltree::Document::parse(&text).expect("well-formed XML");
        let named = |name: &'static str| document.descendants().filter(move |node| node.has_tag_name(name));
        let data = |node: &roxmltree::Node<'_, '_>, key: &str| {
            let found = node.children().find(|child| child.attribute("key") == Some(key));
            found.and_then(|child| child.text().map(str::to_string))
        };
        let labels: Vec<String> = named("node").map(|node| data(&node, "label").unwrap()).collect();
        assert_eq!(labels[..2], symbols[..2]);
        assert_eq!(labels[2], "tab\tbell\u{fffd}");
        assert_eq!(labels[3..], symbols[3..]);
        let first = named("node").next().unwrap();
        assert_eq!(data(&first, "node_theta").unwrap().parse(), Ok(0.1 + 0.2));
        assert_eq!(data(&first, "node_degree"), None);
        let edges: Vec<_> = named("edge").collect();
        assert_eq!((edges[0].attribute("source"), edges[0].attribute("target")), (Some("n1"), Some("n0")));
        assert_eq!(data(&edges[0], "edge_weight").unwrap().parse(), Ok(-1.5e-7));
        assert_eq!(data(&edges[1], "edge_weight"), None);
        let keys: Vec<_> = named("key").filter_map(|key| key.attribute("id")).collect();
        assert_eq!(keys, ["label", "node_theta", "node_degree", "edge_weight"]);
        assert_eq!(named("desc").next().unwrap().text(), Some("made of A&B <real>"));
    }

    #[test]
    fn a_network_without_edges_is_a_document_too() {
        let graph =
            Graph { remark: String::new(), node_numbers: vec![], edge_numbers: vec![], nodes: vec![], edges: vec![] };
        let text = graph.graphml();
        let document = roxmltree::Document::parse(&text).expect("well-formed XML");
        assert!(document.descendants().any(|node| node.has_tag_name("graph")));
    }
}
