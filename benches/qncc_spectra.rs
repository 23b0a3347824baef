//! Decompositions: M101 (from the data mirror) at fixed places, with the optical depth, with free line centres, and its
//! bootstrap; and a made-up spectrum of 10 000 points with 300 components.
//!
//! With the argument `peer` it prints one JSON line of least times instead, with `once` it decomposes M101 once and ends;
//! both are for `benches/peers/qncc_spectra`.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use criterion::Criterion;
use saigen::cases::qncc_spectra::decompose::{Component, Curve, Decomposition, Freedom, Model, Settings, Which, parse};
use saigen::cases::qncc_spectra::fit::BootstrapOptions;
use saigen::display::Silent;

#[path = "peers/qncc_spectra/spectrum.rs"]
mod spectrum;

/// M101 as filed: components, attenuation curve, and wavelength, flux and error.
struct M101 {
    components: Vec<Component>,
    curve: Curve,
    columns: [Vec<f64>; 3],
}

/// Reads M101 from the mirror: `SAIGEN_MIRROR`, else `../shared/data`.
fn m101() -> Option<M101> {
    let root =
        std::env::var("SAIGEN_MIRROR").unwrap_or_else(|_| format!("{}/../shared/data", env!("CARGO_MANIFEST_DIR")));
    let folder = Path::new(&root).join("qncc_spectra");
    if !folder.is_dir() {
        println!("no data mirror: M101 is left out");
        return None;
    }
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).expect("the mirror is complete");
    let table = |text: String, split: char, skipped: char| -> Vec<Vec<f64>> {
        let rows = text.lines().filter(|line| !line.starts_with(skipped));
        let numbers =
            |line: &str| line.split(split).filter(|f| !f.is_empty()).map(|f| f.parse().expect("number")).collect();
        rows.map(numbers).collect()
    };
    let column = |rows: &[Vec<f64>], j: usize| rows.iter().map(|row| row[j]).collect::<Vec<f64>>();
    let rows = table(text("m101_nucleus_spitzer_irs.ipac"), ' ', '|');
    let ratio = table(text("attenuation_smith2007_kvt.csv"), ',', 'w');
    Some(M101 {
        components: parse(&text("components_classic_smith2007.csv")).expect("a good list"),
        curve: Curve::new(column(&ratio, 0), column(&ratio, 1)).expect("a good curve"),
        columns: [0, 1, 2].map(|j| column(&rows, j)),
    })
}

impl M101 {
    /// Everything from the columns of the file to the decomposition.
    fn decompose(&self, settings: Settings) -> (Model, Decomposition) {
        let [wavelength, flux, sigma] = &self.columns;
        let components = self.components.clone();
        let model = Model::new(components, wavelength, flux, sigma, Some(&self.curve), settings).expect("good");
        let best = model.fit(&Silent).expect("fits");
        (model, best)
    }
}

fn without_depth() -> Settings {
    Settings { attenuation: None, ..Settings::default() }
}

fn free_centres() -> Settings {
    Settings { centres: Some(Freedom { which: Which::Lines, reach: 0.05 }), ..Settings::default() }
}

/// 10 000 points and 300 components: nine continua, 60 lines and 231 bands, a third of them absent.
fn large() -> Model {
    let (components, [wavelength, flux, sigma]) = spectrum::made_up(10_000, 300);
    Model::new(components, &wavelength, &flux, &sigma, None, without_depth()).expect("good")
}

fn benches(criterion: &mut Criterion) {
    if let Some(data) = m101() {
        let mut group = criterion.benchmark_group("M101");
        group.sample_size(20);
        group.bench_function("fixed places", |b| b.iter(|| data.decompose(without_depth())));
        group.bench_function("with optical depth", |b| b.iter(|| data.decompose(Settings::default())));
        let (model, best) = data.decompose(Settings::default());
        group.sample_size(10);
        group.bench_function("19 free centres, 8 starts", |b| b.iter(|| data.decompose(free_centres())));
        let options = BootstrapOptions { inflation: best.inflation(), ..BootstrapOptions::default() };
        group.bench_function("bootstrap of 1000", |b| b.iter(|| model.bootstrap(&best, &options, &Silent)));
        group.finish();
    }
    let mut group = criterion.benchmark_group("made up");
    let model = large();
    group.sample_size(10);
    group.bench_function("10 000 points, 300 components", |b| b.iter(|| model.fit(&Silent)));
    group.finish();
    let best = model.fit(&Silent).expect("fits");
    println!(
        "made up: χ² {:.1} at {} degrees of freedom, {} positive, KKT residual {:.1e}",
        best.fit.chi2,
        best.degrees_of_freedom(),
        best.fit.positive,
        best.fit.kkt
    );
}

/// Least seconds of several runs, and the last result.
fn least<T>(rounds: usize, mut run: impl FnMut() -> T) -> (f64, T) {
    let mut best = f64::INFINITY;
    let mut result = run();
    for _ in 0..rounds {
        let start = Instant::now();
        result = black_box(run());
        best = best.min(start.elapsed().as_secs_f64());
    }
    (best, result)
}

/// One JSON line: for each piece of work seconds, χ², τ and KKT residual.
fn peer() {
    let Some(data) = m101() else { std::process::exit(2) };
    let line = |name: &str, seconds: f64, best: &Decomposition| {
        let depth = best.optical_depth().map_or(0.0, |(depth, _)| depth);
        let (chi2, kkt, positive) = (best.fit.chi2, best.fit.kkt, best.fit.positive);
        format!(
            "\"{name}\":{{\"seconds\":{seconds},\"chi2\":{chi2},\"tau\":{depth},\"kkt\":{kkt},\"positive\":{positive}}}"
        )
    };
    let mut parts = Vec::new();
    for (name, settings, rounds) in
        [("fixed", without_depth(), 50), ("depth", Settings::default(), 50), ("centres", free_centres(), 5)]
    {
        let (seconds, (_, best)) = least(rounds, || data.decompose(settings));
        parts.push(line(name, seconds, &best));
    }
    let (model, best) = data.decompose(Settings::default());
    let options = BootstrapOptions { inflation: best.inflation(), ..BootstrapOptions::default() };
    let (seconds, _) = least(3, || model.bootstrap(&best, &options, &Silent).expect("fits"));
    parts.push(line("bootstrap", seconds, &best));
    let model = large();
    let (seconds, best) = least(3, || model.fit(&Silent).expect("fits"));
    parts.push(line("large", seconds, &best));
    println!("{{{}}}", parts.join(","));
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("peer") => return peer(),
        // One decomposition in a process of its own, reading included.
        Some("once") => {
            black_box(m101().map(|data| data.decompose(Settings::default())));
            return;
        }
        _ => {}
    }
    let mut criterion = Criterion::default().configure_from_args();
    benches(&mut criterion);
    criterion.final_summary();
}
