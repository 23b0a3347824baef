//! Parallel maps whose result doesn't depend on the number of threads.

use crate::display::Monitor;
use rayon::prelude::*;

/// A computation was stopped by its [`Monitor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// Maps `0..tasks` in parallel and returns the results in index order.
///
/// Each result depends on its index alone (derive random streams from it), so the output has the same bits for any
/// number of threads; callers fold it serially. The monitor's current task advances by one per index.
///
/// # Errors
/// [`Interrupted`] when the monitor was cancelled; tasks under way finish first.
pub fn ordered<T, F>(tasks: usize, monitor: &dyn Monitor, task: F) -> Result<Vec<T>, Interrupted>
where
    T: Send,
    F: Fn(usize) -> T + Sync,
{
    (0..tasks)
        .into_par_iter()
        .map(|index| {
            if monitor.cancelled() {
                return Err(Interrupted);
            }
            let value = task(index);
            monitor.advance(1);
            Ok(value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::{Silent, Stopped};

    #[test]
    fn results_come_in_index_order() {
        let squares = ordered(1000, &Silent, |i| i * i).expect("nobody cancels");
        assert!(squares.iter().enumerate().all(|(i, s)| *s == i * i));
    }

    #[test]
    fn a_cancelled_monitor_stops_the_map() {
        assert_eq!(ordered(10, &Stopped, |i| i), Err(Interrupted));
    }
}
