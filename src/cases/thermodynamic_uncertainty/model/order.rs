//! Puts rules in order, finds start values, and checks that a model makes sense.

use super::{Coefficients, Declarations, Element, Kind, Model, ModelError, Participant, Symbol};
use crate::cases::thermodynamic_uncertainty::expression::{Expression, TIME};

impl Model {
    /// Makes sense of declarations: orders rules, finds start values and stoichiometries.
    ///
    /// # Errors
    /// Rules or initial assignments that depend on themselves, values that are needed but missing or not finite,
    /// stoichiometries that change with time, constants that something would change.
    pub fn new(declared: Declarations) -> Result<Self, ModelError> {
        let symbols = &declared.symbols;
        check_constants(&declared)?;
        let order = sorted(symbols, &|symbol| symbol.rule.as_ref())?;
        let start = sorted(symbols, &|symbol| symbol.rule.as_ref().or(symbol.initial.as_ref()))?;
        let mut values = vec![f64::NAN; symbols.len()];
        values[TIME] = 0.0;
        for &index in &start {
            if let Some(formula) = definition(&symbols[index]) {
                values[index] = formula.evaluate(&values);
            }
        }
        let state = dynamic_species(&declared);
        let varies = varying(symbols, &state, &order);
        check_values(&declared, &state, &values)?;
        let position = positions(symbols.len(), &state);
        let mut sides = Vec::with_capacity(declared.reactions.len());
        for reaction in &declared.reactions {
            let element = &symbols[reaction.rate].element;
            let side = |participants: &[Participant]| -> Result<Coefficients, ModelError> {
                let found = participants.iter().map(|p| coefficient(symbols, &values, &varies, element, p));
                Ok(gathered(found.collect::<Result<Vec<_>, _>>()?, &position))
            };
            sides.push((side(&reaction.reactants)?, side(&reaction.products)?));
        }
        let net = sides.iter().map(|(left, right)| difference(right, left)).collect();
        Ok(Self { values, order, varies, state, net, sides, declared })
    }
}

fn definition(symbol: &Symbol) -> Option<&Expression> {
    symbol.rule.as_ref().or(symbol.initial.as_ref())
}

/// Orders the symbols that have a definition so that each follows those that it reads.
fn sorted(symbols: &[Symbol], definition: &dyn Fn(&Symbol) -> Option<&Expression>) -> Result<Vec<usize>, ModelError> {
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); symbols.len()];
    let mut waiting = vec![0_usize; symbols.len()];
    let defined: Vec<bool> = symbols.iter().map(|symbol| definition(symbol).is_some()).collect();
    for (index, symbol) in symbols.iter().enumerate() {
        for read in definition(symbol).map(Expression::reads).unwrap_or_default() {
            if defined[read] {
                readers[read].push(index);
                waiting[index] += 1;
            }
        }
    }
    let mut order: Vec<usize> = (0..symbols.len()).filter(|&i| defined[i] && waiting[i] == 0).collect();
    let mut next = 0;
    while next < order.len() {
        for &reader in &readers[order[next]] {
            waiting[reader] -= 1;
            if waiting[reader] == 0 {
                order.push(reader);
            }
        }
        next += 1;
    }
    match (0..symbols.len()).find(|&i| defined[i] && waiting[i] > 0) {
        Some(stuck) => {
            Err(ModelError::Cycle { element: symbols[on_cycle(symbols, definition, &waiting, stuck)].element.clone() })
        }
        None => Ok(order),
    }
}

/// Walks back from a symbol that never became ready until one repeats: that one lies on the cycle.
fn on_cycle(
    symbols: &[Symbol],
    definition: &dyn Fn(&Symbol) -> Option<&Expression>,
    waiting: &[usize],
    start: usize,
) -> usize {
    let mut seen = vec![false; symbols.len()];
    let mut at = start;
    while !seen[at] {
        seen[at] = true;
        let reads = definition(&symbols[at]).map(Expression::reads).unwrap_or_default();
        match reads.into_iter().find(|&read| waiting[read] > 0) {
            Some(read) => at = read,
            None => return at,
        }
    }
    at
}

/// Species that some reaction has on a side and that nothing else determines.
fn dynamic_species(declared: &Declarations) -> Vec<usize> {
    let mut taking_part = vec![false; declared.symbols.len()];
    for participant in declared.reactions.iter().flat_map(|r| r.reactants.iter().chain(&r.products)) {
        taking_part[participant.species] = true;
    }
    let changes = |symbol: &Symbol| match &symbol.kind {
        Kind::Species(species) => !species.boundary && !species.constant && symbol.rule.is_none(),
        _ => false,
    };
    (0..declared.symbols.len()).filter(|&i| taking_part[i] && changes(&declared.symbols[i])).collect()
}

