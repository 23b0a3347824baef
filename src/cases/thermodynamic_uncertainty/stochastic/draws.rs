//! Buffered random numbers: pairs of a unit exponential and a uniform.

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_distr::Exp1;

/// Pairs drawn at once; filling a block in tight loops costs half of drawing one by one.
const BLOCK: usize = 256;

/// A block of draws from one stream.
pub(super) struct Draws {
    rng: ChaCha8Rng,
    exponentials: [f64; BLOCK],
    uniforms: [f64; BLOCK],
    taken: usize,
}

impl Draws {
    pub(super) fn new(rng: ChaCha8Rng) -> Self {
        Self { rng, exponentials: [0.0; BLOCK], uniforms: [0.0; BLOCK], taken: BLOCK }
    }

    /// Draws a new block; what is left of the old one is dropped.
    pub(super) fn refill(&mut self) {
        let mut words = [0_u8; 8 * BLOCK];
        self.rng.fill_bytes(&mut words);
        for (uniform, word) in self.uniforms.iter_mut().zip(words.as_chunks::<8>().0) {
            *uniform = unit(u64::from_le_bytes(*word));
        }
        for exponential in &mut self.exponentials {
            *exponential = self.rng.sample(Exp1);
        }
        self.taken = 0;
    }

    /// The exponentials and uniforms that are left in the block.
    #[inline]
    pub(super) fn left(&self) -> (&[f64], &[f64]) {
        (&self.exponentials[self.taken..], &self.uniforms[self.taken..])
    }

    /// Marks `count` pairs as used.
    #[inline]
    pub(super) fn take(&mut self, count: usize) {
        self.taken += count;
    }
}

/// The upper 53 bits of a word as a uniform in [0, 1).
#[inline]
fn unit(word: u64) -> f64 {
    (word >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::random::stream;

    #[test]
    fn draws_have_the_moments_of_their_laws() {
        let mut draws = Draws::new(stream(1, "test", "draws", 0));
        let (mut exponential, mut uniform, mut square) = (0.0, 0.0, 0.0);
        for _ in 0..400 {
            draws.refill();
            let (exponentials, uniforms) = draws.left();
            exponential += exponentials.iter().sum::<f64>();
            square += exponentials.iter().map(|e| e * e).sum::<f64>();
            uniform += uniforms.iter().sum::<f64>();
            assert!(uniforms.iter().all(|u| (0.0..1.0).contains(u)));
        }
        let n = 400.0 * BLOCK as f64;
        // Five standard errors of 102,400 draws.
        assert!((exponential / n - 1.0).abs() < 5.0 / n.sqrt());
        assert!((square / n - 2.0).abs() < 5.0 * (20.0 / n).sqrt());
        assert!((uniform / n - 0.5).abs() < 5.0 / (12.0 * n).sqrt());
    }
}
