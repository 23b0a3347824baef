//! A drug screen as the methods take it: expression, response, and what is known of the lines.

use ndarray::{Array2, ArrayView2, Axis};

/// Expression and response of cell lines, complete and finite; lines in rows, genes in columns.
///
/// Nothing is centred, scaled or filtered: whoever fits does so on training rows. Names of lines and of genes are
/// unique. Made by [`Screen::new`] and the readers, so that what computes need not look for faults.
///
/// ```
/// use ndarray::array;
/// use saigen::cases::drug_resistance::Screen;
///
/// let x = array![[0.1, 2.0], [0.3, 1.0], [0.2, 4.0]];
/// let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
/// let screen = Screen::new(x, vec![-1.0, 0.5, 2.0], names(&["A673", "MCF7", "HL60"]), names(&["TP53", "MYC"]))?
///     .tissues(&names(&["bone", "breast", "blood"]))?
///     .folds(&[0, 1, 1])?;
/// assert_eq!((screen.n(), screen.p(), screen.fold_count()), (3, 2, Some(2)));
/// # Ok::<(), saigen::cases::drug_resistance::ScreenError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Screen {
    drug: String,
    x: Array2<f64>,
    z: Vec<f64>,
    lines: Vec<String>,
    genes: Vec<String>,
    tissue: Option<Tissue>,
    folds: Option<Vec<usize>>,
}

/// The tissue of each line, as a code into a list of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tissue {
    /// Every tissue that occurs, sorted.
    pub names: Vec<String>,
    /// For each line, where its tissue stands in `names`.
    pub codes: Vec<usize>,
}

