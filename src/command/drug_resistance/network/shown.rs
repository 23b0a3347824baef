//! What `network` writes and prints.

use saigen::cases::drug_resistance::groups::{GroupTest, Groups, HubTest};
use saigen::cases::drug_resistance::predictive::StepKind;
use saigen::repro::svg;
use serde_json::{Value, json};

use super::super::super::output::{Cell, Csv};
use super::super::files::{EDGES, GENES, GROUP_EDGES, HUBS, LINES, TRACE};
use super::super::graph::{Arc, Graph, Node};
use super::super::input::{Input, drug, exclusion_counts, exclusions, remark};
use super::Found;
use super::compared::Compared;
use super::figure::figure;

/// Genes that a figure names.
pub const SHOWN: usize = 12;

pub fn files(input: &Input, found: &Found, params: &Value) -> Vec<(&'static str, String)> {
    let remarks = [remark("network", input)];
    let scales =
        "B is for standardised expression, theta for it and the scaled response; edges are associations".into();
    let scaled = [remarks[0].clone(), scales];
    let mut files = vec![
        (EDGES.name, edges(&scaled, input, found)),
        ("network.graphml", graph(&remarks[0], input, found).graphml()),
        (GENES.name, genes(&scaled, input, found)),
        (LINES.name, lines(&remarks, input, found)),
        (TRACE.name, trace(&remarks, found)),
        ("exclusions.csv", exclusions(&remarks, &input.joined.exclusions)),
        ("figure.svg", svg(&figure(input, found), None)),
        ("params.json", format!("{params:#}\n")),
    ];
    if let Some(compared) = &found.compared {
        let Compared { groups, test, within } = compared;
        let groups = format!(
            "{} sensitive and {} resistant lines; effects are means of |B_lj x_il|; an edge is present above {}",
            groups.sensitive.len(),
            groups.resistant.len(),
            test.threshold
        );
        let mix = within.as_ref().map(|within| within.mix.told());
        let remarks: Vec<String> = [remarks[0].clone(), groups].into_iter().chain(mix).collect();
        files.push((GROUP_EDGES.name, group_edges(&remarks, input, compared)));
        files.push((HUBS.name, hubs(&remarks, input, compared)));
    }
    files
}

fn edges(remarks: &[String], input: &Input, found: &Found) -> String {
    let genes = input.joined.screen.genes();
    let mut csv = Csv::new(remarks, &EDGES.header());
    for edge in &found.edges {
        csv.row([Cell::from(genes[edge.from].as_str()), genes[edge.to].as_str().into(), edge.weight.into()]);
    }
    csv.finish()
}

fn genes(remarks: &[String], input: &Input, found: &Found) -> String {
    let fit = &found.fit;
    let (intercept, coefficients) = fit.coefficients();
    let degrees = degrees(found, input.joined.screen.p());
    let about = format!("prediction: {intercept:?} + Σ coefficient · expression, in the units of the files");
    let remarks: Vec<String> = remarks.iter().cloned().chain([about]).collect();
    let mut csv = Csv::new(&remarks, &GENES.header());
    for (index, gene) in input.joined.screen.genes().iter().enumerate() {
        csv.row([
            Cell::from(gene.as_str()),
            fit.theta[index].into(),
            coefficients[index].into(),
            fit.degree[index].into(),
            degrees[index].0.into(),
            degrees[index].1.into(),
            fit.gene_mean[index].into(),
            fit.gene_scale[index].into(),
        ]);
    }
    csv.finish()
}

/// For each gene, the number of its targets and of its regulators.
fn degrees(found: &Found, genes: usize) -> Vec<(usize, usize)> {
    let mut degrees = vec![(0, 0); genes];
    for edge in &found.edges {
        degrees[edge.from].0 += 1;
        degrees[edge.to].1 += 1;
    }
    degrees
}

fn lines(remarks: &[String], input: &Input, found: &Found) -> String {
    let screen = &input.joined.screen;
    let mut csv = Csv::new(remarks, &LINES.header());
    for (row, line) in screen.lines().iter().enumerate() {
        let tissue = screen.tissue().map_or("", |tissue| tissue.names[tissue.codes[row]].as_str());
        let group = found.compared.as_ref().map_or("", |compared| group(&compared.groups, row));
        let numbers = [Cell::from(screen.z()[row]), found.fitted[row].into()];
        csv.row([Cell::from(line.as_str()), tissue.into()].into_iter().chain(numbers).chain([group.into()]));
    }
    csv.finish()
}

