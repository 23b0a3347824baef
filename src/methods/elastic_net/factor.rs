//! Sums of products, and a Cholesky factor that says where columns depend on each other.

use std::ops::Range;

use gemm::{Parallelism, gemm};
use pulp::Arch;

/// Least square of a pivot, relative to the diagonal.
const INDEPENDENT: f64 = 1e-13;

/// Sums shorter than this are done as they are: choosing the processor's widest vectors would take longer.
const SHORT: usize = 32;

/// `to += factor · from`.
#[inline]
pub(crate) fn add_scaled(to: &mut [f64], factor: f64, from: &[f64]) {
    #[inline(always)]
    fn add(to: &mut [f64], factor: f64, from: &[f64]) {
        to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
    }
    if to.len() < SHORT {
        add(to, factor, from);
    } else {
        Arch::new().dispatch(
            #[inline(always)]
            || add(to, factor, from),
        );
    }
}

/// `aᵀb`, in eight sums, so that additions don't wait for each other.
#[inline]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    if a.len().min(b.len()) < SHORT {
        return in_eight_sums(a, b);
    }
    Arch::new().dispatch(
        #[inline(always)]
        || in_eight_sums(a, b),
    )
}

#[inline(always)]
fn in_eight_sums(a: &[f64], b: &[f64]) -> f64 {
    let (mut sums, length) = ([0.0; 8], a.len().min(b.len()));
    let whole = length - length % 8;
    for (a, b) in a[..whole].chunks_exact(8).zip(b[..whole].chunks_exact(8)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest: f64 = a[whole..length].iter().zip(&b[whole..length]).map(|(a, b)| a * b).sum();
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + b) + (c + d)) + ((e + f) + (g + h)) + rest
}

/// The Cholesky factor `L` of a matrix whose rows and columns come and go.
#[derive(Debug, Default)]
pub(super) struct Factor {
    /// L by rows, at distance `stride`; what is above the diagonal is anything.
    rows: Vec<f64>,
    stride: usize,
    size: usize,
    rotations: Vec<(f64, f64)>,
}

impl Factor {
    /// The number of rows.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Forgets all rows.
    pub fn clear(&mut self) {
        self.size = 0;
    }

    /// Factorises a matrix of `size` rows, of which `fill(i, row)` writes the entries `0..=i` of row i.
    ///
    /// Ends before the first row whose pivot vanishes, and holds for the rows above it then.
    pub fn rebuild(&mut self, size: usize, mut fill: impl FnMut(usize, &mut [f64])) {
        self.room(size);
        for i in 0..size {
            fill(i, &mut self.rows[i * self.stride..=i * self.stride + i]);
        }
        self.size = factorise(&mut self.rows, self.stride, size);
    }

