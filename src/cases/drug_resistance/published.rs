//! Numbers that were reported, chosen or measured beforehand, from `data/published`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::readers::{Drug, Features};

/// Where a number comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Tag {
    /// Reported for the publication.
    P,
    /// Chosen for this case.
    C,
    /// Measured beforehand for this case, by another implementation.
    M,
}

/// The whole file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    pub version: u32,
    pub simulation: Simulation,
    pub publication: Publication,
    pub groups: GroupSettings,
    pub baseline: Baseline,
}

/// Section 4 of the case: 20 seeds of one design.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    pub seeds: usize,
    /// The variance that no predictor explains.
    pub noise_floor: f64,
    pub tag: Tag,
    pub mse: Vec<SimulatedMse>,
    pub paired: Paired,
    pub recovery: Recovery,
}

/// Test MSE of one method over the seeds, in units of z.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulatedMse {
    pub method: String,
    pub mean: f64,
    /// Standard error of the mean.
    pub error: f64,
}

/// PredictiveNetwork beside others, seed by seed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paired {
    /// Mean of NW.P − Pro.
    pub difference: f64,
    pub error: f64,
    pub wins_over_nwp: usize,
    pub wins_over_ela: usize,
    /// With z left unscaled.
    pub unscaled_wins_over_nwp: usize,
}

/// Shares of what was planted that is found.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    pub edge_tpr: f64,
    pub edge_tnr: f64,
    pub theta_tpr: f64,
}

/// What the publication reports.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// Genes of the matrix.
    pub genes: usize,
    /// Genes kept by variance.
    pub kept: usize,
    /// Lines in the sensitive, and in the resistant group.
    pub group: usize,
    /// Markers that all four drugs share.
    pub markers: Vec<String>,
    /// Drugs for which PredictiveNetwork has the lowest MSE.
    pub lowest_mse: Vec<String>,
    pub lost_edge: LostEdge,
    pub hubs_sensitive: Vec<String>,
    pub hubs_resistant: Vec<String>,
    pub tag: Tag,
}

/// An edge that is present in one group and lost in the other.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LostEdge {
    pub from: String,
    pub to: String,
    pub present_in: String,
}

/// How groups are made and compared.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupSettings {
    /// Share of lines in either group.
    pub share: f64,
    /// Quantile of pooled effects above which an edge is present.
    pub percentile: f64,
    pub permutations: usize,
    pub tag: Tag,
}

/// Section 5 of the case: the reference table.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// MSE of the mean predictor.
    pub mean: f64,
    /// Least and greatest Pearson r of ridge.
    pub ridge_pearson: [f64; 2],
    /// Tables in which ridge is best.
    pub ridge_best: usize,
    pub tag: Tag,
    /// PredictiveNetwork on `tf127` with another grid, by drug.
    pub second_grid_tf127_pro: BTreeMap<String, f64>,
    pub row: Vec<BaselineRow>,
}

/// One line of the reference table.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineRow {
    pub features: String,
    pub drug: String,
    pub lines: usize,
    /// Pooled test MSE by the short name of the method.
    pub mse: BTreeMap<String, f64>,
}

impl Simulation {
    /// Mean test MSE and its standard error, by the name in the file.
    pub fn of(&self, method: &str) -> Option<(f64, f64)> {
        self.mse.iter().find(|row| row.method == method).map(|row| (row.mean, row.error))
    }
}

impl Baseline {
    /// The line of a feature set and a drug.
    pub fn row(&self, features: Features, drug: Drug) -> Option<&BaselineRow> {
        self.row.iter().find(|row| row.features == features.label() && row.drug == drug.label())
    }

    /// Pooled test MSE of a method by its short name: `tissue`, `ridge`, `ELA`, `LA`, `NW.P`, `Pro`.
    pub fn mse(&self, features: Features, drug: Drug, method: &str) -> Option<f64> {
        self.row(features, drug)?.mse.get(method).copied()
    }
}

/// The numbers.
pub fn numbers() -> &'static Numbers {
    const FILE: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/published/drug_resistance/numbers.toml"));
    static NUMBERS: OnceLock<Numbers> = OnceLock::new();
    NUMBERS.get_or_init(|| toml::from_str(FILE).expect("the compiled-in numbers parse: a test reads them"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let numbers = numbers();
        assert_eq!((numbers.version, numbers.baseline.row.len(), numbers.simulation.mse.len()), (1, 8, 6));
        for features in Features::ALL {
            for drug in Drug::ALL {
                for method in ["tissue", "ridge", "ELA", "LA", "NW.P", "Pro"] {
                    let mse = numbers.baseline.mse(features, drug, method).expect(method);
                    assert!((0.69..0.98).contains(&mse), "{features:?} {drug:?} {method}");
                }
            }
        }
        // The case's text: ridge is best in 7 of 8, the exception is 5-FU on expr706.
        let best = |row: &&BaselineRow| row.mse.values().all(|other| row.mse["ridge"] <= *other);
        assert_eq!(numbers.baseline.row.iter().filter(best).count(), numbers.baseline.ridge_best);
        assert_eq!(numbers.simulation.of("Pro"), Some((4.306, 0.053)));
        assert_eq!((numbers.publication.markers.len(), numbers.publication.tag), (7, Tag::P));
    }
}
