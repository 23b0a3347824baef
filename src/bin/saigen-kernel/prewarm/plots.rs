//! plotters: charts as SVG.

use std::error::Error;

use saigen::plotters::coord::Shift;
use saigen::plotters::coord::cartesian::Cartesian2d;
use saigen::plotters::coord::types::{RangedCoordf32, RangedCoordf64, RangedCoordi32};
use saigen::plotters::prelude::*;

/// What is drawn into a chart over two ranges of numbers.
macro_rules! charts {
    ($($name:ident: $x:ty, $y:ty, $zero:expr, $one:expr, $below:expr, $above:expr);*) => {
        $(pub fn $name(root: &DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), Box<dyn Error>> {
            let mut chart = ChartBuilder::on(root)
                .caption("a", ("sans-serif", 20))
                .margin(5)
                .x_label_area_size(30)
                .y_label_area_size(30)
                .build_cartesian_2d($zero..$one, $below..$above)?;
            chart.configure_mesh().draw()?;
            chart.configure_mesh().x_desc("x").y_desc("y").draw()?;
            chart.configure_mesh().x_labels(5).y_labels(5).disable_x_mesh().disable_y_mesh().draw()?;
            chart.configure_mesh().disable_mesh().draw()?;
            let points: Vec<($x, $y)> = Vec::new();
            for color in [RED, BLUE] {
                chart
                    .draw_series(LineSeries::new(points.clone(), &color))?
                    .label("a")
                    .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 15, y)], color));
                chart.draw_series(LineSeries::new(points.iter().copied(), color.stroke_width(2)))?;
                chart.draw_series(LineSeries::new(points.iter().cloned(), color))?;
            }
            chart.draw_series(LineSeries::new(points.iter().map(|(x, y)| (*x, *y)), &RED))?.label("a").legend(|(x, y)| {
                PathElement::new(vec![(x, y), (x + 20, y)], &RED)
            });
            chart.draw_series(LineSeries::new(points.clone(), RED.mix(0.5).stroke_width(2)))?;
            chart.draw_series(points.iter().map(|point| Circle::new(*point, 3, RED.filled())))?;
            chart.draw_series(points.iter().map(|point| Circle::new(*point, 3, &RED)))?;
            chart.draw_series(points.iter().map(|point| TriangleMarker::new(*point, 3, RED.filled())))?;
            chart.draw_series(points.iter().map(|point| Cross::new(*point, 3, RED.filled())))?;
            chart.draw_series(points.iter().map(|point| Rectangle::new([*point, *point], RED.filled())))?;
            chart.draw_series(PointSeries::<_, _, Circle<_, _>, _>::new(points.clone(), 3, RED.filled()))?;
            chart.draw_series(AreaSeries::new(points.clone(), $below, RED.mix(0.2)))?;
            chart.draw_series(std::iter::once(PathElement::new(points.clone(), RED)))?;
            chart.draw_series(std::iter::once(Text::new("a", ($zero, $below), ("sans-serif", 15))))?;
            chart.configure_series_labels().draw()?;
            chart.configure_series_labels().border_style(BLACK).background_style(WHITE.mix(0.8)).draw()?;
            chart.configure_series_labels().border_style(&BLACK).background_style(WHITE.mix(0.8)).draw()?;
            chart
                .configure_series_labels()
                .position(SeriesLabelPosition::UpperRight)
                .border_style(BLACK)
                .background_style(WHITE)
                .draw()?;
            Ok(())
        })*
    };
}

charts! {
    of_f64: f64, f64, 0.0f64, 1.0f64, 0.0f64, 1.0f64; of_f32: f32, f32, 0.0f32, 1.0f32, 0.0f32, 1.0f32;
    of_i32: i32, i32, 0i32, 1i32, 0i32, 1i32; of_i32_f64: i32, f64, 0i32, 1i32, 0.0f64, 1.0f64;
    of_usize_f64: usize, f64, 0usize, 1usize, 0.0f64, 1.0f64
}

pub fn areas() -> Result<(), Box<dyn Error>> {
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, (640, 480)).into_drawing_area();
        root.fill(&WHITE)?;
        root.titled("a", ("sans-serif", 20))?.fill(&WHITE)?;
        for part in root.split_evenly((1, 2)) {
            part.fill(&WHITE)?;
        }
        made!(root.dim_in_pixel());
        root.present()?;
    }
    println!("{} {}", text.len(), text);
    let root = SVGBackend::new("a.svg", (640, 480)).into_drawing_area();
    root.fill(&WHITE)?;
    root.present()?;
    Ok(())
}

pub fn bars(root: &DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), Box<dyn Error>> {
    let mut chart = ChartBuilder::on(root)
        .caption("a", ("sans-serif", 20))
        .margin(5)
        .x_label_area_size(30)
        .y_label_area_size(30)
        .build_cartesian_2d((0u32..6u32).into_segmented(), 0u32..10u32)?;
    chart.configure_mesh().disable_x_mesh().draw()?;
    chart.configure_mesh().draw()?;
    let values = [1u32, 2];
    let bars =
        Histogram::vertical(&chart).style(RED.filled()).margin(3).data(values.iter().map(|value| (*value, 1u32)));
    chart.draw_series(bars)?;
    let mut chart = ChartBuilder::on(root)
        .margin(5)
        .x_label_area_size(30)
        .y_label_area_size(30)
        .build_cartesian_2d((0i32..6i32).into_segmented(), 0i32..10i32)?;
    chart.configure_mesh().draw()?;
    let bars = Histogram::vertical(&chart).style(RED.filled()).data(vec![1i32].into_iter().map(|value| (value, 1i32)));
    chart.draw_series(bars)?;
    let mut chart = ChartBuilder::on(root)
        .margin(5)
        .x_label_area_size(30)
        .y_label_area_size(30)
        .build_cartesian_2d(0.0..1.0, (1.0..100.0).log_scale())?;
    chart.configure_mesh().draw()?;
    chart.draw_series(LineSeries::new(vec![(0.0, 1.0)], &RED))?;
    Ok(())
}
