//! Work on many things beside each other, with what comes of them in order.

use rayon::prelude::*;

/// How many are begun before those before them are done with: so much, and not all of it, is kept at a time.
const AHEAD: usize = 128;

/// How a thing is worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Beside others. What takes more room than there is for it is put off.
    Beside,
    /// Alone, with all the room that there is. It must be done.
    Alone,
}

/// Works on every item, several at a time, and meanwhile hands over what came of those before, in the order of the items.
/// An item for which `work` has no result was put off: its turn comes again once those before it are handed over, alone, so
/// that nobody ever waits for room.
pub(crate) fn in_order<T: Send + Sync, R: Send>(
    items: Vec<T>,
    work: impl Fn(&T, Turn) -> Option<R> + Sync,
    mut take: impl FnMut(T, R) + Send,
) {
    let mut items = items.into_iter();
    let mut hand_over = |(item, result): (T, Option<R>)| {
        if let Some(result) = result.or_else(|| work(&item, Turn::Alone)) {
            take(item, result);
        }
    };
    if items.len() <= 1 {
        // No threads for one; each would have a solver of its own.
        return items.for_each(|item| hand_over((item, None)));
    }
    let mut done: Vec<(T, Option<R>)> = Vec::new();
    let mut ahead = AHEAD;
    loop {
        let next: Vec<T> = items.by_ref().take(ahead).collect();
        let put_off = done.iter().filter(|(_, result)| result.is_none()).count();
        // Where most had to be put off, fewer at a time find room beside each other.
        ahead = if put_off * 2 > done.len() { (ahead / 2).max(2) } else { (ahead * 2).min(AHEAD) };
        let beside = || {
            let begun = next.into_par_iter();
            let work = |item| {
                let result = work(&item, Turn::Beside);
                (item, result)
            };
            begun.map(work).collect()
        };
        let handed_over = std::mem::take(&mut done).into_iter();
        if put_off == 0 {
            ((), done) = rayon::join(|| handed_over.for_each(&mut hand_over), beside);
        } else {
            handed_over.for_each(&mut hand_over);
            done = beside();
        }
        if done.is_empty() {
            return;
        }
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
            let work = |item: &usize, _| {
                begun.fetch_add(1, Ordering::SeqCst);
                Some(item * 2)
            };
            in_order((0..count).collect(), work, |_, result| {
                taken.push(result);
                let kept = begun.load(Ordering::SeqCst) - taken.len();
                assert!(kept < 2 * AHEAD, "{kept}");
            });
            assert_eq!(taken, (0..count).map(|item| item * 2).collect::<Vec<_>>());
        }
    }

    /// Whichever are put off, all are done in order, and nothing is done beside one that is done alone.
    #[test]
    fn what_is_put_off_is_done_alone_and_in_order() {
        for every in [1, 2, 3, 100] {
            let (at_work, mut taken) = (AtomicUsize::new(0), Vec::new());
            let work = |item: &usize, turn| {
                let others = at_work.fetch_add(1, Ordering::SeqCst);
                if turn == Turn::Alone {
                    assert_eq!(others, 0);
                }
                let result = (turn == Turn::Alone || !item.is_multiple_of(every)).then_some(*item);
                at_work.fetch_sub(1, Ordering::SeqCst);
                result
            };
            in_order((0..3 * AHEAD).collect(), work, |_, result| taken.push(result));
            assert_eq!(taken, (0..3 * AHEAD).collect::<Vec<_>>());
        }
    }
}
