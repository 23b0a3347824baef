//! Where experiments run: once each, and their outcomes outlive an interrupt.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use super::store::{Inputs, Store};
use super::{CaseError, Experiment, Tier, source_id};
use crate::data::Library;
use crate::display::Monitor;

/// Where experiments run: data, settings, progress, and the store of finished outcomes.
///
/// An outcome's key is BLAKE3 of case, experiment, settings, seed, tier, [`source_id`] and the hashes of its input
/// files, so a change of any of these runs the experiment anew.
pub struct Workbench<'a> {
    pub tier: Tier,
    pub seed: u64,
    pub library: &'a Library,
    pub monitor: &'a dyn Monitor,
    /// Where finished outcomes are kept between runs; `None` keeps them in memory only.
    pub store: Option<PathBuf>,
    /// Whether stored outcomes are passed over; new ones are still stored.
    pub fresh: bool,
    memory: Mutex<Memory>,
}

/// What the workbench remembers within one run.
#[derive(Default)]
struct Memory {
    finished: HashMap<String, (Arc<dyn Any + Send + Sync>, Inputs)>,
    /// Data files found to be there and right.
    checked: HashSet<(&'static str, String)>,
    /// Data files behind the outcomes asked for since the last look.
    used: Inputs,
}

impl<'a> Workbench<'a> {
    /// A workbench that keeps outcomes in memory.
    pub fn new(tier: Tier, seed: u64, library: &'a Library, monitor: &'a dyn Monitor) -> Self {
        Self { tier, seed, library, monitor, store: None, fresh: false, memory: Mutex::default() }
    }

    /// Returns the outcome of an experiment: from memory, from the store, or by running it.
    ///
    /// Its input files must be there even if the outcome is stored: whether a claim is testable doesn't depend on what
    /// ran before. An experiment may ask for the outcome of another one, from the thread that runs it.
    ///
    /// # Errors
    /// What [`Experiment::run`] raises, or [`CaseError::DataMissing`]. A damaged or unreadable stored outcome is not an
    /// error: it runs again.
    pub fn outcome<E: Experiment>(&self, params: &E::Params) -> Result<Arc<E::Outcome>, CaseError> {
        let own = self.inputs::<E>(params)?;
        let key = self.key::<E>(params, &own);
        if let Some((known, inputs)) = self.remembered(&key) {
            self.memory().used.extend(inputs);
            return Ok(known);
        }
        if let Some((stored, inputs)) = self.stored::<E>(&key) {
            return Ok(self.remember(key, Arc::new(stored), inputs));
        }
        if self.monitor.cancelled() {
            return Err(CaseError::Interrupted);
        }
        let outer = std::mem::take(&mut self.memory().used);
        let outcome = E::run(params, self);
        let mut inputs = std::mem::replace(&mut self.memory().used, outer);
        inputs.extend(own);
        let outcome = Arc::new(outcome?);
        if let Some(store) = &self.store
            && let Err(reason) = Store::new(store).save(&key, outcome.as_ref(), &inputs)
        {
            let name = E::NAME;
            self.monitor.note(&format!("the outcome of {name} is not kept, a later run repeats it: {reason}"));
        }
        Ok(self.remember(key, outcome, inputs))
    }

    /// Returns the data files (name and SHA-256) behind all outcomes asked for since the last call.
    pub fn take_used_data(&self) -> Inputs {
        std::mem::take(&mut self.memory().used)
    }

    fn inputs<E: Experiment>(&self, params: &E::Params) -> Result<Inputs, CaseError> {
        let mut inputs = Inputs::new();
        for name in E::inputs(params) {
            self.check(E::CASE, &name)?;
            let hash = self.library.sha256(E::CASE, &name)?;
            inputs.insert(name, hash);
        }
        Ok(inputs)
    }

    /// Makes sure that a data file is there and right; hashes it once per run.
    fn check(&self, case: &'static str, name: &str) -> Result<(), CaseError> {
        let file = (case, name.to_string());
        if !self.memory().checked.contains(&file) {
            self.library.path(case, name)?;
            self.memory().checked.insert(file);
        }
        Ok(())
    }

    fn key<E: Experiment>(&self, params: &E::Params, inputs: &Inputs) -> String {
        let settings = serde_json::to_string(params).expect("settings serialise to JSON");
        // JSON writes every number that isn't finite as null; postcard keeps them apart.
        let exact = postcard::to_stdvec(params).unwrap_or_default();
        let seed = self.seed.to_le_bytes();
        let parts = [E::CASE, E::NAME, &settings, self.tier.label(), source_id(E::CASE)];
        let files = inputs.iter().flat_map(|(name, hash)| [name.as_bytes(), hash.as_bytes()]);
        let mut hasher = blake3::Hasher::new();
        for part in parts.iter().map(|part| part.as_bytes()).chain([exact.as_slice(), &seed]).chain(files) {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hasher.finalize().to_hex().to_string()
    }

    fn stored<E: Experiment>(&self, key: &str) -> Option<(E::Outcome, Inputs)> {
        let store = self.store.as_ref().filter(|_| !self.fresh)?;
        let (outcome, inputs) = Store::new(store).load::<E::Outcome>(key)?;
        // Files of experiments that this one asked are not in its key: they must be those that it saw.
        let unchanged = |(name, hash): (&String, &String)| {
            self.check(E::CASE, name).is_ok() && self.library.sha256(E::CASE, name).is_ok_and(|now| now == *hash)
        };
        inputs.iter().all(unchanged).then_some((outcome, inputs))
    }

    fn remembered<T: Send + Sync + 'static>(&self, key: &str) -> Option<(Arc<T>, Inputs)> {
        let (outcome, inputs) = self.memory().finished.get(key).cloned()?;
        Some((outcome.downcast().ok()?, inputs))
    }

