//! Walks the model: what there is, by name, and then the formulas between.

use std::collections::HashMap;

use roxmltree::Node;

use super::reactions::{self, Draft};
use super::source::{Source, children, listed};
use super::{Events, SbmlError, rules};
use crate::cases::thermodynamic_uncertainty::expression::mathml::{self, Function, Scope};
use crate::cases::thermodynamic_uncertainty::expression::{Expression, Operator};
use crate::cases::thermodynamic_uncertainty::model::{Declarations, Element, Kind, SpeciesKind, Symbol, sized};

/// Everything declared so far.
pub(super) struct Names<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) level: u32,
    pub(super) symbols: Vec<Symbol>,
    /// Global ids, functions among them.
    taken: HashMap<String, Element>,
    by_id: HashMap<String, usize>,
    functions: HashMap<String, Function>,
}

/// Reads all declarations of a file.
pub(super) fn read(source: &Source, events: Events) -> Result<Declarations, SbmlError> {
    let root = source.document.root_element();
    let level = check_root(source, root)?;
    let model = children(root).find(|child| child.tag_name().name() == "model");
    let model = model.ok_or_else(|| SbmlError::Missing { element: source.element(root), part: "<model>" })?;
    check_lists(source, model, events)?;
    let mut names = Names {
        source,
        level,
        symbols: vec![time_symbol(source, model)],
        taken: HashMap::new(),
        by_id: HashMap::new(),
        functions: HashMap::new(),
    };
    names.read_functions(&listed(model, "listOfFunctionDefinitions"))?;
    for node in listed(model, "listOfCompartments") {
        names.compartment(node)?;
    }
    for node in listed(model, "listOfParameters") {
        names.parameter(node, Kind::Parameter)?;
    }
    for node in listed(model, "listOfSpecies") {
        names.species(node, model.attribute("conversionFactor"))?;
    }
    let drafts = listed(model, "listOfReactions")
        .into_iter()
        .map(|node| reactions::declare(&mut names, node))
        .collect::<Result<Vec<Draft>, _>>()?;
    rules::read(&mut names, model)?;
    let reactions = drafts.into_iter().map(|draft| draft.finish(&mut names)).collect::<Result<Vec<_>, _>>()?;
    let id = model.attribute("id").unwrap_or_default().to_owned();
    Ok(Declarations { id, symbols: names.symbols, reactions })
}

fn check_root(source: &Source, root: Node) -> Result<u32, SbmlError> {
    if root.tag_name().name() != "sbml" {
        return Err(SbmlError::NotSbml { element: source.element(root) });
    }
    let level = source.required(root, "level")?;
    let version = source.required(root, "version")?;
    let number = match (level, version.parse::<u32>()) {
        ("2", Ok(1..=5)) => 2,
        ("3", Ok(1..=2)) => 3,
        _ => {
            let (level, version) = (level.to_owned(), version.to_owned());
            return Err(SbmlError::Level { element: source.element(root), level, version });
        }
    };
    for attribute in root.attributes().filter(|a| a.name() == "required" && a.namespace().is_some()) {
        if matches!(attribute.value().trim(), "true" | "1") {
            let namespace = attribute.namespace().unwrap_or_default();
            return Err(source.unsupported(root, format!("the required package {namespace}")));
        }
    }
    Ok(number)
}

/// Refuses lists whose content would change the result and that this reader doesn't act on.
fn check_lists(source: &Source, model: Node, events: Events) -> Result<(), SbmlError> {
    for list in children(model) {
        match list.tag_name().name() {
            "listOfFunctionDefinitions"
            | "listOfUnitDefinitions"
            | "listOfCompartmentTypes"
            | "listOfSpeciesTypes"
            | "listOfCompartments"
            | "listOfSpecies"
            | "listOfParameters"
            | "listOfInitialAssignments"
            | "listOfRules"
            | "listOfConstraints"
            | "listOfReactions" => {}
            "listOfEvents" if events == Events::LeaveOut => {}
            "listOfEvents" => {
                if let Some(event) = children(list).next() {
                    return Err(source.unsupported(event, "an event"));
                }
            }
            other => return Err(source.unsupported(list, format!("<{other}>"))),
        }
    }
    Ok(())
}

