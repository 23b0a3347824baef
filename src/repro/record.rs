//! The record inside a figure: what made it, and how to make it again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Case, Figure, Origin, Tier, Workbench, rustc, source_id};
use crate::data::sha256_hex;

/// Provenance of one figure.
///
/// Running `command` again gives the same bytes, so nothing in here may depend on time, machine paths, the number of
/// threads or unrelated commits: in place of a commit it names the sources behind the figure ([`source_id`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Version of this layout.
    pub record: u32,
    pub case: String,
    pub figure: String,
    pub tier: Tier,
    pub seed: u64,
    /// The settings in force.
    pub params: serde_json::Value,
    /// The data files that went in: name and SHA-256.
    pub data: BTreeMap<String, String>,
    /// Where the numbers of the series come from.
    pub origins: Vec<Origin>,
    /// SHA-256 of the CSV with the series.
    pub series: String,
    /// Version of saigen.
    pub saigen: String,
    /// Hash of the sources behind the figure.
    pub source: String,
    pub rustc: String,
    /// The command that makes the figure again; with data, it needs them fetched or a mirror.
    pub command: String,
}

/// Why a file gave no record.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("not a whole SVG file: {source}")]
    NotSvg {
        #[source]
        source: roxmltree::Error,
    },
    #[error("found an SVG file without a record (`<metadata>`), expected one that saigen drew")]
    Missing,
    #[error("damaged record: {source}")]
    Damaged {
        #[source]
        source: serde_json::Error,
    },
    #[error("found record version {found}, expected {expected}")]
    Version { found: u32, expected: u32 },
}

const VERSION: u32 = 1;

impl Record {
    /// The record of a figure that was just made; `data` are the files that went in and `csv` its series.
    pub fn new(case: &dyn Case, figure: &Figure, bench: &Workbench, data: BTreeMap<String, String>, csv: &str) -> Self {
        let (tier, seed) = (bench.tier, bench.seed);
        Self {
            record: VERSION,
            case: case.name().into(),
            figure: figure.name.clone(),
            tier,
            seed,
            params: case.params(bench),
            data,
            origins: figure.origins(),
            series: sha256_hex(csv.as_bytes()),
            saigen: env!("CARGO_PKG_VERSION").into(),
            source: source_id(case.name()).into(),
            rustc: rustc().into(),
            command: format!("saigen figure {}/{} --tier {tier} --seed {seed}", case.name(), figure.name),
        }
    }

    /// The record as one line of JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a record holds only strings, numbers and JSON")
    }

    /// Reads the record inside an SVG file.
    ///
    /// # Errors
    /// [`RecordError`]: not an SVG (a cut one isn't), no record, a record that doesn't parse or of another version.
    pub fn from_svg(svg: &str) -> Result<Self, RecordError> {
        let document = roxmltree::Document::parse(svg).map_err(|source| RecordError::NotSvg { source })?;
        let root = document.root_element();
        let metadata =
            root.children().find(|node| node.has_tag_name((root.tag_name().namespace().unwrap_or(""), "metadata")));
        let text = metadata.and_then(|node| node.text()).ok_or(RecordError::Missing)?;
        let value: serde_json::Value = serde_json::from_str(text).map_err(|source| RecordError::Damaged { source })?;
        if let Some(found) = value.get("record").and_then(serde_json::Value::as_u64)
            && found != u64::from(VERSION)
        {
            return Err(RecordError::Version { found: found.min(u64::from(u32::MAX)) as u32, expected: VERSION });
        }
        serde_json::from_value(value).map_err(|source| RecordError::Damaged { source })
    }

    /// Tells whether this program's sources are those that made the figure.
    pub fn is_current(&self) -> bool {
        self.source == source_id(&self.case)
    }
}
