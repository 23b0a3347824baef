//! The figure of growing numbers of genes.

use super::super::experiments::scaling::Scaling;
use super::super::experiments::timings::{TimedSeries, timings};
use super::super::params::Params;
use super::names::apart;
use super::{captioned, guide};
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Series, Side, Tone, Workbench};

/// The program whose times are ours.
const OURS: &str = "saigen";

fn is_ours(timed: &TimedSeries) -> bool {
    timed.program.split_whitespace().next() == Some(OURS)
}

fn threads(count: usize) -> String {
    if count == 1 { "1 thread".to_owned() } else { format!("{count} threads") }
}

/// Recorded times in words: of whom, of how many genes, on what machine.
fn told(series: &[TimedSeries]) -> String {
    let mut machines: Vec<(&str, Vec<&str>)> = Vec::new();
    for timed in series {
        let program = timed.program.split(',').next().unwrap_or(&timed.program);
        match machines.iter_mut().find(|(machine, _)| *machine == timed.machine) {
            Some((_, programs)) if programs.contains(&program) => {}
            Some((_, programs)) => programs.push(program),
            None => machines.push((&timed.machine, vec![program])),
        }
    }
    let machines: Vec<String> =
        machines.into_iter().map(|(machine, programs)| format!("{} on {machine}", programs.join(", "))).collect();
    let alone = series.iter().filter(|timed| timed.genes.len() == 1).count();
    let points = match (alone, series.len()) {
        (0, _) => "",
        (alone, all) if alone == all => ", each at one number of genes: how time grows isn't in them",
        _ => ", some at one number of genes only",
    };
    format!("{}{points}", machines.join("; "))
}

/// Ours beside the fastest of the others at as many threads: at the largest number of genes that both were timed at.
fn beside(series: &[TimedSeries], count: usize) -> Option<String> {
    let at = |timed: &TimedSeries, genes: f64| {
        timed.genes.iter().position(|known| *known == genes).map(|index| timed.seconds[index])
    };
    let ours = series.iter().find(|timed| is_ours(timed) && timed.threads == count)?;
    let others = || series.iter().filter(|other| !is_ours(other) && other.threads == count);
    let compared = ours.genes.iter().zip(&ours.seconds).filter_map(|(genes, seconds)| {
        let found = others().filter_map(|other| Some((at(other, *genes)?, other.program.as_str())));
        let (best, program) = found.min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some((*genes, *seconds, best, program))
    });
    let (genes, seconds, best, program) = compared.max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(format!(
        "at {genes} genes and {} {OURS} takes {seconds} s, the fastest of the others ({program}) {best} s",
        threads(count)
    ))
}

/// Times with as many threads: lines over the number of genes; programs timed at one number are points with their names.
fn times(count: usize, recorded: &[TimedSeries]) -> Panel {
    let shown: Vec<&TimedSeries> = recorded.iter().filter(|timed| timed.threads == count).collect();
    let (lines, single): (Vec<&TimedSeries>, Vec<&TimedSeries>) =
        shown.iter().partition(|timed| timed.genes.len() > 1 || is_ours(timed));
    let extent = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, 0.0f64), |(low, high), value| (low.min(value), high.max(value)))
    };
    let genes = extent(&mut recorded.iter().flat_map(|timed| timed.genes.iter().copied()));
    let seconds = extent(&mut recorded.iter().flat_map(|timed| timed.seconds.iter().copied()));
    let decades = (2.0 * seconds.1 / seconds.0).log10();
    let at = |timed: &&TimedSeries| Some((timed.genes.first().copied()?, timed.seconds.first().copied()?));
    let (x, y): (Vec<f64>, Vec<f64>) = single.iter().filter_map(at).unzip();
    let names: Vec<&str> = single.iter().map(|timed| timed.program.as_str()).collect();
    let heights: Vec<f64> = y.iter().map(|seconds| seconds.log10()).collect();
    let heights: Vec<f64> = apart(&heights, 0.06 * decades).into_iter().map(|height| 10f64.powf(height)).collect();
    let highest = heights.iter().copied().fold(seconds.1, f64::max);
    // Names stand right of their points, each at the end of a line of its own.
    let room = x.iter().copied().fold(1.5 * genes.1, |room, x| room.max(7.0 * x));
    let mut panel = Panel::new(
        format!("Recorded times, {}", threads(count)),
        Axis::log("genes").limits(genes.0 / 1.5, room),
        Axis::log("seconds for all genes").limits(seconds.0 / 1.5, 1.3 * highest),
    );
    for timed in lines {
        let (genes, seconds) = (timed.genes.clone(), timed.seconds.clone());
        let series = Series::new(timed.program.as_str(), Origin::Real, Mark::LinePoints, genes, seconds);
        panel = panel.series(series.tone(Tone::Open));
    }
    for (((name, x), y), height) in names.iter().zip(&x).zip(&y).zip(&heights) {
        panel = panel.series(guide(Origin::Real, "", (1.07 * x, *y), (1.45 * x, *height)));
        panel = panel.note_beside(1.4 * x, *height, *name, Side::Right);
    }
    if !x.is_empty() {
        let series = Series::new("others, at one number of genes", Origin::Real, Mark::Points, x, y);
        panel = panel.series(series.labels(names).tone(Tone::Open));
    }
    panel
}

