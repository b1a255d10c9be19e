//! Inputs of known size for the benches.
