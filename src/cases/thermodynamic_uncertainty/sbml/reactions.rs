//! Reactions: their species, stoichiometry and rate laws.

use std::collections::HashMap;

use roxmltree::Node;

use super::SbmlError;
use super::declarations::Names;
use super::source::{children, listed};
use crate::cases::thermodynamic_uncertainty::expression::Expression;
use crate::cases::thermodynamic_uncertainty::model::{Kind, Participant, Reaction, Symbol};

/// A reaction whose formulas are still to be read.
pub(super) struct Draft<'n, 'a> {
    rate: usize,
    reversible: bool,
    law: Node<'n, 'a>,
    reactants: Vec<Node<'n, 'a>>,
    products: Vec<Node<'n, 'a>>,
}

/// Declares a reaction's id and those of its species references, and checks what needs no formula.
pub(super) fn declare<'n, 'a>(names: &mut Names, node: Node<'n, 'a>) -> Result<Draft<'n, 'a>, SbmlError> {
    let source = names.source;
    if source.flag(node, "fast", false)? {
        return Err(source.unsupported(node, "a fast reaction"));
    }
    let element = source.element(node);
    let law = children(node).find(|child| child.tag_name().name() == "kineticLaw");
    let law = law.ok_or_else(|| SbmlError::Missing { element: element.clone(), part: "kinetic law" })?;
    let reversible = source.flag(node, "reversible", true)?;
    let symbol = Symbol { element, kind: Kind::Rate, initial: None, rule: None, constant: false };
    let rate = names.add(node, symbol)?;
    let (reactants, products) = (listed(node, "listOfReactants"), listed(node, "listOfProducts"));
    for reference in reactants.iter().chain(&products) {
        declare_stoichiometry(names, *reference)?;
    }
    for modifier in listed(node, "listOfModifiers") {
        names.reference(modifier, "species", "species", is_species)?;
    }
    Ok(Draft { rate, reversible, law, reactants, products })
}

fn is_species(kind: &Kind) -> bool {
    matches!(kind, Kind::Species(_))
}

/// In Level 3 a species reference with an id is a symbol whose value is its stoichiometry.
fn declare_stoichiometry(names: &mut Names, reference: Node) -> Result<(), SbmlError> {
    if reference.attribute("id").is_none() {
        return Ok(());
    }
    let element = names.source.element(reference);
    if names.level == 2 {
        let id = names.source.required(reference, "id")?;
        return names.take(id, element);
    }
    let initial = names.source.number(reference, "stoichiometry")?.map(Expression::Number);
    let constant = names.source.flag(reference, "constant", true)?;
    names.add(reference, Symbol { element, kind: Kind::Stoichiometry, initial, rule: None, constant }).map(drop)
}

impl Draft<'_, '_> {
    /// Reads the rate law and the stoichiometries.
    pub(super) fn finish(self, names: &mut Names) -> Result<Reaction, SbmlError> {
        let local = self.local_parameters(names)?;
        let formula = names.formula(self.law, &local).map_err(|error| self.named(names, error))?;
        names.symbols[self.rate].rule = Some(formula);
        let side = |nodes: &[Node]| nodes.iter().map(|node| participant(names, *node)).collect::<Result<Vec<_>, _>>();
        let (reactants, products) = (side(&self.reactants)?, side(&self.products)?);
        Ok(Reaction { rate: self.rate, reversible: self.reversible, reactants, products })
    }

    /// Puts the reaction's name on a fault inside its law, which has no id of its own.
    fn named(&self, names: &Names, error: SbmlError) -> SbmlError {
        let reaction = &names.symbols[self.rate].element;
        let rename = |mut element: crate::cases::thermodynamic_uncertainty::model::Element| {
            element.kind.clone_from(&reaction.kind);
            element.id.clone_from(&reaction.id);
            element
        };
        match error {
            SbmlError::Math { element, source } => SbmlError::Math { element: rename(element), source },
            SbmlError::Missing { element, part } => SbmlError::Missing { element: rename(element), part },
            other => other,
        }
    }

    fn local_parameters(&self, names: &mut Names) -> Result<HashMap<String, usize>, SbmlError> {
        let mut local: HashMap<String, usize> = HashMap::new();
        let list = if names.level == 2 { "listOfParameters" } else { "listOfLocalParameters" };
        for node in listed(self.law, list) {
            let source = names.source;
            let (id, element) = (source.required(node, "id")?, source.element(node));
            if let Some(&first) = local.get(id) {
                return Err(SbmlError::Duplicate { element, first: Box::new(names.symbols[first].element.clone()) });
            }
            let initial = source.number(node, "value")?.map(Expression::Number);
            local.insert(id.to_owned(), names.symbols.len());
            names.symbols.push(Symbol { element, kind: Kind::LocalParameter, initial, rule: None, constant: true });
        }
        Ok(local)
    }
}

fn participant(names: &Names, node: Node) -> Result<Participant, SbmlError> {
    let species = names.reference(node, "species", "species", is_species)?;
    let declared = node.attribute("id").filter(|_| names.level == 3).and_then(|id| names.find(id.trim()));
    let formula = children(node).find(|child| child.tag_name().name() == "stoichiometryMath");
    let number = names.source.number(node, "stoichiometry")?;
    let stoichiometry = match (declared, formula, number) {
        (Some(symbol), _, _) => Expression::Symbol(symbol),
        (None, Some(formula), _) => names.formula(formula, &HashMap::new())?,
        (None, None, Some(number)) => Expression::Number(number),
        (None, None, None) if names.level == 2 => Expression::Number(1.0),
        (None, None, None) => {
            return Err(SbmlError::Missing { element: names.source.element(node), part: "stoichiometry" });
        }
    };
    Ok(Participant { species, stoichiometry })
}
