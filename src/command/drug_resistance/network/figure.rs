//! The figure of `network`: its strongest edges, the weights of the prediction, the descent, the hubs.

use std::cmp::Ordering;

use saigen::cases::drug_resistance::groups::{Edge, GroupTest, HubTest};
use saigen::repro::{Axis, Figure, Mark, Origin, Panel, Series, Side};

use super::super::input::Input;
use super::Found;
use super::shown::{SHOWN, ranked};

/// Genes that a drawing of a network has room for.
const NODES: usize = 24;
/// Edges that it has room for.
const EDGES: usize = 40;

pub fn figure(input: &Input, found: &Found) -> Figure {
    let screen = &input.joined.screen;
    let mut figure = Figure::new(
        "figure",
        format!("Network and predictor: {} ({} lines, {} genes)", screen.drug(), screen.n(), screen.p()),
        "Made by saigen drug_resistance network. The strongest edges of B, regulator → target, as wide as |B| is large; the largest weights \
         of network-predicted expression; the objective after every step. Edges are associations. Siblings under one hub have \
         collinear predictions, so which of them is selected is no mark of a gene. With groups: the weighted degree of the \
         strongest hubs in sensitive and in resistant lines.",
    );
    let panels = [network(input, found), prediction(input, found), Some(descent(input, found)), hubs(input, found)];
    for panel in panels.into_iter().flatten() {
        figure = figure.panel(panel);
    }
    if input.origin == Origin::Synthetic { figure.stand_in() } else { figure }
}

/// The strongest edges, until one needs more genes than a drawing holds; of equals the first.
fn strongest(edges: &[Edge]) -> Vec<Edge> {
    let mut order: Vec<Edge> = edges.to_vec();
    order.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    let (mut chosen, mut genes): (Vec<Edge>, Vec<usize>) = (Vec::new(), Vec::new());
    for edge in order {
        let mut new: Vec<usize> = [edge.from, edge.to].into_iter().filter(|gene| !genes.contains(gene)).collect();
        new.dedup();
        if chosen.len() == EDGES || genes.len() + new.len() > NODES {
            break;
        }
        genes.append(&mut new);
        chosen.push(edge);
    }
    chosen
}

/// A gene of the drawing, on the square from −1 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spot {
    gene: usize,
    x: f64,
    y: f64,
}

/// Genes on a left and a right arc, so that names stand outside and a line apart. Linked genes follow one another: depth
/// first along the strongest edges, every part of the network from a new row on.
fn spots(edges: &[Edge]) -> Vec<Spot> {
    let mut order: Vec<Option<usize>> = Vec::new();
    for start in edges.iter().map(|edge| edge.from) {
        if !order.contains(&Some(start)) && !order.len().is_multiple_of(2) {
            order.push(None);
        }
        let mut ahead = vec![start];
        while let Some(gene) = ahead.pop() {
            if order.contains(&Some(gene)) {
                continue;
            }
            order.push(Some(gene));
            // The weakest first, so that the strongest is taken up first.
            ahead.extend(edges.iter().rev().filter_map(|edge| match (edge.from == gene, edge.to == gene) {
                (true, _) => Some(edge.to),
                (_, true) => Some(edge.from),
                _ => None,
            }));
        }
    }
    let rows = order.len().div_ceil(2);
    let spot = |(place, gene): (usize, Option<usize>)| {
        let y = if rows == 1 { 0.0 } else { 0.92 - 1.84 * (place / 2) as f64 / (rows - 1) as f64 };
        let x = 0.55 * (1.0 - 0.8 * y * y).sqrt();
        gene.map(|gene| Spot { gene, x: if place.is_multiple_of(2) { -x } else { x }, y })
    };
    order.into_iter().enumerate().filter_map(spot).collect()
}

/// Width of a panel over its height, in pixels.
const ASPECT: f64 = 1.5;

