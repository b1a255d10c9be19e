//! x
mod address;
mod automaton;
mod domain;
mod error;
mod finder;
mod formula;
mod glob;
mod keys;
mod search;
mod solver;
mod space;
mod symbolic;
mod target;
mod test;
mod variables;
mod vocabulary;
pub use self::error::{Bound, ProveError};
