//! The paper's protocol on the published files, once a user has laid them beside the data: markers, errors, group networks.

use std::path::PathBuf;

use ndarray::{ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::networks::{self, Comparison, compare};
use super::{CASE, baseline, raise};
use crate::cases::drug_resistance::cross_validation::{self, CvOutcome, FoldScheme, Method};
use crate::cases::drug_resistance::groups::GroupSize;
use crate::cases::drug_resistance::published::numbers;
use crate::cases::drug_resistance::readers::{self, Choice, Drug, LINES, Parts, ReadError, Source};
use crate::data::{DataError, Library};
use crate::repro::{CaseError, Experiment, Workbench};

/// The expression matrix: genes in rows, columns `DATA.<COSMIC id>`; with `.gz` behind it too.
pub const EXPRESSION: &str = "full/Cell_line_RMA_proc_basalExp.txt";
/// The responses: one row for each line and drug; with `.gz` behind it too.
pub const RESPONSE: &str = "full/GDSC1_fitted_dose_response.csv";
/// What is done with the files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    pub methods: Vec<Method>,
    /// Genes are filtered by variance: on training rows in the folds, on all lines for the networks.
    pub options: cross_validation::Options,
    /// The share of genes that is kept.
    pub top_variance: f64,
    pub comparison: Comparison,
}

impl Settings {
    /// Our reading of the paper's: a tenth of the genes by variance, groups of 95 lines; its folds aren't known.
    pub fn new(seed: u64) -> Self {
        let top_variance = 0.1;
        let options = cross_validation::Options {
            folds: FoldScheme::Made { count: 5 },
            top_variance: Some(top_variance),
            ..baseline::options(seed)
        };
        Self {
            methods: Method::ALL.to_vec(),
            options,
            top_variance,
            comparison: Comparison { group: GroupSize::Count(95), ..Comparison::new(seed) },
        }
    }
}

/// The files that were found, by their SHA-256: another file, another outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub expression: String,
    pub response: String,
    /// The case's own table of lines, for tissues: without it, the tissue predictor and errors within tissues are left out.
    pub lines: Option<String>,
}

impl Found {
    /// Looks for both files in the mirror's folder and the cache; `None` unless both are there.
    ///
    /// # Errors
    /// [`CaseError::Data`] for a file that is there but can't be read.
    pub fn look(library: &Library) -> Result<Option<Self>, CaseError> {
        let hash = |name| Ok::<_, CaseError>(locate(library, name)?.map(|(_, hash)| hash));
        let (expression, response) = (hash(EXPRESSION)?, hash(RESPONSE)?);
        let Some((expression, response)) = expression.zip(response) else { return Ok(None) };
        let lines = match library.path(CASE, LINES) {
            Ok(_) => Some(library.sha256(CASE, LINES)?),
            Err(DataError::NotFetched { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Some(Self { expression, response, lines }))
    }
}

fn locate(library: &Library, name: &str) -> Result<Option<(PathBuf, String)>, CaseError> {
    match library.unlisted(CASE, name)? {
        Some(found) => Ok(Some(found)),
        None => Ok(library.unlisted(CASE, &format!("{name}.gz"))?),
    }
}

/// Settings of [`FullMatrix`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    pub drug: Drug,
    pub found: Found,
    pub settings: Settings,
}

/// One drug by the paper's protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub lines: usize,
    /// Genes in the file that can be used.
    pub genes: usize,
    /// Genes that are kept by their variance over all lines.
    pub kept: usize,
    /// Markers in the file, and those of them that are kept.
    pub known: Vec<String>,
    pub markers: Vec<String>,
    /// Markers among as many genes of highest variance as the paper kept.
    pub markers_of_count: Vec<String>,
    /// Markers with θ ≠ 0 in more than half of the folds.
    pub selected: Vec<String>,
    pub cv: CvOutcome,
    pub networks: networks::Outcome,
}

/// The protocol on the full matrix.
pub struct FullMatrix;

