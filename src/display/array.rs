//! Arrays of ndarray as tables.

use std::fmt::{Debug, Display};

use ndarray::{ArrayBase, ArrayRef, Data, Dimension, Ix1, Ix2};

use super::html::grid;
use super::number::Element;
use super::{Representation, Show};

impl<A: Element + Display, S: Data<Elem = A>, D: Dimension> Show for ArrayBase<S, D> {
    /// An HTML table for one and two dimensions, and ndarray's own text.
    fn show(&self) -> Vec<Representation> {
        (**self).show()
    }
}

impl<A: Element + Display, D: Dimension> Show for ArrayRef<A, D> {
    /// An HTML table for one and two dimensions, and ndarray's own text.
    fn show(&self) -> Vec<Representation> {
        let shape = self.shape();
        let note = format!("{}, {}", described(shape), std::any::type_name::<A>());
        let text = if shape.len() > 2 { format!("{note}\n{self}") } else { self.to_string() };
        let table = if let Ok(row) = self.view().into_dimensionality::<Ix1>() {
            Some(grid(None, row.len(), |_, column| row[column].cell(), note))
        } else if let Ok(matrix) = self.view().into_dimensionality::<Ix2>() {
            Some(grid(Some(matrix.nrows()), matrix.ncols(), |row, column| matrix[(row, column)].cell(), note))
        } else {
            None
        };
        let html = table.map(|table| Representation::html(table.html()));
        [Representation::text(text)].into_iter().chain(html).collect()
    }
}

/// A shape in words.
pub fn described(shape: &[impl Debug]) -> String {
    format!("shape {shape:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::Content;
    use ndarray::{Array, Array1, Array2, Array3, arr0, array};

    fn content(value: &impl Show, mime: &str) -> Option<String> {
        let found = value.show().into_iter().find(|one| one.mime == mime)?;
        match found.content {
            Content::Text(text) => Some(text),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_matrix_is_a_table() {
        let matrix = array![[1.0, 0.5], [1.0 / 3.0, f64::NAN]];
        let html = content(&matrix, "text/html").expect("a table");
        assert_eq!(html.matches("<tr>").count(), 3);
        assert!(html.contains("title=\"0.3333333333333333\">0.333333</td><td class=\"number\">NaN</td>"));
        assert!(html.contains("shape [2, 2], f64"));
        assert_eq!(content(&matrix, "text/plain"), Some(matrix.to_string()));
    }

    #[test]
    fn a_vector_is_one_row() {
        let html = content(&Array1::from_iter(0..100_u16), "text/html").expect("a table");
        assert_eq!(html.matches("<tr>").count(), 2);
        assert!(html.contains(">4</td>") && html.contains(">95</td>") && !html.contains(">5</td>"));
        assert!(html.contains("shape [100], u16"));
    }

    #[test]
    fn views_and_reordered_arrays_are_shown_as_they_are_indexed() {
        let matrix = Array::from_shape_fn((2, 3), |(i, j)| (10 * i + j) as i32);
        let html = content(&matrix.t(), "text/html").expect("a table");
        assert!(html.contains("shape [3, 2], i32"));
        assert!(html.contains("<td class=\"number\">1</td><td class=\"number\">11</td>"));
        assert_eq!(content(&matrix.view(), "text/html"), content(&matrix, "text/html"));
        assert_eq!(content(&matrix.into_dyn(), "text/html").map(|html| html.matches("<tr>").count()), Some(3));
    }

    #[test]
    fn other_dimensions_have_text_only() {
        let cube = Array3::<f32>::zeros((2, 3, 4));
        assert_eq!(content(&cube, "text/html"), None);
        assert!(content(&cube, "text/plain").is_some_and(|text| text.starts_with("shape [2, 3, 4], f32\n[[[")));
        assert_eq!(arr0(5).show(), [Representation::text("5")]);
    }

    #[test]
    fn an_empty_array_has_a_shape() {
        let html = content(&Array2::<f64>::zeros((0, 3)), "text/html").expect("a table");
        assert!(html.contains("shape [0, 3], f64"));
    }
}
