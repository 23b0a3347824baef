//! `report/index.html`: the run as one page that needs no network and prints well.

use askama::Template;

use super::run::{CaseRun, ClaimRun, FigureRun};
use super::table::read_series;
use super::{Record, Report, Status, rustc};
use crate::data::Library;

/// What the page says beside the report itself.
pub struct Facts<'a> {
    pub seed: u64,
    pub threads: usize,
    /// Gives licence and source of the data files that were used.
    pub library: &'a Library,
}

/// Points of a series that the page lists; the CSV has them all.
const LISTED: usize = 120;

#[derive(Template)]
#[template(path = "report.html", config = "src/repro/askama.toml")]
struct Page {
    verdict: String,
    /// Class of the worst status.
    worst: &'static str,
    counts: Vec<Count>,
    tier: &'static str,
    seed: u64,
    threads: usize,
    commit: String,
    version: &'static str,
    rustc: &'static str,
    seconds: String,
    command: String,
    cases: Vec<CaseView>,
}

struct Count {
    class: &'static str,
    symbol: &'static str,
    label: &'static str,
    count: usize,
}

struct CaseView {
    name: String,
    title: String,
    source: String,
    verdict: String,
    seconds: String,
    claims: Vec<ClaimView>,
    figures: Vec<FigureView>,
    data: Vec<DataView>,
    limits: Vec<String>,
    timings: Vec<(String, String)>,
    params: String,
}

struct ClaimView {
    id: String,
    title: String,
    source: String,
    evidence: &'static str,
    origin: &'static str,
    expected: String,
    measured: String,
    tolerance: String,
    tolerance_reason: String,
    reason: String,
    class: &'static str,
    symbol: &'static str,
    label: &'static str,
    unexpected: bool,
}

