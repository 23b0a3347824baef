//! A figure as data: panels, series and words; drawing is a separate step.

use serde::{Deserialize, Serialize};

use super::Origin;

/// How an axis maps values to the page.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Scale {
    Linear,
    Log10,
}

/// One axis: label with its unit, scale, and limits (`None`: from the data).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    pub label: String,
    pub scale: Scale,
    pub limits: Option<(f64, f64)>,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Mark {
    Line,
    /// A reference line such as y = x: thin, grey, dashed.
    Guide,
    Points,
    /// Points joined by a line.
    LinePoints,
    /// Horizontal band between `y` and `y_high`.
    Band,
    Bars,
}

/// One series of a panel: what is drawn, and what the CSV holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub name: String,
    pub origin: Origin,
    pub mark: Mark,
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    /// Half-width of an error bar, or the upper edge of a band; empty when unused.
    pub spread: Vec<f64>,
}

/// One set of axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    pub title: String,
    pub x: Axis,
    pub y: Axis,
    /// Tick labels for a categorical x axis: category `i` sits at x = i; empty for a numeric axis.
    pub categories: Vec<String>,
    pub series: Vec<Series>,
}

/// One figure of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// File stem, such as `01_bound`.
    pub name: String,
    pub title: String,
    /// What a reader sees in it, and what it rests on.
    pub caption: String,
    /// Panels, drawn left to right.
    pub panels: Vec<Panel>,
}
