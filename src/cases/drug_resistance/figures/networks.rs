//! Figures of the group networks: subnetworks, differences, hubs, effects, interactions.

use std::sync::Arc;

use super::super::experiments::interactions::Interactions;
use super::super::experiments::networks::{Networks, Outcome};
use super::super::groups::{EdgeTest, Enrichment, HubTest};
use super::super::params::Params;
use super::super::readers::Drug;
use super::layout::two_arcs;
use super::{captioned, guide, places};
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Series, Side, Workbench};

/// Above this, a difference is called one that chance explains.
const LEVEL: f64 = 0.05;
/// Nodes that a drawing of a network has room for.
const NODES: usize = 28;
/// Edges drawn of one regulator.
const EACH: usize = 3;

fn networks(drug: Drug, params: &Params, bench: &Workbench) -> Result<Arc<Outcome>, CaseError> {
    bench.outcome::<Networks>(&params.networks(drug))
}

/// Present edges whose effects differ most between the groups, as many as the drawing holds.
fn drawn(found: &Outcome) -> (Vec<&EdgeTest>, Vec<usize>) {
    let threshold = found.test.threshold;
    let mut edges: Vec<&EdgeTest> =
        found.test.edges.iter().filter(|edge| edge.sensitive.max(edge.resistant) > threshold).collect();
    let gap = |edge: &EdgeTest| (edge.sensitive - edge.resistant).abs();
    edges.sort_by(|a, b| gap(b).total_cmp(&gap(a)).then((a.edge.from, a.edge.to).cmp(&(b.edge.from, b.edge.to))));
    let (mut chosen, mut nodes): (Vec<&EdgeTest>, Vec<usize>) = (Vec::new(), Vec::new());
    for edge in edges {
        let new: Vec<usize> = [edge.edge.from, edge.edge.to].into_iter().filter(|gene| !nodes.contains(gene)).collect();
        let of_regulator = chosen.iter().filter(|known| known.edge.from == edge.edge.from).count();
        if of_regulator < EACH && nodes.len() + new.len() <= NODES {
            nodes.extend(new);
            chosen.push(edge);
        }
    }
    (chosen, nodes)
}

pub fn subnetworks(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = networks(Drug::Docetaxel, params, bench)?;
    let (edges, nodes) = drawn(&found);
    let place = |gene: usize| nodes.iter().position(|node| *node == gene).unwrap_or(0);
    let ends: Vec<(usize, usize)> = edges.iter().map(|edge| (place(edge.edge.from), place(edge.edge.to))).collect();
    let spots = two_arcs(nodes.len(), &ends);
    let threshold = found.test.threshold;
    let mut figure = captioned(String::new());
    let mut range = (f64::INFINITY, 0.0f64);
    for (title, mine, other) in [
        (
            "Sensitive lines",
            (|e: &EdgeTest| e.sensitive) as fn(&EdgeTest) -> f64,
            (|e: &EdgeTest| e.resistant) as fn(&EdgeTest) -> f64,
        ),
        ("Resistant lines", |e| e.resistant, |e| e.sensitive),
    ] {
        let mut panel = Panel::bare(title);
        for (name, alone) in [("in both groups", false), ("in this group only", true)] {
            let kept = edges
                .iter()
                .zip(&ends)
                .filter(|(edge, _)| mine(edge) > threshold && (other(edge) <= threshold) == alone);
            let (mut x, mut y, mut weight) = (Vec::new(), Vec::new(), Vec::new());
            for (edge, (from, to)) in kept {
                x.extend([spots[*from].x, spots[*to].x]);
                y.extend([spots[*from].y, spots[*to].y]);
                weight.extend([mine(edge); 2]);
                range = (range.0.min(mine(edge)), range.1.max(mine(edge)));
            }
            panel =
                panel.series(Series::new(name, Origin::Real, Mark::Arrows, x, y).spread(weight).tolerance(1e-4, 1e-4));
        }
        let (x, y): (Vec<f64>, Vec<f64>) = spots.iter().map(|spot| (spot.x, spot.y)).unzip();
        panel = panel.series(Series::new("gene", Origin::Real, Mark::Points, x, y));
        for (spot, gene) in spots.iter().zip(&nodes) {
            let side = if spot.left { Side::Left } else { Side::Right };
            panel = panel.note_beside(spot.x, spot.y, found.genes[*gene].clone(), side);
        }
        figure = figure.panel(panel);
    }
    let groups = (found.groups.sensitive.len(), found.groups.resistant.len());
    figure.caption = format!(
        "Edges regulator → gene of the network of PredictiveNetwork whose mean |B x| differs most between the {} most sensitive and the {} most resistant \
         lines, at most {EACH} a regulator and {NODES} genes; an edge is drawn where it is above the 95th percentile of all effects \
         ({threshold:.3}). Width grows with the effect, from {:.3} to {:.3}. {} of {} edges change between the groups, shuffled \
         labels give {:.1} (p {:.3}). Edges are associations.",
        groups.0,
        groups.1,
        range.0,
        range.1,
        found.test.changed,
        found.test.edges.len(),
        found.test.changed_by_chance,
        found.test.changed_p
    );
    Ok(figure)
}

