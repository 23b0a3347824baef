//! Claims about the method itself, on small problems.

use crate::cases::drug_resistance::experiments::descent::{Descent, RISE, Rule};
use crate::cases::drug_resistance::experiments::nodewise::Nodewise;
use crate::cases::drug_resistance::experiments::optimum::{Block, Optimum, Solved};
use crate::cases::drug_resistance::experiments::penalty::Penalty;
use crate::cases::drug_resistance::params::Params;
use crate::cases::drug_resistance::predictive::Refresh;
use crate::repro::{CaseError, Finding, Workbench};

pub fn solver(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<Optimum>(&params.optimum)?;
    let largest = |value: fn(&Block) -> f64, block: fn(&Solved) -> &Block| {
        found.problems.iter().map(|solved| value(block(solved))).fold(0.0, f64::max)
    };
    let worst = |block: fn(&Solved) -> &Block| {
        [largest(|b| b.objective, block), largest(|b| b.coefficients, block), largest(|b| b.kkt, block)]
    };
    let (prediction, network) = (worst(|solved| &solved.prediction), worst(|solved| &solved.network));
    let within = |[objective, coefficients, kkt]: [f64; 3]| objective <= 1e-8 && coefficients <= 1e-6 && kkt <= 1e-8;
    let selected = found.problems.iter().map(|solved| solved.selected).min().unwrap_or(0);
    let words = |[objective, coefficients, kkt]: [f64; 3]| {
        format!("F {objective:.0e}, coefficients {coefficients:.0e}, KKT {kkt:.0e}")
    };
    let measured = format!("θ: {}; B: {} (largest of {})", words(prediction), words(network), found.problems.len());
    let reported = found.problems.iter().map(|solved| solved.reported).fold(0.0, f64::max);
    let reason = format!(
        "the generic solver is an accelerated proximal gradient that knows only the quadratic and a threshold; F summed term by term as printed \
         differs from the reported one by {reported:.0e} at most; θ has {selected} genes or more in every problem. The problems are drawn anew, so \
         the objectives 414.90… and 411.49… of the case's text can't be compared"
    );
    Ok(Finding::judge(within(prediction) && within(network) && selected > 0, measured, reason))
}

pub fn descent(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<Descent>(&params.descent)?;
    let Some(frozen) = found.rule(Refresh::Never) else {
        return Ok(Finding::not_testable("the settings have no fit with frozen weights"));
    };
    let measured =
        format!("{} of {} steps rise; largest change {:+.0e} of F", frozen.rises, frozen.steps, frozen.largest);
    let told = |name: &str, rule: Option<&Rule>| {
        rule.map(|rule| {
            format!("{name}: {} of {} steps rise, at most {:+.1e} of F", rule.rises, rule.steps, rule.largest)
        })
    };
    let others = [
        told("weights taken anew every round", found.rule(Refresh::PerRound)),
        told("only when F falls", found.rule(Refresh::DescentOnly)),
    ];
    let others: Vec<String> = others.into_iter().flatten().collect();
    let reason = format!(
        "{}. The case's text has 3 rises in 89 steps, at most +1.5e-5 of F, for weights taken anew on one problem",
        others.join("; ")
    );
    Ok(Finding::judge(frozen.largest <= RISE && frozen.steps > 0, measured, reason))
}

pub fn nodewise(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<Nodewise>(&params.nodewise)?;
    let reference = found.reference.iter().copied().fold(0.0, f64::max);
    let holds = found.theta == 0.0
        && found.edges > 0
        && found.engine <= 1e-8
        && found.generic <= 1e-8
        && !found.reference.is_empty()
        && reference <= 1e-8;
    let measured = format!(
        "largest differences: generic solver {:.0e}, scikit-learn {reference:.0e}, the engine called by itself {:.0e}",
        found.generic, found.engine
    );
    let reason = format!(
        "{} edges in {} problems; largest |θ| {}; the engine called by itself shows only that nothing else touches B",
        found.edges, params.nodewise.problems, found.theta
    );
    Ok(Finding::judge(holds, measured, reason))
}

pub fn penalty(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<Penalty>(&params.penalty)?;
    let rise = found.largest_rise();
    let left: Vec<f64> = found
        .penalties
        .iter()
        .filter_map(|penalties| Some(penalties.last()? / penalties.first().filter(|first| **first > 0.0)?))
        .collect();
    let measured = format!(
        "largest change {rise:+.0e} of the first penalty, over {} doublings in {} problems",
        params.penalty.doublings,
        found.penalties.len()
    );
    let most = left.iter().copied().fold(0.0, f64::max);
    let reason = format!("the control moves: at the largest weight at most {most:.0e} of the first penalty is left");
    Ok(Finding::judge(rise <= 1e-9 && left.len() == found.penalties.len() && most < 1.0, measured, reason))
}
