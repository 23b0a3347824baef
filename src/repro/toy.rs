//! A small case for tests: every status, a figure with and one without data, experiments whose runs are counted.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, PoisonError};

use rand::RngExt;
use tempfile::TempDir;

use super::{
    Axis, Case, CaseError, Claim, Evidence, Experiment, Figure, Finding, Mark, Origin, Panel, Series, Tier, Workbench,
};
use crate::data::{Library, Manifest, sha256_hex};
use crate::display::Monitor;
use crate::methods::parallel::ordered;
use crate::methods::random::stream;

/// A monitor whose user has asked to stop.
pub(super) struct Halted;

impl Monitor for Halted {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
    fn cancelled(&self) -> bool {
        true
    }
}

static RUNS: LazyLock<Mutex<HashMap<u64, u64>>> = LazyLock::new(Mutex::default);

/// Returns its setting squared, and counts how often it ran.
pub(super) struct Counted;

impl Counted {
    pub(super) fn runs(setting: u64) -> u64 {
        *RUNS.lock().unwrap_or_else(PoisonError::into_inner).get(&setting).unwrap_or(&0)
    }
}

impl Experiment for Counted {
    type Params = u64;
    type Outcome = u64;
    const CASE: &'static str = "toy";
    const NAME: &'static str = "counted";

    fn run(setting: &u64, _: &Workbench) -> Result<u64, CaseError> {
        *RUNS.lock().unwrap_or_else(PoisonError::into_inner).entry(*setting).or_default() += 1;
        Ok(setting * setting)
    }
}

/// Means of uniform numbers, one per stream.
pub(super) struct Means;

impl Experiment for Means {
    type Params = usize;
    type Outcome = Vec<f64>;
    const CASE: &'static str = "toy";
    const NAME: &'static str = "means";

    fn run(streams: &usize, bench: &Workbench) -> Result<Vec<f64>, CaseError> {
        let mean = |index| {
            let mut random = stream(bench.seed, "toy", "means", index as u64);
            (0..500).map(|_| random.random::<f64>()).sum::<f64>() / 500.0
        };
        Ok(ordered(*streams, bench.monitor, mean)?)
    }
}

/// Reads a number from `model.txt`.
pub(super) struct Model;

impl Experiment for Model {
    type Params = ();
    type Outcome = f64;
    const CASE: &'static str = "toy";
    const NAME: &'static str = "model";

    fn inputs(_: &()) -> Vec<String> {
        vec!["model.txt".into()]
    }

    fn run(_: &(), bench: &Workbench) -> Result<f64, CaseError> {
        let text = bench.library.text("toy", "model.txt")?;
        Ok(text.trim_start_matches("k = ").parse().unwrap_or(f64::NAN))
    }
}

fn library(content: &str, cache: Option<PathBuf>) -> Library {
    let (bytes, hash) = (content.len(), sha256_hex(content.as_bytes()));
    let manifest = format!(
        "version = 1\n[[source]]\ncase = \"toy\"\norigin = \"real\"\nlicence = \"CC0-1.0\"\n\
         files = [{{ name = \"model.txt\", bytes = {bytes}, sha256 = \"{hash}\" }}]\n"
    );
    Library::with_manifest(Manifest::parse("test", &manifest).unwrap(), None, cache)
}

/// A library that knows `toy/model.txt` but doesn't have it.
pub(super) fn library_without_model() -> Library {
    library("k = 2", None)
}

/// A library that holds `toy/model.txt` for as long as the folder lives.
pub(super) fn library_with_model(content: &str) -> (TempDir, Library) {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("toy")).unwrap();
    std::fs::write(root.path().join("toy/model.txt"), content).unwrap();
    let library = library(content, Some(root.path().into()));
    (root, library)
}

pub(super) struct Toy;

const fn claim(id: &'static str, title: &'static str, origin: Origin, tier: Tier) -> Claim {
    Claim {
        id,
        title,
        source: "A. Toymaker, J. Toys 1, 1 (1999), Eq. 1",
        evidence: Evidence::Primary,
        origin,
        expected: "0.5 < k & \"2\"",
        tolerance: "± 0.01",
        tolerance_reason: "four standard errors",
        tier,
    }
}

static CLAIMS: [Claim; 6] = [
    claim("toy.mean", "The mean of uniform numbers is ½", Origin::Synthetic, Tier::Smoke),
    claim("toy.off", "A claim that doesn't hold <b>here</b>", Origin::Exact, Tier::Smoke),
    claim("toy.real", "The model's constant is 2", Origin::Real, Tier::Smoke),
    claim("toy.fails", "An experiment that fails", Origin::Exact, Tier::Smoke),
    claim("toy.panics", "An experiment with a bug", Origin::Exact, Tier::Smoke),
    claim("toy.dear", "A claim of the paper tier", Origin::Published, Tier::Paper),
];

impl Case for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn title(&self) -> &'static str {
        "A toy <case> & its claims"
    }

    fn source(&self) -> &'static str {
        "A. Toymaker, J. Toys 1, 1 (1999)"
    }

    fn limits(&self) -> &'static [&'static str] {
        &["Nothing here is real."]
    }

    fn claims(&self) -> &'static [Claim] {
        &CLAIMS
    }

    fn judge(&self, id: &str, bench: &Workbench) -> Option<Result<Finding, CaseError>> {
        let finding = match id {
            "toy.mean" => bench.outcome::<Means>(&64).map(|means| {
                let mean = means.iter().sum::<f64>() / means.len() as f64;
                Finding::judge((mean - 0.5).abs() < 0.01, format!("{mean:.6}"), "")
            }),
            "toy.off" => Ok(Finding::judge(false, "3", "the paper counts from one")),
            "toy.real" => bench.outcome::<Model>(&()).map(|k| Finding::judge(*k == 2.0, k.to_string(), "")),
            "toy.fails" => {
                let source = "found -1, expected a positive number".into();
                Err(CaseError::Experiment { experiment: "root", source })
            }
            "toy.panics" => Ok(Finding::judge(true, vec![1, 2][id.len() - 3].to_string(), "")),
            "toy.dear" => Ok(Finding::judge(true, "1", "")),
            _ => return None,
        };
        Some(finding)
    }

    fn figures(&self) -> &'static [(&'static str, &'static str)] {
        &[("01_mean", "Means"), ("02_model", "Model")]
    }

    fn draw(&self, name: &str, bench: &Workbench) -> Option<Result<Figure, CaseError>> {
        let panel = Panel::new("", Axis::linear("stream"), Axis::linear("mean"));
        let figure = match name {
            "01_mean" => bench.outcome::<Means>(&64).map(|means| {
                let index = (0..means.len()).map(|i| i as f64).collect();
                let series = Series::new("mean", Origin::Synthetic, Mark::Points, index, means.to_vec());
                let half = Series::new("½", Origin::Exact, Mark::Guide, vec![0.0, 63.0], vec![0.5, 0.5]);
                Figure::new("", "", "Means of 500 numbers & <more>.").panel(panel.series(half).series(series))
            }),
            "02_model" => bench.outcome::<Model>(&()).map(|k| {
                let series = Series::new("k", Origin::Real, Mark::Bars, vec![0.0], vec![*k]);
                Figure::new("", "", "The model's constant.").panel(panel.categories(["k"]).series(series))
            }),
            _ => return None,
        };
        Some(figure)
    }

    fn settings(&self, bench: &Workbench) -> serde_json::Result<serde_json::Value> {
        Ok(serde_json::json!({ "streams": 64, "tier": bench.tier.label() }))
    }

    fn deviations(&self) -> &'static [&'static str] {
        &["toy.off"]
    }
}
