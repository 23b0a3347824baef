//! Plots drawn with plotters.

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, IntoDrawingArea, SVGBackend};
use plotters::style::WHITE;

use super::Svg;

/// What a plot is drawn on: an area of plotters that becomes SVG.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Why there is no plot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// The function that draws failed, or plotters did.
    #[error("drawing the plot failed")]
    Draw(#[source] Box<dyn Error>),
}

/// Draws a plot of `size` (width and height in pixels) on a white ground, which is readable on light and dark pages.
///
/// ```
/// use saigen::display::plot;
/// use saigen::plotters::prelude::*;
///
/// let svg = plot((480, 320), |area| {
///     let mut chart = ChartBuilder::on(area)
///         .margin(10)
///         .x_label_area_size(30)
///         .y_label_area_size(40)
///         .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
///     chart.configure_mesh().draw()?;
///     chart.draw_series(LineSeries::new((0..=100).map(|i| f64::from(i) / 100.0).map(|x| (x, x * x)), &BLUE))?;
///     Ok(())
/// })?;
/// assert!(svg.0.starts_with("<svg"));
/// # Ok::<(), saigen::display::PlotError>(())
/// ```
///
/// # Errors
///
/// Whatever `draw` returns, or plotters' error when it can't finish the drawing.
pub fn plot<F>(size: (u32, u32), draw: F) -> Result<Svg, PlotError>
where
    F: FnOnce(&Area<'_>) -> Result<(), Box<dyn Error>>,
{
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        area.fill(&WHITE).map_err(|error| PlotError::Draw(error.into()))?;
        draw(&area).map_err(PlotError::Draw)?;
        area.present().map_err(|error| PlotError::Draw(error.into()))?;
    }
    Ok(Svg(svg))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plotters::prelude::*;

    #[test]
    fn a_drawing_becomes_svg() {
        let svg = plot((100, 50), |area| {
            area.draw(&Circle::new((50, 25), 10, RED.filled()))?;
            Ok(())
        });
        let svg = svg.expect("a plot").0;
        let document = roxmltree::Document::parse(&svg).expect("whole");
        assert_eq!(document.root_element().attribute("width"), Some("100"));
        assert!(svg.contains("<circle") && svg.contains("#FFFFFF"));
    }

    #[test]
    fn an_error_comes_back_with_its_source() {
        let error = plot((10, 10), |_| Err("no data".into())).expect_err("draws nothing");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("no data"));
    }
}
