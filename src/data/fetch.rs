//! Brings files from a mirror into the cache: resumable, checked, and never a wrong file under the right name.

use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use super::http::{self, Event, Head, Rest};
use super::partial::Partial;
use super::{DataError, Entry, FileState, Library, MirrorLocation};
use crate::display::Monitor;

/// How patient a transfer is.
///
/// | name | default | purpose |
/// |---|---|---|
/// | `stall` | 30 s | longest silence of a server before the connection is given up |
/// | `attempts` | 5 | tries in a row that bring no new byte before a file is given up |
/// | `backoff` | 0.5 s | pause after the first such try; doubled after each further one, up to 16 times |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    pub stall: Duration,
    pub attempts: u32,
    pub backoff: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { stall: Duration::from_secs(30), attempts: 5, backoff: Duration::from_millis(500) }
    }
}

/// What a fetch did.
#[derive(Debug, Default)]
pub struct FetchReport {
    /// Files that were in the cache already.
    pub present: usize,
    /// Files that were brought into the cache.
    pub fetched: usize,
    /// Bytes that were transferred for them.
    pub bytes: u64,
    /// Files that the mirror lacks or has wrong; the others were fetched all the same.
    pub failed: Vec<(String, DataError)>,
}

/// How often a silent transfer looks whether the user asked to stop.
const WATCH: Duration = Duration::from_millis(100);

impl Library {
    /// Brings all files of a case into the cache; files that are there and right stay as they are.
    ///
    /// Whatever stops it, finished files stay, and the bytes of an unfinished one are resumed the next time.
    ///
    /// # Errors
    /// [`DataError::NoMirror`], [`DataError::NoCache`], [`DataError::UnknownCase`]; [`DataError::Transfer`] when the
    /// mirror can't be reached; [`DataError::Io`] when the cache can't be written; [`DataError::Interrupted`].
    /// A file that the mirror lacks or has wrong doesn't stop the others: it is in [`FetchReport::failed`].
    pub fn fetch(&self, case: &str, patience: Patience, monitor: &dyn Monitor) -> Result<FetchReport, DataError> {
        self.manifest().known(case)?;
        let entries = self.list(case);
        monitor.begin(&format!("fetching {case}"), entries.iter().map(|entry| entry.bytes).sum());
        let report = self.fetch_all(&entries, patience, monitor);
        monitor.end();
        report
    }

    fn fetch_all(
        &self,
        entries: &[&Entry],
        patience: Patience,
        monitor: &dyn Monitor,
    ) -> Result<FetchReport, DataError> {
        let mut report = FetchReport::default();
        let agent = http::agent(patience.stall);
        for entry in entries {
            let mut progress = Progress { monitor, shown: 0, transferred: 0 };
            match self.bring(entry, &agent, patience, &mut progress) {
                Ok(true) => report.fetched += 1,
                Ok(false) => report.present += 1,
                Err(error) if concerns_one_file(&error) => report.failed.push((entry.place(), error)),
                Err(error) => return Err(error),
            }
            report.bytes += progress.transferred;
            progress.reach(entry.bytes);
        }
        Ok(report)
    }

    /// Brings one file into the cache, without a word.
    pub(super) fn fetch_one(&self, entry: &Entry, monitor: &dyn Monitor) -> Result<(), DataError> {
        let patience = Patience::default();
        let mut progress = Progress { monitor, shown: 0, transferred: 0 };
        self.bring(entry, &http::agent(patience.stall), patience, &mut progress)?;
        Ok(())
    }

    /// True when the file was brought, false when it was there.
    fn bring(
        &self,
        entry: &Entry,
        agent: &ureq::Agent,
        patience: Patience,
        progress: &mut Progress,
    ) -> Result<bool, DataError> {
        let mirror = self.mirror().ok_or_else(|| DataError::NoMirror { case: entry.case.clone() })?;
        let cache = self.cache().ok_or_else(|| DataError::NoCache { case: entry.case.clone() })?;
        mirror.check()?;
        let there = || Ok::<_, DataError>(self.cached_state(entry)? == FileState::Right);
        if there()? {
            return Ok(false);
        }
        let mut partial = Partial::open(entry, cache, progress.monitor)?;
        // Another process may have brought it while this one waited for the lock.
        if there()? {
            partial.restart()?;
            partial.tidy();
            return Ok(false);
        }
        let outcome = match mirror {
            MirrorLocation::Folder(folder) => copy(folder, entry, &mut partial, progress),
            MirrorLocation::Address(address) => {
                let url = format!("{address}/{}", entry.place());
                Download { entry, url, agent, patience }.run(&mut partial, progress)
            }
        };
        if outcome.is_err() {
            partial.tidy();
        }
        outcome.map(|()| true)
    }
}

/// Counts bytes for the monitor, each of them once, however often a transfer begins anew.
struct Progress<'a> {
    monitor: &'a dyn Monitor,
    shown: u64,
    transferred: u64,
}

impl Progress<'_> {
    fn reach(&mut self, length: u64) {
        if length > self.shown {
            self.monitor.advance(length - self.shown);
            self.shown = length;
        }
    }
}

fn concerns_one_file(error: &DataError) -> bool {
    use DataError::{NotInMirror, Status, WrongHash, WrongLength};
    matches!(error, NotInMirror { .. } | Status { .. } | WrongHash { .. } | WrongLength { .. })
}

