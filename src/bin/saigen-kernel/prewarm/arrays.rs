//! ndarray: vectors and matrices.

use saigen::ndarray::prelude::*;
use saigen::ndarray::{concatenate, stack};

use crate::used;

macro_rules! of {
    ($($name:ident: $number:ty, $one:expr);*) => {
        $(pub fn $name() {
            let one: $number = $one;
            let vector: Array1<$number> = arr1(&[one, one, one]);
            let mut matrix: Array2<$number> = arr2(&[[one, one], [one, one]]);
            used((arr2(&[[one, one, one], [one, one, one], [one, one, one]]), arr2(&[[one, one, one], [one, one, one]])));
            used((arr2(&[[one, one], [one, one], [one, one]]), array![one, one], array![one, one, one], array![[one, one], [one, one]]));
            used((array![[one, one, one], [one, one, one]], array![one, one, one, one], arr1(&[one, one]), array![[[one]]]));
            println!("{vector} {vector:?} {matrix} {matrix:?}");
            println!("{:?} {:?} {:?} {:?}", vector.shape(), matrix.dim(), matrix.view(), vector.view());
            used((vector.dot(&vector), matrix.dot(&matrix), matrix.dot(&vector), matrix.t().dot(&matrix), matrix.dot(&matrix.t())));
            used((vector.sum(), matrix.sum(), vector.len(), matrix.nrows(), matrix.ncols(), matrix.shape().to_vec()));
            println!("{} {} {:?} {:?}", vector.sum(), matrix.sum(), vector.mean(), matrix.mean());
            used((matrix.sum_axis(Axis(0)), matrix.sum_axis(Axis(1)), matrix.mean_axis(Axis(0)), matrix.mean_axis(Axis(1))));
            println!("{} {:?}", matrix.sum_axis(Axis(0)), matrix.mean_axis(Axis(1)));
            used((vector.mapv(|x| x * one), matrix.mapv(|x| x * one), vector.map(|x| *x), matrix.map(|x| *x)));
            used((&vector + &vector, &vector - &vector, &vector * &vector, &vector / &vector, &vector + one, &vector * one));
            used((&matrix + &matrix, &matrix - &matrix, &matrix * &matrix, &matrix / &matrix, &matrix + one, &matrix * one));
            used((vector.clone() + vector.clone(), vector.clone() * one, matrix.clone() + &matrix, matrix.clone() * one));
            used((vector.clone() - one, vector.clone() / one, matrix.clone() - one, matrix.clone() / one, &matrix / one));
            used((&vector * one - &vector, &vector / one, &vector - one, &matrix - one));
            matrix += one;
            matrix *= one;
            matrix[[0, 0]] = one;
            matrix[(0, 0)] = one;
            used((matrix[[0, 0]], vector[0], matrix.get((0, 0)).copied(), matrix.row(0).to_owned(), matrix.column(0).to_owned()));
            used((matrix.row(0).sum(), matrix.column(0).sum(), matrix.t().to_owned(), matrix.diag().to_owned(), matrix.diag().sum()));
            println!("{} {:?} {} {}", matrix.row(0), matrix.column(0), matrix.t(), matrix.diag());
            println!("{:.3} {:.3} {:8.2} {:.3?}", vector, matrix, matrix, vector);
            used((matrix.slice(s![.., 0]).to_owned(), matrix.slice(s![0, ..]).to_owned(), matrix.slice(s![0..1, 0..1]).to_owned()));
            used((matrix.slice(s![..1, 1..]).to_owned(), matrix.slice(s![1.., ..1]).to_owned(), vector.slice(s![1..]).to_owned()));
            used((vector.slice(s![..1]).to_owned(), vector.slice(s![0..1]).sum(), vector.slice(s![..;2]).to_owned()));
            println!("{} {:?}", matrix.slice(s![..1, 1..]), vector.slice(s![1..]));
            for row in matrix.rows() {
                println!("{} {row}", row.sum());
            }
            for value in vector.iter().chain(matrix.iter()) {
                used(*value);
            }
            for value in &vector {
                used(*value);
            }
            for row in matrix.axis_iter(Axis(0)) {
                used(row.sum());
            }
            matrix.row_mut(0).assign(&vector);
            matrix.column_mut(0).fill(one);
            matrix.mapv_inplace(|x| x + one);
            used((matrix.rows().into_iter().map(|row| row.sum()).collect::<Vec<$number>>(), vector.to_vec()));
            used((Array1::<$number>::zeros(3), Array2::<$number>::zeros((2, 2)), Array1::<$number>::ones(3), Array2::<$number>::ones((2, 2))));
            used((Array2::<$number>::eye(3), Array1::<$number>::from_elem(3, one), Array2::<$number>::from_elem((2, 2), one)));
            used((Array1::from_vec(vec![one]), Array2::from_shape_vec((1, 1), vec![one]).unwrap(), Array::from_iter(vec![one])));
            used((Array2::from_shape_fn((2, 2), |(i, j)| (i + j) as $number), Array1::from_shape_fn(2, |i| i as $number)));
            used((Array1::from_iter((0..3).map(|i| i as $number)), Array::from_vec(vec![one; 4]).into_shape_with_order((2, 2)).unwrap()));
            used((vector.iter().copied().sum::<$number>(), vector.iter().map(|x| x * x).sum::<$number>(), vector == vector, matrix == matrix));
            used((stack(Axis(0), &[vector.view(), vector.view()]).unwrap(), concatenate(Axis(0), &[matrix.view(), matrix.view()]).unwrap()));
            used((matrix.iter().cloned().collect::<Vec<$number>>(), vector.fold(one, |a, b| a + b), matrix.clone().into_raw_vec_and_offset().0));
            used((vector.clone().insert_axis(Axis(0)), matrix.index_axis(Axis(0), 0).to_owned(), matrix.dim(), matrix.ndim()));
        })*
    };
}

of! { of_f64: f64, 1.0; of_f32: f32, 1.0; of_i32: i32, 1; of_usize: usize, 1 }

pub fn ranges() {
    let grid = Array::linspace(0.0, 1.0, 11);
    used((Array1::range(0.0, 1.0, 0.1), grid.mapv(f64::sin), grid.mapv(f64::exp), grid.mapv(|x: f64| x.powi(2))));
    used((
        grid.iter().cloned().fold(f64::MIN, f64::max),
        grid.std(0.0),
        grid.var(0.0),
        grid.iter().zip(grid.iter()).count(),
    ));
    used(Array3::<f64>::zeros((2, 2, 2)).sum_axis(Axis(0)));
    println!("{} {:?}", Array3::<f64>::zeros((2, 2, 2)), Array3::<f64>::zeros((2, 2, 2)));
}
