//! A sparse square matrix of coefficients: in column j, the regulators of target j.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::{ElasticNetError, Fit, check};

/// B (p × p) by columns: `B[l, j]` is the coefficient of column l in the regression of column j on the others.
///
/// Compressed sparse columns: the entries of column j are `starts[j]..starts[j+1]`, by ascending row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Network {
    starts: Vec<usize>,
    rows: Vec<u32>,
    values: Vec<f64>,
    kkt: Vec<f64>,
    objective: Vec<f64>,
}

impl Network {
    /// A network of `nodes` nodes without an edge.
    pub fn empty(nodes: usize) -> Self {
        Self {
            starts: vec![0; nodes + 1],
            rows: Vec::new(),
            values: Vec::new(),
            kkt: vec![0.0; nodes],
            objective: vec![0.0; nodes],
        }
    }

    /// The network whose column j has the coefficients of `fits[j]`.
    ///
    /// # Errors
    /// [`ElasticNetError::OutOfRange`] for a coefficient of a column that isn't a node.
    pub fn of(fits: &[Fit]) -> Result<Self, ElasticNetError> {
        let mut network = Self::empty(0);
        for fit in fits {
            check::start(&fit.coefficients, fits.len())?;
            network.push(fit.coefficients.iter().copied(), fit.kkt, fit.objective);
        }
        Ok(network)
    }

    fn push(&mut self, entries: impl Iterator<Item = (usize, f64)>, kkt: f64, objective: f64) {
        for (row, value) in entries {
            self.rows.push(u32::try_from(row).expect("a dense Gram matrix of 2³² columns fits no memory"));
            self.values.push(value);
        }
        self.starts.push(self.rows.len());
        self.kkt.push(kkt);
        self.objective.push(objective);
    }

    /// The number of nodes, p.
    pub fn nodes(&self) -> usize {
        self.kkt.len()
    }

    /// The number of entries that aren't zero.
    pub fn edge_count(&self) -> usize {
        self.rows.len()
    }

    /// The entries `(l, B[l, j])` of column j: the regulators of target j, ascending.
    ///
    /// # Panics
    /// When there is no node `target`.
    pub fn regulators(&self, target: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let span = self.starts[target]..self.starts[target + 1];
        self.rows[span.clone()].iter().zip(&self.values[span]).map(|(row, value)| (*row as usize, *value))
    }

    /// All entries `(l, j, B[l, j])`, column by column.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
        (0..self.nodes()).flat_map(|target| self.regulators(target).map(move |(row, value)| (row, target, value)))
    }

    /// `B[regulator, target]`; zero where there is no edge.
    ///
    /// # Panics
    /// When there is no node `target`.
    pub fn get(&self, regulator: usize, target: usize) -> f64 {
        let span = self.starts[target]..self.starts[target + 1];
        let found = self.rows[span.clone()].binary_search_by(|row| (*row as usize).cmp(&regulator));
        found.map_or(0.0, |place| self.values[span.start + place])
    }

    /// The KKT residual of each column, relative to the largest `|c|` of its regression.
    pub fn kkt(&self) -> &[f64] {
        &self.kkt
    }

    /// `F(β_j)` of each column: the objective less its value at zero. Add half the variance of column j (`G_jj/2`) for glmnet's.
    pub fn objective(&self) -> &[f64] {
        &self.objective
    }

    /// The network with other columns in place of some.
    ///
    /// # Errors
    /// [`ElasticNetError::OutOfRange`] for a target or a coefficient of a column that isn't a node.
    pub fn with_columns(&self, columns: &[(usize, Fit)]) -> Result<Self, ElasticNetError> {
        let nodes = self.nodes();
        let mut other: Vec<Option<&Fit>> = vec![None; nodes];
        for (target, fit) in columns {
            check::start(&fit.coefficients, nodes)?;
            let range = "one of the nodes";
            *other.get_mut(*target).ok_or(ElasticNetError::OutOfRange {
                what: "a target",
                value: *target as f64,
                range,
            })? = Some(fit);
        }
        let mut network = Self::empty(0);
        for (target, other) in other.into_iter().enumerate() {
            match other {
                Some(fit) => network.push(fit.coefficients.iter().copied(), fit.kkt, fit.objective),
                None => network.push(self.regulators(target), self.kkt[target], self.objective[target]),
            }
        }
        Ok(network)
    }

    /// B as a dense p × p matrix.
    pub fn dense(&self) -> Array2<f64> {
        let mut dense = Array2::zeros((self.nodes(), self.nodes()));
        self.edges().for_each(|(regulator, target, value)| dense[[regulator, target]] = value);
        dense
    }

    /// `XB` for rows `x` (n × p): what the network predicts for every column.
    ///
    /// # Errors
    /// [`ElasticNetError::Length`] when `x` hasn't p columns.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>, ElasticNetError> {
        check::length(x.ncols(), self.nodes(), "columns of the rows to predict from")?;
        let mut product = Array2::zeros(x.dim());
        for (row, mut out) in x.rows().into_iter().zip(product.rows_mut()) {
            for (target, out) in out.iter_mut().enumerate() {
                *out = self.regulators(target).map(|(regulator, value)| row[regulator] * value).sum();
            }
        }
        Ok(product)
    }

    /// `Bθ`, for θ of p entries.
    ///
    /// # Errors
    /// [`ElasticNetError::Length`] when θ hasn't p entries.
    pub fn times(&self, theta: &[f64]) -> Result<Vec<f64>, ElasticNetError> {
        check::length(theta.len(), self.nodes(), "entries of the vector")?;
        let mut product = vec![0.0; self.nodes()];
        for (target, theta) in theta.iter().enumerate().filter(|(_, theta)| **theta != 0.0) {
            self.regulators(target).for_each(|(regulator, value)| product[regulator] += value * theta);
        }
        Ok(product)
    }
}
