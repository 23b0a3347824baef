//! A bound on output that has been produced and has not left yet.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// What each piece of output costs beside its bytes.
const OVERHEAD: usize = 512;

/// Makes whoever produces output wait while too much of it is under way.
#[derive(Debug)]
pub struct Budget {
    used: Mutex<usize>,
    freed: Condvar,
    limit: usize,
}

impl Budget {
    /// A bound in bytes. A single piece may exceed it, alone.
    pub fn new(limit: usize) -> Arc<Budget> {
        Arc::new(Budget { used: Mutex::new(0), freed: Condvar::new(), limit })
    }

    /// Waits until a piece of this size may be under way.
    pub fn take(self: &Arc<Budget>, bytes: usize) -> Permit {
        let bytes = bytes + OVERHEAD;
        let mut used = self.used();
        while *used > 0 && *used + bytes > self.limit {
            used = self.freed.wait(used).unwrap_or_else(PoisonError::into_inner);
        }
        *used += bytes;
        Permit { budget: Arc::clone(self), bytes }
    }

    fn used(&self) -> MutexGuard<'_, usize> {
        // A number stays usable whatever happened to the other thread.
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to be under way; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Drop for Permit {
    fn drop(&mut self) {
        *self.budget.used() -= self.bytes;
        self.budget.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[test]
    fn a_producer_waits_until_what_it_made_has_left() {
        let budget = Budget::new(4 * OVERHEAD);
        // Larger than the bound, and alone.
        let large = budget.take(100 * OVERHEAD);
        let (sender, taken) = channel();
        let other = Arc::clone(&budget);
        let thread = std::thread::spawn(move || sender.send(other.take(0)).unwrap());
        assert!(taken.recv_timeout(Duration::from_millis(50)).is_err());
        drop(large);
        let small = taken.recv_timeout(Duration::from_secs(20)).unwrap();
        thread.join().unwrap();
        assert_eq!(*budget.used(), OVERHEAD);
        drop(small);
        assert_eq!(*budget.used(), 0);
    }
}