/// One point of the volcano: a regulator with an edge that is present in a group.
struct Regulator {
    gene: usize,
    /// log₂ of sensitive over resistant.
    ratio: f64,
    /// −log₁₀ p.
    height: f64,
    q: f64,
}

fn regulators(found: &Outcome) -> Vec<Regulator> {
    let mut all: Vec<Regulator> = Vec::new();
    for edge in found.test.edges.iter().filter(|edge| edge.sensitive.max(edge.resistant) > found.test.threshold) {
        if all.iter().all(|known| known.gene != edge.edge.from) {
            let ratio = (edge.sensitive / edge.resistant).log2();
            all.push(Regulator { gene: edge.edge.from, ratio, height: -edge.p.log10(), q: edge.q });
        }
    }
    all
}

/// Names that don't stand on each other: the largest ratios first.
fn named(points: &[Regulator], count: usize) -> Vec<&Regulator> {
    let widest = points.iter().map(|point| point.ratio.abs()).fold(0.0, f64::max);
    let mut order: Vec<&Regulator> = points.iter().collect();
    order.sort_by(|a, b| {
        b.height.total_cmp(&a.height).then(b.ratio.abs().total_cmp(&a.ratio.abs())).then(a.gene.cmp(&b.gene))
    });
    let mut chosen: Vec<&Regulator> = Vec::new();
    for point in order {
        let free = |other: &&Regulator| {
            (other.height - point.height).abs() > 0.22 || (other.ratio - point.ratio).abs() > 0.45 * widest
        };
        if chosen.len() < count && chosen.iter().all(free) {
            chosen.push(point);
        }
    }
    chosen
}

pub fn differences(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let mut figure = captioned(String::new());
    let mut told = Vec::new();
    for drug in Drug::ALL {
        let found = networks(drug, params, bench)?;
        let points = regulators(&found);
        let widest = points.iter().map(|point| point.ratio.abs()).fold(0.1, f64::max);
        let mut panel = Panel::new(
            drug.name(),
            Axis::linear("log₂ mean effect, sensitive over resistant").limits(-1.15 * widest, 1.15 * widest),
            Axis::linear("−log₁₀ p").limits(0.0, 3.4),
        );
        for (name, below) in [("q ≥ .05", false), ("q < .05", true)] {
            let (x, y): (Vec<f64>, Vec<f64>) = points
                .iter()
                .filter(|point| (point.q < LEVEL) == below)
                .map(|point| (point.ratio, point.height))
                .unzip();
            panel = panel.series(Series::new(name, Origin::Real, Mark::Points, x, y).tolerance(1e-4, 1e-3));
        }
        for point in named(&points, 6) {
            panel = panel.note(point.ratio, point.height, found.genes[point.gene].clone());
        }
        let low = points.iter().filter(|point| point.q < LEVEL).count();
        let test = &found.test;
        told.push(format!(
            "{}: {low} of {} with q < .05; {} edges change, {:.0} by chance (p {:.3})",
            drug.name(),
            points.len(),
            test.changed,
            test.changed_by_chance,
            test.changed_p
        ));
        figure = figure.panel(panel);
    }
    figure.caption = format!(
        "Regulators with an edge present in a decile of lines. Both groups share one B, so the effects of all edges that leave a regulator differ by the same factor, \
         and have one p: {} shuffles of the labels, two-sided, at least {:.3}; q by Benjamini and Hochberg over all regulators of the \
         network. {}.",
        params.comparison.permutations,
        1.0 / (params.comparison.permutations as f64 + 1.0),
        told.join(". ")
    );
    Ok(figure)
}

/// Genes in the rank plot.
const RANKED: usize = 20;

