//! The figure of the group networks: the edges that differ most, drug by drug.

use super::super::experiments::networks::Outcome;
use super::super::groups::EdgeTest;
use super::super::params::Params;
use super::super::readers::Drug;
use super::captioned;
use super::layout::{Spot, two_arcs};
use super::networks::{networks, weights};
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Series, Side, Tone, Workbench};

/// Genes that a drawing has room for.
const NODES: usize = 20;
/// Edges drawn of one regulator.
const EACH: usize = 3;

/// Present edges whose effects differ most between the groups, as many as the drawing holds, and their genes.
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

/// Genes drawn alike: how the legend calls them, which they are, and how strongly they are drawn.
type Class<'a> = (&'a str, &'a dyn Fn(usize) -> bool, Tone);

/// The part of a drug's network that is drawn, with places.
struct Drawing<'a> {
    found: &'a Outcome,
    edges: Vec<&'a EdgeTest>,
    genes: Vec<usize>,
    spots: Vec<Spot>,
}

impl<'a> Drawing<'a> {
    fn of(found: &'a Outcome) -> Self {
        let (edges, genes) = drawn(found);
        let place = |gene: usize| genes.iter().position(|node| *node == gene).unwrap_or(0);
        let ends: Vec<(usize, usize)> = edges.iter().map(|edge| (place(edge.edge.from), place(edge.edge.to))).collect();
        let spots = two_arcs(genes.len(), &ends);
        Self { found, edges, genes, spots }
    }

    fn spot(&self, gene: usize) -> Spot {
        let place = self.genes.iter().position(|node| *node == gene).unwrap_or(0);
        self.spots[place]
    }

    fn largest(&self) -> f64 {
        self.edges.iter().map(|edge| edge.sensitive.max(edge.resistant)).fold(0.0, f64::max)
    }

    /// One group; `key` is a third of the widest arrow of the figure.
    fn panel(&self, title: String, group: Group, key: f64) -> Panel {
        let (threshold, genes) = (self.found.test.threshold, &self.found.genes);
        let shown = |edge: &&&EdgeTest| group.of(edge) > threshold;
        let mut panel = Panel::bare(title);
        panel.y = Axis::linear("").limits(-1.3, 1.0);
        for (name, alone) in [("in both groups", false), ("in this group only", true)] {
            let (mut x, mut y, mut weight, mut labels) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            let kept = self.edges.iter().filter(shown).filter(|edge| (group.other().of(edge) <= threshold) == alone);
            for edge in kept {
                let (from, to) = (self.spot(edge.edge.from), self.spot(edge.edge.to));
                x.extend([from.x, to.x]);
                y.extend([from.y, to.y]);
                weight.extend([group.of(edge).copysign(edge.edge.weight); 2]);
                labels.extend([edge.edge.from, edge.edge.to].map(|gene| genes[gene].clone()));
            }
            let series = Series::new(name, Origin::Real, Mark::Arrows, x, y).spread(weight).labels(labels);
            panel = panel.series(series.tolerance(1e-4, 1e-4));
        }
        let linked =
            |gene: usize| self.edges.iter().filter(shown).any(|edge| edge.edge.from == gene || edge.edge.to == gene);
        let theta =
            |gene: usize| self.found.theta.iter().find(|(other, _)| *other == gene).map_or(0.0, |(_, theta)| *theta);
        let classes: [Class<'_>; 4] = [
            ("θ > 0", &|gene| linked(gene) && theta(gene) > 0.0, Tone::Full),
            ("θ < 0", &|gene| linked(gene) && theta(gene) < 0.0, Tone::Full),
            ("θ = 0", &|gene| linked(gene) && theta(gene) == 0.0, Tone::Full),
            ("no edge drawn here", &|gene| !linked(gene), Tone::Faint),
        ];
        for (name, holds, tone) in classes {
            let kept: Vec<usize> = self.genes.iter().copied().filter(|gene| holds(*gene)).collect();
            let (x, y) = kept.iter().map(|gene| (self.spot(*gene).x, self.spot(*gene).y)).unzip();
            let series = Series::new(name, Origin::Real, Mark::Points, x, y).tone(tone);
            panel = panel.series(series.labels(kept.iter().map(|gene| genes[*gene].clone())));
        }
        for gene in &self.genes {
            let spot = self.spot(*gene);
            let side = if spot.left { Side::Left } else { Side::Right };
            panel = panel.note_beside(spot.x, spot.y, genes[*gene].clone(), side);
            if !linked(*gene) {
                panel = panel.faint();
            }
        }
        widths(panel, key)
    }
}

