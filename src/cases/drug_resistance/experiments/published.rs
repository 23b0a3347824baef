//! Numbers that were given beforehand, from `data/published`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::simulation::name;
use crate::cases::drug_resistance::cross_validation::Method;
use crate::cases::drug_resistance::readers::{Drug, Features};
use crate::cases::drug_resistance::simulation::Contender;

/// The part of the file that claims and figures use.
#[derive(Debug, Deserialize)]
struct Numbers {
    simulation: Simulated,
    baseline: Tables,
}

#[derive(Debug, Deserialize)]
struct Simulated {
    mse: Vec<SimulatedMse>,
}

#[derive(Debug, Deserialize)]
struct SimulatedMse {
    method: String,
    mean: f64,
    error: f64,
}

#[derive(Debug, Deserialize)]
struct Tables {
    row: Vec<Row>,
}

#[derive(Debug, Deserialize)]
struct Row {
    features: String,
    drug: String,
    mse: BTreeMap<String, f64>,
}

/// Times of all nodewise elastic nets, measured once and recorded.
#[derive(Debug, Deserialize)]
struct Timings {
    series: Vec<TimedSeries>,
}

/// One program on one machine.
#[derive(Debug, Deserialize)]
pub struct TimedSeries {
    /// Name and version.
    pub program: String,
    pub threads: usize,
    pub machine: String,
    /// Numbers of genes.
    pub genes: Vec<f64>,
    /// Seconds for all columns.
    pub seconds: Vec<f64>,
}

static NUMBERS: LazyLock<Numbers> = LazyLock::new(|| {
    const FILE: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/published/drug_resistance/numbers.toml"));
    toml::from_str(FILE).expect("the file is part of the program, and a test reads it")
});

static TIMINGS: LazyLock<Timings> = LazyLock::new(|| {
    const FILE: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/published/drug_resistance/timings.toml"));
    toml::from_str(FILE).expect("the file is part of the program, and a test reads it")
});

/// Test MSE of the simulation with its standard error, for each contender of the table.
pub fn simulation() -> Vec<(Contender, f64, f64)> {
    let row = |contender: Contender| {
        let found = NUMBERS.simulation.mse.iter().find(|row| row.method == name(contender))?;
        Some((contender, found.mean, found.error))
    };
    Contender::ALL.into_iter().filter_map(row).collect()
}

/// Pooled test MSE of the reference table.
pub fn baseline(features: Features, drug: Drug, method: Method) -> Option<f64> {
    let row = NUMBERS.baseline.row.iter().find(|row| row.features == features.label() && row.drug == drug.label())?;
    row.mse.get(method.label()).copied()
}

/// Recorded times, program by program.
pub fn timings() -> &'static [TimedSeries] {
    &TIMINGS.series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_whole() {
        assert_eq!(simulation().len(), Contender::ALL.len());
        let compared = Method::ALL.into_iter().filter(|method| *method != Method::Mean);
        for method in compared {
            for features in Features::ALL {
                let row = Drug::ALL.map(|drug| baseline(features, drug, method));
                assert!(row.iter().all(|mse| mse.is_some_and(|mse| mse > 0.6 && mse < 1.0)), "{method:?} {row:?}");
            }
        }
    }

    #[test]
    fn every_time_has_its_size() {
        assert!(!timings().is_empty());
        for series in timings() {
            assert!(
                series.genes.len() == series.seconds.len() && series.seconds.iter().all(|s| *s > 0.0),
                "{series:?}"
            );
        }
    }
}
