//! `report.json`: what a program reads of a run.

use serde::{Deserialize, Serialize};

use super::run::{CaseRun, FigureRun};
use super::{ClaimResult, Status, Tier};
use crate::data::sha256_hex;

/// A whole run. The same bits for any number of threads, apart from `seconds`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Version of this layout.
    pub version: u32,
    pub tier: Tier,
    /// The commit of the sources, `unknown` without git.
    pub commit: String,
    pub cases: Vec<CaseReport>,
}

/// One case of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseReport {
    pub case: String,
    pub seconds: f64,
    pub claims: Vec<ClaimResult>,
    /// The figures that were drawn.
    pub figures: Vec<FigureReport>,
}

/// One figure that was drawn; paths are relative to the output folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FigureReport {
    pub name: String,
    pub svg: String,
    pub csv: String,
    /// SHA-256 of the SVG file.
    pub sha256: String,
}

const VERSION: u32 = 1;

impl Report {
    /// The report of some cases that ran.
    pub fn new(tier: Tier, commit: &str, runs: &[CaseRun]) -> Self {
        Self { version: VERSION, tier, commit: commit.into(), cases: runs.iter().map(CaseReport::new).collect() }
    }

    /// The report as indented JSON.
    pub fn to_json(&self) -> String {
        let json = serde_json::to_string_pretty(self).expect("a report holds only strings and numbers");
        format!("{json}\n")
    }

    /// How many claims have each status, in the order of [`Status::ALL`].
    pub fn counts(&self) -> [(Status, usize); 4] {
        Status::ALL.map(|status| {
            let claims = self.cases.iter().flat_map(|case| &case.claims);
            (status, claims.filter(|claim| claim.status == status).count())
        })
    }

    /// One line on how the run went, such as `12 claims: 10 reproduced, 2 not testable`.
    pub fn verdict(&self) -> String {
        let counts = self.counts();
        let total: usize = counts.iter().map(|(_, count)| count).sum();
        let named = counts.iter().filter(|(_, count)| *count > 0);
        let parts: Vec<_> = named.map(|(status, count)| format!("{count} {}", status.label())).collect();
        match total {
            0 => "no claims".into(),
            1 => format!("1 claim: {}", parts.join(", ")),
            _ => format!("{total} claims: {}", parts.join(", ")),
        }
    }
}

impl CaseReport {
    fn new(run: &CaseRun) -> Self {
        let figure = |figure: &FigureRun| {
            let drawn = figure.drawn.as_ref().ok()?;
            let [svg, csv] = figure_places(&run.case, &figure.name);
            Some(FigureReport { name: figure.name.clone(), svg, csv, sha256: sha256_hex(drawn.svg.as_bytes()) })
        };
        Self {
            case: run.case.clone(),
            seconds: (run.seconds * 1e3).round() / 1e3,
            claims: run.claims.iter().map(|claim| claim.result.clone()).collect(),
            figures: run.figures.iter().filter_map(figure).collect(),
        }
    }
}

/// Where a figure's SVG and CSV lie, relative to the output folder.
pub fn figure_places(case: &str, figure: &str) -> [String; 2] {
    ["svg", "csv"].map(|end| format!("figures/{case}/{figure}.{end}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::Silent;
    use crate::repro::run::run_case;
    use crate::repro::toy::{Toy, library_without_model};
    use crate::repro::{Tier, Workbench};

    fn report(threads: usize) -> Report {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let library = library_without_model();
            let run = run_case(&Toy, &Workbench::new(Tier::Smoke, 7, &library, &Silent), &mut |_| {}).unwrap();
            let mut report = Report::new(Tier::Smoke, "c0ffee", &[run]);
            report.cases[0].seconds = 0.0;
            report
        })
    }

    #[test]
    fn the_same_bits_at_1_2_and_8_threads() {
        let one = report(1).to_json();
        assert!(one.contains("\"sha256\""));
        for threads in [2, 8] {
            assert_eq!(report(threads).to_json(), one, "{threads} threads");
        }
    }

    #[test]
    fn the_schema_is_the_documented_one() {
        let value: serde_json::Value = serde_json::from_str(&report(1).to_json()).unwrap();
        let keys = |value: &serde_json::Value| {
            let mut keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
            keys.sort();
            keys
        };
        assert_eq!(keys(&value), ["cases", "commit", "tier", "version"]);
        assert_eq!((&value["version"], &value["tier"]), (&1.into(), &"smoke".into()));
        let case = &value["cases"][0];
        assert_eq!(keys(case), ["case", "claims", "figures", "seconds"]);
        let claim =
            ["evidence", "expected", "id", "measured", "origin", "reason", "source", "status", "title", "tolerance"];
        assert_eq!(keys(&case["claims"][0]), claim);
        assert_eq!(keys(&case["figures"][0]), ["csv", "name", "sha256", "svg"]);
        assert_eq!(case["figures"][0]["svg"], "figures/toy/01_mean.svg");
        assert_eq!(case["claims"][2]["status"], "not_testable");
    }

    #[test]
    fn the_verdict_counts_every_claim() {
        assert_eq!(report(1).verdict(), "6 claims: 1 reproduced, 1 deviates, 2 not testable, 2 failed");
    }
}
