//! Progress of a loop.

use super::{Monitor, Progress};

/// Shows how far a loop has come.
///
/// ```
/// let mut sum = 0;
/// for i in saigen::display::progress(0..1000, "adding") {
///     sum += i;
/// }
/// assert_eq!(sum, 499_500);
/// ```
pub fn progress<I: IntoIterator>(items: I, task: &str) -> Iterate<I::IntoIter> {
    Iterate::new(items.into_iter(), task, Progress::new())
}

/// Iterates and shows how far it has come; made by [`progress`].
pub struct Iterate<I> {
    items: I,
    task: String,
    progress: Progress,
    state: State,
}

#[derive(PartialEq)]
enum State {
    New,
    Running,
    Ended,
}

impl<I: Iterator> Iterate<I> {
    fn new(items: I, task: &str, progress: Progress) -> Self {
        Self { items, task: task.to_owned(), progress, state: State::New }
    }
}

impl<I: Iterator> Iterator for Iterate<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        match self.state {
            State::New => {
                // An unknown total is zero.
                let (low, high) = self.items.size_hint();
                let total = if high == Some(low) { low } else { 0 };
                self.progress.begin(&self.task, total as u64);
                self.state = State::Running;
            }
            // The loop's body is done with the last item.
            State::Running => self.progress.advance(1),
            State::Ended => return self.items.next(),
        }
        let item = self.items.next();
        if item.is_none() {
            self.progress.end();
            self.state = State::Ended;
        }
        item
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }
}

impl<I: ExactSizeIterator> ExactSizeIterator for Iterate<I> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::bars::tests::recorded;

    #[test]
    fn a_loop_yields_all_and_ends_full() {
        let (progress, shown) = recorded();
        let items = Iterate::new([3, 1, 2].into_iter(), "loop", progress);
        assert_eq!(items.len(), 3);
        assert_eq!(items.collect::<Vec<_>>(), [3, 1, 2]);
        let shown = shown.texts();
        assert!(shown.first().is_some_and(|text| text.contains("0/3")), "{shown:?}");
        assert!(shown.last().is_some_and(|text| text.contains("3/3") && text.contains("100 %")), "{shown:?}");
    }

    #[test]
    fn a_loop_that_breaks_says_where() {
        let (progress, shown) = recorded();
        for item in Iterate::new(0..10, "loop", progress) {
            if item == 4 {
                break;
            }
        }
        assert!(shown.texts().last().is_some_and(|text| text.contains("4/10") && text.contains("stopped")));
    }

    #[test]
    fn an_unknown_length_counts_up() {
        let (progress, shown) = recorded();
        assert_eq!(Iterate::new((0..10).filter(|i| i % 2 == 0), "loop", progress).count(), 5);
        assert!(shown.texts().last().is_some_and(|text| text.contains(" 5 ") && !text.contains('%')));
    }
}
