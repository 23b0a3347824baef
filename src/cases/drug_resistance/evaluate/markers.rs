//! Claims that need the full expression matrix.

use std::sync::Arc;

use super::list;
use crate::cases::drug_resistance::experiments::full_matrix::{self, EXPRESSION, Found, FullMatrix, Outcome, RESPONSE};
use crate::cases::drug_resistance::groups::HubTest;
use crate::cases::drug_resistance::params::Params;
use crate::cases::drug_resistance::published::numbers;
use crate::cases::drug_resistance::readers::Drug;
use crate::repro::{CaseError, Finding, Workbench};

/// A drug and what came out of it.
type OfDrug = (Drug, Arc<Outcome>);

/// All four drugs on the full matrix; `None` if it isn't there.
pub fn outcomes(params: &Params, bench: &Workbench) -> Result<Option<Vec<OfDrug>>, CaseError> {
    let Some(found) = Found::look(bench.library)? else { return Ok(None) };
    let one = |drug| {
        let settings = full_matrix::Params { drug, found: found.clone(), settings: params.full_matrix.clone() };
        Ok((drug, bench.outcome::<FullMatrix>(&settings)?))
    };
    Drug::ALL.into_iter().map(one).collect::<Result<_, CaseError>>().map(Some)
}

/// What to fetch, and where to put it.
fn absent() -> Finding {
    Finding::not_testable(format!(
        "none of the seven markers is among the 706 genes here; it takes the full matrix. Two files, laid into the mirror's folder or the cache \
         under drug_resistance/: (1) {EXPRESSION}, from Cell_line_RMA_proc_basalExp.txt.zip of \
         https://www.cancerrxgene.org/gdsc1000/GDSC1000_WebResources/Home.html, unpacked, as it is; (2) {RESPONSE}, the fitted dose \
         response of GDSC1 from https://www.cancerrxgene.org/downloads/bulk_download, saved as CSV with its header (LN_IC50, COSMIC_ID, \
         DRUG_ID). Either may be gzipped. Then `saigen reproduce drug_resistance` runs our reading of the paper's protocol on them: a tenth of \
         the genes by variance (the paper kept 976 of 9,764, which aren't named; the file has about 17,400), five folds of our own (its \
         split isn't known), 95 against 95 lines. What it finds either way is a result"
    ))
}

/// As [`absent`], in short.
fn elsewhere() -> Finding {
    Finding::not_testable(
        "none of the seven markers is among the 706 genes here; it takes the full matrix: drug.markers says which files to lay where",
    )
}

pub fn present(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let Some(outcomes) = outcomes(params, bench)? else { return Ok(absent()) };
    let least = outcomes.iter().map(|(_, outcome)| outcome.markers.len()).min().unwrap_or(0);
    let measured = list(outcomes.iter().map(|(drug, outcome)| {
        format!(
            "{} {} of {} genes hold {} of {}",
            drug.name(),
            outcome.kept,
            outcome.genes,
            outcome.markers.len(),
            numbers().publication.markers.len()
        )
    }));
    let reason = list(outcomes.iter().map(|(drug, outcome)| {
        format!(
            "{}: {} ({} of them in the file, {} among the {} genes of highest variance)",
            drug.name(),
            outcome.markers.join(" "),
            outcome.known.len(),
            outcome.markers_of_count.len(),
            numbers().publication.kept
        )
    }));
    Ok(Finding::judge(least >= 5, measured, reason))
}

pub fn edge(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let Some(outcomes) = outcomes(params, bench)? else { return Ok(elsewhere()) };
    let lost = &numbers().publication.lost_edge;
    let mut holds = false;
    let mut measured = Vec::new();
    for (drug, outcome) in &outcomes {
        let networks = &outcome.networks;
        let place = |name: &str| networks.genes.iter().position(|gene| gene == name);
        let edge = place(&lost.from).zip(place(&lost.to)).and_then(|(from, to)| {
            networks.test.edges.iter().find(|test| (test.edge.from, test.edge.to) == (from, to))
        });
        measured.push(match edge {
            None => format!("{}: no such edge", drug.name()),
            Some(test) => {
                let p = (outcomes.len() as f64 * test.p).min(1.0);
                holds |= test.sensitive > test.resistant && p < 0.05;
                let effects = format!("{:.3} in sensitive, {:.3} in resistant lines", test.sensitive, test.resistant);
                let within = networks.within.as_ref().and_then(|within| {
                    let same = within.test.edges.iter().find(|other| other.edge == test.edge)?;
                    Some(format!(", within tissues p {:.3}", (outcomes.len() as f64 * same.p).min(1.0)))
                });
                let within = within.unwrap_or_default();
                format!("{}: {effects}, p {p:.3} (q over all regulators {:.3}){within}", drug.name(), test.q)
            }
        });
    }
    let groups = outcomes.first().map_or(0, |(_, outcome)| outcome.networks.groups.sensitive.len());
    let reason = format!(
        "p after Bonferroni over the drugs, groups of {groups}; both groups share one B, so this tests how far {} strays from its mean",
        lost.from
    );
    Ok(Finding::judge(holds, measured.join("; "), reason))
}

pub fn shared(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let Some(outcomes) = outcomes(params, bench)? else { return Ok(elsewhere()) };
    let wanted = numbers().publication.markers.len();
    let measured =
        list(outcomes.iter().map(|(drug, outcome)| format!("{} {} of {wanted}", drug.name(), outcome.selected.len())));
    let reason = list(outcomes.iter().map(|(drug, outcome)| {
        let names = if outcome.selected.is_empty() { "none".into() } else { outcome.selected.join(" ") };
        format!("{}: {names}", drug.name())
    }));
    Ok(Finding::judge(outcomes.iter().all(|(_, outcome)| outcome.selected.len() == wanted), measured, reason))
}

pub fn hubs(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let Some(outcomes) = outcomes(params, bench)? else { return Ok(elsewhere()) };
    let published = &numbers().publication;
    let sensitive = published.hubs_sensitive.iter().map(|name| (name, true));
    let wanted: Vec<(&String, bool)> =
        sensitive.chain(published.hubs_resistant.iter().map(|name| (name, false))).collect();
    let mut holds = false;
    let measured = list(outcomes.iter().map(|(drug, outcome)| {
        let found = wanted.iter().filter(|(name, sensitive)| is_hub(outcome, name, *sensitive)).count();
        holds |= found == wanted.len();
        format!("{} {found} of {}", drug.name(), wanted.len())
    }));
    let reason = "hubness: weighted out and in degree in the network of the group; both groups share one B".to_string();
    Ok(Finding::judge(holds, measured, reason))
}

/// Whether a gene's hubness is larger in its group than in the other, and among the largest tenth there.
fn is_hub(outcome: &Outcome, name: &str, sensitive: bool) -> bool {
    let hubs = &outcome.networks.test.hubs;
    let value = |hub: &HubTest| if sensitive { (hub.sensitive, hub.resistant) } else { (hub.resistant, hub.sensitive) };
    let Some(gene) = outcome.networks.genes.iter().position(|gene| gene == name) else { return false };
    let Some((own, other)) = hubs.iter().find(|hub| hub.gene == gene).map(value) else { return false };
    let above = hubs.iter().filter(|hub| value(hub).0 > own).count();
    own > other && 10 * above < hubs.len()
}
