//! x
mod address;
mod automaton;
mod domain;
mod error;
mod finder;
mod formula;
mod glob;
mod keys;
mod public;
mod question;
mod search;
mod solver;
mod space;
mod stranger;
mod symbolic;
mod target;
mod test;
mod trust;
mod variables;
mod vocabulary;
mod witness;

pub use self::{
    error::{Bound, ProveError},
    public::{
        Cause, DenyConsidered, Exposure, PublicAnswer, PublicOptions, PublicStatement, Reach,
        Reason, Undecided, Verdict, Why, public,
    },
    symbolic::Mode,
    witness::{Witness, WitnessCaller},
};
