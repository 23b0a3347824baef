//! Figures of the group networks: hubs, effects, interactions.

use std::sync::Arc;

use super::super::experiments::interactions::Interactions;
use super::super::experiments::networks::{Networks, Outcome};
use super::super::groups::{Edge, Enrichment, GroupTest, HubTest};
use super::super::params::Params;
use super::super::readers::Drug;
use super::{captioned, guide, places};
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Series, Tone, Workbench};

/// Above this, a difference is called one that chance explains.
pub(super) const LEVEL: f64 = 0.05;

pub(super) fn networks(drug: Drug, params: &Params, bench: &Workbench) -> Result<Arc<Outcome>, CaseError> {
    bench.outcome::<Networks>(&params.networks(drug))
}

/// The weights in use, and how far the response moved the network, in words.
pub(super) fn weights(found: &Outcome) -> String {
    let (a1, a2, f, a4) = found.weights;
    let stopped = if found.converged { "" } else { ", not converged" };
    format!("a1 {a1}, a2 {a2}, f {f:.3}, a4 {a4}, B moved by {:.1} %{stopped}", 100.0 * found.network_change)
}

/// The larger hubness of a gene.
fn larger(hub: &HubTest) -> f64 {
    hub.sensitive.max(hub.resistant)
}

/// The largest hubs of either group, at most [`RANKED`].
pub(super) fn by_hubness(test: &GroupTest) -> Vec<&HubTest> {
    let mut order: Vec<&HubTest> = test.hubs.iter().filter(|hub| larger(hub) > 0.0).collect();
    order.sort_by(|a, b| larger(b).total_cmp(&larger(a)).then(a.gene.cmp(&b.gene)));
    order.truncate(RANKED);
    order
}

/// Genes in the rank plot.
const RANKED: usize = 20;

pub fn hubs(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let mut figure = captioned(String::new());
    let mut told = Vec::new();
    for drug in Drug::ALL {
        let found = networks(drug, params, bench)?;
        let top = by_hubness(&found.test);
        let name = |hub: &&HubTest| found.genes[hub.gene].clone();
        let series = |group: &str, shift: f64, value: fn(&HubTest) -> f64| {
            let y = top.iter().map(|hub| value(hub)).collect();
            let series = Series::new(group, Origin::Real, Mark::Points, places(top.len(), shift), y);
            series.labels(top.iter().map(name)).tolerance(1e-4, 1e-4)
        };
        let within = |hub: &HubTest| {
            found.within.as_ref().and_then(|within| within.test.hubs.get(hub.gene)).is_some_and(|hub| hub.q < LEVEL)
        };
        let starred = |hub: &&HubTest| match (hub.q < LEVEL, within(hub)) {
            (true, true) => format!("{} **", name(hub)),
            (true, false) => format!("{} *", name(hub)),
            (false, _) => name(hub),
        };
        let panel = Panel::new(drug.name(), Axis::linear(""), Axis::linear("hubness"))
            .categories(top.iter().map(starred))
            .series(series("sensitive lines", -0.12, |hub| hub.sensitive))
            .series(series("resistant lines", 0.12, |hub| hub.resistant));
        figure = figure.panel(panel);
        let linked = found.test.hubs.iter().filter(|hub| larger(hub) > 0.0);
        let below = |value: fn(&HubTest) -> f64| linked.clone().filter(|hub| value(hub) < LEVEL).count();
        told.push(format!(
            "{}: {} of {}, {} within tissues",
            drug.name(),
            below(|hub| hub.q),
            linked.clone().count(),
            found.within.as_ref().map_or(0, |within| within.test.hubs_below(LEVEL))
        ));
    }
    figure.caption = format!(
        "Weighted out- plus in-degree of the edges present in each decile of lines, the {RANKED} largest. *: differs with q < .05 against {} shuffles of the labels, **: also when these are shuffled within \
         tissues, q by Benjamini and Hochberg over all genes with a present edge. Hubs with q < .05 — {}.",
        params.comparison.permutations,
        told.join("; ")
    );
    Ok(figure)
}

/// Pairs of genes in the figure of effects.
const PAIRS: usize = 4;

