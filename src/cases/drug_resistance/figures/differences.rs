//! The figure of regulators whose effects differ between the groups.

use super::super::experiments::networks::Outcome;
use super::super::params::Params;
use super::super::readers::Drug;
use super::names::placed;
use super::networks::{LEVEL, by_hubness, networks};
use super::{captioned, guide};
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Series, Workbench};

/// One point of the volcano: a regulator with an edge that is present in a group.
struct Regulator {
    gene: usize,
    /// log₂ of sensitive over resistant.
    ratio: f64,
    /// −log₁₀ p.
    height: f64,
    class: usize,
}

/// What is known of a regulator, by q with the tissues ignored and within them.
const CLASSES: [&str; 3] = ["q ≥ .05", "q < .05", "q < .05, within tissues too"];

fn regulators(found: &Outcome) -> Vec<Regulator> {
    let mut all: Vec<Regulator> = Vec::new();
    for edge in found.test.edges.iter().filter(|edge| edge.sensitive.max(edge.resistant) > found.test.threshold) {
        if all.iter().all(|known| known.gene != edge.edge.from) {
            let ratio = (edge.sensitive / edge.resistant).log2();
            let within = found.within.as_ref().and_then(|within| {
                within.test.edges.iter().find(|other| other.edge.from == edge.edge.from).map(|other| other.q < LEVEL)
            });
            let class = usize::from(edge.q < LEVEL) * (1 + usize::from(within == Some(true)));
            all.push(Regulator { gene: edge.edge.from, ratio, height: -edge.p.log10(), class });
        }
    }
    all
}

/// Names in a panel.
const NAMES: usize = 10;

/// The order in which points get names: hubs of figure 07 first, then by p, then by ratio; none with p ≥ .05.
fn order(found: &Outcome, points: &[Regulator]) -> Vec<usize> {
    let hubs: Vec<usize> = by_hubness(&found.test).into_iter().map(|hub| hub.gene).collect();
    let hub = |point: &Regulator| !hubs.contains(&point.gene);
    let mut order: Vec<usize> = (0..points.len()).filter(|k| points[*k].height > -LEVEL.log10()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (&points[*a], &points[*b]);
        let by_height = b.height.total_cmp(&a.height).then(b.ratio.abs().total_cmp(&a.ratio.abs()));
        hub(a).cmp(&hub(b)).then(by_height).then(a.gene.cmp(&b.gene))
    });
    order
}

/// The size of a plot in a figure of four, in pixels.
const PLOT: (f64, f64) = (370.0, 230.0);

pub fn differences(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let mut figure = captioned(String::new());
    let mut told = Vec::new();
    for drug in Drug::ALL {
        let found = networks(drug, params, bench)?;
        let points = regulators(&found);
        let floor = -found.test.least_p().log10();
        let top = floor + 0.5;
        let widest = 1.15 * points.iter().map(|point| point.ratio.abs()).fold(0.1, f64::max);
        let mut panel = Panel::new(
            drug.name(),
            Axis::linear("log₂ mean effect, sensitive over resistant").limits(-widest, widest),
            Axis::linear("−log₁₀ p").limits(0.0, top),
        )
        .series(guide(Origin::Real, "least p that the shuffles can give", (-widest, floor), (widest, floor)));
        for (class, name) in CLASSES.into_iter().enumerate() {
            let kept: Vec<&Regulator> = points.iter().filter(|point| point.class == class).collect();
            let (x, y) = kept.iter().map(|point| (point.ratio, point.height)).unzip();
            let series = Series::new(name, Origin::Real, Mark::Points, x, y).tolerance(1e-4, 1e-3);
            panel = panel.series(series.labels(kept.iter().map(|point| found.genes[point.gene].clone())));
        }
        let pixels =
            |point: &Regulator| (PLOT.0 * (point.ratio + widest) / (2.0 * widest), PLOT.1 * (1.0 - point.height / top));
        let places: Vec<(f64, f64)> = points.iter().map(pixels).collect();
        let names: Vec<&str> = points.iter().map(|point| found.genes[point.gene].as_str()).collect();
        for (index, side) in placed(&places, &names, &order(&found, &points), PLOT, NAMES) {
            panel = panel.note_beside(points[index].ratio, points[index].height, names[index], side);
        }
        let below = |class: usize| points.iter().filter(|point| point.class >= class).count();
        let tissues = found.within.as_ref().map(|within| within.mix.told());
        told.push(format!(
            "{}: {} of {} with q < .05, {} within tissues too. {}",
            drug.name(),
            below(1),
            points.len(),
            below(2),
            tissues.unwrap_or_else(|| "No tissues".into())
        ));
        figure = figure.panel(panel);
    }
    figure.caption = format!(
        "Regulators with an edge present in a decile of lines. Both groups share one B, so the effects of all edges that leave a regulator \
         differ by the same factor, and have one p: {} shuffles of the labels, two-sided (dashed: p is that or less); q by Benjamini and \
         Hochberg over all regulators of the network. The height is p with tissues ignored: what differs between tissues differs between \
         groups that hold other tissues, so what q says when labels are shuffled within tissues is marked. Named where there is room: hubs of figure 07 \
         first, then the lowest p; the CSV names all. {}.",
        params.comparison.permutations,
        told.join(". ")
    );
    Ok(figure)
}
