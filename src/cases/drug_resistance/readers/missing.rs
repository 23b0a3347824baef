//! Takes out lines and genes until no value is missing, and genes that don't vary.

use std::collections::HashMap;

use ndarray::{Array2, Axis};

use super::exclusion::Reason;

/// What is left of a matrix, and what isn't.
#[derive(Debug)]
pub(super) struct Complete {
    /// Rows that are left.
    pub(super) lines: Vec<usize>,
    /// Columns that are left.
    pub(super) genes: Vec<usize>,
    /// Rows that went, with the number of their missing values.
    pub(super) lines_out: Vec<(usize, usize)>,
    /// Columns that went, and why.
    pub(super) genes_out: Vec<(usize, Reason)>,
}

/// Reduces a matrix of lines × genes to one without NaN and without constant genes.
///
/// Whichever line or gene lacks the greatest share of what is left goes first, genes before lines at equal shares: a line
/// that was hardly measured doesn't cost the genes of all others, nor a gene the lines.
pub(super) fn complete(x: &mut Array2<f64>) -> Complete {
    let (n, p) = x.dim();
    let mut gaps = Gaps::of(x);
    let (mut n_left, mut p_left) = (n, p);
    let mut out = Complete { lines: Vec::new(), genes: Vec::new(), lines_out: Vec::new(), genes_out: Vec::new() };
    let (mut line_out, mut gene_out) = (vec![false; n], vec![false; p]);
    while let Some((line, gene)) = gaps.worst() {
        let share = |count: usize, of: usize| count as f64 / of.max(1) as f64;
        let line_share = line.map_or(0.0, |(_, count)| share(count, p_left));
        let gene_share = gene.map_or(0.0, |(_, count)| share(count, n_left));
        match (line, gene) {
            (_, Some((gene, cells))) if gene_share >= line_share => {
                out.genes_out.push((gene, Reason::Missing { cells, of: n_left }));
                gene_out[gene] = true;
                p_left -= 1;
                gaps.drop_gene(gene);
            }
            (Some((line, cells)), _) => {
                out.lines_out.push((line, cells));
                line_out[line] = true;
                n_left -= 1;
                gaps.drop_line(line);
            }
            _ => break,
        }
    }
    out.lines = (0..n).filter(|line| !line_out[*line]).collect();
    for gene in (0..p).filter(|gene| !gene_out[*gene]) {
        let column = x.column(gene);
        let mut values = out.lines.iter().map(|line| column[*line]);
        match values.next() {
            Some(first) if values.all(|value| value == first) => {
                out.genes_out.push((gene, Reason::Constant { value: first }));
            }
            Some(_) => out.genes.push(gene),
            None => {}
        }
    }
    if out.lines.len() < n {
        *x = x.select(Axis(0), &out.lines);
    }
    if out.genes.len() < p {
        *x = x.select(Axis(1), &out.genes);
    }
    out
}

/// The missing cells by line and by gene.
struct Gaps {
    by_line: HashMap<usize, Vec<usize>>,
    by_gene: HashMap<usize, Vec<usize>>,
    /// How many cells of each are missing still; lines and genes without any aren't there.
    lines: HashMap<usize, usize>,
    genes: HashMap<usize, usize>,
}

/// A line or gene and how many of its values are missing.
type Worst = Option<(usize, usize)>;

impl Gaps {
    fn of(x: &Array2<f64>) -> Self {
        let mut by_line: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut by_gene: HashMap<usize, Vec<usize>> = HashMap::new();
        for ((line, gene), value) in x.indexed_iter() {
            if value.is_nan() {
                by_line.entry(line).or_default().push(gene);
                by_gene.entry(gene).or_default().push(line);
            }
        }
        let count = |by: &HashMap<usize, Vec<usize>>| by.iter().map(|(key, cells)| (*key, cells.len())).collect();
        Self { lines: count(&by_line), genes: count(&by_gene), by_line, by_gene }
    }