    /// Adds a row of the matrix: its entries with the rows there are, then that on the diagonal.
    ///
    /// # Errors
    /// Coefficients of the rows there are, when the new one depends on them.
    pub fn push(&mut self, entries: &[f64]) -> Result<(), Vec<f64>> {
        let size = self.size;
        self.room(size + 1);
        let (above, rest) = self.rows.split_at_mut(size * self.stride);
        let row = &mut rest[..=size];
        row.copy_from_slice(entries);
        for j in 0..size {
            let other = &above[j * self.stride..=j * self.stride + j];
            row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let pivot = row[size] - dot(&row[..size], &row[..size]);
        if pivot.is_nan() || pivot <= INDEPENDENT * entries[size] {
            let mut coefficients = row[..size].to_vec();
            self.back_substitute(&mut coefficients);
            return Err(coefficients);
        }
        row[size] = pivot.sqrt();
        self.size += 1;
        Ok(())
    }

    /// Takes a row and its column away, by rotations of the columns right of it.
    pub fn remove(&mut self, place: usize) {
        self.rotations.clear();
        for row in place..self.size - 1 {
            let (above, below) = self.rows.split_at_mut((row + 1) * self.stride);
            let to = &mut above[row * self.stride..][..=row];
            let from = &below[..row + 2];
            to[..place].copy_from_slice(&from[..place]);
            let mut carried = from[place];
            for ((to, next), (cosine, sine)) in to[place..].iter_mut().zip(&from[place + 1..]).zip(&self.rotations) {
                *to = cosine * carried + sine * next;
                carried = cosine * next - sine * carried;
            }
            let (last, length) = (from[row + 1], carried.hypot(from[row + 1]));
            self.rotations.push((carried / length, last / length));
            to[row] = length;
        }
        self.size -= 1;
    }

    /// Solves `LLᵀx = b` in place of `b`.
    pub fn solve(&self, b: &mut [f64]) {
        for i in 0..self.size {
            let row = &self.rows[i * self.stride..=i * self.stride + i];
            b[i] = (b[i] - dot(&row[..i], &b[..i])) / row[i];
        }
        self.back_substitute(b);
    }

    /// Solves `Lᵀx = b` in place of `b`.
    fn back_substitute(&self, b: &mut [f64]) {
        for i in (0..self.size).rev() {
            let row = &self.rows[i * self.stride..=i * self.stride + i];
            b[i] /= row[i];
            let (above, at) = b.split_at_mut(i);
            add_scaled(above, -at[0], &row[..i]);
        }
    }

    /// Makes room for `size` rows.
    fn room(&mut self, size: usize) {
        if size <= self.stride {
            return;
        }
        let stride = (size + size / 2).next_multiple_of(8);
        let mut rows = vec![0.0; stride * stride];
        for i in 0..self.size {
            rows[i * stride..=i * stride + i].copy_from_slice(&self.rows[i * self.stride..=i * self.stride + i]);
        }
        (self.rows, self.stride) = (rows, stride);
    }
}

/// Rows and columns that a factorisation takes at a time.
const PANEL: usize = 32;
/// Columns of a strip in which what is left of the matrix is brought up to date.
const STRIP: usize = 128;

/// The Cholesky factor of a matrix in its place, by rows at distance `stride`; only the lower triangle is read, what is above
/// the diagonal ends as anything.
///
/// Returns the first row whose pivot vanishes, or `size`; the factor holds for the rows above it.
fn factorise(matrix: &mut [f64], stride: usize, size: usize) -> usize {
    let diagonal: Vec<f64> = matrix.iter().copied().step_by(stride + 1).take(size).collect();
    for start in (0..size).step_by(PANEL) {
        let end = (start + PANEL).min(size);
        for (i, before) in diagonal.iter().enumerate().skip(start) {
            let (above, rest) = matrix.split_at_mut(i * stride);
            let row = &mut rest[start..end];
            for j in start..i.min(end) {
                let other = &above[j * stride + start..=j * stride + j];
                let own = j - start;
                row[own] = (row[own] - dot(&row[..own], &other[..own])) / other[own];
            }
            if i < end {
                let own = i - start;
                let pivot = row[own] - dot(&row[..own], &row[..own]);
                if pivot.is_nan() || pivot <= INDEPENDENT * before {
                    return i;
                }
                row[own] = pivot.sqrt();
            }
        }
        for left in (end..size).step_by(STRIP) {
            subtract_products(matrix, stride, size, start..end, left, (left + STRIP).min(size));
        }
    }
    size
}

/// `A_ij −= Σ_k A_ik A_jk` over columns k of a panel, for rows i from `left` on and columns j in `left..right`.
fn subtract_products(matrix: &mut [f64], stride: usize, size: usize, panel: Range<usize>, left: usize, right: usize) {
    assert!(panel.end <= left && left < right && right <= size && size <= stride && matrix.len() >= size * stride);
    let first = left * stride;
    let stride = isize::try_from(stride).expect("a slice is no longer than isize::MAX");
    let base = matrix.as_mut_ptr();
    // SAFETY: all entries lie in rows and columns below `size` of the matrix; those that are written have columns from `left`
    // on, those that are read columns of the panel, which ends at or before `left`.
    unsafe {
        let (read, write) = (base.add(first + panel.start).cast_const(), base.add(first + left));
        gemm(
            size - left,
            right - left,
            panel.len(),
            write,
            1,
            stride,
            true,
            read,
            1,
            stride,
            read,
            stride,
            1,
            1.0,
            -1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A positive definite matrix of `size` rows.
    fn matrix(size: usize) -> Vec<Vec<f64>> {
        let wave = |i: usize, k: usize| ((i * (2 * k + 3) + k) as f64 * 0.7).sin();
        let entry = |i: usize, j: usize| (0..size + 3).map(|k| wave(i, k) * wave(j, k)).sum::<f64>();
        (0..size).map(|i| (0..size).map(|j| entry(i, j) + if i == j { 0.5 } else { 0.0 }).collect()).collect()
    }

    /// The largest residual of a system with the rows `kept` of the matrix.
    fn residual(factor: &Factor, matrix: &[Vec<f64>], kept: &[usize]) -> f64 {
        let right: Vec<f64> = kept.iter().map(|i| (*i as f64).cos()).collect();
        let mut found = right.clone();
        factor.solve(&mut found);
        let along = |i: &usize| kept.iter().zip(&found).map(|(j, value)| matrix[*i][*j] * value).sum::<f64>();
        kept.iter().zip(&right).map(|(i, right)| (along(i) - right).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn a_factor_solves_for_sizes_around_its_panels_and_strips() {
        for size in [1, 2, 31, 32, 33, 64, 127, 128, 129, 160, 161, 200, 300] {
            let matrix = matrix(size);
            let mut factor = Factor::default();
            factor.rebuild(size, |i, row| row.copy_from_slice(&matrix[i][..=i]));
            let kept: Vec<usize> = (0..size).collect();
            assert_eq!(factor.size(), size);
            assert!(residual(&factor, &matrix, &kept) < 1e-9, "{size}");
        }
    }

    #[test]
    fn rows_come_and_go() {
        let matrix = matrix(90);
        let mut factor = Factor::default();
        let mut kept: Vec<usize> = Vec::new();
        let push = |factor: &mut Factor, kept: &mut Vec<usize>, i: usize| {
            let entries: Vec<f64> = kept.iter().chain([&i]).map(|j| matrix[i][*j]).collect();
            factor.push(&entries).unwrap();
            kept.push(i);
        };
        (0..90).step_by(2).for_each(|i| push(&mut factor, &mut kept, i));
        for place in [44, 0, 17, 17, 3, 39] {
            factor.remove(place);
            kept.remove(place);
            assert!(residual(&factor, &matrix, &kept) < 1e-9);
        }
        (1..90).step_by(2).for_each(|i| push(&mut factor, &mut kept, i));
        assert!(kept.len() == 84 && residual(&factor, &matrix, &kept) < 1e-9);
        while !kept.is_empty() {
            factor.remove(kept.len() / 2);
            kept.remove(kept.len() / 2);
            assert!(factor.size() == kept.len() && residual(&factor, &matrix, &kept) < 1e-9);
        }
    }

    #[test]
    fn a_row_that_depends_on_others_says_how() {
        let mut factor = Factor::default();
        factor.push(&[4.0]).unwrap();
        factor.push(&[2.0, 5.0]).unwrap();
        // Twice the first row, less the second.
        let coefficients = factor.push(&[6.0, -1.0, 13.0]).unwrap_err();
        assert!((coefficients[0] - 2.0).abs() < 1e-12 && (coefficients[1] + 1.0).abs() < 1e-12);
        assert_eq!(factor.size(), 2);
        // A whole matrix is factorised as far as it goes, beyond a panel too.
        let mut matrix = matrix(70);
        matrix[50] = matrix[3].iter().zip(&matrix[40]).map(|(a, b)| a + b).collect();
        (0..70).for_each(|i| matrix[i][50] = matrix[i][3] + matrix[i][40]);
        factor.rebuild(70, |i, row| row.copy_from_slice(&matrix[i][..=i]));
        assert_eq!(factor.size(), 50);
        assert!(residual(&factor, &matrix, &(0..50).collect::<Vec<_>>()) < 1e-9);
    }

    #[test]
    fn a_sum_of_products_takes_any_length() {
        for length in 0..40_usize {
            let a: Vec<f64> = (0..length).map(|k| k as f64).collect();
            let exact = (0..length).map(|k| k * k).sum::<usize>() as f64;
            assert_eq!(dot(&a, &a), exact);
        }
    }
}