    fn remember<T: Send + Sync + 'static>(&self, key: String, outcome: Arc<T>, inputs: Inputs) -> Arc<T> {
        let mut memory = self.memory();
        memory.used.extend(inputs.clone());
        memory.finished.insert(key, (outcome.clone(), inputs));
        outcome
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().expect("no panic while holding the lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::Silent;
    use crate::repro::toy::{Counted, Halted, Model, library_with_model};
    use std::sync::atomic::{AtomicU64, Ordering};

    fn bench<'a>(library: &'a Library, store: Option<PathBuf>, seed: u64) -> Workbench<'a> {
        Workbench { store, ..Workbench::new(Tier::Smoke, seed, library, &Silent) }
    }

    static SERIAL: AtomicU64 = AtomicU64::new(1);

    /// A setting that no other test uses, so that runs can be counted.
    fn fresh_setting() -> u64 {
        SERIAL.fetch_add(1, Ordering::Relaxed)
    }

    #[test]
    fn an_outcome_is_computed_once_per_setting() {
        let library = Library::empty();
        let bench = bench(&library, None, 1);
        let setting = fresh_setting();
        let first = bench.outcome::<Counted>(&setting).unwrap();
        assert_eq!(first, bench.outcome::<Counted>(&setting).unwrap());
        assert_eq!(Counted::runs(setting), 1);
        bench.outcome::<Counted>(&fresh_setting()).unwrap();
        assert_eq!(Counted::runs(setting), 1);
    }

    #[test]
    fn a_stored_outcome_serves_a_later_run_unless_seed_or_freshness_say_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let store = || Some(folder.path().to_path_buf());
        let library = Library::empty();
        let setting = fresh_setting();
        let value = bench(&library, store(), 1).outcome::<Counted>(&setting).unwrap();
        assert_eq!(*bench(&library, store(), 1).outcome::<Counted>(&setting).unwrap(), *value);
        assert_eq!(Counted::runs(setting), 1);
        bench(&library, store(), 2).outcome::<Counted>(&setting).unwrap();
        assert_eq!(Counted::runs(setting), 2);
        let anew = Workbench { fresh: true, ..bench(&library, store(), 1) };
        anew.outcome::<Counted>(&setting).unwrap();
        assert_eq!(Counted::runs(setting), 3);
    }

    #[test]
    fn a_damaged_stored_outcome_runs_again() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::empty();
        let setting = fresh_setting();
        let run = || *bench(&library, Some(folder.path().into()), 1).outcome::<Counted>(&setting).unwrap();
        let value = run();
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            let bytes = std::fs::read(file.path()).unwrap();
            std::fs::write(file.path(), &bytes[..bytes.len() / 2]).unwrap();
        }
        assert_eq!(run(), value);
        assert_eq!(Counted::runs(setting), 2);
        assert_eq!(run(), value);
        assert_eq!(Counted::runs(setting), 2);
    }

    #[test]
    fn data_behind_an_outcome_is_known_even_when_it_comes_from_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let (root, library) = library_with_model("k = 2");
        let stored = || bench(&library, Some(folder.path().into()), 1);
        let first = stored();
        first.outcome::<Model>(&()).unwrap();
        let used = first.take_used_data();
        assert_eq!(used.len(), 1);
        assert!(first.take_used_data().is_empty());
        let later = stored();
        later.outcome::<Model>(&()).unwrap();
        assert_eq!(later.take_used_data(), used);
        drop(root);
        assert!(matches!(stored().outcome::<Model>(&()), Err(CaseError::DataMissing { .. })));
    }

    #[test]
    fn a_cancelled_run_starts_nothing_new_but_still_hands_out_what_is_finished() {
        let library = Library::empty();
        let folder = tempfile::tempdir().unwrap();
        let (done, undone) = (fresh_setting(), fresh_setting());
        bench(&library, Some(folder.path().into()), 1).outcome::<Counted>(&done).unwrap();
        let halted =
            Workbench { store: Some(folder.path().into()), ..Workbench::new(Tier::Smoke, 1, &library, &Halted) };
        assert!(halted.outcome::<Counted>(&done).is_ok());
        assert!(matches!(halted.outcome::<Counted>(&undone), Err(CaseError::Interrupted)));
        assert_eq!(Counted::runs(undone), 0);
    }
}