fn varying(symbols: &[Symbol], state: &[usize], order: &[usize]) -> Vec<bool> {
    let mut varies = vec![false; symbols.len()];
    varies[TIME] = true;
    for &symbol in state {
        varies[symbol] = true;
    }
    for &symbol in order {
        let reads = symbols[symbol].rule.as_ref().map(Expression::reads).unwrap_or_default();
        varies[symbol] = reads.into_iter().any(|read| varies[read]);
    }
    varies
}

fn check_constants(declared: &Declarations) -> Result<(), ModelError> {
    for symbol in &declared.symbols {
        if symbol.constant && symbol.rule.is_some() {
            let cause = "an assignment rule sets it".to_owned();
            return Err(ModelError::ConstantChanges { element: symbol.element.clone(), cause });
        }
    }
    for reaction in &declared.reactions {
        for participant in reaction.reactants.iter().chain(&reaction.products) {
            let symbol = &declared.symbols[participant.species];
            let Kind::Species(species) = &symbol.kind else { continue };
            let by = &declared.symbols[reaction.rate].element.id;
            if !species.boundary && (species.constant || symbol.rule.is_some()) {
                let cause = format!("the reaction `{by}` changes it");
                return Err(ModelError::ConstantChanges { element: symbol.element.clone(), cause });
            }
        }
    }
    Ok(())
}

/// Everything that the dynamics read must have a value; sizes must be positive, amounts and rates finite.
fn check_values(declared: &Declarations, state: &[usize], values: &[f64]) -> Result<(), ModelError> {
    let symbols = &declared.symbols;
    let undefined = |index: usize, reader: &Element| ModelError::Undefined {
        element: symbols[index].element.clone(),
        reader: reader.id.clone(),
    };
    for symbol in symbols {
        let formulas = [symbol.rule.as_ref(), symbol.initial.as_ref()];
        for read in formulas.into_iter().flatten().flat_map(Expression::reads) {
            if definition(&symbols[read]).is_none() && read != TIME {
                return Err(undefined(read, &symbol.element));
            }
        }
    }
    let bad = |index: usize, what, expected| {
        let element = symbols[index].element.clone();
        Err(ModelError::BadValue { element, what, value: values[index], expected })
    };
    for &index in state {
        if definition(&symbols[index]).is_none() {
            return Err(undefined(index, &symbols[index].element));
        }
        if !values[index].is_finite() {
            return bad(index, "amount", "finite");
        }
    }
    for (index, symbol) in symbols.iter().enumerate() {
        match symbol.kind {
            Kind::Compartment { .. }
                if definition(symbol).is_some() && !(values[index].is_finite() && values[index] > 0.0) =>
            {
                return bad(index, "size", "finite and positive");
            }
            Kind::Rate if !values[index].is_finite() => return bad(index, "rate", "finite"),
            _ => {}
        }
    }
    Ok(())
}

fn positions(symbols: usize, state: &[usize]) -> Vec<Option<usize>> {
    let mut position = vec![None; symbols];
    for (i, &symbol) in state.iter().enumerate() {
        position[symbol] = Some(i);
    }
    position
}

/// Stoichiometry of one participant, times the species' conversion factor.
fn coefficient(
    symbols: &[Symbol],
    values: &[f64],
    varies: &[bool],
    reaction: &Element,
    participant: &Participant,
) -> Result<(usize, f64), ModelError> {
    let species = &symbols[participant.species];
    if participant.stoichiometry.reads().into_iter().any(|read| varies[read]) {
        let species = species.element.id.clone();
        return Err(ModelError::VariableStoichiometry { element: reaction.clone(), species });
    }
    let factor = match &species.kind {
        Kind::Species(kind) => kind.conversion.map_or(1.0, |parameter| values[parameter]),
        _ => 1.0,
    };
    let value = participant.stoichiometry.evaluate(values) * factor;
    if !value.is_finite() {
        let element = reaction.clone();
        return Err(ModelError::BadValue { element, what: "stoichiometry", value, expected: "finite" });
    }
    Ok((participant.species, value))
}

/// Keeps dynamic species and adds up repeated ones, in the order of the state.
fn gathered(found: Vec<(usize, f64)>, position: &[Option<usize>]) -> Coefficients {
    let mut coefficients: Coefficients = Vec::new();
    for (symbol, value) in found {
        let Some(variable) = position[symbol] else { continue };
        match coefficients.iter_mut().find(|(known, _)| *known == variable) {
            Some((_, total)) => *total += value,
            None => coefficients.push((variable, value)),
        }
    }
    coefficients.sort_by_key(|(variable, _)| *variable);
    coefficients
}

fn difference(right: &[(usize, f64)], left: &[(usize, f64)]) -> Coefficients {
    let mut net: Coefficients = right.to_vec();
    for &(variable, value) in left {
        match net.iter_mut().find(|(known, _)| *known == variable) {
            Some((_, total)) => *total -= value,
            None => net.push((variable, -value)),
        }
    }
    net.retain(|(_, value)| *value != 0.0);
    net.sort_by_key(|(variable, _)| *variable);
    net
}
