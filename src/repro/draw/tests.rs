//! A gallery with every mark, and what must hold for all of its pictures.
//!
//! `SAIGEN_GALLERY=DIR cargo test … repro::draw` also writes the pictures there, to be looked at.

use super::*;
use crate::repro::{Axis, Figure, Mark, Origin, Panel, Series, Side, Tone};

fn grid(count: usize, low: f64, high: f64) -> Vec<f64> {
    (0..count).map(|i| low + (high - low) * i as f64 / (count - 1) as f64).collect()
}

fn series(name: &str, mark: Mark, x: &[f64], y: impl Fn(f64) -> f64) -> Series {
    Series::new(name, Origin::Synthetic, mark, x.to_vec(), x.iter().map(|x| y(*x)).collect())
}

/// A repeatable scatter without a random generator: the fractional parts of multiples of irrational numbers.
fn scatter(index: usize) -> f64 {
    ((index as f64 + 0.5) * 0.618_033_988_749_895).fract()
}

fn lines() -> Figure {
    let x = grid(400, 0.0, 14.0);
    let wave = |phase: f64| move |t: f64| (1.2 * (t + phase)).sin() * (-t / 12.0).exp();
    let panel = Panel::new("", Axis::linear("time t (s)"), Axis::linear("entropy production rate Σ\u{307} (R s⁻¹)"))
        .series(series("zero", Mark::Guide, &[0.0, 14.0], |_| 0.0))
        .series(
            series("uncertainty", Mark::Band, &x, |t| wave(0.0)(t) - 0.12)
                .spread(x.iter().map(|t| wave(0.0)(*t) + 0.12).collect()),
        )
        .series(series("Σ\u{307}", Mark::Line, &x, wave(0.0)))
        .series(series("Σ\u{307} excess", Mark::Line, &x, wave(0.7)))
        .series(series("f²/D", Mark::Line, &x, wave(1.4)))
        .series(series("f²/Λ", Mark::Line, &x, wave(2.1)))
        .note(9.2, wave(0.0)(9.2), "limit cycle");
    Figure::new(
        "01_lines",
        "Dissipation along the Brusselator's limit cycle stays above every bound",
        "Lines, a band, a guide, a remark.",
    )
    .panel(panel)
}

fn cloud() -> Figure {
    let count = 2500;
    let f: Vec<f64> = (0..count).map(|i| 10f64.powf(-4.0 + 8.0 * scatter(i))).collect();
    let bound: Vec<f64> = f.iter().enumerate().map(|(i, f)| f * 10f64.powf(2.5 * scatter(7 * i + 3))).collect();
    let random = Series::new("random networks", Origin::Synthetic, Mark::Points, bound, f);
    let zoo = Series::new(
        "network zoo",
        Origin::Exact,
        Mark::Points,
        vec![1.4, 36.0, 4e3, 2e-2],
        vec![1.0, 9.0, 8e2, 1.2e-2],
    );
    let panel = Panel::new("", Axis::log("Σ\u{307} D (concentration² s⁻²)"), Axis::log("f² (concentration² s⁻²)"))
        .series(series("equality", Mark::Guide, &[1e-6, 1e6], |x| x))
        .series(random)
        .series(zoo);
    Figure::new(
        "02_cloud",
        "No network comes closer to zero dissipation than the bound allows",
        "Clouds on logarithmic axes.",
    )
    .panel(panel)
}

fn bars() -> Figure {
    let count = 5.0;
    let x: Vec<f64> = (0..5).map(f64::from).collect();
    let names = ["Brusselator", "Schlögl", "Michaelis–Menten", "Vilar", "repressilator"];
    let speed = Panel::new("Speed", Axis::linear(""), Axis::linear("events per second (10⁶ s⁻¹)"))
        .categories(names)
        .series(series("direct", Mark::Bars, &x, |x| 20.0 - 3.0 * x).spread(vec![1.5; 5]))
        .series(series("next reaction", Mark::Bars, &x, |x| 9.0 + x).spread(vec![0.8; 5]))
        .series(series("rebop", Mark::Bars, &x, |x| 15.0 - 2.0 * x + count * 0.1));
    let angles = grid(25, -3.0, 3.0);
    let histogram = Panel::new("Histogram", Axis::linear("Z"), Axis::linear("count"))
        .series(series("observed", Mark::Bars, &angles, |z| (900.0 * (-z * z / 2.0).exp()).round()))
        .series(series("normal law", Mark::Line, &grid(200, -3.2, 3.2), |z| 900.0 * (-z * z / 2.0).exp()));
    Figure::new("03_bars", "Bars by category and a histogram", "Bars, error bars, steps.").panel(speed).panel(histogram)
}

