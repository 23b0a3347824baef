//! How variables are kept between cells and trailing expressions are shown.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use saigen::candle_core::Tensor;
use saigen::ndarray::{Array1, Array2, Array3};
use saigen::polars::prelude::{Column, DataFrame, Series};
use saigen::repro::{ClaimResult, Figure};

saigen::display_traits!();

macro_rules! values {
    ($($name:ident: $kind:ty),* $(,)?) => {
        $(pub fn $name(value: $kind) {
            (value).saigen_peeled().evcxr_display();
            (&value).saigen_peeled().evcxr_display();
            saigen::cell::put("a", value);
            let value: $kind = saigen::cell::take("a");
        })*
    };
}

values! {
    nothing: (), whole: i32, long: i64, natural: u32, large: u64, size: usize, byte: u8, number: f64, single: f32,
    truth: bool, letter: char, text: &'static str, string: String, wholes: Vec<i32>, longs: Vec<i64>,
    sizes: Vec<usize>, naturals: Vec<u64>, bytes: Vec<u8>, numbers: Vec<f64>, singles: Vec<f32>, truths: Vec<bool>,
    strings: Vec<String>, texts: Vec<&'static str>, pairs: Vec<(f64, f64)>, whole_pairs: Vec<(i32, i32)>,
    named: Vec<(String, f64)>, rows: Vec<Vec<f64>>, whole_rows: Vec<Vec<i32>>, single_rows: Vec<Vec<f32>>,
    maybe: Option<f64>, maybe_whole: Option<i32>, maybe_size: Option<usize>, maybe_string: Option<String>,
    pair: (f64, f64), whole_pair: (i32, i32), mixed: (i32, f64), two: [f64; 2], three: [f64; 3], four: [f64; 4],
    three_wholes: [i32; 3], four_wholes: [i32; 4], five_wholes: [i32; 5], sorted: BTreeMap<String, usize>,
    sorted_wholes: BTreeMap<String, i32>, sorted_numbers: BTreeMap<String, f64>, sorted_set: BTreeSet<String>,
    hashed: HashMap<String, usize>, hashed_wholes: HashMap<String, i32>, hashed_numbers: HashMap<String, f64>,
    hashed_strings: HashMap<String, String>, by_text: HashMap<&'static str, i32>, by_number: HashMap<i32, i32>,
    set: HashSet<String>, whole_set: HashSet<i32>, array: Array1<f64>, matrix: Array2<f64>, cube: Array3<f64>,
    single_array: Array1<f32>, single_matrix: Array2<f32>, whole_array: Array1<i32>, whole_matrix: Array2<i32>,
    frame: DataFrame, series: Series, column: Column, figure: Figure, results: Vec<ClaimResult>, tensor: Tensor,
    moment: std::time::Instant, duration: std::time::Duration,
}

macro_rules! kept {
    ($($name:ident: $kind:ty),* $(,)?) => {
        $(pub fn $name(value: $kind) {
            saigen::cell::put("a", value);
            let value: $kind = saigen::cell::take("a");
        })*
    };
}

kept! {
    variable: saigen::candle_core::Var, device: saigen::candle_core::Device, layer: saigen::candle_nn::Linear,
    normal: saigen::statrs::distribution::Normal, poisson: saigen::statrs::distribution::Poisson,
    binomial: saigen::statrs::distribution::Binomial,
    network: saigen::cases::thermodynamic_uncertainty::network::Network,
    fluxes: saigen::cases::thermodynamic_uncertainty::network::Fluxes,
    thermodynamics: saigen::cases::thermodynamic_uncertainty::thermodynamics::Thermodynamics,
    library: saigen::data::Library,
    thread: std::thread::JoinHandle<()>,
}

/// What stands around the statements of every cell.
pub fn around() -> Result<(), saigen::cell::CellError> {
    saigen::cell::check(0);
    let number: f64 = "1".parse()?;
    let whole: i32 = "1".parse()?;
    let text = std::fs::read_to_string("a")?;
    let frame = saigen::polars::prelude::df!("a" => [1])?;
    frame.column("a")?;
    let tensor = Tensor::new(1f32, &saigen::candle_core::Device::Cpu)?;
    let law = saigen::statrs::distribution::Normal::new(0.0, 1.0)?;
    let boxed: Result<(), Box<dyn std::error::Error>> = Ok(());
    boxed?;
    Ok(())
}