/// Why parts don't make a screen.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ScreenError {
    #[error("found {found} {what}, expected one for each of {expected} {of}")]
    Length { what: &'static str, found: usize, of: &'static str, expected: usize },
    #[error("found {found} {what}, expected at least {least}")]
    TooFew { what: &'static str, found: usize, least: usize },
    #[error("the {what} `{name}` occurs twice, expected each once")]
    Repeated { what: &'static str, name: String },
    #[error("the expression of `{gene}` in line `{line}` is {found}, expected a finite number")]
    Expression { line: String, gene: String, found: f64 },
    #[error("the response of line `{line}` is {found}, expected a finite number")]
    Response { line: String, found: f64 },
    #[error("fold {missing} has no line; folds must be numbered from 0 without a gap, and be two at least")]
    EmptyFold { missing: usize },
}

impl Screen {
    /// A screen without tissues and folds.
    ///
    /// `x`: expression, lines × genes; `z`: response per line, such as ln IC50.
    ///
    /// # Errors
    /// [`ScreenError`]: lengths that differ, nothing at all, a name that occurs twice, a number that isn't finite.
    pub fn new(x: Array2<f64>, z: Vec<f64>, lines: Vec<String>, genes: Vec<String>) -> Result<Self, ScreenError> {
        let (n, p) = x.dim();
        for (what, least, found) in [("lines", 2, n), ("genes", 1, p)] {
            if found < least {
                return Err(ScreenError::TooFew { what, found, least });
            }
        }
        same_length("names of lines", lines.len(), "lines", n)?;
        same_length("responses", z.len(), "lines", n)?;
        same_length("names of genes", genes.len(), "genes", p)?;
        unique("line", &lines)?;
        unique("gene", &genes)?;
        if let Some(((i, j), found)) = x.indexed_iter().find(|(_, value)| !value.is_finite()) {
            return Err(ScreenError::Expression { line: lines[i].clone(), gene: genes[j].clone(), found: *found });
        }
        if let Some(i) = z.iter().position(|value| !value.is_finite()) {
            return Err(ScreenError::Response { line: lines[i].clone(), found: z[i] });
        }
        let x = if x.is_standard_layout() { x } else { x.as_standard_layout().into_owned() };
        Ok(Self { drug: String::new(), x, z, lines, genes, tissue: None, folds: None })
    }

    /// Names the drug, for reports.
    pub fn named(self, drug: impl Into<String>) -> Self {
        Self { drug: drug.into(), ..self }
    }

    /// Adds the tissue of each line.
    ///
    /// # Errors
    /// [`ScreenError::Length`].
    pub fn tissues(self, tissues: &[String]) -> Result<Self, ScreenError> {
        same_length("tissues", tissues.len(), "lines", self.n())?;
        Ok(Self { tissue: Some(Tissue::of(tissues)), ..self })
    }

    /// Adds the fold in which each line is tested.
    ///
    /// # Errors
    /// [`ScreenError::Length`], or [`ScreenError::EmptyFold`]: every fold from 0 to the highest, and two at least, must
    /// have a line.
    pub fn folds(self, folds: &[usize]) -> Result<Self, ScreenError> {
        same_length("folds", folds.len(), "lines", self.n())?;
        let count = folds.iter().max().map_or(0, |highest| highest + 1).max(2);
        if let Some(missing) = (0..count.min(folds.len() + 1)).find(|fold| !folds.contains(fold)) {
            return Err(ScreenError::EmptyFold { missing });
        }
        Ok(Self { folds: Some(folds.to_vec()), ..self })
    }

    /// The drug's name; empty if nobody gave one.
    pub fn drug(&self) -> &str {
        &self.drug
    }

    /// Expression, lines × genes, in row-major order.
    pub fn x(&self) -> ArrayView2<'_, f64> {
        self.x.view()
    }

    /// Response of each line, in the unit of the file (ln µM for ln IC50).
    pub fn z(&self) -> &[f64] {
        &self.z
    }

    /// Names of lines, by row of `x`.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Names of genes, by column of `x`.
    pub fn genes(&self) -> &[String] {
        &self.genes
    }

    /// The tissue of each line, if known.
    pub fn tissue(&self) -> Option<&Tissue> {
        self.tissue.as_ref()
    }

    /// The fold in which each line is tested, 0-based, if folds are fixed.
    pub fn fold_of(&self) -> Option<&[usize]> {
        self.folds.as_deref()
    }

    /// How many folds are fixed.
    pub fn fold_count(&self) -> Option<usize> {
        self.folds.as_ref()?.iter().max().map(|highest| highest + 1)
    }

    /// Number of lines.
    pub fn n(&self) -> usize {
        self.x.nrows()
    }

    /// Number of genes.
    pub fn p(&self) -> usize {
        self.x.ncols()
    }

    /// Where a gene stands.
    pub fn gene(&self, name: &str) -> Option<usize> {
        self.genes.iter().position(|gene| gene == name)
    }

    /// The screen with expression beyond `limit` standard deviations (of each gene, over all lines) brought back to there.
    pub fn clipped(mut self, limit: f64) -> Self {
        for mut gene in self.x.columns_mut() {
            let mean = gene.sum() / gene.len() as f64;
            let variance = gene.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / gene.len() as f64;
            let reach = limit * variance.sqrt();
            gene.mapv_inplace(|value| value.clamp(mean - reach, mean + reach));
        }
        self
    }

    /// The screen of these lines, in this order, without folds (a part of the lines needs folds of its own).
    ///
    /// # Panics
    /// If an index is out of range or occurs twice.
    pub fn of_lines(&self, rows: &[usize]) -> Self {
        let mut seen = vec![false; self.n()];
        for row in rows {
            assert!(!std::mem::replace(&mut seen[*row], true), "line {row} is asked for twice");
        }
        let tissue = self.tissue.as_ref().map(|tissue| {
            Tissue::of(&rows.iter().map(|row| tissue.names[tissue.codes[*row]].clone()).collect::<Vec<_>>())
        });
        Self {
            drug: self.drug.clone(),
            x: self.x.select(Axis(0), rows),
            z: rows.iter().map(|row| self.z[*row]).collect(),
            lines: rows.iter().map(|row| self.lines[*row].clone()).collect(),
            genes: self.genes.clone(),
            tissue,
            folds: None,
        }
    }

    /// The screen of these genes, in this order.
    ///
    /// # Panics
    /// If an index is out of range or occurs twice.
    pub fn of_genes(&self, columns: &[usize]) -> Self {
        let mut seen = vec![false; self.p()];
        for column in columns {
            assert!(!std::mem::replace(&mut seen[*column], true), "gene {column} is asked for twice");
        }
        Self {
            x: self.x.select(Axis(1), columns),
            genes: columns.iter().map(|column| self.genes[*column].clone()).collect(),
            ..self.clone()
        }
    }
}

impl Tissue {
    fn of(tissues: &[String]) -> Self {
        let mut names = tissues.to_vec();
        names.sort_unstable();
        names.dedup();
        // Every name was put there.
        let codes = tissues.iter().map(|name| names.partition_point(|known| known < name)).collect();
        Self { names, codes }
    }
}

fn same_length(what: &'static str, found: usize, of: &'static str, expected: usize) -> Result<(), ScreenError> {
    if found == expected { Ok(()) } else { Err(ScreenError::Length { what, found, of, expected }) }
}

