//! Tensors of candle as tables.

use candle_core::{DType, DeviceLocation, Result, Tensor};

use super::array::described;
use super::html::{COLUMNS_FROM_EITHER_END, Cell, ROWS_FROM_EITHER_END, grid};
use super::number::Element;
use super::{Representation, Show};

impl Show for Tensor {
    /// Shape, type and device with candle's own text; an HTML table for one and two dimensions.
    fn show(&self) -> Vec<Representation> {
        let device = match self.device().location() {
            DeviceLocation::Cpu => "cpu".to_owned(),
            DeviceLocation::Cuda { gpu_id } => format!("cuda:{gpu_id}"),
            DeviceLocation::Metal { gpu_id } => format!("metal:{gpu_id}"),
        };
        let note = format!("{}, {}, {device}", described(self.dims()), self.dtype().as_str());
        let text = Representation::text(format!("{note}\n{self}"));
        let html = html(self, note).ok().flatten().map(Representation::html);
        [text].into_iter().chain(html).collect()
    }
}

/// A table of what is shown of a tensor; only that leaves its device.
fn html(tensor: &Tensor, note: String) -> Result<Option<String>> {
    let (rows, columns) = match *tensor.dims() {
        [columns] => (None, columns),
        [rows, columns] => (Some(rows), columns),
        _ => return Ok(None),
    };
    let ends = match rows {
        None => ends(tensor, 0, COLUMNS_FROM_EITHER_END)?.unsqueeze(0)?,
        Some(_) => ends(&ends(tensor, 0, ROWS_FROM_EITHER_END)?, 1, COLUMNS_FROM_EITHER_END)?,
    };
    let cells = cells(&ends)?;
    let (kept_rows, kept_columns) = ends.dims2()?;
    let count = rows.unwrap_or(1);
    let cell = |row: usize, column: usize| {
        let place = kept(row, count, kept_rows) * kept_columns + kept(column, columns, kept_columns);
        cells.get(place).cloned().unwrap_or_else(Cell::gap)
    };
    Ok(Some(grid(rows, columns, cell, note).html()))
}

/// The first and last slices along a dimension.
fn ends(tensor: &Tensor, dimension: usize, each: usize) -> Result<Tensor> {
    let count = tensor.dim(dimension)?;
    if count <= 2 * each + 1 {
        return Ok(tensor.clone());
    }
    Tensor::cat(&[tensor.narrow(dimension, 0, each)?, tensor.narrow(dimension, count - each, each)?], dimension)
}

/// Where a place among `count` is after [`ends`] kept `kept` of them.
fn kept(place: usize, count: usize, kept: usize) -> usize {
    if place < kept / 2 || kept == count { place } else { place + kept - count }
}

/// All elements, row by row.
fn cells(tensor: &Tensor) -> Result<Vec<Cell>> {
    fn each<T: Element>(values: Vec<T>) -> Vec<Cell> {
        values.iter().map(Element::cell).collect()
    }
    let tensor = tensor.flatten_all()?;
    match tensor.dtype() {
        DType::F64 => tensor.to_vec1::<f64>().map(each),
        DType::U8 | DType::U32 | DType::I16 | DType::I32 | DType::I64 => {
            tensor.to_dtype(DType::I64)?.to_vec1::<i64>().map(each)
        }
        _ => tensor.to_dtype(DType::F32)?.to_vec1::<f32>().map(each),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::Content;
    use candle_core::Device;

    fn content(tensor: &Tensor, mime: &str) -> Option<String> {
        let found = tensor.show().into_iter().find(|one| one.mime == mime)?;
        match found.content {
            Content::Text(text) => Some(text),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_matrix_is_a_table() -> Result<()> {
        let tensor = Tensor::new(&[[1.0_f32, 0.1], [1.0 / 3.0, -2.0]], &Device::Cpu)?;
        let html = content(&tensor, "text/html").expect("a table");
        assert!(html.contains("shape [2, 2], f32, cpu"));
        assert!(html.contains("<td class=\"number\">1.0</td><td class=\"number\">0.1</td>"));
        assert!(html.contains("title=\"0.33333334\">0.333333</td>"));
        let text = content(&tensor, "text/plain").expect("text");
        assert!(text.starts_with("shape [2, 2], f32, cpu\n") && text.contains("Tensor[[2, 2], f32]"), "{text}");
        Ok(())
    }

    #[test]
    fn a_large_tensor_shows_both_ends_of_both_dimensions() -> Result<()> {
        let tensor = Tensor::arange(0_i64, 2400, &Device::Cpu)?.reshape((100, 24))?;
        for tensor in [tensor.clone(), tensor.t()?.contiguous()?.t()?] {
            let html = content(&tensor, "text/html").expect("a table");
            for (row, column, shown) in
                [(0, 0, true), (9, 4, true), (10, 0, false), (0, 5, false), (90, 19, true), (99, 23, true)]
            {
                let value = row * 24 + column;
                assert_eq!(html.contains(&format!("<td class=\"number\">{value}</td>")), shown, "{row}, {column}");
            }
            let last = html.rsplit("<tr>").next().expect("a last row");
            assert!(last.contains(">99</td><td class=\"number\">2376</td>") && last.contains(">2399</td>"), "{last}");
        }
        Ok(())
    }

    #[test]
    fn every_type_that_holds_numbers_is_shown() -> Result<()> {
        let tensor = Tensor::new(&[1.0_f64, 2.0], &Device::Cpu)?;
        for kind in [DType::U8, DType::U32, DType::I64, DType::BF16, DType::F16, DType::F32, DType::F64] {
            let html = content(&tensor.to_dtype(kind)?, "text/html");
            assert!(html.is_some_and(|html| html.matches("<td").count() == 2), "{kind:?}");
        }
        Ok(())
    }

    #[test]
    fn other_dimensions_have_text_only() -> Result<()> {
        let scalar = Tensor::new(1.5_f32, &Device::Cpu)?;
        assert_eq!(content(&scalar, "text/html"), None);
        let cube = Tensor::zeros((2, 3, 4), DType::F32, &Device::Cpu)?;
        assert_eq!(content(&cube, "text/html"), None);
        let empty = Tensor::zeros((0, 3), DType::F32, &Device::Cpu)?;
        assert!(content(&empty, "text/plain").is_some_and(|text| text.starts_with("shape [0, 3], f32, cpu")));
        Ok(())
    }
}