fn three() -> Figure {
    let x = grid(9, 1.0, 5.0);
    let decade: Vec<f64> = x.iter().map(|x| 10f64.powf(*x)).collect();
    let panel = |title: &str, k: f64| {
        Panel::new(title, Axis::log("volume V"), Axis::log("variance"))
            .series(series("theory", Mark::Line, &decade, |v| k / v))
            .series(
                series("direct method", Mark::LinePoints, &decade, |v| 1.3 * k / v)
                    .spread(decade.iter().map(|v| 0.4 * k / v).collect()),
            )
            .series(
                series("tau-leaping", Mark::Points, &decade, |v| 0.6 * k / v)
                    .spread(decade.iter().map(|v| 0.2 * k / v).collect()),
            )
    };
    Figure::new(
        "04_three",
        "Fluctuations shrink with volume as the linear-noise approximation says",
        "Error bars on logarithmic axes.",
    )
    .panel(panel("Association", 1.0))
    .panel(panel("Brusselator, X", 10.0))
    .panel(panel("Brusselator, Y", 1e-7))
}

fn multiples() -> Figure {
    let x = grid(120, 0.0, 1.0);
    let mut figure =
        Figure::new("05_multiples", "Speed limits on six networks", "Small multiples with a shared legend.");
    for (index, name) in ["iso", "assoc", "chain", "cycle3", "brus", "schlogl"].into_iter().enumerate() {
        let k = 1.0 + index as f64;
        figure = figure.panel(
            Panel::new(name, Axis::linear("τ"), Axis::linear("bound / τ").limits(0.0, 1.05))
                .series(series("with D", Mark::Line, &x, move |t| (1.0 - 0.3 * t) / k.sqrt()))
                .series(series("with Λ", Mark::Line, &x, move |t| (1.0 - 0.15 * t) / k.sqrt()))
                .series(series("limit", Mark::Guide, &[0.0, 1.0], |_| 1.0)),
        );
    }
    figure
}

fn steps_and_markers() -> Figure {
    let x = grid(10, 0.0, 9.0);
    let mut markers = Panel::new("Eleven series", Axis::linear("x"), Axis::linear("y"));
    for index in 0..11 {
        markers = markers.series(series(&format!("series {index}"), Mark::LinePoints, &x, |x| x * 0.3 + index as f64));
    }
    let steps = Panel::new("Stationary law", Axis::linear("n / V"), Axis::linear("probability"))
        .series(series("V = 20", Mark::Steps, &grid(40, 0.0, 4.0), |x| 2e-5 * (-(x - 1.0).powi(2) * 4.0).exp()))
        .series(series("V = 40", Mark::Steps, &grid(40, 0.0, 4.0), |x| 3e-5 * (-(x - 1.0).powi(2) * 9.0).exp()));
    Figure::new("06_steps", "More series than colours, and the outline of a histogram", "Markers, steps, own legends.")
        .panel(markers)
        .panel(steps)
}

fn stand_in() -> Figure {
    let names: Vec<String> = (0..26).map(|i| format!("case {:05}", i + 1)).collect();
    let x: Vec<f64> = (0..26 * 12).map(|i| (i / 12) as f64 + 0.6 * (scatter(i) - 0.5)).collect();
    let y: Vec<f64> = (0..26 * 12).map(|i| 5.0 * (scatter(3 * i + 1) - 0.5)).collect();
    let panel = Panel::new("", Axis::linear(""), Axis::linear("Z").limits(-4.0, 4.0))
        .categories(names)
        .series(series("pass limit", Mark::Guide, &[-0.5, 25.5], |_| 3.0))
        .series(series("pass limit", Mark::Guide, &[-0.5, 25.5], |_| -3.0))
        .series(Series::new("mean", Origin::Synthetic, Mark::Points, x, y));
    Figure::new(
        "07_strip",
        "Stochastic test suite: standardised errors of the mean",
        "Upright categories and a watermark.",
    )
    .panel(panel)
    .stand_in()
}

