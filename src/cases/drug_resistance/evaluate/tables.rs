//! Claims about the four drugs on two feature sets.

use std::sync::Arc;

use super::{list, markers};
use crate::cases::drug_resistance::cross_validation::{Chosen, CvOutcome, FoldOutcome, Method};
use crate::cases::drug_resistance::experiments::baseline::{Baseline, CLIP, Outcome};
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
    let mut finding = against(&[Method::Ridge], 0.005, params, bench)?;
    finding.reason = format!("{}. {}", finding.reason, clipped(params, bench, &[Method::Ridge])?);
    Ok(finding)
}

/// The same methods on expression whose outliers are clipped.
fn clipped(params: &Params, bench: &Workbench, methods: &[Method]) -> Result<String, CaseError> {
    let mut of_drug = Vec::new();
    for drug in Drug::ALL {
        of_drug.push(bench.outcome::<Baseline>(&params.clipped(drug))?);
    }
    let lines = methods.iter().map(|method| {
        format!("{} {}", method.label(), list(of_drug.iter().map(|outcome| digits(outcome.mse(*method)))))
    });
    Ok(format!("With expression clipped at ± {CLIP} standard deviations, expr706: {}", list(lines)))
}

pub fn tissue(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    against(&[Method::Tissue], 0.005, params, bench)
}

pub fn sparse(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let methods = [Method::ElasticNet, Method::Lasso];
    let mut finding = against(&methods, 0.015, params, bench)?;
    finding.reason = format!("{}. {}", finding.reason, clipped(params, bench, &methods)?);
    Ok(finding)
}

pub fn network(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let mut finding = against(&[Method::NetworkPredictor, Method::PredictiveNetwork], 0.03, params, bench)?;
    finding.reason = format!(
        "{}. {}. The reference searched a part of the grid that isn't named; all of it is searched here",
        finding.reason,
        fits(&tables(params, bench)?)
    );
    Ok(finding)
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

/// Errors of folds, and within tissues.
fn beside(tables: &Tables, methods: &[Method]) -> String {
    let (low, high) = ends(tables.iter().flat_map(|(_, _, outcome)| {
        methods.iter().filter_map(|method| outcome.cv.of(*method).map(|found| found.standard_error))
    }));
    let left = methods.iter().map(|method| {
        let line = |features: Features| {
            let shares = tables.iter().filter(|(of, _, _)| *of == features).map(|(_, _, outcome)| {
                let within = outcome.cv.of(*method).and_then(|found| found.within_tissue);
                within.map_or_else(|| "–".into(), |within| format!("{:.2}", within.mse / within.variance))
            });
            format!("{} {}", features.label(), list(shares))
        };
        format!("{} {}", method.label(), Features::ALL.map(line).join("; "))
    });
    let left = left.collect::<Vec<_>>().join(". ");
    format!("fold s.e. {low:.2}–{high:.2}. Share of the variance within tissues that is left: {left}")
}

/// The least and the greatest.
fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

/// What was chosen in the folds of PredictiveNetwork, and how its fits ended.
fn fits(tables: &Tables) -> String {
    let folds: Vec<&FoldOutcome> = tables
        .iter()
        .filter_map(|(_, _, outcome)| outcome.cv.of(Method::PredictiveNetwork))
        .flat_map(|found| &found.folds)
        .collect();
    let chosen = |of: fn(f64, f64, f64) -> f64| {
        let mut counts: Vec<(f64, usize)> = Vec::new();
        for fold in &folds {
            let Chosen::Network { a1, f, a4, .. } = fold.chosen else { continue };
            let value = of(a1, f, a4);
            match counts.iter_mut().find(|(known, _)| *known == value) {
                Some((_, count)) => *count += 1,
                None => counts.push((value, 1)),
            }
        }
        counts.sort_by(|a, b| a.0.total_cmp(&b.0));
        list(counts.iter().map(|(value, count)| format!("{} {count}×", short(*value))))
    };
    let (low, high) = ends(folds.iter().map(|fold| 100.0 * fold.network_change));
    format!(
        "Chosen for Pro in {} folds: a1 {}; a4 {}; f {}. {} of them ended at the limit of rounds; the joint step moved B by {low:.1}–{high:.1} % \
         (text: 2–4 %)",
        folds.len(),
        chosen(|a1, _, _| a1),
        chosen(|_, _, a4| a4),
        chosen(|_, f, _| f),
        folds.iter().filter(|fold| !fold.converged).count()
    )
}

/// Two digits that count.
fn short(value: f64) -> String {
    if value == 0.0 {
        "0".into()
    } else {
        format!("{value:.1e}").parse::<f64>().map_or_else(|_| value.to_string(), |v| v.to_string())
    }
}

/// Pooled test MSE of a method; NaN if it was not run.
fn mse(cv: &CvOutcome, method: Method) -> f64 {
    cv.of(method).map_or(f64::NAN, |found| found.mse)
}

/// The MSE of methods in one table, in words; those that weren't run are left out.
fn row(cv: &CvOutcome, methods: &[Method]) -> String {
    let run = methods.iter().filter(|method| cv.of(**method).is_some());
    list(run.map(|method| format!("{} {}", method.label(), digits(mse(cv, *method)))))
}

pub fn beats_sparse(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let mut holds = true;
    let (mut measured, mut reasons) = (Vec::new(), Vec::new());
    for drug in [Drug::Fluorouracil, Drug::Docetaxel] {
        let outcome = table(Features::Expr706, drug, params, bench)?;
        let pro = outcome.mse(Method::PredictiveNetwork);
        holds &= pro < outcome.mse(Method::ElasticNet) && pro < outcome.mse(Method::Lasso);
        let shown = [Method::PredictiveNetwork, Method::ElasticNet, Method::Lasso];
        measured.push(format!("{}: {}", drug.name(), row(&outcome.cv, &shown)));
        let controls = row(&outcome.cv, &[Method::NetworkPredictor, Method::Ridge, Method::Tissue]);
        let paired = paired(&outcome.cv, Method::ElasticNet);
        reasons.push(format!("{}: {controls}; {paired}", drug.name()));
    }
    Ok(Finding::judge(holds, measured.join("; "), reasons.join(". ")))
}

/// How often, fold by fold, PredictiveNetwork has the lower error than another method.
fn paired(cv: &CvOutcome, other: Method) -> String {
    let errors = |method| -> Vec<f64> {
        cv.of(method).map(|found| found.folds.iter().map(|fold| fold.mse).collect()).unwrap_or_default()
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
        let rows = row(&outcome.cv, &[found, Method::Ridge]);
        Some(format!("{} {}: {rows}", features.label(), drug.name()))
    });
    let measured = format!("best in {wins} of {}", tables.len());
    let r: Vec<f64> = tables.iter().filter_map(|(_, _, outcome)| outcome.cv.of(Method::Ridge)?.pearson).collect();
    let (low, high) = ends(r.into_iter());
    let reason = format!(
        "not best: {}; Pearson's r of ridge {low:.2}–{high:.2} (text: .27–.55)",
        others.collect::<Vec<_>>().join("; ")
    );
    Ok(Finding::judge(wins >= 7, measured, reason))
}

