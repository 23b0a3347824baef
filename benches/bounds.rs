//! A million random states against the bounds (claim 1), beside one thread doing the same.

use criterion::{Criterion, criterion_group, criterion_main};
use saigen::cases::thermodynamic_uncertainty::experiments::{RandomBoundsParams, random_bounds};
use saigen::display::Silent;

fn bounds(criterion: &mut Criterion) {
    let params = RandomBoundsParams::smoke(1);
    let mut group = criterion.benchmark_group("a million random states");
    group.sample_size(10);
    group.bench_function("all threads", |b| b.iter(|| random_bounds(&params, &Silent).expect("nobody cancels")));
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread");
    group.bench_function("one thread", |b| {
        b.iter(|| one.install(|| random_bounds(&params, &Silent).expect("nobody cancels")));
    });
    group.finish();
}

criterion_group!(benches, bounds);
criterion_main!(benches);