fn odd() -> Figure {
    let panel = Panel::new("a <b> & \"c\"", Axis::log("x"), Axis::linear("y")).series(Series::new(
        "a very long name of a series that cannot stand beside the plot & must go below it",
        Origin::Real,
        Mark::LinePoints,
        vec![1.0, -2.0, 0.0, f64::NAN, 10.0, 1e3],
        vec![1e-9, 2e-9, 3e-9, 4e-9, f64::INFINITY, 5e-9],
    ));
    Figure::new("08_odd", "Points that can't be shown are counted, not hidden, and a title too long for one line is broken into as many as it takes", "c")
        .panel(panel)
        .panel(Panel::new("empty", Axis::linear("x"), Axis::linear("y")))
}

fn boxes() -> Figure {
    let x: Vec<f64> = (0..3 * 40).map(|i| (i / 40) as f64).collect();
    let y = (0..3 * 40).map(|i| 4.0 + x[i] * 0.3 + scatter(i).powi(6) * 3.0 - scatter(5 * i + 2)).collect();
    let panel = Panel::new("", Axis::linear(""), Axis::linear("test error"))
        .categories(["lasso", "elastic net", "both together"])
        .series(series("noise", Mark::Guide, &[-0.5, 2.5], |_| 4.0))
        .series(Series::new("40 seeds", Origin::Synthetic, Mark::Boxes, x, y))
        .series(series("reference", Mark::Points, &[0.34, 1.34, 2.34], |x| 4.0 + 0.3 * x).spread(vec![0.1; 3]));
    Figure::new("09_boxes", "Box plots beside a reference", "Boxes, whiskers, points beyond them.").panel(panel)
}

fn arrows() -> Figure {
    let nodes: Vec<(f64, f64)> =
        (0..12).map(|k| f64::from(k) * std::f64::consts::FRAC_PI_6).map(|a| (0.5 * a.cos(), 0.9 * a.sin())).collect();
    let mut figure = Figure::new("10_arrows", "A network in two groups", "Arrows, bare panels, names beside nodes.");
    for (title, skip) in [("Sensitive", 3), ("Resistant", 4)] {
        let mut panel = Panel::bare(title);
        for (name, step) in [("in both groups", 5), ("in this group only", skip)] {
            let ends: Vec<usize> = (0..6).flat_map(|k| [2 * k, (2 * k + step) % 12]).collect();
            let (x, y) = ends.iter().map(|node| nodes[*node]).unzip();
            let weights = (0..12).map(|k| 0.1 + f64::from(k / 2)).collect();
            panel = panel.series(Series::new(name, Origin::Real, Mark::Arrows, x, y).spread(weights));
        }
        let (x, y) = nodes.iter().copied().unzip();
        panel = panel.series(Series::new("gene", Origin::Real, Mark::Points, x, y));
        for (index, (x, y)) in nodes.iter().enumerate() {
            let side = if *x < 0.0 { Side::Left } else { Side::Right };
            panel = panel.note_beside(*x, *y, format!("GENE{index}"), side);
        }
        figure = figure.panel(panel);
    }
    figure
}

fn gallery() -> Vec<Figure> {
    vec![
        lines(),
        cloud(),
        bars(),
        three(),
        multiples(),
        steps_and_markers(),
        stand_in(),
        odd(),
        boxes(),
        arrows(),
        tones(),
    ]
}

/// Open markers at one place, faint points behind others, ticks.
fn tones() -> Figure {
    let x = grid(5, 0.0, 4.0);
    let open = Panel::new("Open", Axis::linear("genes"), Axis::linear("seconds"))
        .series(series("one", Mark::LinePoints, &x, |x| x).tone(Tone::Open))
        .series(series("two", Mark::LinePoints, &x, |x| x).tone(Tone::Open));
    let faint = Panel::new("Faint", Axis::linear("x"), Axis::linear("y"))
        .series(series("all", Mark::Points, &x, |x| 4.0 - x).tone(Tone::Faint))
        .series(series("given", Mark::Ticks, &x, |x| x + 0.2))
        .series(series("found", Mark::Points, &x, |x| x));
    Figure::new("11_tones", "What stands back and what is outlined", "Tones and ticks.").panel(open).panel(faint)
}