struct FigureView {
    name: String,
    title: String,
    number: usize,
    caption: String,
    origins: Vec<&'static str>,
    svg: String,
    series: Vec<SeriesView>,
    csv: String,
    record: Vec<(&'static str, String)>,
    command: String,
    /// Why it was not drawn; empty when it was.
    missing: String,
}

struct SeriesView {
    name: String,
    origin: String,
    rows: Vec<[String; 3]>,
    has_spread: bool,
    more: usize,
}

struct DataView {
    name: String,
    sha256: String,
    origin: &'static str,
    licence: String,
    source: String,
    derived: String,
}

/// Lays the page out.
///
/// # Errors
/// Those of the template engine; none is known for this template.
pub(super) fn page(report: &Report, runs: &[CaseRun], facts: &Facts) -> Result<String, askama::Error> {
    let counts = report.counts();
    let worst = counts.iter().rev().find(|(_, count)| *count > 0).map_or("none", |(status, _)| class(*status));
    let count = |(status, count): &(Status, usize)| Count {
        class: class(*status),
        symbol: status.symbol(),
        label: status.label(),
        count: *count,
    };
    let tier = report.tier.label();
    Page {
        verdict: report.verdict(),
        worst,
        counts: counts.iter().map(count).collect(),
        tier,
        seed: facts.seed,
        threads: facts.threads,
        commit: report.commit.clone(),
        version: env!("CARGO_PKG_VERSION"),
        rustc: rustc(),
        seconds: duration(runs.iter().map(|run| run.seconds).sum()),
        command: format!("saigen reproduce --tier {tier} --seed {}", facts.seed),
        cases: runs.iter().map(|run| case_view(run, report, facts)).collect(),
    }
    .render()
}

fn case_view(run: &CaseRun, report: &Report, facts: &Facts) -> CaseView {
    let own = report.cases.iter().filter(|case| case.case == run.case).cloned().collect();
    let verdict = Report { cases: own, ..report.clone() }.verdict();
    let data = run.data.iter().map(|(name, hash)| data_view(&run.case, name, hash, facts.library)).collect();
    let claims = run.claims.iter().map(|claim| (format!("claim {}", claim.result.id), duration(claim.seconds)));
    let figures = run.figures.iter().map(|figure| (format!("figure {}", figure.name), duration(figure.seconds)));
    CaseView {
        name: run.case.clone(),
        title: run.title.clone(),
        source: run.source.clone(),
        verdict,
        seconds: duration(run.seconds),
        claims: run.claims.iter().map(claim_view).collect(),
        figures: run.figures.iter().enumerate().map(|(i, figure)| figure_view(&run.case, i + 1, figure)).collect(),
        data,
        limits: run.limits.clone(),
        timings: claims.chain(figures).collect(),
        params: serde_json::to_string_pretty(&run.params).expect("JSON writes as JSON"),
    }
}

fn claim_view(run: &ClaimRun) -> ClaimView {
    let claim = &run.result;
    ClaimView {
        id: claim.id.clone(),
        title: claim.title.clone(),
        source: claim.source.clone(),
        evidence: claim.evidence.label(),
        origin: claim.origin.label(),
        expected: claim.expected.clone(),
        measured: claim.measured.clone(),
        tolerance: claim.tolerance.clone(),
        tolerance_reason: run.tolerance_reason.clone(),
        reason: claim.reason.clone(),
        class: class(claim.status),
        symbol: claim.status.symbol(),
        label: claim.status.label(),
        unexpected: claim.status == Status::Deviates && !run.known_deviation,
    }
}

fn figure_view(case: &str, number: usize, run: &FigureRun) -> FigureView {
    let [_, csv] = super::report::figure_places(case, &run.name);
    let mut view = FigureView {
        name: run.name.clone(),
        title: run.title.clone(),
        number,
        caption: String::new(),
        origins: Vec::new(),
        svg: String::new(),
        series: Vec::new(),
        csv,
        record: Vec::new(),
        command: String::new(),
        missing: String::new(),
    };
    match &run.drawn {
        Err(reason) => view.missing = reason.reason.clone(),
        Ok(drawn) => {
            view.title = drawn.figure.title.clone();
            view.caption = drawn.figure.caption.clone();
            view.origins = drawn.figure.origins().iter().map(|origin| origin.label()).collect();
            view.svg = without_metadata(&drawn.svg);
            view.series = series_views(&drawn.csv);
            // The settings stand once, with the case.
            view.record = record_lines(&drawn.record).into_iter().filter(|(name, _)| *name != "params").collect();
            view.command = drawn.record.command.clone();
        }
    }
    view
}

/// The SVG for inlining: the page shows the record in words. It holds no `id`, so many fit one page.
fn without_metadata(svg: &str) -> String {
    match (svg.find("<metadata>"), svg.find("</metadata>\n")) {
        (Some(start), Some(end)) => format!("{}{}", &svg[..start], &svg[end + "</metadata>\n".len()..]),
        _ => svg.into(),
    }
}

fn series_views(csv: &str) -> Vec<SeriesView> {
    // A table of ours that doesn't read back would fail the tests; the page then goes without it.
    let all = read_series(csv).unwrap_or_default();
    let alone = all.windows(2).all(|pair| pair[0].panel == pair[1].panel);
    all.into_iter()
        .map(|series| SeriesView {
            name: if alone { series.name } else { format!("{} — {}", series.panel, series.name) },
            origin: series.origin,
            rows: (0..series.x.len().min(LISTED))
                .map(|i| {
                    let spread = series.spread.get(i).map(|s| short(*s)).unwrap_or_default();
                    [short(series.x[i]), short(series.y[i]), spread]
                })
                .collect(),
            has_spread: !series.spread.is_empty(),
            more: series.x.len().saturating_sub(LISTED),
        })
        .collect()
}

/// Seven significant digits: enough to read; the CSV has every bit.
fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    if (1e-4..1e7).contains(&size) {
        let decimals = (6 - size.log10().floor() as i32).clamp(0, 10) as usize;
        let text = format!("{value:.decimals$}");
        return if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text };
    }
    format!("{value:.6e}")
}

/// A record in words, for people.
pub fn record_lines(record: &Record) -> Vec<(&'static str, String)> {
    let origins: Vec<_> = record.origins.iter().map(|origin| origin.label()).collect();
    let data: Vec<_> = record.data.iter().map(|(name, hash)| format!("{name} (sha256 {hash})")).collect();
    vec![
        ("figure", format!("{}/{}", record.case, record.figure)),
        ("tier", record.tier.label().into()),
        ("seed", record.seed.to_string()),
        ("params", record.params.to_string()),
        ("data", if data.is_empty() { "none".into() } else { data.join(", ") }),
        ("origins", origins.join(", ")),
        ("series", format!("sha256 {}", record.series)),
        ("saigen", record.saigen.clone()),
        ("source", record.source.clone()),
        ("compiler", record.rustc.clone()),
    ]
}

