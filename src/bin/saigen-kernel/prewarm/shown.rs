//! How trailing expressions are shown.

use std::collections::{BTreeMap, HashMap};

use saigen::display::cell::{Debugged as _, Shown as _};
use saigen::ndarray::{Array1, Array2};
use saigen::polars::prelude::{Column, DataFrame, Series};
use saigen::repro::{ClaimResult, Figure};

macro_rules! shown {
    ($($name:ident: $kind:ty),* $(,)?) => {
        $(pub fn $name(value: $kind) {
            (&(value)).evcxr_display();
        })*
    };
}

shown! {
    nothing: (), whole: i32, long: i64, natural: u64, size: usize, number: f64, single: f32, truth: bool, text: &str,
    string: String, wholes: Vec<i32>, sizes: Vec<usize>, naturals: Vec<u64>, numbers: Vec<f64>, singles: Vec<f32>,
    strings: Vec<String>, texts: Vec<&'static str>, pairs: Vec<(f64, f64)>, rows: Vec<Vec<f64>>, maybe: Option<f64>,
    maybe_whole: Option<i32>, pair: (f64, f64), mixed: (i32, f64), sorted: BTreeMap<String, usize>,
    sorted_numbers: BTreeMap<String, f64>, hashed: HashMap<String, usize>, hashed_numbers: HashMap<String, f64>,
    hashed_wholes: HashMap<String, i32>, array: Array1<f64>, matrix: Array2<f64>, whole_matrix: Array2<i32>,
    frame: DataFrame, series: Series, column: Column, figure: Figure, results: Vec<ClaimResult>,
    tensor: saigen::candle_core::Tensor,
}