fn time_symbol(source: &Source, model: Node) -> Symbol {
    let element = Element { kind: "time".into(), id: "time".into(), ..source.element(model) };
    Symbol { element, kind: Kind::Time, initial: None, rule: None, constant: false }
}

impl<'a> Names<'a> {
    /// Takes a global id.
    pub(super) fn take(&mut self, id: &str, element: Element) -> Result<(), SbmlError> {
        if let Some(first) = self.taken.get(id) {
            return Err(SbmlError::Duplicate { element, first: Box::new(first.clone()) });
        }
        self.taken.insert(id.to_owned(), element);
        Ok(())
    }

    /// Adds a global symbol under its id.
    pub(super) fn add(&mut self, node: Node, symbol: Symbol) -> Result<usize, SbmlError> {
        let id = self.source.required(node, "id")?;
        self.take(id, symbol.element.clone())?;
        self.by_id.insert(id.to_owned(), self.symbols.len());
        self.symbols.push(symbol);
        Ok(self.symbols.len() - 1)
    }

    /// A global symbol.
    pub(super) fn find(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The symbol that an attribute names, of a given kind.
    pub(super) fn reference(
        &self,
        node: Node,
        attribute: &'static str,
        expected: &'static str,
        fits: impl Fn(&Kind) -> bool,
    ) -> Result<usize, SbmlError> {
        let id = self.source.required(node, attribute)?;
        let found = self.find(id).filter(|&index| fits(&self.symbols[index].kind));
        found.ok_or_else(|| {
            let element = self.source.element(node);
            SbmlError::UnknownReference { element, attribute, id: id.to_owned(), expected }
        })
    }

    /// What a symbol's id means in a formula: a species in concentration units is its amount over its volume.
    pub(super) fn meaning(&self, index: usize) -> Expression {
        match self.volume(index) {
            Some(compartment) => {
                Expression::Apply(Operator::Divide, vec![Expression::Symbol(index), Expression::Symbol(compartment)])
            }
            None => Expression::Symbol(index),
        }
    }

    /// The compartment by which formulas divide the amount of a species.
    fn volume(&self, index: usize) -> Option<usize> {
        match &self.symbols[index].kind {
            Kind::Species(species) if !species.amount_only => sized(&self.symbols, species.compartment),
            _ => None,
        }
    }

    /// Turns a formula for what an id means into one for the symbol's own value.
    pub(super) fn own_value(&self, index: usize, formula: Expression) -> Expression {
        match self.volume(index) {
            Some(compartment) => Expression::Apply(Operator::Times, vec![formula, Expression::Symbol(compartment)]),
            None => formula,
        }
    }

    /// Reads the formula of an element; `local` names come first.
    pub(super) fn formula(&self, owner: Node, local: &HashMap<String, usize>) -> Result<Expression, SbmlError> {
        let scope = Scope {
            symbol: &|id| match local.get(id) {
                Some(&index) => Some(Expression::Symbol(index)),
                None => self.find(id).map(|index| self.meaning(index)),
            },
            function: &|id| self.functions.get(id),
        };
        let math = self.source.math(owner)?;
        mathml::read(math, &scope).map_err(|fault| self.source.math_error(owner, fault))
    }

    /// Reads function definitions, each after those that it calls, in whatever order the file has them.
    fn read_functions(&mut self, nodes: &[Node<'_, 'a>]) -> Result<(), SbmlError> {
        let mut position = HashMap::new();
        for (i, node) in nodes.iter().enumerate() {
            let id = self.source.required(*node, "id")?;
            self.take(id, self.source.element(*node))?;
            position.insert(id, i);
        }
        let mut callers: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
        let mut waiting = vec![0_usize; nodes.len()];
        for (i, node) in nodes.iter().enumerate() {
            for callee in calls(*node).into_iter().filter_map(|id| position.get(id.as_str())) {
                callers[*callee].push(i);
                waiting[i] += 1;
            }
        }
        let mut ready: Vec<usize> = (0..nodes.len()).filter(|&i| waiting[i] == 0).collect();
        let mut next = 0;
        while next < ready.len() {
            let node = nodes[ready[next]];
            let math = self.source.math(node)?;
            let function = mathml::read_function(math, &|id| self.functions.get(id))
                .map_err(|fault| self.source.math_error(node, fault))?;
            self.functions.insert(self.source.required(node, "id")?.to_owned(), function);
            for &caller in &callers[ready[next]] {
                waiting[caller] -= 1;
                if waiting[caller] == 0 {
                    ready.push(caller);
                }
            }
            next += 1;
        }
        match waiting.iter().position(|count| *count > 0) {
            Some(stuck) => Err(SbmlError::RecursiveFunction { element: self.source.element(nodes[stuck]) }),
            None => Ok(()),
        }
    }

    fn compartment(&mut self, node: Node) -> Result<(), SbmlError> {
        let dimensions = self.source.number(node, "spatialDimensions")?.unwrap_or(3.0);
        let size = self.source.number(node, "size")?;
        let symbol = Symbol {
            element: self.source.element(node),
            kind: Kind::Compartment { dimensions },
            initial: size.map(Expression::Number),
            rule: None,
            constant: self.source.flag(node, "constant", true)?,
        };
        self.add(node, symbol).map(drop)
    }

    /// Reads a parameter; `kind` tells global from local.
    pub(super) fn parameter(&mut self, node: Node, kind: Kind) -> Result<(), SbmlError> {
        let symbol = Symbol {
            element: self.source.element(node),
            kind,
            initial: self.source.number(node, "value")?.map(Expression::Number),
            rule: None,
            constant: self.source.flag(node, "constant", true)?,
        };
        self.add(node, symbol).map(drop)
    }

    fn species(&mut self, node: Node, model_conversion: Option<&str>) -> Result<(), SbmlError> {
        let is_compartment = |kind: &Kind| matches!(kind, Kind::Compartment { .. });
        let compartment = self.reference(node, "compartment", "compartment", is_compartment)?;
        let conversion = match (node.attribute("conversionFactor"), model_conversion) {
            (Some(_), _) => Some(self.reference(node, "conversionFactor", "parameter", |k| *k == Kind::Parameter)?),
            (None, Some(id)) => match self.find(id.trim()) {
                Some(parameter) => Some(parameter),
                None => {
                    let (attribute, expected) = ("conversionFactor", "parameter");
                    let element = self.source.element(node);
                    return Err(SbmlError::UnknownReference { element, attribute, id: id.into(), expected });
                }
            },
            (None, None) => None,
        };
        let amount = self.source.number(node, "initialAmount")?;
        let concentration = self.source.number(node, "initialConcentration")?;
        let size = sized(&self.symbols, compartment);
        let initial = match (amount, concentration, size) {
            (Some(_), Some(_), _) => {
                let found = node.attribute("initialConcentration").unwrap_or_default();
                return Err(self.source.bad(node, "initialConcentration", found, "absent next to an initialAmount"));
            }
            (Some(amount), None, _) => Some(Expression::Number(amount)),
            (None, Some(concentration), Some(size)) => Some(Expression::Apply(
                Operator::Times,
                vec![Expression::Number(concentration), Expression::Symbol(size)],
            )),
            (None, Some(_), None) => {
                let found = node.attribute("initialConcentration").unwrap_or_default();
                return Err(self.source.bad(
                    node,
                    "initialConcentration",
                    found,
                    "absent in a compartment without size",
                ));
            }
            (None, None, _) => None,
        };
        let constant = self.source.flag(node, "constant", false)?;
        let kind = Kind::Species(SpeciesKind {
            compartment,
            amount_only: self.source.flag(node, "hasOnlySubstanceUnits", false)?,
            boundary: self.source.flag(node, "boundaryCondition", false)?,
            constant,
            conversion,
        });
        let symbol = Symbol { element: self.source.element(node), kind, initial, rule: None, constant };
        self.add(node, symbol).map(drop)
    }
}

/// Names that a function definition calls.
fn calls(definition: Node) -> Vec<String> {
    let applied = definition.descendants().filter(|node| node.is_element() && node.tag_name().name() == "apply");
    let heads = applied.filter_map(|apply| apply.children().find(Node::is_element));
    heads
        .filter(|head| head.tag_name().name() == "ci")
        .map(|head| head.text().unwrap_or_default().trim().into())
        .collect()
}