    /// The line and the gene with the most missing values, the first ones of equals; `None` when nothing is missing.
    fn worst(&self) -> Option<(Worst, Worst)> {
        let most = |counts: &HashMap<usize, usize>| {
            counts.iter().map(|(key, count)| (*key, *count)).max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)))
        };
        let worst = (most(&self.lines), most(&self.genes));
        (worst.0.is_some() || worst.1.is_some()).then_some(worst)
    }

    fn drop_line(&mut self, line: usize) {
        self.lines.remove(&line);
        for gene in self.by_line.get(&line).into_iter().flatten() {
            lower(&mut self.genes, *gene);
        }
    }

    fn drop_gene(&mut self, gene: usize) {
        self.genes.remove(&gene);
        for line in self.by_gene.get(&gene).into_iter().flatten() {
            lower(&mut self.lines, *line);
        }
    }
}

/// One missing cell less.
fn lower(counts: &mut HashMap<usize, usize>, key: usize) {
    if let Some(count) = counts.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    const GAP: f64 = f64::NAN;

    #[test]
    fn a_line_that_was_hardly_measured_goes_and_the_genes_stay() {
        let mut x = array![[1.0, 2.0, 3.0, 4.0], [GAP, GAP, 9.0, GAP], [5.0, 6.0, 7.0, 8.0], [5.5, 6.5, 7.5, 8.5]];
        let left = complete(&mut x);
        assert_eq!((left.lines, left.lines_out), (vec![0, 2, 3], vec![(1, 3)]));
        assert_eq!((left.genes, left.genes_out), (vec![0, 1, 2, 3], vec![]));
        assert_eq!(x, array![[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [5.5, 6.5, 7.5, 8.5]]);
    }

    #[test]
    fn a_gene_that_was_hardly_measured_goes_and_the_lines_stay() {
        let mut x = array![[1.0, GAP], [2.0, GAP], [3.0, 1.0], [4.0, 2.0]];
        let left = complete(&mut x);
        assert_eq!((left.lines.len(), left.genes), (4, vec![0]));
        assert_eq!(left.genes_out, vec![(1, Reason::Missing { cells: 2, of: 4 })]);
    }

    #[test]
    fn constant_genes_go_after_lines() {
        // The second gene varies only by the line that goes.
        let mut x = array![[1.0, 5.0, GAP, GAP], [2.0, 1.0, 3.0, 1.0], [3.0, 1.0, 4.0, 3.0], [4.0, 1.0, 6.0, 2.0]];
        let left = complete(&mut x);
        assert_eq!((left.lines, left.genes), (vec![1, 2, 3], vec![0, 2, 3]));
        assert_eq!(left.genes_out, vec![(1, Reason::Constant { value: 1.0 })]);
        assert_eq!(x.dim(), (3, 3));
    }

    proptest! {
        #[test]
        fn what_is_left_is_whole_and_nothing_is_lost(
            n in 1usize..12,
            p in 1usize..12,
            holes in prop::collection::vec((0usize..12, 0usize..12), 0..60),
        ) {
            let mut x = Array2::from_shape_fn((n, p), |(i, j)| (i * 31 + j * 17) as f64 % 7.0);
            for (i, j) in holes {
                x[[i % n, j % p]] = GAP;
            }
            let before = x.clone();
            let left = complete(&mut x);
            prop_assert!(x.iter().all(|value| !value.is_nan()));
            prop_assert_eq!(x.dim(), (left.lines.len(), left.genes.len()));
            prop_assert_eq!(left.lines.len() + left.lines_out.len(), n);
            if !left.lines.is_empty() {
                prop_assert_eq!(left.genes.len() + left.genes_out.len(), p);
            }
            for (i, line) in left.lines.iter().enumerate() {
                for (j, gene) in left.genes.iter().enumerate() {
                    prop_assert_eq!(x[[i, j]], before[[*line, *gene]]);
                }
            }
        }
    }
}
