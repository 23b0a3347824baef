//! Claims about the networks of the four drugs.

use super::list;
use crate::cases::drug_resistance::experiments::interactions::Interactions;
use crate::cases::drug_resistance::params::Params;
use crate::repro::{CaseError, Finding, Workbench};

pub fn interactions(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<Interactions>(&params.interactions())?;
    let count = found.drugs.len() as f64;
    let mut holds = !found.drugs.is_empty();
    let mut measured = Vec::new();
    let mut reasons = Vec::new();
    for drug in &found.drugs {
        let Some((network, correlation)) = drug.network.last().zip(drug.correlation.last()) else { continue };
        let p = (count * network.p).min(1.0);
        holds &= p < 0.05;
        measured.push(format!(
            "{} {} of {} links, {:.2}-fold, p {p:.3}",
            drug.drug,
            network.found,
            found.links,
            network.fold()
        ));
        let strongest = drug.network.first().zip(drug.correlation.first()).map(|(network, correlation)| {
            format!(
                "; of the {} strongest {} (fold {:.1}), of the most correlated {} ({:.1})",
                network.pairs,
                network.found,
                network.fold(),
                correlation.found,
                correlation.fold()
            )
        });
        reasons.push(format!(
            "{}: {:.0} expected with degrees matched (95 %: {:.0}–{:.0}), {:.0} if all pairs were alike, {} among as many most \
             correlated pairs{}",
            drug.drug,
            network.matched,
            network.range.0,
            network.range.1,
            network.uniform,
            correlation.found,
            strongest.unwrap_or_default()
        ));
    }
    let reason = format!("p after Bonferroni. {}", reasons.join(". "));
    Ok(Finding::judge(holds, list(measured), reason))
}
