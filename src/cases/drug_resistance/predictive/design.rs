//! Expression and response made ready for a fit, and the nodewise networks that every fit starts from.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2, Axis};

use super::graph::Graph;
use super::{Column, Mode, PredictiveError, ResponseScale};
use crate::display::Monitor;
use crate::methods::elastic_net::covariance::{self, Workspace};
use crate::methods::elastic_net::many::nodewise;
use crate::methods::elastic_net::{Fit, Gram, Network, Options, Penalty, Scaling, add_scaled, residual};
use crate::methods::parallel::ordered;

/// Expression, centred and scaled to unit variance over its lines; a constant gene becomes a column of zeros.
///
/// In covariance mode `G = XᵀX/n` stands for the data, in residual mode X itself; fits are the same.
#[derive(Clone, Debug)]
pub struct Design {
    data: Data,
    lines: usize,
    mean: Vec<f64>,
    scale: Vec<f64>,
}

#[derive(Clone, Debug)]
enum Data {
    Covariance(Gram),
    Residual {
        design: residual::Design,
        /// p × n: the standardised genes.
        genes: Array2<f64>,
    },
}

/// Genes up to which [`Mode::Auto`] works on G; it takes 0.5 GB then.
const LARGEST_GRAM: usize = 8_000;
/// Targets that one task fits in residual mode.
const BLOCK: usize = 8;
/// A gene whose variance is below this part of its mean square is constant.
const CONSTANT: f64 = 1e-24;

impl Design {
    /// Makes `x` (n lines × p genes) ready.
    ///
    /// # Errors
    /// [`PredictiveError`] for fewer than two lines or genes, or numbers that aren't finite.
    pub fn of(x: ArrayView2<'_, f64>, mode: Mode) -> Result<Self, PredictiveError> {
        let (n, p) = x.dim();
        for (what, found) in [("lines", n), ("genes", p)] {
            if found < 2 {
                return Err(PredictiveError::TooFew { what, found, least: 2 });
            }
        }
        if let Some(((line, _), value)) = x.indexed_iter().find(|(_, value)| !value.is_finite()) {
            return Err(PredictiveError::NotFinite { what: "expression", line, value: *value });
        }
        let covariance = match mode {
            Mode::Auto => p <= LARGEST_GRAM,
            Mode::Covariance => true,
            Mode::Residual => false,
        };
        if covariance {
            let gram = Gram::of(x, None, Scaling::UnitVariance)?;
            let (mean, scale) = (gram.mean.clone(), gram.scale.clone());
            return Ok(Self { data: Data::Covariance(gram), lines: n, mean, scale });
        }
        let design = residual::Design::of(x, None, Scaling::UnitVariance)?;
        let mut genes = x.t().as_standard_layout().into_owned();
        let (mut mean, mut scale) = (Vec::with_capacity(p), Vec::with_capacity(p));
        for mut gene in genes.axis_iter_mut(Axis(0)) {
            let centre = gene.sum() / n as f64;
            let variance = gene.iter().map(|value| (value - centre).powi(2)).sum::<f64>() / n as f64;
            let constant = variance <= CONSTANT * centre * centre;
            let spread = if constant { 1.0 } else { variance.sqrt() };
            gene.mapv_inplace(|value| if constant { 0.0 } else { (value - centre) / spread });
            mean.push(centre);
            scale.push(spread);
        }
        Ok(Self { data: Data::Residual { design, genes }, lines: n, mean, scale })
    }

    /// The number of lines, n.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// The number of genes, p.
    pub fn genes(&self) -> usize {
        self.mean.len()
    }

    /// Mean of each gene.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// What each gene is divided by: its standard deviation (denominator n), 1 for a constant gene.
    pub fn scale(&self) -> &[f64] {
        &self.scale
    }

    /// `Xᵀy/n` for the response, centred or not, on the rows that this was made of.
    fn correlations(&self, x: ArrayView2<'_, f64>, y: &[f64]) -> Result<Vec<f64>, PredictiveError> {
        Ok(match &self.data {
            Data::Covariance(gram) => gram.right_hand_side(x, y, None)?,
            Data::Residual { design, .. } => design.right_hand_side(y)?,
        })
    }

