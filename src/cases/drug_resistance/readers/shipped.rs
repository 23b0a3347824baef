//! The case's own files: 706 genes of CCLE and 127 activities of GDSC, with four drugs and fixed folds.

use super::error::ReadError;
use super::expression::expression;
use super::folds::folds;
use super::interactions::interactions;
use super::join::{Joined, Parts, screen};
use super::lines::lines;
use super::responses::{Choice, responses};
use super::source::Source;
use crate::data::Library;

const RESPONSES: &str = "four_drugs.csv";
const FOLDS: &str = "folds.csv";
/// The table of lines: ids of several kinds, tissues.
pub(in crate::cases::drug_resistance) const LINES: &str = "cell_lines.csv";
const LINKS: &str = "ppi_string095_706.csv.gz";

/// A feature matrix of the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Features {
    /// Expression of 706 cancer-census genes in 580 CCLE lines, by DepMap id.
    Expr706,
    /// Activities of 127 transcription factors in 984 GDSC lines, by COSMIC id.
    Tf127,
}

/// A drug of the publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Drug {
    Doxorubicin,
    MitomycinC,
    Fluorouracil,
    Docetaxel,
}

impl Features {
    /// Both, in the order of the tables.
    pub const ALL: [Self; 2] = [Features::Expr706, Features::Tf127];

    /// The word in the files: `expr706` or `tf127`.
    pub fn label(self) -> &'static str {
        match self {
            Features::Expr706 => "expr706",
            Features::Tf127 => "tf127",
        }
    }

    /// The matrix's file.
    pub fn file(self) -> &'static str {
        match self {
            Features::Expr706 => "expression_ccle_706.csv.gz",
            Features::Tf127 => "tf_activity_gdsc_127.csv.gz",
        }
    }
}

impl Drug {
    /// All four, in the order of the tables.
    pub const ALL: [Self; 4] = [Drug::Doxorubicin, Drug::MitomycinC, Drug::Fluorouracil, Drug::Docetaxel];

    /// The word in the files: `doxorubicin`, `mitomycin_c`, `fluorouracil`, `docetaxel`.
    pub fn label(self) -> &'static str {
        match self {
            Drug::Doxorubicin => "doxorubicin",
            Drug::MitomycinC => "mitomycin_c",
            Drug::Fluorouracil => "fluorouracil",
            Drug::Docetaxel => "docetaxel",
        }
    }

    /// For people: `5-fluorouracil`.
    pub fn name(self) -> &'static str {
        match self {
            Drug::Doxorubicin => "doxorubicin",
            Drug::MitomycinC => "mitomycin C",
            Drug::Fluorouracil => "5-fluorouracil",
            Drug::Docetaxel => "docetaxel",
        }
    }
}

/// The files that [`shipped`] reads, by their names in the manifest.
pub fn shipped_files(features: Features) -> Vec<String> {
    [features.file(), RESPONSES, FOLDS, LINES].map(str::to_string).to_vec()
}

/// A screen from the case's files: ln IC50 (µM) of one drug, tissues, and the fixed folds.
///
/// # Errors
/// [`ReadError`]; [`Fault::Library`](super::Fault::Library) if the files aren't fetched.
pub fn shipped(library: &Library, features: Features, drug: Drug) -> Result<Joined, ReadError> {
    let open = |name| Source::of_library(library, name);
    let expression = expression(&open(features.file())?)?;
    let choice = Choice { drug: Some(drug.label().into()), ..Choice::default() };
    let responses = responses(&open(RESPONSES)?, &choice)?;
    let (folds, lines) = (folds(&open(FOLDS)?)?, lines(&open(LINES)?, None)?);
    screen(&Parts {
        expression: &expression,
        responses: &responses,
        folds: Some(&folds),
        feature_set: Some(features.label()),
        tissue: None,
        lines: Some(&lines),
    })
}

/// The shipped links between genes: STRING v11 at 0.95, among the 706 genes.
///
/// # Errors
/// [`ReadError`]; [`Fault::Library`](super::Fault::Library) if the file isn't fetched.
pub fn published_links(library: &Library) -> Result<Vec<(String, String)>, ReadError> {
    interactions(&Source::of_library(library, LINKS)?)
}
