//! Nodewise elastic nets of a made-up screen (900 rows, 976 columns, 40 factors), paths, fold Gram matrices, ridges.
//!
//! For `benches/peers/drug_resistance`: with the argument `data FILE` it writes that screen as raw f64 by rows; with `peer FILE
//! THREADS` it prints one JSON line of least times and writes the network as triplets of raw f64; with `grow COLUMNS
//! THREADS` it prints one line of a table: how time and memory grow with the number of columns.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use criterion::Criterion;
use ndarray::{Array2, s};
use rayon::ThreadPool;
use saigen::display::Silent;
use saigen::methods::elastic_net::{Gram, Network, Options, Penalty, Scaling, covariance, many, path, residual};
use saigen::methods::ridge::Ridge;

#[path = "peers/drug_resistance/screen.rs"]
mod screen;

const ROWS: usize = 900;
const COLUMNS: usize = 976;
const FACTORS: usize = 40;
const PENALTY: Penalty = Penalty::glmnet(0.3, 0.5);
/// Of the KKT residual, relative to the largest |c|.
const TOLERANCE: f64 = 1e-9;

fn options() -> Options<'static> {
    Options { tolerance: TOLERANCE, ..Options::default() }
}

fn pool(threads: usize) -> ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started")
}

fn gram(x: &Array2<f64>) -> Gram {
    Gram::of(x.view(), None, Scaling::UnitVariance).expect("finite")
}

fn network(gram: &Gram) -> Network {
    many::nodewise(gram, PENALTY, None, &options(), &Silent).expect("fits")
}

/// A response that ten columns explain in part.
fn response(x: &Array2<f64>) -> Vec<f64> {
    let one =
        |row: ndarray::ArrayView1<'_, f64>| -> f64 { (0..10).map(|k| row[97 * k] - 0.4 * row[97 * k + 30]).sum() };
    x.rows().into_iter().map(one).collect()
}

fn benches(criterion: &mut Criterion) {
    let x = screen::made_up(ROWS, COLUMNS, FACTORS);
    let whole = gram(&x);
    let mut group = criterion.benchmark_group("nodewise, 900 rows, 976 columns");
    group.sample_size(10);
    for threads in [1, 2] {
        let pool = pool(threads);
        group.bench_function(format!("Gram matrix, {threads} threads"), |b| b.iter(|| pool.install(|| gram(&x))));
        group.bench_function(format!("all fits, {threads} threads"), |b| b.iter(|| pool.install(|| network(&whole))));
        group.bench_function(format!("both, {threads} threads"), |b| b.iter(|| pool.install(|| network(&gram(&x)))));
    }
    let first = network(&whole);
    group.bench_function("all fits again from their network", |b| {
        b.iter(|| many::nodewise(&whole, PENALTY, Some(&first), &options(), &Silent));
    });
    group.finish();

    let mut group = criterion.benchmark_group("one response, 900 rows, 976 columns");
    group.sample_size(20);
    let y = response(&x);
    let c = whole.right_hand_side(x.view(), &y, None).expect("as many rows");
    let design = residual::Design::of(x.view(), None, Scaling::UnitVariance).expect("finite");
    let largest = path::largest_lambda(&c, 0.5, &options()).expect("no factors");
    let grid = path::grid(largest, 0.01, 50).expect("a good grid");
    let penalty = Penalty::glmnet(0.1 * largest, 0.5);
    group.bench_function("covariance mode", |b| b.iter(|| covariance::fit(&whole, &c, penalty, None, &options())));
    group.bench_function("residual mode", |b| b.iter(|| residual::fit(&design, &y, penalty, None, &options())));
    group.bench_function("path of 50 λ, covariance mode", |b| {
        b.iter(|| path::fit(path::On::Gram(&whole, &c), &grid, 0.5, None, &options()));
    });
    group.bench_function("path of 50 λ, residual mode", |b| {
        b.iter(|| path::fit(path::On::Design(&design, &y), &grid, 0.5, None, &options()));
    });
    group.bench_function("Gram matrix without a fifth of the rows", |b| {
        b.iter(|| whole.without(x.slice(s![..ROWS / 5, ..]), None));
    });
    let small = x.slice(s![..526, ..706]);
    let lambdas = path::grid(1e3, 1e-6, 21).expect("a good grid");
    group.sample_size(10);
    group.bench_function("ridge, 526 rows, 706 columns, leave-one-out at 21 λ", |b| {
        b.iter(|| Ridge::of(small, Scaling::UnitVariance).and_then(|ridge| ridge.best(&y[..526], &lambdas)));
    });
    group.finish();
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

fn write(file: &Path, numbers: impl Iterator<Item = f64>) {
    let bytes: Vec<u8> = numbers.flat_map(f64::to_le_bytes).collect();
    std::fs::write(file, bytes).expect("the scratch folder can be written");
}

fn worst(network: &Network) -> f64 {
    network.kkt().iter().copied().fold(0.0, f64::max)
}

/// One JSON line, and the network as triplets (regulator, target, coefficient) in `file`.
fn peer(file: &Path, threads: usize) {
    let x = screen::made_up(ROWS, COLUMNS, FACTORS);
    let pool = pool(threads);
    let (both, fitted) = least(7, || pool.install(|| network(&gram(&x))));
    let (moments, _) = least(7, || pool.install(|| gram(&x)));
    write(file, fitted.edges().flat_map(|(regulator, target, value)| [regulator as f64, target as f64, value]));
    println!(
        "{{\"seconds\":{both},\"gram\":{moments},\"coefficients\":{},\"kkt\":{}}}",
        fitted.edge_count() as f64 / COLUMNS as f64,
        worst(&fitted)
    );
}

/// The most memory that this process has held, in MiB; NaN where the system doesn't say.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}

/// One line: columns, rows, threads, seconds of the Gram matrix and of all, coefficients a fit, KKT residual, peak MiB.
fn grow(columns: usize, threads: usize) {
    let x = screen::made_up(ROWS, columns, FACTORS);
    let pool = pool(threads);
    let rounds = if columns > 2000 { 1 } else { 3 };
    let (moments, whole) = least(rounds, || pool.install(|| gram(&x)));
    let (fits, fitted) = least(rounds, || pool.install(|| network(&whole)));
    println!(
        "{columns},{ROWS},{threads},{moments:.6},{:.6},{:.2},{:.2e},{:.0}",
        moments + fits,
        fitted.edge_count() as f64 / columns as f64,
        worst(&fitted),
        peak_mib()
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |k: usize| arguments.get(k).and_then(|text| text.parse().ok()).expect("a whole number");
    match arguments.first().map(String::as_str) {
        Some("data") => write(Path::new(&arguments[1]), screen::made_up(ROWS, COLUMNS, FACTORS).iter().copied()),
        Some("peer") => peer(Path::new(&arguments[1]), number(2)),
        Some("grow") => grow(number(1), number(2)),
        _ => {
            let mut criterion = Criterion::default().configure_from_args();
            benches(&mut criterion);
            criterion.final_summary();
        }
    }
}