fn group(groups: &Groups, row: usize) -> &'static str {
    match (groups.sensitive.binary_search(&row), groups.resistant.binary_search(&row)) {
        (Ok(_), _) => "sensitive",
        (_, Ok(_)) => "resistant",
        _ => "",
    }
}

/// A word for what was done in a step.
fn word(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Start => "start",
        StepKind::Prediction => "theta",
        StepKind::Network => "network",
        StepKind::Refresh => "refresh",
        StepKind::Refused => "refresh refused",
    }
}

fn trace(remarks: &[String], found: &Found) -> String {
    let mut csv = Csv::new(remarks, &TRACE.header());
    for (index, step) in found.fit.trace.iter().enumerate() {
        csv.row([Cell::from(index), step.round.into(), word(step.kind).into(), step.objective.into()]);
    }
    csv.finish()
}

fn group_edges(remarks: &[String], input: &Input, compared: &Compared) -> String {
    let Compared { test, within, .. } = compared;
    let genes = input.joined.screen.genes();
    let mut csv = Csv::new(remarks, &GROUP_EDGES.header());
    let present = |effect: f64| if effect > test.threshold { "yes" } else { "no" };
    for (index, found) in test.edges.iter().enumerate() {
        let inside = within.as_ref().map(|within| &within.test.edges[index]);
        csv.row([
            Cell::from(genes[found.edge.from].as_str()),
            genes[found.edge.to].as_str().into(),
            found.edge.weight.into(),
            found.sensitive.into(),
            found.resistant.into(),
            present(found.sensitive).into(),
            present(found.resistant).into(),
            finite(Some(found.p)),
            finite(Some(found.q)),
            finite(inside.map(|edge| edge.p)),
            finite(inside.map(|edge| edge.q)),
        ]);
    }
    csv.finish()
}

/// Empty where there was nothing to test.
fn finite(value: Option<f64>) -> Cell {
    value.filter(|value| value.is_finite()).into()
}

fn hubs(remarks: &[String], input: &Input, compared: &Compared) -> String {
    let mut csv = Csv::new(remarks, &HUBS.header());
    for hub in ranked(&compared.test) {
        let inside = compared.inside(hub);
        csv.row([
            Cell::from(input.joined.screen.genes()[hub.gene].as_str()),
            hub.sensitive.into(),
            hub.resistant.into(),
            finite(Some(hub.p)),
            finite(Some(hub.q)),
            finite(inside.map(|hub| hub.p)),
            finite(inside.map(|hub| hub.q)),
        ]);
    }
    csv.finish()
}

/// Hubs by the greater of their two degrees, descending; of equals in gene order.
pub fn ranked(test: &GroupTest) -> Vec<&HubTest> {
    let mut hubs: Vec<&HubTest> = test.hubs.iter().collect();
    let degree = |hub: &HubTest| hub.sensitive.max(hub.resistant);
    hubs.sort_by(|a, b| degree(b).total_cmp(&degree(a)));
    hubs
}

/// The genes that have an edge or a part in the prediction.
fn graph(remark: &str, input: &Input, found: &Found) -> Graph {
    let genes = input.joined.screen.genes();
    let degrees = degrees(found, genes.len());
    let linked: Vec<usize> =
        (0..genes.len()).filter(|gene| degrees[*gene] != (0, 0) || found.fit.theta[*gene] != 0.0).collect();
    let place = |gene: usize| linked.partition_point(|other| *other < gene);
    let mut node_numbers = vec!["theta", "degree"];
    let mut edge_numbers = vec!["weight", "strength"];
    let test = found.compared.as_ref().map(|compared| &compared.test);
    if test.is_some() {
        node_numbers.extend(["hubness_sensitive", "hubness_resistant", "hub_p"]);
        edge_numbers.extend(["effect_sensitive", "effect_resistant", "effect_p"]);
    }
    let node = |gene: &usize| {
        let mut numbers = vec![found.fit.theta[*gene], found.fit.degree[*gene]];
        if let Some(test) = test {
            let hub = &test.hubs[*gene];
            numbers.extend([hub.sensitive, hub.resistant, hub.p]);
        }
        Node { symbol: genes[*gene].clone(), numbers }
    };
    let edges = found.edges.iter().enumerate().map(|(index, edge)| {
        let mut numbers = vec![edge.weight, edge.weight.abs()];
        if let Some(test) = test {
            let found = &test.edges[index];
            numbers.extend([found.sensitive, found.resistant, found.p]);
        }
        Arc { from: place(edge.from), to: place(edge.to), numbers }
    });
    let (nodes, edges) = (linked.iter().map(node).collect(), edges.collect());
    Graph { remark: remark.into(), node_numbers, edge_numbers, nodes, edges }
}

