//! Claims about the four drugs on two feature sets.

use std::sync::Arc;

use super::list;
use crate::cases::drug_resistance::cross_validation::Method;
use crate::cases::drug_resistance::experiments::baseline::{Baseline, Outcome};
use crate::cases::drug_resistance::params::Params;
use crate::cases::drug_resistance::published::numbers;
use crate::cases::drug_resistance::readers::{Drug, Features};
use crate::repro::{CaseError, Finding, Workbench};

fn table(features: Features, drug: Drug, params: &Params, bench: &Workbench) -> Result<Arc<Outcome>, CaseError> {
    bench.outcome::<Baseline>(&params.baseline(features, drug))
}

/// All eight tables, feature set by feature set.
type Tables = Vec<(Features, Drug, Arc<Outcome>)>;

fn tables(params: &Params, bench: &Workbench) -> Result<Tables, CaseError> {
    let all = Features::ALL.into_iter().flat_map(|features| Drug::ALL.map(|drug| (features, drug)));
    all.map(|(features, drug)| Ok((features, drug, table(features, drug, params, bench)?))).collect()
}

/// Three digits without the leading zero, as the tables of the case print them.
fn digits(mse: f64) -> String {
    format!("{mse:.3}").trim_start_matches('0').to_string()
}

pub fn ridge(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    against(&[Method::Ridge], 0.005, params, bench)
}

pub fn tissue(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    against(&[Method::Tissue], 0.005, params, bench)
}

pub fn sparse(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    against(&[Method::ElasticNet, Method::Lasso], 0.015, params, bench)
}

pub fn network(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    against(&[Method::NetworkPredictor, Method::PredictiveNetwork], 0.03, params, bench)
}

/// Holds methods against the reference table.
fn against(methods: &[Method], tolerance: f64, params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let tables = tables(params, bench)?;
    let mut outside = Vec::new();
    let mut compared = 0;
    for (features, drug, outcome) in &tables {
        for method in methods {
            let Some(expected) = numbers().baseline.mse(*features, *drug, method.label()) else { continue };
            compared += 1;
            let difference = outcome.mse(*method) - expected;
            if difference.is_nan() || difference.abs() > tolerance {
                let place = format!("{} {} {}", method.label(), features.label(), drug.name());
                outside.push(format!("{place} {} where {} is given", digits(outcome.mse(*method)), digits(expected)));
            }
        }
    }
    let line = |method: &Method, features: Features| {
        let of = tables.iter().filter(|(of, _, _)| *of == features);
        format!("{} {}", features.label(), list(of.map(|(_, _, outcome)| digits(outcome.mse(*method)))))
    };
    let measured = methods.iter().map(|method| {
        let lines = Features::ALL.map(|features| line(method, features)).join("; ");
        if methods.len() > 1 { format!("{} {lines}", method.label()) } else { lines }
    });
    let measured = measured.collect::<Vec<_>>().join(". ");
    let lead = match outside.len() {
        0 => String::new(),
        count => format!("{count} of {compared} outside: {}. ", outside.join(", ")),
    };
    let reason = format!("{lead}{}", beside(&tables, methods));
    Ok(Finding::judge(outside.is_empty() && compared == methods.len() * tables.len(), measured, reason))
}

/// Errors of the mean, and within tissues.
fn beside(tables: &Tables, methods: &[Method]) -> String {
    let range = |value: &dyn Fn(&Outcome) -> Option<f64>| {
        let values: Vec<f64> = tables.iter().filter_map(|(_, _, outcome)| value(outcome)).collect();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        format!("{low:.2}–{high:.2}")
    };
    let each = methods.iter().map(|method| {
        let explained = range(&|outcome| {
            let within = outcome.cv.of(*method)?.within_tissue?;
            Some(within.mse / within.variance)
        });
        let error = range(&|outcome| outcome.cv.of(*method).map(|found| found.standard_error));
        format!("{}: fold s.e. {error}, share of the variance within tissues left {explained}", method.label())
    });
    let mean = range(&|outcome| outcome.cv.of(Method::Mean).map(|found| found.mse));
    format!("{}; mean predictor {mean}", each.collect::<Vec<_>>().join("; "))
}

/// The MSE of methods in one table, in words.
fn row(outcome: &Outcome, methods: &[Method]) -> String {
    list(methods.iter().map(|method| format!("{} {}", method.label(), digits(outcome.mse(*method)))))
}

