//! Initial assignments and assignment rules.

use std::collections::{HashMap, HashSet};

use roxmltree::Node;

use super::SbmlError;
use super::declarations::Names;
use super::source::listed;
use crate::cases::thermodynamic_uncertainty::model::Kind;

/// Reads both lists; other kinds of rules are refused.
pub(super) fn read(names: &mut Names, model: Node) -> Result<(), SbmlError> {
    let mut assigned: HashSet<usize> = HashSet::new();
    for node in listed(model, "listOfRules") {
        match node.tag_name().name() {
            "assignmentRule" => {}
            "rateRule" => return Err(names.source.unsupported(node, "a rate rule")),
            "algebraicRule" => return Err(names.source.unsupported(node, "an algebraic rule")),
            other => return Err(names.source.unsupported(node, format!("<{other}>"))),
        }
        let target = target(names, node, "variable", &mut assigned)?;
        let formula = names.formula(node, &HashMap::new())?;
        names.symbols[target].rule = Some(names.own_value(target, formula));
    }
    for node in listed(model, "listOfInitialAssignments") {
        let target = target(names, node, "symbol", &mut assigned)?;
        let formula = names.formula(node, &HashMap::new())?;
        names.symbols[target].initial = Some(names.own_value(target, formula));
    }
    Ok(())
}

fn target(
    names: &Names,
    node: Node,
    attribute: &'static str,
    assigned: &mut HashSet<usize>,
) -> Result<usize, SbmlError> {
    let expected = "compartment, species, parameter or species reference";
    let fits = |kind: &Kind| !matches!(kind, Kind::Rate | Kind::Time | Kind::LocalParameter);
    let target = names.reference(node, attribute, expected, fits)?;
    if assigned.insert(target) {
        Ok(target)
    } else {
        Err(SbmlError::AssignedTwice { element: names.source.element(node) })
    }
}
