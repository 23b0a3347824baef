//! Finished outcomes on disk: one file each, whole or not at all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Serialize, de::DeserializeOwned};

use super::write::{WriteError, write_atomically};

/// Names and SHA-256 of the data files behind an outcome.
pub(super) type Inputs = BTreeMap<String, String>;

/// First bytes of an outcome file; the number is the version of the layout.
const MAGIC: &[u8] = b"saigen outcome 1\n";
const HASH: usize = blake3::OUT_LEN;

/// Why an outcome could not be kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotKept {
    #[error(transparent)]
    Form(#[from] postcard::Error),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// A folder of outcomes.
///
/// A file is `MAGIC`, BLAKE3 of the payload, and the payload: inputs and outcome in postcard, which keeps every bit of
/// an f64 (JSON has no NaN and no infinity). Its name is the key.
#[derive(Clone, Debug)]
pub(super) struct Store {
    folder: PathBuf,
}

impl Store {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.into() }
    }

    fn place(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.outcome"))
    }

    /// Reads an outcome; `None` if it isn't there, is damaged, or was written by another layout of its type.
    pub(super) fn load<T: DeserializeOwned>(&self, key: &str) -> Option<(T, Inputs)> {
        let bytes = std::fs::read(self.place(key)).ok()?;
        let (hash, payload) = bytes.strip_prefix(MAGIC)?.split_at_checked(HASH)?;
        if blake3::hash(payload).as_bytes() != hash {
            return None;
        }
        let (inputs, rest) = postcard::take_from_bytes(payload).ok()?;
        Some((postcard::from_bytes(rest).ok()?, inputs))
    }

    /// Keeps an outcome.
    ///
    /// # Errors
    /// Why it could not be kept. The store is only a convenience, so the run goes on.
    pub(super) fn save<T: Serialize>(&self, key: &str, outcome: &T, inputs: &Inputs) -> Result<(), NotKept> {
        let payload = postcard::to_stdvec(inputs).and_then(|head| postcard::to_extend(outcome, head))?;
        let bytes = [MAGIC, blake3::hash(&payload).as_bytes(), &payload].concat();
        Ok(write_atomically(&self.place(key), &bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Outcome = (Vec<f64>, String);

    fn sample() -> (Outcome, Inputs) {
        let numbers = vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 5e-324, 0.1 + 0.2, f64::MAX];
        ((numbers, "words".into()), Inputs::from([("a.csv".into(), "00ff".into())]))
    }

    fn bits(numbers: &[f64]) -> Vec<u64> {
        numbers.iter().map(|x| x.to_bits()).collect()
    }

    #[test]
    fn every_bit_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let (store, (outcome, inputs)) = (Store::new(folder.path()), sample());
        store.save("key", &outcome, &inputs).unwrap();
        let (back, back_inputs) = store.load::<Outcome>("key").unwrap();
        assert_eq!((bits(&back.0), back.1, back_inputs), (bits(&outcome.0), outcome.1, inputs));
    }

    #[test]
    fn any_damage_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (store, (outcome, inputs)) = (Store::new(folder.path()), sample());
        store.save("key", &outcome, &inputs).unwrap();
        let whole = std::fs::read(store.place("key")).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(store.place("key"), &whole[..cut]).unwrap();
            assert!(store.load::<Outcome>("key").is_none(), "cut to {cut} of {} bytes", whole.len());
            let mut flipped = whole.clone();
            flipped[cut] ^= 0x10;
            std::fs::write(store.place("key"), &flipped).unwrap();
            assert!(store.load::<Outcome>("key").is_none(), "byte {cut} flipped");
        }
        std::fs::write(store.place("key"), &whole).unwrap();
        assert!(store.load::<Outcome>("key").is_some());
    }

    #[test]
    fn an_outcome_of_another_type_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        store.save("key", &3u8, &Inputs::new()).unwrap();
        assert!(store.load::<Outcome>("key").is_none());
    }

    #[test]
    fn a_folder_that_cannot_be_written_does_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "x").unwrap();
        let store = Store::new(&file);
        assert!(matches!(store.save("key", &1u8, &Inputs::new()), Err(NotKept::Write(_))));
        assert!(store.load::<u8>("key").is_none());
    }
}