/// One bare panel with arrows: weights, and the ends of each.
fn drawn_arrows(all: &[(f64, [(f64, f64); 2])]) -> String {
    let (x, y) = all.iter().flat_map(|(_, ends)| *ends).unzip();
    let weights = all.iter().flat_map(|(weight, _)| [*weight; 2]).collect();
    let arrows = Series::new("", Origin::Real, Mark::Arrows, x, y).spread(weights);
    svg(&Figure::new("f", "t", "c").panel(Panel::bare("").series(arrows)), None)
}

/// Paths that are drawn as lines, and those that are filled, the page itself left out.
fn strokes_and_fills(svg: &str) -> (Vec<&str>, usize) {
    let strokes = svg.lines().filter(|line| line.starts_with("<path fill=\"none\"")).collect();
    (strokes, svg.lines().filter(|line| line.starts_with("<path fill=\"#") && !line.contains("#ffffff")).count())
}

#[test]
fn arrows_that_run_both_ways_stand_side_by_side() {
    let (left, right) = ((-0.5, 0.0), (0.5, 0.0));
    let height = |line: &str| line.split(" d=\"M").nth(1)?.split([' ', 'l']).nth(1)?.parse::<f64>().ok();
    let both = drawn_arrows(&[(1.0, [left, right]), (1.0, [right, left])]);
    let heights: Vec<f64> = strokes_and_fills(&both).0.into_iter().filter_map(height).collect();
    // Two widths of 4.5 px and twice the free room, in tenths.
    assert_eq!(heights.len(), 2);
    assert!(((heights[0] - heights[1]).abs() - (45.0 + 32.0)).abs() <= 1.0, "{heights:?}");
    let alone = drawn_arrows(&[(1.0, [left, right]), (1.0, [right, (0.5, 0.5)])]);
    let heights: Vec<f64> = strokes_and_fills(&alone).0.into_iter().filter_map(height).collect();
    assert!((heights[0] - (heights[1] + 50.0)).abs() <= 1.0, "starts 5 px from the node, not aside: {heights:?}");
}

#[test]
fn an_arrow_of_negative_weight_ends_in_a_bar() {
    let ends = [(-0.5, 0.0), (0.5, 0.0)];
    let (positive, negative) = (drawn_arrows(&[(1.0, ends)]), drawn_arrows(&[(-1.0, ends)]));
    assert_eq!((strokes_and_fills(&positive).0.len(), strokes_and_fills(&positive).1), (1, 1));
    assert_eq!((strokes_and_fills(&negative).0.len(), strokes_and_fills(&negative).1), (2, 0));
}

#[test]
fn what_stands_back_takes_no_colour() {
    let mut figure = tones();
    figure.panels.remove(0);
    let drawn = svg(&figure, None);
    assert!(drawn.contains("#0072b2") && !drawn.contains("#d55e00"));
    assert!([">all<", ">given<", ">found<"].into_iter().all(|name| drawn.contains(name)));
}

#[test]
fn open_markers_are_outlines() {
    let mut figure = tones();
    figure.panels.truncate(1);
    // Discs are written as points with round caps.
    assert!(!svg(&figure, None).contains("stroke-linecap"));
    figure.panels[0].series.iter_mut().for_each(|series| series.tone = Tone::Full);
    assert!(svg(&figure, None).contains("stroke-linecap"));
}

#[test]
fn columns_can_be_asked_for() {
    let width = |figure: &Figure| -> f64 {
        let drawn = svg(figure, None);
        let document = roxmltree::Document::parse(&drawn).unwrap();
        document.root_element().attribute("width").unwrap().parse().unwrap()
    };
    let (six, two) = (multiples(), multiples().columns(2));
    assert!(width(&six) > 1.1 * width(&two), "{} {}", width(&six), width(&two));
}

#[test]
fn a_bare_panel_has_no_axes_and_wider_arrows_for_larger_weights() {
    let drawn = svg(&arrows(), None);
    // Without axes there is no tick to label; twelve names in each of two panels.
    assert_eq!(drawn.matches(">GENE").count(), 24);
    assert!(!drawn.contains(">0.5<") && !drawn.contains(">\u{2212}0.5<"));
    // Widths in tenths of a pixel, 6 to 45.
    assert!(drawn.contains("stroke-width=\"45\""));
    let thinnest = 6.0 + (45.0 - 6.0) * 0.1 / 5.1;
    assert!(drawn.contains(&format!("stroke-width=\"{thinnest:.0}\"")), "{thinnest}");
}