pub fn scaling(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<Scaling>(&params.scaling)?;
    let genes: Vec<f64> = found.at.iter().map(|at| at.genes as f64).collect();
    let series = |name: &str, y: Vec<f64>| Series::new(name, Origin::Synthetic, Mark::LinePoints, genes.clone(), y);
    let work = Panel::new("Work a gene", Axis::log("genes"), Axis::log("per gene, mean"))
        .series(series("coefficients ≠ 0", found.at.iter().map(|at| at.coefficients).collect()).tolerance(1e-3, 0.0))
        .series(series("sweeps", found.at.iter().map(|at| at.sweeps).collect()).tolerance(0.05, 0.0));
    let recorded = timings();
    let mut counts: Vec<usize> = recorded.iter().map(|timed| timed.threads).collect();
    counts.sort_unstable();
    counts.dedup();
    let compared: Vec<String> = counts.iter().filter_map(|count| beside(recorded, *count)).collect();
    let ours = match compared.is_empty() {
        false => format!("Side by side: {}", compared.join("; ")),
        true if recorded.iter().any(is_ours) => format!("No number of genes has {OURS} and another at as many threads"),
        true => format!("{OURS} itself has no recorded time yet"),
    };
    let kkt = found.at.iter().map(|at| at.kkt).fold(0.0, f64::max);
    let largest = found.at.last().map_or(0, |at| at.genes);
    let mut figure = captioned(format!(
        "All genes on all others: {} lines, {} latent factors, λ {}, l1 ratio {}. Times were recorded once in data/published/drug_resistance/timings.toml ({}); \
         this run measures none, benches/peers/drug_resistance does. \"Gram\": the program is given the Gram matrix. {ours}. Work \
         is counted by this run, the same on any machine; largest KKT residual {kkt:.0e}. The Gram matrix takes 8p² bytes: {:.0} MB at \
         {largest} genes, 200 MB at 5000.",
        params.scaling.lines,
        params.scaling.factors,
        params.scaling.lambda,
        params.scaling.l1_ratio,
        told(recorded),
        found.at.last().map_or(0.0, |at| at.gram_bytes / 1e6)
    ));
    for count in counts {
        figure = figure.panel(times(count, recorded));
    }
    Ok(figure.panel(work))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed(program: &str, threads: usize, genes: &[f64], seconds: &[f64]) -> TimedSeries {
        let (genes, seconds) = (genes.to_vec(), seconds.to_vec());
        TimedSeries { program: program.into(), threads, machine: "two cores".into(), genes, seconds }
    }

    #[test]
    fn ours_is_held_against_the_fastest_at_as_many_threads() {
        let series = [
            timed("celer 0.7.4", 1, &[976.0], &[5.7]),
            timed("skglm 0.5", 1, &[250.0, 976.0], &[0.4, 5.8]),
            timed("fast", 2, &[976.0], &[0.1]),
            timed("saigen", 1, &[250.0, 976.0, 5000.0], &[0.03, 0.5, 20.0]),
        ];
        let expected = "at 976 genes and 1 thread saigen takes 0.5 s, the fastest of the others (celer 0.7.4) 5.7 s";
        assert_eq!(beside(&series, 1).as_deref(), Some(expected));
        assert_eq!((beside(&series, 2), beside(&series[..3], 1), beside(&series[2..], 1)), (None, None, None));
    }

    #[test]
    fn programs_at_one_size_are_named_points_and_others_lines() {
        let series = [
            timed("celer", 1, &[976.0], &[5.7]),
            timed("skglm", 1, &[976.0], &[5.8]),
            timed("saigen", 1, &[250.0, 976.0], &[0.02, 0.2]),
            timed("saigen", 2, &[250.0, 976.0], &[0.01, 0.1]),
        ];
        let panel = times(1, &series);
        let names: Vec<&str> = panel.series.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(names, ["saigen", "", "", "others, at one number of genes"]);
        assert_eq!(panel.series[3].labels, ["celer", "skglm"]);
        let (low, high) = panel.y.limits.expect("set");
        assert!(panel.notes.iter().all(|note| (low..high).contains(&note.y)) && panel.notes.len() == 2);
        assert!(panel.notes[1].y / panel.notes[0].y > 1.3, "names of equal times stand apart");
        assert_eq!(times(2, &series).series.len(), 1);
    }

    #[test]
    fn single_points_are_no_growth() {
        let one = timed("celer", 1, &[976.0], &[5.7]);
        let two = timed("skglm", 1, &[250.0, 976.0], &[0.4, 5.8]);
        assert_eq!(
            told(std::slice::from_ref(&one)),
            "celer on two cores, each at one number of genes: how time grows isn't in them"
        );
        assert_eq!(told(&[one, two]), "celer, skglm on two cores, some at one number of genes only");
    }
}
