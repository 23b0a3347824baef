//! Compiles only if the crates that cells reach by their own names are the very crates in the library.

pub fn candle_core(it: candle_core::Tensor) -> saigen::candle_core::Tensor {
    it
}

pub fn candle_nn(it: candle_nn::Linear) -> saigen::candle_nn::Linear {
    it
}

pub fn ndarray(it: ndarray::Array1<f64>) -> saigen::ndarray::Array1<f64> {
    it
}

pub fn plotters(it: plotters::style::RGBColor) -> saigen::plotters::style::RGBColor {
    it
}

pub fn polars(it: polars::prelude::DataFrame) -> saigen::polars::prelude::DataFrame {
    it
}

pub fn statrs(it: statrs::distribution::Normal) -> saigen::statrs::distribution::Normal {
    it
}