fn data_view(case: &str, name: &str, hash: &str, library: &Library) -> DataView {
    let entry = library.manifest().entry(case, name).ok();
    let source = entry.and_then(|entry| {
        let repository = entry.repository.clone()?;
        let commit = entry.commit.as_ref().map(|c| format!(" at {}", c.get(..10).unwrap_or(c)));
        Some(format!("{repository}{}", commit.unwrap_or_default()))
    });
    DataView {
        name: name.into(),
        sha256: hash.into(),
        origin: entry.map_or("–", |entry| entry.origin.label()),
        licence: entry.map_or("–".into(), |entry| entry.licence.clone()),
        source: source.unwrap_or_else(|| "this project".into()),
        derived: entry.and_then(|entry| entry.derived.clone()).unwrap_or_default(),
    }
}

fn class(status: Status) -> &'static str {
    match status {
        Status::Reproduced => "reproduced",
        Status::Deviates => "deviates",
        Status::NotTestable => "untested",
        Status::Failed => "failed",
    }
}

fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 0.0995 => format!("{:.0} ms", 1e3 * s),
        s if s < 99.5 => format!("{s:.1} s"),
        s => format!("{:.0} min {:02.0} s", (s / 60.0).floor(), (s % 60.0).floor()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::Silent;
    use crate::repro::run::run_case;
    use crate::repro::toy::{Toy, library_with_model};
    use crate::repro::{Tier, Workbench};

    fn html() -> String {
        let (_root, library) = library_with_model("k = 2");
        let run = run_case(&Toy, &Workbench::new(Tier::Smoke, 1, &library, &Silent), &mut |_| {}).unwrap();
        let report = Report::new(Tier::Smoke, "c0ffee", std::slice::from_ref(&run));
        let html = page(&report, &[run], &Facts { seed: 1, threads: 2, library: &library }).unwrap();
        // Like the gallery of figures: to be looked at.
        if let Some(folder) = std::env::var_os("SAIGEN_GALLERY") {
            std::fs::write(std::path::Path::new(&folder).join("report.html"), &html).unwrap();
        }
        html
    }

    #[test]
    fn the_page_needs_nothing_from_elsewhere() {
        let html = html();
        for load in ["<script", "<link", "src=", "@import", "url("] {
            assert!(!html.contains(load), "{load}");
        }
        assert!(!html.contains(" id=\"saigen-record\"") && !html.contains("<metadata>"));
    }

    #[test]
    fn words_of_a_case_are_escaped() {
        let html = html();
        assert!(html.contains("doesn&#39;t hold &#60;b&#62;here&#60;/b&#62;"));
        assert!(!html.contains("<b>here"));
        assert!(html.contains("A toy &#60;case&#62; &#38; its claims"));
    }

    #[test]
    fn every_claim_figure_and_file_is_on_the_page() {
        let html = html();
        for text in [
            "toy.mean",
            "toy.dear",
            "toy.panics",
            "01_mean",
            "02_model",
            "model.txt",
            "CC0-1.0",
            "Nothing here is real.",
        ] {
            assert!(html.contains(text), "{text}");
        }
        assert_eq!(html.matches("<svg ").count(), 2);
        assert!(html.contains("6 claims: 2 reproduced, 1 deviates, 1 not testable, 2 failed"));
    }

    #[test]
    fn the_markup_is_balanced() {
        // The page is written as XML apart from its first line, so an XML reader can check it.
        let html = html();
        let body = html.strip_prefix("<!DOCTYPE html>\n").unwrap();
        let document = roxmltree::Document::parse(body).unwrap();
        let mut ids: Vec<_> = document.descendants().filter_map(|node| node.attribute("id")).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "an id occurs twice");
        let targets = document.descendants().filter_map(|node| node.attribute("href")?.strip_prefix('#'));
        assert!(targets.into_iter().all(|target| ids.contains(&target)));
    }

    #[test]
    fn numbers_are_short_and_right() {
        let cases = [
            (0.0, "0"),
            (1.0 / 3.0, "0.3333333"),
            (1234.5, "1234.5"),
            (-2.5e-9, "-2.500000e-9"),
            (9_999_999.0, "9999999"),
        ];
        for (value, text) in cases {
            assert_eq!(short(value), text);
        }
        assert_eq!(short(f64::NAN), "NaN");
        assert_eq!([0.004, 12.34, 754.0].map(duration), ["4 ms", "12.3 s", "12 min 34 s"]);
    }
}