pub fn report(input: &Input, found: &Found, params: &Value, notes: &[String]) -> Value {
    let (screen, fit) = (&input.joined.screen, &found.fit);
    let genes = screen.genes();
    let groups = found.compared.as_ref().map(|compared| groups_report(compared, genes));
    json!({
        "saigen": env!("CARGO_PKG_VERSION"),
        "version": 1,
        "action": "network",
        "params": params,
        "drug": screen.drug(),
        "response": input.column,
        "origin": input.origin,
        "lines": screen.n(),
        "genes": screen.p(),
        "edges": found.edges.len(),
        "selected": fit.selected().into_iter().map(|gene| json!({ "gene": genes[gene], "theta": fit.theta[gene] }))
            .collect::<Vec<_>>(),
        "a3": fit.a3,
        "objective": fit.objective,
        "kkt": { "theta": fit.kkt.theta, "network": fit.kkt.network },
        "rounds": fit.rounds,
        "converged": fit.converged,
        "network_change": fit.network_change,
        "groups": groups,
        "exclusions": exclusion_counts(&input.joined.exclusions),
        "layout": input.layout,
        "notes": notes,
    })
}

pub fn print(input: &Input, found: &Found) {
    let (screen, fit) = (&input.joined.screen, &found.fit);
    println!("{} ({}): {} lines, {} genes\n", drug(input), input.origin.label(), screen.n(), screen.p());
    println!(
        "{} edges; {} genes with θ ≠ 0; {} rounds; the response moved the network by {:.1} %",
        found.edges.len(),
        fit.selected().len(),
        fit.rounds,
        100.0 * fit.network_change
    );
    if let Some(compared) = &found.compared {
        print_groups(compared, screen.genes());
    }
}

fn groups_report(compared: &Compared, genes: &[String]) -> Value {
    let Compared { groups, test, within } = compared;
    let hub = |hub: &HubTest| {
        let inside = compared.inside(hub);
        json!({
            "gene": genes[hub.gene], "sensitive": hub.sensitive, "resistant": hub.resistant, "p": hub.p, "q": hub.q,
            "p_within_tissues": inside.map(|hub| hub.p), "q_within_tissues": inside.map(|hub| hub.q),
        })
    };
    json!({
        "sensitive": groups.sensitive.len(), "resistant": groups.resistant.len(), "threshold": test.threshold,
        "changed_edges": test.changed, "changed_by_chance": test.changed_by_chance, "changed_p": test.changed_p,
        "least_p": test.least_p(),
        "within_tissues": within.as_ref().map(|within| json!({
            "changed_by_chance": within.test.changed_by_chance, "changed_p": within.test.changed_p,
            "lines_that_can_be_swapped": within.mix.swappable(), "tissues": within.mix.tissues,
        })),
        "hubs": ranked(test).into_iter().take(SHOWN).map(hub).collect::<Vec<_>>(),
    })
}

fn print_groups(compared: &Compared, genes: &[String]) {
    let Compared { groups, test, within } = compared;
    println!(
        "{} sensitive and {} resistant lines: {} edges in one group alone ({:.1} by chance, p = {:.3})",
        groups.sensitive.len(),
        groups.resistant.len(),
        test.changed,
        test.changed_by_chance,
        test.changed_p
    );
    if let Some(within) = within {
        println!("{}", within.mix.told());
        println!("within tissues: {:.1} by chance, p = {:.3}", within.test.changed_by_chance, within.test.changed_p);
    }
    let inside = if within.is_some() { "  p, q within tissues" } else { "" };
    println!("\n{:16}  {:>9}  {:>9}  {:>7}  {:>7}{inside}", "hub", "sensitive", "resistant", "p", "q");
    for hub in ranked(test).into_iter().take(SHOWN).filter(|hub| hub.p.is_finite()) {
        let inside = compared.inside(hub).map_or_else(String::new, |hub| format!("  {:>9.4}  {:>8.4}", hub.p, hub.q));
        let (gene, low, high) = (&genes[hub.gene], hub.sensitive, hub.resistant);
        println!("{gene:16}  {low:>9.3}  {high:>9.3}  {:>7.4}  {:>7.4}{inside}", hub.p, hub.q);
    }
    println!("with {} shuffles no p is below {:.4}", test.permutations, test.least_p());
}