pub fn beats_sparse(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let mut holds = true;
    let (mut measured, mut reasons) = (Vec::new(), Vec::new());
    for drug in [Drug::Fluorouracil, Drug::Docetaxel] {
        let outcome = table(Features::Expr706, drug, params, bench)?;
        let pro = outcome.mse(Method::PredictiveNetwork);
        holds &= pro < outcome.mse(Method::ElasticNet) && pro < outcome.mse(Method::Lasso);
        let shown = [Method::PredictiveNetwork, Method::ElasticNet, Method::Lasso];
        measured.push(format!("{}: {}", drug.name(), row(&outcome, &shown)));
        let controls = row(&outcome, &[Method::NetworkPredictor, Method::Ridge, Method::Tissue]);
        let paired = paired(&outcome, Method::ElasticNet);
        reasons.push(format!("{}: {controls}; {paired}", drug.name()));
    }
    Ok(Finding::judge(holds, measured.join("; "), reasons.join(". ")))
}

/// How often, fold by fold, PredictiveNetwork has the lower error than another method.
fn paired(outcome: &Outcome, other: Method) -> String {
    let errors = |method| -> Vec<f64> {
        outcome.cv.of(method).map(|found| found.folds.iter().map(|fold| fold.mse).collect()).unwrap_or_default()
    };
    let (pro, other_errors) = (errors(Method::PredictiveNetwork), errors(other));
    let lower = pro.iter().zip(&other_errors).filter(|(pro, other)| pro < other).count();
    format!("Pro below {} in {lower} of {} folds", other.label(), pro.len())
}

pub fn ridge_best(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let tables = tables(params, bench)?;
    let best = |outcome: &Outcome| {
        let methods = outcome.cv.methods.iter().min_by(|a, b| a.mse.total_cmp(&b.mse));
        methods.map(|found| found.method)
    };
    let wins = tables.iter().filter(|(_, _, outcome)| best(outcome) == Some(Method::Ridge)).count();
    let others = tables.iter().filter_map(|(features, drug, outcome)| {
        let found = best(outcome).filter(|method| *method != Method::Ridge)?;
        let rows = row(outcome, &[found, Method::Ridge]);
        Some(format!("{} {}: {rows}", features.label(), drug.name()))
    });
    let measured = format!("best in {wins} of {}", tables.len());
    let r: Vec<f64> = tables.iter().filter_map(|(_, _, outcome)| outcome.cv.of(Method::Ridge)?.pearson).collect();
    let (low, high) = r.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), r| (low.min(*r), high.max(*r)));
    let reason = format!(
        "not best: {}; Pearson's r of ridge {low:.2}–{high:.2} (text: .27–.55)",
        others.collect::<Vec<_>>().join("; ")
    );
    Ok(Finding::judge(wins >= 7, measured, reason))
}

/// Whether PredictiveNetwork is best of the four methods that the paper compares.
pub fn published(drug: Drug, params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    const COMPARED: [Method; 4] =
        [Method::PredictiveNetwork, Method::NetworkPredictor, Method::ElasticNet, Method::Lasso];
    let mut holds = true;
    let (mut measured, mut reasons) = (Vec::new(), Vec::new());
    for features in Features::ALL {
        let outcome = table(features, drug, params, bench)?;
        let pro = outcome.mse(Method::PredictiveNetwork);
        let best = COMPARED[1..].iter().copied().min_by(|a, b| outcome.mse(*a).total_cmp(&outcome.mse(*b)));
        let best = best.unwrap_or(Method::Lasso);
        let lowest = pro < outcome.mse(best);
        holds &= lowest;
        measured.push(format!("{}: {}", features.label(), row(&outcome, &COMPARED)));
        let error = outcome.cv.of(Method::PredictiveNetwork).map_or(f64::NAN, |found| found.standard_error);
        let verdict = if lowest { "Pro is lowest" } else { "Pro isn't lowest" };
        reasons.push(format!(
            "{}: {verdict}, {:+.3} against {} at a fold s.e. of {error:.3}, {}; not in the paper: {}",
            features.label(),
            pro - outcome.mse(best),
            best.label(),
            paired(&outcome, best),
            row(&outcome, &[Method::Ridge, Method::Tissue])
        ));
    }
    let reason = format!(
        "other genes, lines and splits than the paper's, so this neither confirms nor refutes its table. {}",
        reasons.join(". ")
    );
    Ok(Finding::judge(holds, measured.join("; "), reason))
}