    /// `Gβ`.
    pub(super) fn image(&self, column: &[(usize, f64)]) -> Vec<f64> {
        match &self.data {
            Data::Covariance(gram) => {
                let mut image = vec![0.0; self.genes()];
                for (l, value) in column {
                    add_scaled(&mut image, *value, gram.matrix.row(*l).to_slice().expect("by rows"));
                }
                image
            }
            Data::Residual { genes, .. } => {
                let predicted = predicted(genes, column.iter().copied());
                let with = |gene: ndarray::ArrayView1<'_, f64>| {
                    gene.iter().zip(&predicted).map(|(x, y)| x * y).sum::<f64>() / self.lines as f64
                };
                genes.axis_iter(Axis(0)).map(with).collect()
            }
        }
    }

    /// `‖x_j − Xβ‖²/n`.
    pub(super) fn loss(&self, target: usize, column: &[(usize, f64)]) -> f64 {
        match &self.data {
            Data::Covariance(gram) => {
                let quadratic: f64 = column
                    .iter()
                    .map(|(l, value)| {
                        let row = gram.matrix.row(*l);
                        value * column.iter().map(|(k, other)| other * row[*k]).sum::<f64>()
                    })
                    .sum();
                let row = gram.matrix.row(target);
                row[target] - 2.0 * column.iter().map(|(l, value)| value * row[*l]).sum::<f64>() + quadratic
            }
            Data::Residual { genes, .. } => {
                let predicted = predicted(genes, column.iter().copied());
                let square = |(x, y): (&f64, &f64)| (x - y).powi(2);
                genes.row(target).iter().zip(&predicted).map(square).sum::<f64>() / self.lines as f64
            }
        }
    }

    /// `G_·j`, the correlations of a gene with all.
    pub(super) fn correlations_of(&self, target: usize) -> Vec<f64> {
        match &self.data {
            Data::Covariance(gram) => gram.matrix.row(target).to_vec(),
            Data::Residual { .. } => self.image(&[(target, 1.0)]),
        }
    }

    /// The elastic net of the response `x_j + θ_j r` on all genes but j, where `r = z − Xh`: a column of the B-step before it is
    /// scaled by `1 + θ_j²`. `right` is its `Xᵀy/n`.
    pub(super) fn column(&self, task: &ColumnTask<'_>, workspace: &mut Workspace) -> Result<Fit, PredictiveError> {
        let options = Options { tolerance: task.tolerance, exclude: Some(task.target), ..Options::default() };
        match &self.data {
            Data::Covariance(gram) => {
                let (start, gram) = (Some(task.start), gram.matrix.view());
                Ok(covariance::fit_in(workspace, gram, task.right, task.penalty, start, &options)?)
            }
            Data::Residual { design, genes } => {
                let nonzero = task.others.iter().copied().enumerate().filter(|(_, value)| *value != 0.0);
                let others = predicted(genes, nonzero);
                let share = task.theta / (1.0 + task.theta * task.theta);
                let own = 1.0 / (1.0 + task.theta * task.theta);
                let response: Vec<f64> = genes
                    .row(task.target)
                    .iter()
                    .zip(task.response.centred.iter().zip(&others))
                    .map(|(x, (z, other))| own * x + share * (z - other))
                    .collect();
                Ok(residual::fit(design, &response, task.penalty, Some(task.start), &options)?)
            }
        }
    }

    /// All nodewise elastic nets.
    fn networks(
        &self,
        penalty: Penalty,
        start: Option<&Network>,
        tolerance: f64,
        monitor: &dyn Monitor,
    ) -> Result<Network, PredictiveError> {
        let options = Options { tolerance, ..Options::default() };
        match &self.data {
            Data::Covariance(gram) => Ok(nodewise(gram, penalty, start, &options, monitor)?),
            Data::Residual { design, genes } => {
                let p = self.genes();
                let blocks = p.div_ceil(BLOCK);
                monitor.begin("nodewise elastic nets", blocks as u64);
                let fits = ordered(blocks, monitor, |block| {
                    (block * BLOCK..((block + 1) * BLOCK).min(p))
                        .map(|target| {
                            let options = Options { exclude: Some(target), ..options };
                            let begin: Option<Vec<_>> = start.map(|network| network.regulators(target).collect());
                            let own = genes.row(target).to_vec();
                            residual::fit(design, &own, penalty, begin.as_deref(), &options)
                        })
                        .collect::<Result<Vec<Fit>, _>>()
                });
                monitor.end();
                let mut all = Vec::with_capacity(p);
                for block in fits? {
                    all.extend(block?);
                }
                Ok(Network::of(&all)?)
            }
        }
    }
}

/// `Xβ` from standardised genes (p × n).
fn predicted(genes: &Array2<f64>, column: impl Iterator<Item = (usize, f64)>) -> Vec<f64> {
    let mut sum = vec![0.0; genes.ncols()];
    for (l, value) in column {
        sum.iter_mut().zip(genes.row(l)).for_each(|(sum, x)| *sum += value * x);
    }
    sum
}

