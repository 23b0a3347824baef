//! Seeded random streams that don't depend on the number of threads.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Derives the random stream of one task.
///
/// The 256-bit ChaCha8 key is BLAKE3 of `(seed, case, task, index)` with length prefixes, so streams of different
/// tasks are independent, and the same task draws the same numbers whatever thread runs it.
pub fn stream(seed: u64, case: &str, task: &str, index: u64) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    for part in [case, task] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.update(&index.to_le_bytes());
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    #[test]
    fn streams_differ_by_every_part_of_their_name() {
        let draw = |seed, case, task, index| stream(seed, case, task, index).random::<u64>();
        let base = draw(1, "a", "b", 0);
        assert_eq!(base, draw(1, "a", "b", 0));
        for other in [draw(2, "a", "b", 0), draw(1, "ab", "", 0), draw(1, "a", "c", 0), draw(1, "a", "b", 1)] {
            assert_ne!(base, other);
        }
    }
}
