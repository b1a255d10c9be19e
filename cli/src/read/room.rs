//! How much is read and judged at a time, by all threads together.

use std::sync::atomic::{AtomicUsize, Ordering};

use crosskey_engine::text::{Limits, Sources};

use super::reader::{Found, Reading};

/// Bytes of the files that all threads have open beside each other. What is made of a byte takes up to fifty.
const OPEN: usize = 4 * 1024 * 1024;
/// Bytes of memory, as reckoned, of what is judged and not yet handed over.
const KEPT: usize = 64 * 1024 * 1024;
/// What a value of a policy takes once it is judged, as measured.
const VALUE: usize = 500;

/// The room that there is for what is kept, and what is taken of it.
#[derive(Debug, Default)]
pub(super) struct Room {
    taken: AtomicUsize,
}

impl Room {
    /// What a file, with those that it names, may come to if it is read beside others.
    pub(super) fn share(limits: &Limits) -> Limits {
        let share = OPEN / rayon::current_num_threads().max(1);
        Limits { bytes: limits.bytes.min(share), together: limits.together.min(share), ..*limits }
    }

    /// Takes room for what was read, if there is that much: how much it is.
    pub(super) fn enter(&self, reading: &Reading, sources: &Sources) -> Option<usize> {
        let values = match &reading.found {
            Found::Unit(unit) => unit.loaded.bundle.policies.values(),
            _ => 0,
        };
        let size = values.saturating_mul(VALUE).saturating_add(sources.bytes());
        let before = self.taken.fetch_add(size, Ordering::Relaxed);
        if before.saturating_add(size) <= KEPT {
            return Some(size);
        }
        self.leave(size);
        None
    }

    /// Gives room back.
    pub(super) fn leave(&self, size: usize) {
        self.taken.fetch_sub(size, Ordering::Relaxed);
    }
}