fn copy(folder: &Path, entry: &Entry, partial: &mut Partial, progress: &mut Progress) -> Result<(), DataError> {
    let source = folder.join(&entry.case).join(&entry.name);
    let place = source.display().to_string();
    if !source.exists() {
        return Err(DataError::NotInMirror { place });
    }
    let mut file = std::fs::File::open(&source).map_err(DataError::io("open", &source))?;
    partial.restart()?;
    let mut block = vec![0; 1 << 16];
    loop {
        if progress.monitor.cancelled() {
            return Err(DataError::Interrupted);
        }
        let count = std::io::Read::read(&mut file, &mut block).map_err(DataError::io("read", &source))?;
        if count == 0 {
            return partial.finish(&place);
        }
        partial.append(&place, &block[..count])?;
        progress.transferred += count as u64;
        progress.reach(partial.length());
    }
}

/// Why one try brought no whole file.
enum Fault {
    /// Another try may help.
    Passing(String),
    /// It won't.
    Lasting(DataError),
}

impl From<DataError> for Fault {
    fn from(error: DataError) -> Self {
        Fault::Lasting(error)
    }
}

struct Download<'a> {
    entry: &'a Entry,
    url: String,
    agent: &'a ureq::Agent,
    patience: Patience,
}

impl Download<'_> {
    /// Tries until the file is whole and right, or `attempts` tries in a row brought nothing new.
    fn run(&self, partial: &mut Partial, progress: &mut Progress) -> Result<(), DataError> {
        let (mut farthest, mut fruitless) = (partial.length(), 0);
        loop {
            let whole = self.attempt(partial, progress).and_then(|()| Ok(partial.finish(&self.url)?));
            let fault = match whole {
                Ok(()) => return Ok(()),
                Err(Fault::Passing(reason)) => {
                    DataError::Transfer { url: self.url.clone(), attempts: self.patience.attempts, reason }
                }
                // A byte may have changed on the way: once more, from the start.
                Err(Fault::Lasting(wrong @ DataError::WrongHash { .. })) => wrong,
                Err(Fault::Lasting(error)) => return Err(error),
            };
            fruitless = if partial.length() > farthest { 1 } else { fruitless + 1 };
            farthest = farthest.max(partial.length());
            if fruitless >= self.patience.attempts {
                return Err(fault);
            }
            self.pause(fruitless, progress.monitor)?;
        }
    }

    fn attempt(&self, partial: &mut Partial, progress: &mut Progress) -> Result<(), Fault> {
        let offset = partial.length();
        if offset > self.entry.bytes {
            partial.restart()?;
        } else if offset == self.entry.bytes {
            return Ok(());
        }
        let rest = (partial.length() > 0).then(|| Rest { offset, validator: partial.validator() });
        let events = http::get(self.agent, &self.url, rest);
        loop {
            if progress.monitor.cancelled() {
                return Err(DataError::Interrupted.into());
            }
            match events.recv_timeout(WATCH) {
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(Fault::Passing("the transfer ended early".into())),
                Ok(Event::Head(head)) => self.accept(&head, partial)?,
                Ok(Event::Bytes(bytes)) => {
                    partial.append(&self.url, &bytes)?;
                    progress.transferred += bytes.len() as u64;
                    progress.reach(partial.length());
                }
                Ok(Event::Failed(reason)) => return Err(Fault::Passing(reason)),
                Ok(Event::End) if partial.length() == self.entry.bytes => return Ok(()),
                Ok(Event::End) => {
                    let (found, expected) = (partial.length(), self.entry.bytes);
                    return Err(Fault::Passing(format!("cut after {found} of {expected} bytes")));
                }
            }
        }
    }

    /// Decides from the head whether what follows continues the partial file, replaces it, or is of no use.
    fn accept(&self, head: &Head, partial: &mut Partial) -> Result<(), Fault> {
        let offset = partial.length();
        let whole = match head.status {
            200 => head.length,
            206 => head.range.and_then(|(_, whole)| whole),
            404 | 410 => return Err(DataError::NotInMirror { place: self.url.clone() }.into()),
            416 => {
                partial.restart()?;
                return Err(Fault::Passing("the server refused to resume".into()));
            }
            408 | 425 | 429 | 500..=599 => return Err(Fault::Passing(format!("status {}", head.status))),
            status => return Err(DataError::Status { url: self.url.clone(), status }.into()),
        };
        if let Some(found) = whole.filter(|found| *found != self.entry.bytes) {
            partial.restart()?;
            return Err(DataError::WrongLength { place: self.url.clone(), expected: self.entry.bytes, found }.into());
        }
        if head.status == 206 {
            if head.range.is_none_or(|(first, _)| offset == 0 || first != offset) {
                partial.restart()?;
                return Err(Fault::Passing("the server sent another part than was asked for".into()));
            }
        } else {
            // All of it: the first request, a server that can't resume, or a file that changed meanwhile.
            partial.restart()?;
            partial.note_validator(head.validator.as_deref())?;
        }
        Ok(())
    }

    fn pause(&self, fruitless: u32, monitor: &dyn Monitor) -> Result<(), DataError> {
        let mut left = self.patience.backoff * (1 << (fruitless - 1).min(4));
        while !left.is_zero() {
            if monitor.cancelled() {
                return Err(DataError::Interrupted);
            }
            let step = left.min(WATCH);
            std::thread::sleep(step);
            left -= step;
        }
        Ok(())
    }
}
