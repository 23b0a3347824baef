//! The figure of growing numbers of genes.

use super::super::experiments::scaling::Scaling;
use super::super::experiments::timings::{TimedSeries, timings};
use super::super::params::Params;
use super::captioned;
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Series, Tone, Workbench};

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
        match machines.iter_mut().find(|(machine, _)| *machine == timed.machine) {
            Some((_, programs)) if programs.contains(&timed.program.as_str()) => {}
            Some((_, programs)) => programs.push(&timed.program),
            None => machines.push((&timed.machine, vec![&timed.program])),
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

/// Ours beside the fastest of the others, where both were timed with as many threads: at the largest such number of genes.
fn beside(series: &[TimedSeries]) -> Option<String> {
    let ours = series.iter().filter(|timed| is_ours(timed));
    let at = |timed: &TimedSeries, genes: f64| {
        timed.genes.iter().position(|known| *known == genes).map(|index| timed.seconds[index])
    };
    let compared = ours.flat_map(|timed| {
        timed.genes.iter().zip(&timed.seconds).filter_map(move |(genes, seconds)| {
            let others = series.iter().filter(|other| !is_ours(other) && other.threads == timed.threads);
            let found = others.filter_map(|other| Some((at(other, *genes)?, other.program.as_str())));
            let (best, program) = found.min_by(|a, b| a.0.total_cmp(&b.0))?;
            Some((*genes, timed.threads, *seconds, best, program))
        })
    });
    let (genes, count, seconds, best, program) = compared.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
    Some(format!(
        "At {genes} genes and {} {OURS} takes {seconds} s, {program}, the fastest of the others, {best} s",
        threads(count)
    ))
}

pub fn scaling(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<Scaling>(&params.scaling)?;
    let genes: Vec<f64> = found.at.iter().map(|at| at.genes as f64).collect();
    let series = |name: &str, y: Vec<f64>| Series::new(name, Origin::Synthetic, Mark::LinePoints, genes.clone(), y);
    let work = Panel::new("Work a gene", Axis::log("genes"), Axis::log("per gene, mean"))
        .series(series("coefficients ≠ 0", found.at.iter().map(|at| at.coefficients).collect()).tolerance(1e-3, 0.0))
        .series(series("sweeps", found.at.iter().map(|at| at.sweeps).collect()).tolerance(0.05, 0.0));
    let recorded = timings();
    let mut times = Panel::new("Recorded times", Axis::log("genes"), Axis::log("seconds for all genes"));
    for timed in recorded {
        let name = format!("{}, {}", timed.program, threads(timed.threads));
        let series = Series::new(name, Origin::Real, Mark::LinePoints, timed.genes.clone(), timed.seconds.clone());
        times = times.series(series.tone(Tone::Open));
    }
    let ours = match beside(recorded) {
        Some(beside) => beside,
        None if recorded.iter().any(is_ours) => format!("No number of genes has {OURS} and another at as many threads"),
        None => format!("{OURS} itself has no recorded time yet"),
    };
    let kkt = found.at.iter().map(|at| at.kkt).fold(0.0, f64::max);
    let largest = found.at.last().map_or(0, |at| at.genes);
    Ok(captioned(format!(
        "All genes on all others: {} lines, {} latent factors, λ {}, l1 ratio {}. a: seconds recorded once in data/published/drug_resistance/timings.toml \
         ({}); this run measures none, benches/peers/drug_resistance does. {ours}. b: counted by this run, the same on any machine; largest KKT \
         residual {kkt:.0e}. The Gram matrix takes 8p² bytes: {:.0} MB at {largest} genes, 200 MB at 5000.",
        params.scaling.lines,
        params.scaling.factors,
        params.scaling.lambda,
        params.scaling.l1_ratio,
        told(recorded),
        found.at.last().map_or(0.0, |at| at.gram_bytes / 1e6)
    ))
    .panel(times)
    .panel(work))
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
        let expected = "At 976 genes and 1 thread saigen takes 0.5 s, celer 0.7.4, the fastest of the others, 5.7 s";
        assert_eq!(beside(&series).as_deref(), Some(expected));
        assert_eq!(beside(&series[..3]), None);
        assert_eq!(beside(&series[2..]), None);
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