impl Experiment for FullMatrix {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "full_matrix";

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let missing = |file: &str| CaseError::DataMissing { case: CASE.into(), file: file.into() };
        let (expression, _) = locate(bench.library, EXPRESSION)?.ok_or_else(|| missing(EXPRESSION))?;
        let (response, _) = locate(bench.library, RESPONSE)?.ok_or_else(|| missing(RESPONSE))?;
        let lines = match params.found.lines {
            Some(_) => Some(Source::of_library(bench.library, LINES).map_err(raise(Self::NAME))?),
            None => None,
        };
        let joined = read(&Source::path(&expression), &Source::path(&response), lines.as_ref(), params.drug)
            .map_err(raise(Self::NAME))?;
        let screen = joined.screen;
        let settings = &params.settings;
        let tissues = screen.tissue().is_some();
        let methods: Vec<Method> =
            settings.methods.iter().copied().filter(|method| tissues || *method != Method::Tissue).collect();
        let cv =
            cross_validation::nested(&screen, &methods, &settings.options, bench.monitor).map_err(raise(Self::NAME))?;
        let share = (settings.top_variance * screen.p() as f64).round() as usize;
        let columns = highest_variance(screen.x(), share);
        let loudest = screen.of_genes(&highest_variance(screen.x(), numbers().publication.kept));
        let chosen = screen.of_genes(&columns);
        let named = |genes: &[String]| -> Vec<String> {
            numbers().publication.markers.iter().filter(|marker| genes.contains(marker)).cloned().collect()
        };
        let (known, markers) = (named(screen.genes()), named(chosen.genes()));
        let markers_of_count = named(loudest.genes());
        let (lines, genes, kept) = (screen.n(), screen.p(), columns.len());
        let table =
            baseline::Outcome { lines, genes: screen.genes().to_vec(), exclusions: joined.exclusions.len(), cv };
        let selected = table.selected(Method::PredictiveNetwork);
        let selected = named(&selected.iter().map(|gene| table.genes[*gene].clone()).collect::<Vec<_>>());
        let weights = table.usual_choice(Method::PredictiveNetwork).ok_or_else(|| CaseError::Experiment {
            experiment: Self::NAME,
            source: "the settings have no PredictiveNetwork".into(),
        })?;
        let options = networks::options(weights, &settings.options.network);
        let networks = compare(&chosen, &options, weights, &settings.comparison, bench)?;
        Ok(Outcome { lines, genes, kept, known, markers, markers_of_count, selected, cv: table.cv, networks })
    }
}

/// Reads both files as published and joins them.
fn read(
    expression: &Source,
    response: &Source,
    lines: Option<&Source>,
    drug: Drug,
) -> Result<readers::Joined, ReadError> {
    let expression = readers::expression(expression)?;
    let lines = lines.map(|lines| readers::lines(lines, None)).transpose()?;
    let choice = Choice { drug: Some(drug_id(drug).into()), ..Choice::default() };
    let responses = readers::responses(response, &choice)?;
    let parts = Parts {
        expression: &expression,
        responses: &responses,
        folds: None,
        feature_set: None,
        tissue: None,
        lines: lines.as_ref(),
    };
    readers::screen(&parts)
}

/// GDSC's number of a drug: names are spelled differently from release to release.
fn drug_id(drug: Drug) -> &'static str {
    match drug {
        Drug::Doxorubicin => "133",
        Drug::MitomycinC => "136",
        Drug::Fluorouracil => "179",
        Drug::Docetaxel => "1007",
    }
}

