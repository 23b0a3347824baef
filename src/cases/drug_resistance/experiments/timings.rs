//! Times that were measured once and recorded, from `data/published`.

use std::sync::LazyLock;

use serde::Deserialize;

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

static TIMINGS: LazyLock<Timings> = LazyLock::new(|| {
    const FILE: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/published/drug_resistance/timings.toml"));
    toml::from_str(FILE).expect("the file is part of the program, and a test reads it")
});

/// Recorded times, program by program.
pub fn timings() -> &'static [TimedSeries] {
    &TIMINGS.series
}

#[cfg(test)]
mod tests {
    use super::*;

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
