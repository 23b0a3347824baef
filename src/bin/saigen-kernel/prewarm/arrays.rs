//! ndarray: vectors and matrices.

use saigen::ndarray::prelude::*;
use saigen::ndarray::{concatenate, stack};

macro_rules! of {
    ($($name:ident: $number:ty, $one:expr);*) => {
        $(pub fn $name() {
            let one: $number = $one;
            let vector: Array1<$number> = arr1(&[one, one, one]);
            let mut matrix: Array2<$number> = arr2(&[[one, one], [one, one]]);
            made!(arr2(&[[one, one, one], [one, one, one], [one, one, one]]), arr2(&[[one, one, one], [one, one, one]]));
            made!(arr2(&[[one, one], [one, one], [one, one]]), array![one, one], array![one, one, one], array![[one, one], [one, one]]);
            made!(array![[one, one, one], [one, one, one]], array![one, one, one, one], arr1(&[one, one]), array![[[one]]]);
            println!("{vector} {vector:?} {matrix} {matrix:?}");
            println!("{:?} {:?} {:?} {:?}", vector.shape(), matrix.dim(), matrix.view(), vector.view());
            made!(vector.dot(&vector), matrix.dot(&matrix), matrix.dot(&vector), matrix.t().dot(&matrix), matrix.dot(&matrix.t()));
            made!(vector.sum(), matrix.sum(), vector.len(), matrix.nrows(), matrix.ncols(), matrix.shape().to_vec());
            println!("{} {} {:?} {:?}", vector.sum(), matrix.sum(), vector.mean(), matrix.mean());
            made!(matrix.sum_axis(Axis(0)), matrix.sum_axis(Axis(1)), matrix.mean_axis(Axis(0)), matrix.mean_axis(Axis(1)));
            println!("{} {:?}", matrix.sum_axis(Axis(0)), matrix.mean_axis(Axis(1)));
            made!(vector.mapv(|x| x * one), matrix.mapv(|x| x * one), vector.map(|x| *x), matrix.map(|x| *x));
            made!(&vector + &vector, &vector - &vector, &vector * &vector, &vector / &vector, &vector + one, &vector * one);
            made!(&matrix + &matrix, &matrix - &matrix, &matrix * &matrix, &matrix / &matrix, &matrix + one, &matrix * one);
            made!(vector.clone() + vector.clone(), vector.clone() * one, matrix.clone() + &matrix, matrix.clone() * one);
            made!(vector.clone() - one, vector.clone() / one, matrix.clone() - one, matrix.clone() / one, &matrix / one);
            made!(&vector * one - &vector, &vector / one, &vector - one, &matrix - one);
            matrix += one;
            matrix *= one;
            matrix[[0, 0]] = one;
            matrix[(0, 0)] = one;
            made!(matrix[[0, 0]], vector[0], matrix.get((0, 0)).copied(), matrix.row(0).to_owned(), matrix.column(0).to_owned());
            made!(matrix.row(0).sum(), matrix.column(0).sum(), matrix.t().to_owned(), matrix.diag().to_owned(), matrix.diag().sum());
            println!("{} {:?} {} {}", matrix.row(0), matrix.column(0), matrix.t(), matrix.diag());
            println!("{:.3} {:.3} {:8.2} {:.3?}", vector, matrix, matrix, vector);
            made!(matrix.slice(s![.., 0]).to_owned(), matrix.slice(s![0, ..]).to_owned(), matrix.slice(s![0..1, 0..1]).to_owned());
            made!(matrix.slice(s![..1, 1..]).to_owned(), matrix.slice(s![1.., ..1]).to_owned(), vector.slice(s![1..]).to_owned());
            made!(vector.slice(s![..1]).to_owned(), vector.slice(s![0..1]).sum(), vector.slice(s![..;2]).to_owned());
            println!("{} {:?}", matrix.slice(s![..1, 1..]), vector.slice(s![1..]));
            for row in matrix.rows() {
                println!("{} {row}", row.sum());
            }
            for value in vector.iter().chain(matrix.iter()) {
                made!(*value);
            }
            for value in &vector {
                made!(*value);
            }
            for row in matrix.axis_iter(Axis(0)) {
                made!(row.sum());
            }
            matrix.row_mut(0).assign(&vector);
            matrix.column_mut(0).fill(one);
            matrix.mapv_inplace(|x| x + one);
            made!(matrix.rows().into_iter().map(|row| row.sum()).collect::<Vec<$number>>(), vector.to_vec());
            made!(Array1::<$number>::zeros(3), Array2::<$number>::zeros((2, 2)), Array1::<$number>::ones(3), Array2::<$number>::ones((2, 2)));
            made!(Array2::<$number>::eye(3), Array1::<$number>::from_elem(3, one), Array2::<$number>::from_elem((2, 2), one));
            made!(Array1::from_vec(vec![one]), Array2::from_shape_vec((1, 1), vec![one]).unwrap(), Array::from_iter(vec![one]));
            made!(Array2::from_shape_fn((2, 2), |(i, j)| (i + j) as $number), Array1::from_shape_fn(2, |i| i as $number));
            made!(Array1::from_iter((0..3).map(|i| i as $number)), Array::from_vec(vec![one; 4]).into_shape_with_order((2, 2)).unwrap());
            made!(vector.iter().copied().sum::<$number>(), vector.iter().map(|x| x * x).sum::<$number>(), vector == vector, matrix == matrix);
            made!(stack(Axis(0), &[vector.view(), vector.view()]).unwrap(), concatenate(Axis(0), &[matrix.view(), matrix.view()]).unwrap());
            made!(matrix.iter().cloned().collect::<Vec<$number>>(), vector.fold(one, |a, b| a + b), matrix.clone().into_raw_vec_and_offset().0);
            made!(vector.clone().insert_axis(Axis(0)), matrix.index_axis(Axis(0), 0).to_owned(), matrix.dim(), matrix.ndim());
        })*
    };
}

of! { of_f64: f64, 1.0; of_f32: f32, 1.0; of_i32: i32, 1; of_usize: usize, 1 }

pub fn ranges() {
    let grid = Array::linspace(0.0, 1.0, 11);
    made!(Array1::range(0.0, 1.0, 0.1), grid.mapv(f64::sin), grid.mapv(f64::exp), grid.mapv(|x: f64| x.powi(2)));
    made!(
        grid.iter().cloned().fold(f64::MIN, f64::max),
        grid.std(0.0),
        grid.var(0.0),
        grid.iter().zip(grid.iter()).count(),
    );
    made!(Array3::<f64>::zeros((2, 2, 2)).sum_axis(Axis(0)));
    println!("{} {:?}", Array3::<f64>::zeros((2, 2, 2)), Array3::<f64>::zeros((2, 2, 2)));
}
