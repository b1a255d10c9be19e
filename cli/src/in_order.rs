//! Work on many things beside each other, with what comes of them in order.

use rayon::prelude::*;

/// How many are begun before those before them are done with: so much, and not all of it, is kept at a time.
const AHEAD: usize = 128;

/// Works on every item, several at a time, and meanwhile hands over what came of those before, in the order of the items.
pub(crate) fn in_order<T: Send, R: Send>(
    items: Vec<T>,
    work: impl Fn(T) -> R + Sync,
    mut take: impl FnMut(R) + Send,
) {
    let mut items = items.into_iter();
    if items.len() <= 1 {
        // No threads for one; each would have a solver of its own.
        return items.map(work).for_each(take);
    }
    let mut done = Vec::new();
    loop {
        let next: Vec<T> = items.by_ref().take(AHEAD).collect();
        if next.is_empty() {
            return done.into_iter().for_each(take);
        }
        let take = || done.into_iter().for_each(&mut take);
        let work = || next.into_par_iter().map(&work).collect();
        ((), done) = rayon::join(take, work);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_come_in_order_and_few_are_kept() {
        for count in [0, 1, 2, AHEAD, 5 * AHEAD + 3] {
            let (begun, mut taken) = (AtomicUsize::new(0), Vec::new());
            let work = |item: usize| {
                begun.fetch_add(1, Ordering::SeqCst);
                item * 2
            };
            in_order((0..count).collect(), work, |result| {
                taken.push(result);
                let kept = begun.load(Ordering::SeqCst) - taken.len();
                assert!(kept < 2 * AHEAD, "{kept}");
            });
            assert_eq!(taken, (0..count).map(|item| item * 2).collect::<Vec<_>>());
        }
    }
}
