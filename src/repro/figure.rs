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

impl Axis {
    /// A linear axis whose limits come from the data.
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: Scale::Linear, limits: None }
    }

    /// A decadic logarithmic axis whose limits come from the data.
    pub fn log(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: Scale::Log10, limits: None }
    }

    /// Fixes the limits; data beyond them is cut off.
    pub fn limits(mut self, low: f64, high: f64) -> Self {
        self.limits = Some((low, high));
        self
    }
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
    /// Horizontal band between `y` and `y_high` (the series' `spread`).
    Band,
    /// Bars from zero (from the lower edge on a logarithmic axis); side by side on a categorical axis.
    Bars,
    /// The outline of a histogram: `y[i]` holds from `x[i]` to `x[i + 1]`.
    Steps,
    /// Box plots: all points at one x are a sample; box from quartile to quartile, whiskers to the last points within
    /// 1.5 of its height, points beyond drawn singly.
    Boxes,
    /// Arrows from point 2k to point 2k + 1, as wide as |`spread`| of the series (at either end) is beside the panel's
    /// largest. A negative one ends in a bar in place of a head. Arrows that run both ways stand side by side.
    Arrows,
    /// Short dark lines across: given values, beside the marks that are held against them.
    Ticks,
}

/// How strongly a series is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    /// In a colour of its own.
    #[default]
    Full,
    /// In grey, and without a colour of the palette: what the others are seen against.
    Faint,
    /// As full, but markers are outlines, so that two at one place are both seen.
    Open,
}

/// How far a series may move in a later run before `reproduce --check` objects:
/// `|new − old| ≤ absolute + relative·max|old|` over the series, per point, for `y` and `spread` alike; `x` by the same rule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tolerance {
    pub relative: f64,
    pub absolute: f64,
}

impl Tolerance {
    /// For series that are measured anew by every run, such as times: only their presence is compared.
    pub const ANY: Self = Self { relative: f64::INFINITY, absolute: f64::INFINITY };
}

impl Default for Tolerance {
    /// Relative 1e-6 of the largest value: room for another libm or compiler, not for another method.
    fn default() -> Self {
        Self { relative: 1e-6, absolute: 0.0 }
    }
}

/// One series of a panel: what is drawn, and what the CSV holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub name: String,
    pub origin: Origin,
    pub mark: Mark,
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    /// Half-width of an error bar, the upper edge of a band, or the weight of an arrow; empty when unused.
    pub spread: Vec<f64>,
    /// How far a later run may be off.
    #[serde(default)]
    pub tolerance: Tolerance,
    #[serde(default)]
    pub tone: Tone,
    /// Names of the points, for the CSV; empty when they have none.
    #[serde(default)]
    pub labels: Vec<String>,
}

impl Series {
    /// A series without spread and with the default tolerance.
    pub fn new(name: impl Into<String>, origin: Origin, mark: Mark, x: Vec<f64>, y: Vec<f64>) -> Self {
        Self {
            name: name.into(),
            origin,
            mark,
            x,
            y,
            spread: Vec::new(),
            tolerance: Tolerance::default(),
            tone: Tone::default(),
            labels: Vec::new(),
        }
    }

    /// Adds error bars (half-widths), the upper edge of a [`Mark::Band`] or the weights of [`Mark::Arrows`].
    pub fn spread(mut self, spread: Vec<f64>) -> Self {
        self.spread = spread;
        self
    }

    /// Sets how far a later run may be off.
    pub fn tolerance(mut self, relative: f64, absolute: f64) -> Self {
        self.tolerance = Tolerance { relative, absolute };
        self
    }

    /// Sets how strongly it is drawn.
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// Names the points in the CSV.
    pub fn labels<S: Into<String>>(mut self, labels: impl IntoIterator<Item = S>) -> Self {
        self.labels = labels.into_iter().map(Into::into).collect();
        self
    }
}

/// A remark inside a panel, at a place given in data coordinates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    pub x: f64,
    pub y: f64,
    pub text: String,
    #[serde(default)]
    pub side: Side,
    #[serde(default)]
    pub tone: Tone,
}