/// Both ends of an edge, moved aside where the opposite edge is drawn too.
fn ends(edge: Edge, edges: &[Edge], spots: &[Spot]) -> Option<[(f64, f64); 2]> {
    let at = |gene: usize| spots.iter().find(|spot| spot.gene == gene);
    let (from, to) = (at(edge.from)?, at(edge.to)?);
    let both = edges.iter().any(|other| (other.from, other.to) == (edge.to, edge.from));
    let (across, up) = (ASPECT * (to.x - from.x), to.y - from.y);
    let aside = if both { 0.03 / across.hypot(up) } else { 0.0 };
    let (dx, dy) = (-up * aside / ASPECT, across * aside);
    Some([(from.x + dx, from.y + dy), (to.x + dx, to.y + dy)])
}

/// A drawing of the strongest edges; `None` of a network without any.
fn network(input: &Input, found: &Found) -> Option<Panel> {
    let edges = strongest(&found.edges);
    let (largest, least) = (edges.first()?.weight.abs(), edges.last()?.weight.abs());
    let spots = spots(&edges);
    let title =
        format!("The {} strongest of {} edges (|B| {least:.2} to {largest:.2})", edges.len(), found.edges.len());
    let mut panel = Panel::bare(title);
    for (name, positive) in [("B > 0", true), ("B < 0", false)] {
        let (mut x, mut y, mut widths) = (Vec::new(), Vec::new(), Vec::new());
        for edge in edges.iter().filter(|edge| (edge.weight > 0.0) == positive) {
            for end in ends(*edge, &edges, &spots).into_iter().flatten() {
                x.push(end.0);
                y.push(end.1);
                widths.push(edge.weight.abs());
            }
        }
        if !x.is_empty() {
            panel = panel.series(Series::new(name, input.origin, Mark::Arrows, x, y).spread(widths));
        }
    }
    let theta = &found.fit.theta;
    let parts = [("θ > 0", Ordering::Greater), ("θ < 0", Ordering::Less), ("θ = 0", Ordering::Equal)];
    for (name, sign) in parts {
        let (x, y): (Vec<f64>, Vec<f64>) = spots
            .iter()
            .filter(|spot| theta[spot.gene].partial_cmp(&0.0) == Some(sign))
            .map(|spot| (spot.x, spot.y))
            .unzip();
        if !x.is_empty() {
            panel = panel.series(Series::new(name, input.origin, Mark::Points, x, y));
        }
    }
    for spot in &spots {
        let side = if spot.x < 0.0 { Side::Left } else { Side::Right };
        panel = panel.note_beside(spot.x, spot.y, input.joined.screen.genes()[spot.gene].clone(), side);
    }
    Some(panel)
}

fn bars(input: &Input, name: &str, values: Vec<f64>) -> Series {
    let places = (0..values.len()).map(|place| place as f64).collect();
    Series::new(name, input.origin, Mark::Bars, places, values)
}

fn names(input: &Input, genes: &[usize]) -> Vec<String> {
    genes.iter().map(|gene| input.joined.screen.genes()[*gene].clone()).collect()
}

/// The largest θ; `None` where all are zero.
fn prediction(input: &Input, found: &Found) -> Option<Panel> {
    let theta = &found.fit.theta;
    let mut selected = found.fit.selected();
    selected.sort_by(|a, b| theta[*b].abs().total_cmp(&theta[*a].abs()).then(a.cmp(b)));
    let title = format!("Weights of the prediction ({} genes have one)", selected.len());
    selected.truncate(SHOWN);
    let panel = Panel::new(title, Axis::linear(""), Axis::linear("θ")).categories(names(input, &selected));
    let values = selected.iter().map(|gene| theta[*gene]).collect();
    (!selected.is_empty()).then(|| panel.series(bars(input, "", values)))
}

fn descent(input: &Input, found: &Found) -> Panel {
    let trace = &found.fit.trace;
    let steps: Vec<f64> = (0..trace.len()).map(|step| step as f64).collect();
    let objective = trace.iter().map(|step| step.objective).collect();
    let series = Series::new("F/n", input.origin, Mark::LinePoints, steps, objective);
    Panel::new("Objective", Axis::linear("step"), Axis::linear("F/n")).series(series)
}