/// One column of the B-step; see [`Design::column`].
pub(super) struct ColumnTask<'a> {
    pub target: usize,
    /// `θ_j`.
    pub theta: f64,
    pub response: &'a Response,
    /// `h` without the part of this column.
    pub others: &'a [f64],
    /// `Xᵀỹ/n`.
    pub right: &'a [f64],
    pub penalty: Penalty,
    pub start: &'a [(usize, f64)],
    pub tolerance: f64,
}

/// A response made ready: centred, scaled, with its correlations.
#[derive(Clone, Debug)]
pub struct Response {
    /// `Xᵀz/n`.
    pub(super) correlations: Vec<f64>,
    /// z, centred and scaled.
    pub(super) centred: Vec<f64>,
    /// `‖z‖²/n`, centred and scaled.
    pub(super) square: f64,
    pub(super) mean: f64,
    pub(super) scale: f64,
}

impl Response {
    /// Makes `z` ready for the lines `x` that `design` was made of.
    ///
    /// # Errors
    /// [`PredictiveError`] for another length, a number that isn't finite, or a constant response.
    pub fn of(
        design: &Design,
        x: ArrayView2<'_, f64>,
        z: &[f64],
        scale: ResponseScale,
    ) -> Result<Self, PredictiveError> {
        let n = design.lines;
        if x.nrows() != n || z.len() != n {
            let (what, found) = if z.len() == n { ("the expression", x.nrows()) } else { ("the response", z.len()) };
            return Err(PredictiveError::Length { what, found, expected: n });
        }
        if let Some(line) = z.iter().position(|value| !value.is_finite()) {
            return Err(PredictiveError::NotFinite { what: "response", line, value: z[line] });
        }
        let mean = z.iter().sum::<f64>() / n as f64;
        let variance = z.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n as f64;
        if variance <= CONSTANT * mean * mean {
            return Err(PredictiveError::ConstantResponse { value: mean, lines: n });
        }
        let scale = match scale {
            ResponseScale::UnitVariance => variance.sqrt(),
            ResponseScale::AsGiven => 1.0,
        };
        let centred: Vec<f64> = z.iter().map(|value| (value - mean) / scale).collect();
        let square = centred.iter().map(|value| value * value).sum::<f64>() / n as f64;
        let correlations = design.correlations(x, &centred)?;
        Ok(Self { correlations, centred, square, mean, scale })
    }

    /// Predicts the response of lines (rows of `x`, genes as in `design`) from `h = Bθ`, in the units of z as given.
    ///
    /// # Panics
    /// When `x` or `h` has another number of genes.
    pub fn predict(&self, design: &Design, h: &[f64], x: ArrayView2<'_, f64>) -> Vec<f64> {
        assert_eq!((h.len(), x.ncols()), (design.genes(), design.genes()), "one entry for each gene");
        let used: Vec<usize> = (0..h.len()).filter(|l| h[*l] != 0.0).collect();
        let of_line = |line: ndarray::ArrayView1<'_, f64>| {
            let sum: f64 = used.iter().map(|l| (line[*l] - design.mean[*l]) / design.scale[*l] * h[*l]).sum();
            self.mean + self.scale * sum
        };
        x.rows().into_iter().map(of_line).collect()
    }
}

/// The nodewise elastic nets of a design: `B⁰` of every fit with these weights, whatever the response, f and a4.
#[derive(Clone, Debug)]
pub struct Nodewise {
    pub(super) design: Arc<Design>,
    pub(super) network: Network,
    pub(super) columns: Vec<Column>,
    pub(super) graph: Graph,
    pub(super) a1: f64,
    pub(super) a2: f64,
}

impl Nodewise {
    /// Fits them: column j minimises `‖x_j − Xβ‖²/n + a1 Σ|β| + a2 Σβ²` with `β_j = 0`.
    ///
    /// `start` may be the networks of other weights; `tolerance` is the KKT residual relative to the largest correlation.
    ///
    /// # Errors
    /// [`PredictiveError`], or an interrupt.
    pub fn of(
        design: &Arc<Design>,
        a1: f64,
        a2: f64,
        start: Option<&Nodewise>,
        tolerance: f64,
        monitor: &dyn Monitor,
    ) -> Result<Self, PredictiveError> {
        let penalty = Penalty { l1: a1 / 2.0, l2: a2 };
        let network = design.networks(penalty, start.map(|start| &start.network), tolerance, monitor)?;
        let columns: Vec<Column> = (0..network.nodes()).map(|target| network.regulators(target).collect()).collect();
        let graph = Graph::of(&columns);
        Ok(Self { design: Arc::clone(design), network, columns, graph, a1, a2 })
    }

    /// B⁰.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// What it was fitted on.
    pub fn design(&self) -> &Arc<Design> {
        &self.design
    }

    /// The graph behind it, with its degrees.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }
}