/// On which side of its place a remark stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// Above it and to the right, or to the left where there is no room.
    #[default]
    Free,
    /// Ends before it, on its height: the name of a node.
    Left,
    /// Begins after it, on its height.
    Right,
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
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Whether synthetic numbers stand in for real ones in this panel alone; it is watermarked.
    #[serde(default)]
    pub stand_in: bool,
    /// Whether places mean nothing, as in a drawing of a network: no axes, ticks and grid.
    #[serde(default)]
    pub bare: bool,
}

impl Panel {
    /// A panel without series.
    pub fn new(title: impl Into<String>, x: Axis, y: Axis) -> Self {
        let title = title.into();
        Self {
            title,
            x,
            y,
            categories: Vec::new(),
            series: Vec::new(),
            notes: Vec::new(),
            stand_in: false,
            bare: false,
        }
    }

    /// A panel without axes: a drawing whose places mean nothing, on the square from −1 to 1.
    pub fn bare(title: impl Into<String>) -> Self {
        let axis = || Axis::linear("").limits(-1.0, 1.0);
        Self { bare: true, ..Self::new(title, axis(), axis()) }
    }

    /// Makes the x axis categorical: category `i` sits at x = i.
    pub fn categories<S: Into<String>>(mut self, categories: impl IntoIterator<Item = S>) -> Self {
        self.categories = categories.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a series; later series are drawn over earlier ones.
    pub fn series(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }

    /// Marks this panel, beside others with real numbers, as resting on synthetic ones.
    pub fn stand_in(mut self) -> Self {
        self.stand_in = true;
        self
    }

    /// Adds a remark at (x, y).
    pub fn note(self, x: f64, y: f64, text: impl Into<String>) -> Self {
        self.note_beside(x, y, text, Side::Free)
    }

    /// Adds a remark on one side of (x, y).
    pub fn note_beside(mut self, x: f64, y: f64, text: impl Into<String>, side: Side) -> Self {
        self.notes.push(Note { x, y, text: text.into(), side, tone: Tone::default() });
        self
    }

    /// Makes the last remark faint.
    pub fn faint(mut self) -> Self {
        if let Some(note) = self.notes.last_mut() {
            note.tone = Tone::Faint;
        }
        self
    }
}

/// One figure of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// File stem, such as `01_bound`.
    pub name: String,
    pub title: String,
    /// What a reader sees in it, and what it rests on.
    pub caption: String,
    /// Panels, drawn left to right; more than three make a grid.
    pub panels: Vec<Panel>,
    /// Columns of the grid, up to four; `None`: as many as suit the number of panels.
    #[serde(default)]
    pub columns: Option<usize>,
    /// Whether synthetic numbers stand in for real ones that aren't there; such a figure is watermarked.
    #[serde(default)]
    pub stand_in: bool,
}

impl Figure {
    /// A figure without panels.
    pub fn new(name: impl Into<String>, title: impl Into<String>, caption: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            title: title.into(),
            caption: caption.into(),
            panels: Vec::new(),
            columns: None,
            stand_in: false,
        }
    }

    /// Sets the number of columns of the grid.
    pub fn columns(mut self, columns: usize) -> Self {
        self.columns = Some(columns);
        self
    }

    /// Adds a panel.
    pub fn panel(mut self, panel: Panel) -> Self {
        self.panels.push(panel);
        self
    }

    /// Marks the figure as resting on synthetic numbers in place of real ones.
    pub fn stand_in(mut self) -> Self {
        self.stand_in = true;
        self
    }

    /// Where the numbers of its series come from, each origin once, in the order of [`Origin`].
    pub fn origins(&self) -> Vec<Origin> {
        let mut origins: Vec<_> = self.panels.iter().flat_map(|p| &p.series).map(|s| s.origin).collect();
        origins.sort_unstable();
        origins.dedup();
        origins
    }

    /// The name of each panel in tables: its title, made unique by its letter, or the letter alone.
    pub fn panel_names(&self) -> Vec<String> {
        let letters = (b'a'..=b'z').map(char::from);
        let taken = |title: &str| self.panels.iter().filter(|p| p.title == title).count() > 1;
        letters
            .zip(&self.panels)
            .map(|(letter, panel)| match panel.title.as_str() {
                "" => letter.to_string(),
                title if taken(title) => format!("{letter}: {title}"),
                title => title.to_string(),
            })
            .collect()
    }
}
