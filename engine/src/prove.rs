//! Questions that are answered for all requests at once, by proof: the solver-backed part of the engine.
//!
//! A policy is tested against a request of which nothing is fixed. The evaluator's own code runs on it, only that its
//! truth values are formulas: `target` implements [`decide::Target`](crate::decide::Target) for them. What stands in
//! these formulas are *atoms*, such as "aws:PrincipalArn is one of these ARNs", one Boolean each. Z3 chooses among
//! Booleans; whether some value of each key fits the choice is looked up outside the solver, by automata for texts and
//! by intervals for addresses, numbers and instants. A choice that no value fits goes back as a lemma.
//!
//! | file | what is there |
//! |---|---|
//! | `formula` | formulas, shared and evaluated |
//! | `glob`, `automaton`, `product`, `test`, `address`, `domain` | sets of values, and values that lie in some and not in others |
//! | `space`, `finder` | the parts of a request and their atoms; values for a choice of atoms |
//! | `bounds` | what a proof may cost |
//! | `solver`, `search` | Z3, and the search in which it and the values take turns |
//! | `vocabulary`, `stranger` | what a policy mentions, and somebody whom it does not |
//! | `symbolic`, `keys`, `variables`, `target` | the request of which nothing is fixed |
//! | `settle` | what is open, made definite where two are compared |
//! | `owner` | who owns the resource, where nobody says it |
//! | `trust` | which callers count as strangers, in several senses |
//! | `question`, `witness` | a policy ready to be asked about; requests that show the answer |
//! | `view`, `typed`, `access` | the checks of one call, each with its own keys; the decision on a whole call, over a bundle |
//! | [`new_access()`] | does a policy allow what another did not |
//! | [`new_calls()`] | does a bundle allow a call that another did not |
//! | [`who_can()`], [`strangers_read()`] | who can make a call; can a stranger read a secret |
//! | [`public()`] | is a policy public, and how far does it reach |
//! | [`fix()`] | what closes a statement to strangers |
//! | [`dead_weight()`] | what of a policy does nothing |
//!
//! Three things hold of every answer. What is said to be possible comes with a [`Witness`] that the evaluator has
//! confirmed. Where AWS's documents leave room, formulas come in pairs, for what is certain and for what is possible,
//! and an answer that hangs on the difference is [`Cause::Open`]. And every search is bounded: past its [`Bound`] the
//! answer is that there is none.

mod access;
mod address;
mod automaton;
mod bounds;
mod bundles;
mod compare;
mod dead;
mod domain;
mod error;
mod finder;
mod fix;
mod formula;
mod glob;
mod keys;
mod owner;
mod plaintext;
mod product;
mod public;
mod question;
mod search;
mod settle;
mod solver;
mod space;
mod stranger;
mod symbolic;
mod target;
mod test;
mod trust;
mod typed;
mod variables;
mod view;
mod vocabulary;
mod who_can;
mod witness;

pub use self::{
    access::{AccessWitness, Before},
    bounds::{BoundKind, Bounds},
    bundles::{NewCall, NewCaller, NewCalls, UndecidedCall, new_calls},
    compare::{CompareOptions, NewAccess, NewGrant, new_access},
    dead::{Dead, DeadOptions, DeadPart, WhyDead, dead_weight},
    error::{Bound, ProveError},
    fix::{Edit, Fix, FixOptions, fix},
    plaintext::{Plaintext, strangers_read},
    public::{
        Cause, DenyConsidered, Exposure, PublicAnswer, PublicOptions, PublicStatement, Reach,
        Reason, Undecided, Verdict, Why, public,
    },
    symbolic::Mode,
    who_can::{GranteeClass, ListedPrincipal, SymbolicGrantee, WhoCan, who_can},
    witness::{Witness, WitnessCaller},
};