/// The `count` columns with the highest variances, one at least, ascending.
fn highest_variance(x: ArrayView2<f64>, count: usize) -> Vec<usize> {
    let variance = |column: ndarray::ArrayView1<f64>| {
        let mean = column.sum() / column.len() as f64;
        column.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>()
    };
    let variances: Vec<f64> = x.axis_iter(Axis(1)).map(variance).collect();
    let count = count.clamp(1, variances.len());
    let mut order: Vec<usize> = (0..variances.len()).collect();
    order.sort_by(|a, b| variances[*b].total_cmp(&variances[*a]).then(a.cmp(b)));
    order.truncate(count);
    order.sort_unstable();
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::drug_resistance::cross_validation::{ElasticNetGrid, NetworkGrid};
    use crate::data::{Manifest, MirrorLocation};
    use crate::display::Silent;
    use crate::methods::random::stream;
    use crate::repro::Tier;
    use ndarray::array;
    use rand::RngExt;
    use rand_distr::StandardNormal;
    use std::fmt::Write;
    use std::path::Path;

    #[test]
    fn the_loudest_genes_are_kept() {
        let x = array![[0.0, 5.0, 1.0, 0.0], [0.0, -5.0, 2.0, 0.5], [0.0, 5.0, 3.0, 0.0]];
        assert_eq!(highest_variance(x.view(), 2), vec![1, 2]);
        assert_eq!(highest_variance(x.view(), 0), vec![1]);
        assert_eq!(highest_variance(x.view(), 9), vec![0, 1, 2, 3]);
    }

    /// Writes both files in the published layout: 120 lines, 70 genes; the markers are the loudest, ANXA10 follows AKR1C1,
    /// which is loud in sensitive lines.
    fn publish(folder: &Path) {
        let lines = 120;
        let mut random = stream(1, CASE, "published layout", 0);
        let mut normal = move || random.sample::<f64, _>(StandardNormal);
        let response: Vec<f64> = (0..lines).map(|_| normal()).collect();
        let mut genes = numbers().publication.markers.clone();
        genes.extend((0..63).map(|k| format!("GENE{k}")));
        let mut values: Vec<Vec<f64>> = Vec::new();
        for (index, gene) in genes.iter().enumerate() {
            let loud = if index < 7 { 2.0 } else { 0.3 };
            let row = (0..lines).map(|line| match gene.as_str() {
                "AKR1C1" => 6.0 + if response[line] < -0.8 { 4.0 } else { 1.0 } * normal(),
                "ANXA10" => 5.0 + 0.8 * (values[2][line] - 6.0) + 0.3 * normal(),
                _ => 4.0 + loud * normal() - 0.3 * loud * response[line],
            });
            let row: Vec<f64> = row.collect();
            values.push(row);
        }
        let ids: Vec<usize> = (0..lines).map(|line| 900_000 + 7 * line).collect();
        let mut text = "GENE_SYMBOLS\tGENE_title".to_owned();
        ids.iter().for_each(|id| write!(text, "\tDATA.{id}").unwrap());
        for (gene, row) in genes.iter().zip(&values) {
            write!(text, "\n{gene}\tsome title [Source:HGNC]").unwrap();
            row.iter().for_each(|value| write!(text, "\t{value:.6}").unwrap());
        }
        text.push('\n');
        let mut long = "DATASET,NLME_RESULT_ID,NLME_CURVE_ID,COSMIC_ID,CELL_LINE_NAME,SANGER_MODEL_ID,TCGA_DESC,DRUG_ID,DRUG_NAME,\
                        PUTATIVE_TARGET,PATHWAY_NAME,COMPANY_ID,WEBRELEASE,MIN_CONC,MAX_CONC,LN_IC50,AUC,RMSE,Z_SCORE\n"
            .to_owned();
        for (line, id) in ids.iter().enumerate() {
            for (drug, name) in [("133", "Doxorubicin"), ("1007", "Docetaxel")] {
                let value = response[line] - if drug == "133" { 1.0 } else { 4.0 };
                writeln!(
                    long,
                    "GDSC1,342,1,{id},L{line},SIDM{line:05},LUAD,{drug},{name},t,p,1,Y,0.01,1.0,{value:.6},0.9,0.1,0.0"
                )
                .unwrap();
            }
        }
        let root = folder.join(CASE);
        std::fs::create_dir_all(root.join("full")).unwrap();
        std::fs::write(root.join(EXPRESSION), text).unwrap();
        std::fs::write(root.join(RESPONSE), long).unwrap();
    }

    #[test]
    fn published_files_run_the_papers_protocol_unchanged() {
        let root = tempfile::tempdir().unwrap();
        let mirror = || Some(MirrorLocation::Folder(root.path().into()));
        let library = || Library::with_manifest(Manifest::built_in(), mirror(), None);
        assert_eq!(Found::look(&library()).unwrap(), None);
        publish(root.path());
        let library = library();
        let found = Found::look(&library).unwrap().unwrap();
        let mut settings = Settings::new(1);
        settings.methods = vec![Method::Mean, Method::Tissue, Method::Ridge, Method::PredictiveNetwork];
        settings.options.network =
            NetworkGrid { a1: vec![0.3], f: vec![0.1], a4: vec![0.01], ..settings.options.network.clone() };
        settings.options.elastic_net = ElasticNetGrid { lambdas: 5, ..settings.options.elastic_net.clone() };
        settings.comparison.group = GroupSize::Count(20);
        settings.comparison.permutations = 199;
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let params = Params { drug: Drug::Docetaxel, found, settings };
        let outcome = FullMatrix::run(&params, &bench).unwrap();
        assert_eq!((outcome.lines, outcome.genes, outcome.kept), (120, 70, 7));
        assert_eq!((outcome.known.len(), outcome.markers.len(), outcome.markers_of_count.len()), (7, 7, 7));
        assert!(outcome.selected.iter().all(|marker| outcome.markers.contains(marker)));
        // The case's table of lines isn't in this mirror: no tissues, and none made up.
        assert!(outcome.cv.of(Method::Tissue).is_none() && params.found.lines.is_none());
        let networks = &outcome.networks;
        let place = |name: &str| networks.genes.iter().position(|gene| gene == name).unwrap();
        let lost = &numbers().publication.lost_edge;
        let (from, to) = (place(&lost.from), place(&lost.to));
        let edge = networks.test.edges.iter().find(|test| (test.edge.from, test.edge.to) == (from, to)).unwrap();
        assert!(edge.sensitive > edge.resistant && edge.p < 0.05, "{edge:?}");
        assert!((outcome.cv.of(Method::Mean).unwrap().mse - 1.0).abs() < 0.1);
    }
}