/// The methods that the paper compares.
const COMPARED: [Method; 4] = [Method::PredictiveNetwork, Method::NetworkPredictor, Method::ElasticNet, Method::Lasso];

/// Whether PredictiveNetwork is best of the four methods that the paper compares, on the paper's matrix.
///
/// Without it the claim can't be tested; what the shipped features give stands in the reason.
pub fn published(drug: Drug, params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    if let Some(outcomes) = markers::outcomes(params, bench)?
        && let Some((_, outcome)) = outcomes.iter().find(|(of, _)| *of == drug)
    {
        let (lowest, reason) = verdict(&outcome.cv);
        let reason = format!("folds and λ are ours, as the paper's aren't known. {reason}");
        return Ok(Finding::judge(lowest, row(&outcome.cv, &COMPARED), reason));
    }
    let shipped = Features::ALL.into_iter().map(|features| {
        let cv = &table(features, drug, params, bench)?.cv;
        Ok(format!("{}: {}; {}", features.label(), row(cv, &COMPARED), verdict(cv).1))
    });
    Ok(Finding::not_testable(format!(
        "the paper's matrix isn't here (drug.markers says how to lay it beside the data). On other genes, lines and splits, which neither \
         confirm nor refute its table: {}",
        shipped.collect::<Result<Vec<_>, CaseError>>()?.join(". ")
    )))
}

/// Whether PredictiveNetwork is the lowest of the methods compared, and by how much.
fn verdict(cv: &CvOutcome) -> (bool, String) {
    let pro = mse(cv, Method::PredictiveNetwork);
    let best = COMPARED[1..].iter().copied().min_by(|a, b| mse(cv, *a).total_cmp(&mse(cv, *b)));
    let best = best.unwrap_or(Method::Lasso);
    let lowest = pro < mse(cv, best);
    let error = cv.of(Method::PredictiveNetwork).map_or(f64::NAN, |found| found.standard_error);
    let reason = format!(
        "{}, {:+.3} against {} at a fold s.e. of {error:.3}, {}; not in the paper: {}",
        if lowest { "Pro is lowest" } else { "Pro isn't lowest" },
        pro - mse(cv, best),
        best.label(),
        paired(cv, best),
        row(cv, &[Method::Ridge, Method::Tissue])
    );
    (lowest, reason)
}