/// The strongest hubs of both groups; `None` without groups, or without a present edge.
fn hubs(input: &Input, found: &Found) -> Option<Panel> {
    let test: &GroupTest = found.compared.as_ref().map(|compared| &compared.test)?;
    let strongest = ranked(test);
    let strongest: Vec<&&HubTest> =
        strongest.iter().take(SHOWN).filter(|hub| hub.sensitive > 0.0 || hub.resistant > 0.0).collect();
    let genes: Vec<usize> = strongest.iter().map(|hub| hub.gene).collect();
    let panel = Panel::new("Hubs", Axis::linear(""), Axis::linear("weighted degree"))
        .categories(names(input, &genes))
        .series(bars(input, "sensitive", strongest.iter().map(|hub| hub.sensitive).collect()))
        .series(bars(input, "resistant", strongest.iter().map(|hub| hub.resistant).collect()));
    (!genes.is_empty()).then_some(panel)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge((from, to, weight): (usize, usize, f64)) -> Edge {
        Edge { from, to, weight }
    }

    #[test]
    fn the_strongest_edges_are_drawn_on_as_many_genes_as_fit() {
        let all: Vec<Edge> = (0..100).map(|k| edge((k, k + 100, 0.01 * (k as f64 - 50.0)))).collect();
        let drawn = strongest(&all);
        assert_eq!(drawn.len(), NODES / 2);
        assert_eq!((drawn[0].from, drawn[1].from, drawn[2].from), (0, 1, 99));
        assert!(drawn.is_sorted_by(|a, b| a.weight.abs() >= b.weight.abs()));
        // None is left out before a weaker one, even one that would need no room.
        let weaker = edge((1, 0, 1e-3));
        assert!(!strongest(&[&all[..], &[weaker]].concat()).contains(&weaker));
        let dense: Vec<Edge> = (0..9).flat_map(|a| (0..9).map(move |b| edge((a, b, 1.0)))).collect();
        assert_eq!(strongest(&dense).len(), EDGES);
        assert!(strongest(&[]).is_empty() && spots(&[]).is_empty());
    }

    #[test]
    fn names_on_one_side_are_a_line_apart_and_pairs_are_level() {
        let pairs: Vec<Edge> = (0..12).map(|k| edge((2 * k, 2 * k + 1, 1.0))).collect();
        let three = [(0, 1, 1.0), (2, 1, 0.9), (3, 4, 0.8), (4, 3, 0.7)].map(edge);
        for edges in [&pairs[..], &three] {
            let spots = spots(edges);
            let rows: Vec<f64> = spots.iter().map(|spot| spot.y).collect();
            for (k, one) in spots.iter().enumerate() {
                for (other, y) in spots[k + 1..].iter().zip(&rows[k + 1..]) {
                    let apart = (one.y - y).abs() > 0.1;
                    assert!(one.gene != other.gene && (apart || one.x * other.x < 0.0), "{one:?} {other:?}");
                }
            }
        }
        let spots = spots(&three);
        assert_eq!(spots.iter().map(|spot| spot.gene).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        // 3 and 4 begin a row of their own.
        assert_eq!((spots[3].y, spots[3].x), (spots[4].y, -spots[4].x));
    }

    #[test]
    fn opposite_edges_lie_beside_one_another() {
        let edges = [(0, 1, 1.0), (1, 0, 0.5), (1, 2, 0.4)].map(edge);
        let spots = spots(&edges);
        let of = |index: usize| ends(edges[index], &edges, &spots).unwrap();
        let (there, back) = (of(0), of(1));
        // Level, from left to right and back: one above its genes, one below.
        assert!(there[0].1 > spots[0].y + 0.01 && back[1].1 < spots[0].y - 0.01, "{there:?} {back:?}");
        assert_eq!(of(2)[0], (spots[1].x, spots[1].y));
    }
}