pub fn hubs(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let mut figure = captioned(String::new());
    let mut told = Vec::new();
    for drug in Drug::ALL {
        let found = networks(drug, params, bench)?;
        let larger = |hub: &HubTest| hub.sensitive.max(hub.resistant);
        let mut order: Vec<&HubTest> = found.test.hubs.iter().filter(|hub| larger(hub) > 0.0).collect();
        order.sort_by(|a, b| larger(b).total_cmp(&larger(a)).then(a.gene.cmp(&b.gene)));
        let top = &order[..RANKED.min(order.len())];
        let low = order.iter().filter(|hub| hub.q < LEVEL).count();
        let series = |name: &str, shift: f64, value: fn(&HubTest) -> f64| {
            let y = top.iter().map(|hub| value(hub)).collect();
            Series::new(name, Origin::Real, Mark::Points, places(top.len(), shift), y).tolerance(1e-4, 1e-4)
        };
        let differing: Vec<usize> = (0..top.len()).filter(|rank| top[*rank].q < LEVEL).collect();
        let panel = Panel::new(drug.name(), Axis::linear(""), Axis::linear("hubness"))
            .categories(top.iter().map(|hub| found.genes[hub.gene].clone()))
            .series(series("sensitive lines", -0.12, |hub| hub.sensitive))
            .series(series("resistant lines", 0.12, |hub| hub.resistant))
            .series(
                Series::new(
                    "differs, q < .05",
                    Origin::Real,
                    Mark::Points,
                    differing.iter().map(|rank| *rank as f64).collect(),
                    differing.iter().map(|rank| 1.08 * larger(top[*rank])).collect(),
                )
                .tolerance(1e-4, 1e-4),
            );
        figure = figure.panel(panel);
        let least = order.iter().filter(|hub| hub.p < LEVEL).count();
        told.push(format!("{}: {low} of {} (p < .05: {least})", drug.name(), order.len()));
    }
    figure.caption = format!(
        "Weighted out- plus in-degree of the edges present in each decile of lines, the {RANKED} largest. Differences against {} shuffles of the labels, q by Benjamini and \
         Hochberg over all genes with a present edge. Hubs with q < .05 — {}.",
        params.comparison.permutations,
        told.join("; ")
    );
    Ok(figure)
}

pub fn effects(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = networks(Drug::Docetaxel, params, bench)?;
    let mut figure = captioned(format!(
        "B x of an edge in every line (docetaxel, {} lines), for the present edges with the largest differences between the groups, one a regulator. \
         The groups are the {} lines at either end of z = standardised ln IC50. The sign of an effect is that of the regulator's expression \
         beside its mean; groups are compared by its size.",
        found.z.len(),
        found.groups.sensitive.len()
    ));
    for shown in &found.shown {
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
        let folds = |list: &[Enrichment]| -> Vec<f64> { list.iter().map(Enrichment::fold).collect() };
        let low = drug.network.iter().map(|at| at.range.0 / at.matched).collect();
        let high = drug.network.iter().map(|at| at.range.1 / at.matched).collect();
        let line = |name: &str, list: &[Enrichment]| {
            Series::new(name, Origin::Real, Mark::LinePoints, pairs(list), folds(list)).tolerance(0.02, 0.0)
        };
        let ends =
            (pairs(&drug.network).first().copied().unwrap_or(1.0), pairs(&drug.network).last().copied().unwrap_or(1.0));
        let panel = Panel::new(
            drug.drug.as_str(),
            Axis::log("strongest pairs of genes"),
            Axis::linear("links found / expected, degrees matched"),
        )
        .series(
            Series::new("95 % of rewired references", Origin::Real, Mark::Band, pairs(&drug.network), low)
                .spread(high)
                .tolerance(0.02, 0.05),
        )
        .series(line("edges of the network", &drug.network))
        .series(line("most correlated pairs", &drug.correlation))
        .series(guide(Origin::Real, "", (ends.0, 1.0), (ends.1, 1.0)));
        figure = figure.panel(panel);
        if let Some(at) = drug.network.last() {
            told.push(format!(
                "{}: {} links among {} pairs, {:.0} expected ({:.0} if pairs were alike), p {:.3}",
                drug.drug, at.found, at.pairs, at.matched, at.uniform, at.p
            ));
        }
    }
    figure.caption = format!(
        "Links of STRING (v11, above 0.95; {} among these genes) found among the strongest edges, over the mean of {} references rewired with every gene's \
         number of partners kept. The control takes as many pairs by plain correlation. All edges — {}.",
        found.links,
        params.reference.null.samples,
        told.join(". ")
    );
    Ok(figure)
}