#[test]
fn pictures_are_well_formed_and_keep_their_words_on_the_page() {
    for figure in gallery() {
        let svg = svg(&figure, None);
        if let Some(folder) = std::env::var_os("SAIGEN_GALLERY") {
            std::fs::write(std::path::Path::new(&folder).join(format!("{}.svg", figure.name)), &svg).unwrap();
        }
        let document = roxmltree::Document::parse(&svg).unwrap();
        let root = document.root_element();
        let size = |name: &str| root.attribute(name).unwrap().parse::<f64>().unwrap();
        let (width, height) = (size("width"), size("height"));
        for node in document.descendants().filter(|node| node.has_tag_name("text")) {
            let number = |name: &str| node.attribute(name).unwrap().parse::<f64>().unwrap() / 10.0;
            let (x, y, size) = (number("x"), number("y"), number("font-size"));
            let text = node.text().unwrap_or("");
            let bold = if node.has_attribute("font-weight") { metrics::BOLD } else { 1.0 };
            let length = bold * metrics::width(text, size);
            let (before, after) = match node.attribute("text-anchor") {
                Some("middle") => (length / 2.0, length / 2.0),
                Some("end") => (length, 0.0),
                _ => (0.0, length),
            };
            let fits = match node.attribute("transform") {
                Some(_) => y + before <= height && y - after >= 0.0 && x - size >= 0.0 && x <= width,
                None => x - before >= 0.0 && x + after <= width && y - size >= -1.0 && y <= height,
            };
            assert!(fits, "{}: `{text}` at {x}, {y} leaves the {width} × {height} page", figure.name);
        }
    }
}

#[test]
fn the_same_figure_gives_the_same_bytes() {
    for figure in gallery() {
        assert_eq!(svg(&figure, None), svg(&figure.clone(), None));
    }
}

#[test]
fn origins_are_said_and_stand_ins_marked() {
    let tagged = svg(&cloud(), None);
    assert!(tagged.contains("Origin: exact (closed form or given), synthetic (seeded generator)"));
    assert!(tagged.contains("network zoo (exact)"), "a mixed figure says the origin of each series");
    assert!(!tagged.contains("STAND-IN"));
    assert!(svg(&stand_in(), None).contains("SYNTHETIC STAND-IN"));
}

#[test]
fn a_panel_can_be_a_stand_in_beside_real_ones() {
    let mut figure = three();
    assert!(!svg(&figure, None).contains("STAND-IN"));
    figure.panels[1].stand_in = true;
    let drawn = svg(&figure, None);
    assert_eq!(drawn.matches("SYNTHETIC STAND-IN").count(), 1);
    assert!(drawn.contains("b stands in for real data that is not there"));
}

#[test]
fn points_that_cannot_be_shown_are_counted() {
    assert!(svg(&odd(), None).contains("4 points not shown"));
}

#[test]
fn a_cloud_stays_small() {
    let bytes = svg(&cloud(), None).len();
    assert!(bytes < 60_000, "{bytes} bytes for 2,500 points");
}

#[test]
fn data_in_the_plot_stays_inside_its_box() {
    // A line far beyond fixed limits: no coordinate of it may leave the page.
    let axis = Axis::linear("x").limits(0.0, 1.0);
    let wild = series("wild", Mark::Line, &grid(50, -10.0, 10.0), |x| 1e6 * x);
    let figure = Figure::new("wild", "Wild", "c").panel(Panel::new("", axis.clone(), axis).series(wild));
    let svg = svg(&figure, None);
    let document = roxmltree::Document::parse(&svg).unwrap();
    let size: f64 = document.root_element().attribute("width").unwrap().parse::<f64>().unwrap() * 10.0;
    for path in document.descendants().filter_map(|node| node.attribute("d")) {
        let starts = path.split('M').skip(1).filter_map(|piece| piece.split(' ').next()?.parse::<f64>().ok());
        assert!(starts.into_iter().all(|x| (0.0..=size).contains(&x)), "{path}");
    }
}