/// Three grey arrows below the drawing that say what a width means.
fn widths(mut panel: Panel, key: f64) -> Panel {
    const LOW: f64 = -1.2;
    let weights = [key, 2.0 * key, 3.0 * key];
    let (mut x, mut spread, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    for (weight, left) in weights.into_iter().zip([-0.62, -0.12, 0.38]) {
        x.extend([left, left + 0.2]);
        spread.extend([weight; 2]);
        labels.extend([format!("|B x| {weight:.2}"), format!("|B x| {weight:.2}")]);
        panel = panel.note_beside(left + 0.2, LOW, format!("{weight:.2}"), Side::Right);
    }
    let series = Series::new("", Origin::Real, Mark::Arrows, x, vec![LOW; 6]).spread(spread).labels(labels);
    panel.series(series.tone(Tone::Faint).tolerance(0.0, 0.05))
}

/// Which lines.
#[derive(Clone, Copy, PartialEq)]
enum Group {
    Sensitive,
    Resistant,
}

impl Group {
    fn other(self) -> Self {
        if self == Self::Sensitive { Self::Resistant } else { Self::Sensitive }
    }

    /// The mean effect of an edge in the group.
    fn of(self, edge: &EdgeTest) -> f64 {
        if self == Self::Sensitive { edge.sensitive } else { edge.resistant }
    }
}

pub fn subnetworks(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = Drug::ALL.map(|drug| networks(drug, params, bench));
    let found = found.into_iter().collect::<Result<Vec<_>, _>>()?;
    let drawings: Vec<Drawing> = found.iter().map(|found| Drawing::of(found)).collect();
    let widest = drawings.iter().map(Drawing::largest).fold(0.0, f64::max);
    let key = 0.01 * (100.0 * widest / 3.0).ceil();
    let mut figure = captioned(String::new()).columns(2);
    let mut told = Vec::new();
    for (drug, drawing) in Drug::ALL.into_iter().zip(&drawings) {
        for (name, group) in [("sensitive", Group::Sensitive), ("resistant", Group::Resistant)] {
            figure = figure.panel(drawing.panel(format!("{}, {name} lines", drug.name()), group, key));
        }
        let (groups, test) = (&drawing.found.groups, &drawing.found.test);
        let within = drawing.found.within.as_ref().map(|within| {
            let test = &within.test;
            format!(", within tissues {:.0} (p {:.3})", test.changed_by_chance, test.changed_p)
        });
        told.push(format!(
            "{}: {} and {} lines; drawn above {:.3}; {} of {} edges change between the groups, shuffled labels give {:.0} (p {:.3}){}; {}",
            drug.name(),
            groups.sensitive.len(),
            groups.resistant.len(),
            test.threshold,
            test.changed,
            test.edges.len(),
            test.changed_by_chance,
            test.changed_p,
            within.unwrap_or_default(),
            weights(drawing.found)
        ));
    }
    figure.caption = format!(
        "Edges regulator → gene of PredictiveNetwork whose mean |B x| differs most between the most sensitive and the most resistant \
         decile of lines, at most {EACH} a regulator and {NODES} genes a drug; an edge is drawn in a group where its mean |B x| is above the 95th \
         percentile of all. Width grows with it, by the grey arrows below each panel. An arrow's head says B > 0, a bar in its place B < 0; \
         symbols say the sign of the gene's θ. One B serves both groups. Edges are associations. {}.",
        told.join(". ")
    );
    Ok(figure)
}
