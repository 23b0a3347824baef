//! Parquet tables.

use std::fmt::Write;

use polars::io::mmap::MmapBytesReader;
use polars::prelude::{AnyValue, ArrowDataType, DataFrame, DataType, ParquetReader, SerReader};

use super::error::{Fault, Position, ReadError};
use super::source::Parquet;
use super::table::number;

/// A Parquet table in memory: numbers and text.
pub(super) struct Frame {
    place: String,
    data: DataFrame,
}

impl Frame {
    pub(super) fn read(place: &str, parquet: Parquet) -> Result<Self, ReadError> {
        match parquet {
            Parquet::File(file) => Self::from(place, file),
            Parquet::Bytes(bytes) => Self::from(place, bytes),
        }
    }

    fn from(place: &str, reader: impl MmapBytesReader + 'static) -> Result<Self, ReadError> {
        let broken =
            |error: polars::prelude::PolarsError| ReadError::at(place, Fault::Parquet { reason: error.to_string() });
        let mut reader = ParquetReader::new(reader).set_rechunk(true);
        // Types are looked at first: polars ends the process at some that it was not built with.
        let schema = reader.schema().map_err(broken)?;
        for (name, field) in schema.iter() {
            if !known(&field.dtype) {
                let found = format!("{:?}", field.dtype);
                return Err(ReadError::at(place, Fault::ParquetType { found }).column(name));
            }
        }
        let data = reader.finish().map_err(broken)?;
        if data.width() == 0 {
            return Err(ReadError::at(place, Fault::Empty));
        }
        Ok(Self { place: place.into(), data })
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.data.get_column_names().iter().map(|name| name.trim().to_string()).collect()
    }

    pub(super) fn height(&self) -> usize {
        self.data.height()
    }

    /// Writes a row, or some of its columns, as text, and where each field lies in it; an empty field has no value.
    pub(super) fn row(&self, row: usize, only: Option<&[usize]>, text: &mut String, fields: &mut Vec<(usize, usize)>) {
        text.clear();
        fields.clear();
        for (index, column) in self.data.columns().iter().enumerate() {
            let start = text.len();
            if only.is_some_and(|only| !only.contains(&index)) {
                fields.push((start, start));
                continue;
            }
            // Writing to a string doesn't fail, and the row is within the table.
            let _ = match column.get(row) {
                Ok(AnyValue::String(value)) => text.write_str(value),
                Ok(AnyValue::StringOwned(value)) => text.write_str(&value),
                Ok(AnyValue::Float32(value)) => write!(text, "{value}"),
                Ok(AnyValue::Float64(value)) => write!(text, "{value}"),
                Ok(AnyValue::Null) | Err(_) => Ok(()),
                Ok(other) => write!(text, "{other}"),
            };
            fields.push((start, text.len()));
        }
    }

    /// A column as numbers, NaN where there is no value.
    pub(super) fn numbers(&self, column: usize) -> Result<Vec<f64>, ReadError> {
        let column = &self.data.columns()[column];
        let at = |row: usize, fault| {
            ReadError::at(&self.place, fault).position(Position::Row(row + 1)).column(column.name())
        };
        if column.dtype() == &DataType::String {
            let texts = column.str().map_err(|error| self.broken(&error))?;
            let parsed = texts.iter().enumerate().map(|(row, text)| {
                Ok(number(text.unwrap_or_default().trim()).map_err(|fault| at(row, fault))?.unwrap_or(f64::NAN))
            });
            return parsed.collect();
        }
        if !column.dtype().is_primitive_numeric() {
            let found = column.dtype().to_string();
            return Err(ReadError::at(&self.place, Fault::ParquetType { found }).column(column.name()));
        }
        let values = column.cast(&DataType::Float64).map_err(|error| self.broken(&error))?;
        let values = values.f64().map_err(|error| self.broken(&error))?;
        let finite = |(row, value): (usize, Option<f64>)| match value {
            Some(value) if value.is_infinite() => Err(at(row, Fault::NotFinite { found: value.to_string() })),
            value => Ok(value.unwrap_or(f64::NAN)),
        };
        values.iter().enumerate().map(finite).collect()
    }

    fn broken(&self, error: &polars::prelude::PolarsError) -> ReadError {
        ReadError::at(&self.place, Fault::Parquet { reason: error.to_string() })
    }
}

/// Numbers and text.
fn known(dtype: &ArrowDataType) -> bool {
    use ArrowDataType::{Boolean, Float32, Float64, Int32, Int64, LargeUtf8, UInt32, UInt64, Utf8, Utf8View};
    matches!(dtype, Boolean | Int32 | Int64 | UInt32 | UInt64 | Float32 | Float64 | Utf8 | LargeUtf8 | Utf8View)
}