fn unique(what: &'static str, names: &[String]) -> Result<(), ScreenError> {
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(ScreenError::Repeated { what, name: pair[0].clone() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn what_lies_far_out_is_brought_back() {
        let mut x = Array2::from_shape_fn((101, 2), |(i, _)| if i % 2 == 0 { 1.0 } else { -1.0 });
        x[[100, 0]] = 1000.0;
        let names = |prefix: &str, count: usize| (0..count).map(|k| format!("{prefix}{k}")).collect::<Vec<_>>();
        let z = (0..101).map(f64::from).collect();
        let clipped = Screen::new(x.clone(), z, names("l", 101), names("g", 2)).unwrap().clipped(3.0);
        let column = x.column(0);
        let reach = column.mean().unwrap() + 3.0 * column.std(0.0);
        assert!((clipped.x()[[100, 0]] - reach).abs() < 1e-9 && reach < 1000.0);
        assert_eq!(clipped.x().slice(ndarray::s![..100, ..]), x.slice(ndarray::s![..100, ..]));
        assert_eq!(clipped.x()[[100, 1]], 1.0);
    }

    fn names(prefix: &str, count: usize) -> Vec<String> {
        (0..count).map(|k| format!("{prefix}{k}")).collect()
    }

    fn small() -> Screen {
        let x = array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
        let screen = Screen::new(x, vec![0.1, 0.2, 0.3], names("l", 3), names("g", 2)).unwrap();
        screen.tissues(&["skin".into(), "lung".into(), "skin".into()]).unwrap().folds(&[0, 1, 0]).unwrap()
    }

    #[test]
    fn parts_of_a_screen_keep_what_belongs_together() {
        let screen = small();
        assert_eq!(
            screen.tissue().unwrap(),
            &Tissue { names: vec!["lung".into(), "skin".into()], codes: vec![1, 0, 1] }
        );
        let part = screen.of_lines(&[2, 0]);
        assert_eq!((part.x(), part.z()), (array![[5.0, 6.0], [1.0, 2.0]].view(), &[0.3, 0.1][..]));
        assert_eq!((part.lines()[0].as_str(), part.fold_of()), ("l2", None));
        // A tissue that is left without lines is no level any more.
        assert_eq!(part.tissue().unwrap(), &Tissue { names: vec!["skin".into()], codes: vec![0, 0] });
        let part = screen.of_genes(&[1]);
        assert_eq!((part.x(), part.gene("g1")), (array![[2.0], [4.0], [6.0]].view(), Some(0)));
        assert_eq!(part.fold_of(), Some(&[0, 1, 0][..]));
    }

    #[test]
    fn a_transposed_matrix_is_stored_by_rows() {
        let x = array![[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]].reversed_axes();
        let screen = Screen::new(x, vec![0.0; 3], names("l", 3), names("g", 2)).unwrap();
        assert!(screen.x().is_standard_layout());
        assert_eq!(screen.x(), small().x());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let x = || array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
        let new = |x, z: &[f64], lines, genes| Screen::new(x, z.to_vec(), lines, genes).unwrap_err().to_string();
        let z = [0.0; 3];
        assert_eq!(
            new(x(), &z[..2], names("l", 3), names("g", 2)),
            "found 2 responses, expected one for each of 3 lines"
        );
        assert!(new(x(), &z, names("l", 2), names("g", 2)).contains("2 names of lines"));
        assert!(new(x(), &z, names("l", 3), vec!["a".into(), "a".into()]).contains("gene `a` occurs twice"));
        assert!(new(x(), &[0.0, f64::NAN, 0.0], names("l", 3), names("g", 2)).contains("line `l1` is NaN"));
        let mut bad = x();
        bad[[2, 1]] = f64::INFINITY;
        assert!(new(bad, &z, names("l", 3), names("g", 2)).contains("`g1` in line `l2` is inf"));
        assert!(
            new(Array2::zeros((1, 2)), &z[..1], names("l", 1), names("g", 2))
                .contains("found 1 lines, expected at least 2")
        );
        for folds in [[0, 0, 0], [0, 2, 2], [1, 1, 2], [0, usize::MAX - 1, 1]] {
            assert!(matches!(small().folds(&folds), Err(ScreenError::EmptyFold { .. })), "{folds:?}");
        }
        assert!(small().folds(&[0, 1]).is_err() && small().tissues(&[]).is_err());
    }
}
