//! The XML document with places, and attributes of SBML's types.

use roxmltree::{Document, Node};

use super::SbmlError;
use crate::cases::thermodynamic_uncertainty::expression::mathml::MathFault;
use crate::cases::thermodynamic_uncertainty::model::Element;

/// A parsed file; finds lines and columns without walking the text each time.
pub(super) struct Source<'a> {
    text: &'a str,
    pub(super) document: Document<'a>,
    line_starts: Vec<usize>,
}

const MATHML: &str = "http://www.w3.org/1998/Math/MathML";

impl<'a> Source<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, SbmlError> {
        let document = Document::parse(text).map_err(|error| {
            let place = error.pos();
            SbmlError::Xml { line: place.row as usize, column: place.col as usize, reason: error.to_string() }
        })?;
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
        Ok(Self { text, document, line_starts })
    }

    /// Line and column, both from 1.
    fn place(&self, offset: usize) -> (usize, usize) {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line - 1];
        (line, 1 + self.text[start..offset].chars().count())
    }

    /// Names an element and its place.
    pub(super) fn element(&self, node: Node) -> Element {
        let (line, column) = self.place(node.range().start);
        let id = ["id", "variable", "symbol", "species"].iter().find_map(|name| node.attribute(*name));
        Element { kind: node.tag_name().name().into(), id: id.unwrap_or_default().into(), line, column }
    }

    /// Turns a fault inside a formula into an error that names the formula's owner and the fault's place.
    pub(super) fn math_error(&self, owner: Node, fault: MathFault) -> SbmlError {
        let (line, column) = self.place(fault.offset);
        SbmlError::Math { element: Element { line, column, ..self.element(owner) }, source: fault.error }
    }

    pub(super) fn unsupported(&self, node: Node, feature: impl Into<String>) -> SbmlError {
        SbmlError::Unsupported { element: self.element(node), feature: feature.into() }
    }

    pub(super) fn required<'n>(&self, node: Node<'n, '_>, attribute: &'static str) -> Result<&'n str, SbmlError> {
        let found = node.attribute(attribute).map(str::trim).filter(|value| !value.is_empty());
        found.ok_or_else(|| SbmlError::Missing { element: self.element(node), part: attribute })
    }

    /// A truth value, or `default` when the attribute is absent.
    pub(super) fn flag(&self, node: Node, attribute: &'static str, default: bool) -> Result<bool, SbmlError> {
        match node.attribute(attribute).map(str::trim) {
            None => Ok(default),
            Some("true" | "1") => Ok(true),
            Some("false" | "0") => Ok(false),
            Some(found) => Err(self.bad(node, attribute, found, "true or false")),
        }
    }

    /// A number in the notation of XML Schema, or `None` when the attribute is absent.
    pub(super) fn number(&self, node: Node, attribute: &'static str) -> Result<Option<f64>, SbmlError> {
        let Some(text) = node.attribute(attribute).map(str::trim) else { return Ok(None) };
        let value = match text {
            "INF" => Some(f64::INFINITY),
            "-INF" => Some(f64::NEG_INFINITY),
            "NaN" => Some(f64::NAN),
            _ if text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) => text.parse().ok(),
            _ => None,
        };
        value.map(Some).ok_or_else(|| self.bad(node, attribute, text, "a number"))
    }

    pub(super) fn bad(&self, node: Node, attribute: &'static str, found: &str, expected: &'static str) -> SbmlError {
        SbmlError::BadAttribute { element: self.element(node), attribute, found: found.into(), expected }
    }

    /// The formula of an element.
    pub(super) fn math<'n, 'i>(&self, owner: Node<'n, 'i>) -> Result<Node<'n, 'i>, SbmlError> {
        let is_math = |child: &Node| child.has_tag_name((MATHML, "math"));
        let math = owner.children().find(is_math);
        math.ok_or_else(|| SbmlError::Missing { element: self.element(owner), part: "formula in MathML" })
    }
}

/// Child elements of SBML itself; those of packages, notes and annotations are left out.
pub(super) fn children<'n, 'a>(node: Node<'n, 'a>) -> impl Iterator<Item = Node<'n, 'a>> {
    let core = node.tag_name().namespace();
    node.children().filter(move |child| {
        child.is_element()
            && child.tag_name().namespace() == core
            && !matches!(child.tag_name().name(), "notes" | "annotation")
    })
}

/// Children of the child list of that name; nothing when there is no such list.
pub(super) fn listed<'n, 'a>(node: Node<'n, 'a>, list: &str) -> Vec<Node<'n, 'a>> {
    children(node).filter(|child| child.tag_name().name() == list).flat_map(children).collect()
}