pub fn effects(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = networks(Drug::Docetaxel, params, bench)?;
    let mut figure = captioned(format!(
        "B x of an edge in every line (docetaxel, {} lines), for the present edges with the largest differences between the groups, one a regulator and one a pair of genes. \
         The groups are the {} lines at either end of z = standardised ln IC50. The sign of an effect is that of the regulator's expression \
         beside its mean; groups are compared by its size. {}.",
        found.z.len(),
        found.groups.sensitive.len(),
        found.within.as_ref().map_or_else(|| "No tissues".into(), |within| within.mix.told())
    ));
    let same = |a: &Edge, b: &Edge| (a.from, a.to) == (b.to, b.from);
    let first = |index: &usize| !found.shown[..*index].iter().any(|other| same(&other.edge, &found.shown[*index].edge));
    for shown in (0..found.shown.len()).filter(first).take(PAIRS).map(|index| &found.shown[index]) {
        let of = |rows: &dyn Fn(usize) -> bool| -> (Vec<f64>, Vec<f64>) {
            (0..found.z.len()).filter(|row| rows(*row)).map(|row| (found.z[row], shown.effects[row])).unzip()
        };
        let (low, high) = (&found.groups.sensitive, &found.groups.resistant);
        let mut panel = Panel::new(
            found.edge_name(shown.edge),
            Axis::linear("z  (low: sensitive)"),
            Axis::linear("regulatory effect B x"),
        );
        for (name, (x, y)) in [
            ("other lines", of(&|row| low.binary_search(&row).is_err() && high.binary_search(&row).is_err())),
            ("sensitive", of(&|row| low.binary_search(&row).is_ok())),
            ("resistant", of(&|row| high.binary_search(&row).is_ok())),
        ] {
            panel = panel.series(Series::new(name, Origin::Real, Mark::Points, x, y).tolerance(1e-4, 1e-4));
        }
        let ends = found.z.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), z| (a.min(*z), b.max(*z)));
        figure = figure.panel(panel.series(guide(Origin::Real, "", (ends.0, 0.0), (ends.1, 0.0))));
    }
    Ok(figure)
}

pub fn interactions(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<Interactions>(&params.interactions())?;
    let mut figure = captioned(String::new());
    let mut told = Vec::new();
    for drug in &found.drugs {
        let pairs = |list: &[Enrichment]| -> Vec<f64> { list.iter().map(|at| at.pairs as f64).collect() };
        let line = |name: &str, list: &[Enrichment], value: fn(&Enrichment) -> f64| {
            let y = list.iter().map(value).collect();
            Series::new(name, Origin::Real, Mark::LinePoints, pairs(list), y).tolerance(0.02, 0.0)
        };
        let band = Series::new(
            "95 % of rewired references",
            Origin::Real,
            Mark::Band,
            pairs(&drug.network),
            drug.network.iter().map(|at| at.range.0).collect(),
        );
        let high = drug.network.iter().map(|at| at.range.1).collect();
        let panel =
            Panel::new(drug.drug.as_str(), Axis::log("strongest pairs of genes"), Axis::linear("links among them"))
                .series(band.spread(high).tolerance(0.02, 1.0))
                .series(line("edges of the network", &drug.network, |at| at.found as f64))
                .series(line("most correlated pairs", &drug.correlation, |at| at.found as f64).tone(Tone::Open));
        figure = figure.panel(panel);
        if let Some((network, correlation)) = drug.network.last().zip(drug.correlation.last()) {
            told.push(format!(
                "{}: {} of {} pairs, {:.0} expected ({:.0} if pairs were alike), p {}; by correlation {}",
                drug.drug,
                network.found,
                network.pairs,
                network.matched,
                network.uniform,
                at_least(network.p, params.reference.null.samples),
                correlation.found
            ));
        }
    }
    let last = found.drugs.iter().filter_map(|drug| drug.network.last().zip(drug.correlation.last()));
    let (network, correlation) =
        last.fold((0, 0), |(a, b), (network, correlation)| (a + network.found, b + correlation.found));
    let chance: Vec<f64> = found.drugs.iter().filter_map(|drug| Some(drug.network.first()?.matched)).collect();
    let most = chance.iter().copied().fold(0.0, f64::max);
    figure.caption = format!(
        "Links of STRING (v11, above 0.95; {} among these genes) found among the strongest edges; band: among {} references rewired with every gene's \
         number of partners kept. The control takes as many pairs by plain correlation: over all edges and drugs it finds {correlation} links, the \
         networks {network}. Degrees don't explain the links; that the network finds them doesn't set it above correlation. Counts, not \
         ratios, are drawn: among the {} strongest pairs chance gives {most:.1} links at most. All edges — {}.",
        found.links,
        params.reference.null.samples,
        params.reference.strongest.first().unwrap_or(&0),
        told.join(". ")
    );
    Ok(figure)
}

/// A p-value of `samples` random references; the least that they can give is an upper bound.
fn at_least(p: f64, samples: usize) -> String {
    let bound = if p * (samples as f64 + 1.0) < 1.5 { "≤ " } else { "" };
    format!("{bound}{p:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_p_is_a_bound() {
        assert_eq!(at_least(1.0 / 1001.0, 1000), "≤ 0.001");
        assert_eq!(at_least(2.0 / 1001.0, 1000), "0.002");
    }
}
