//! Manifests: any text is read or refused, and the requests of what was read are decided.

use crosskey_engine::{
    ingest::manifest::{NoFiles, read_manifest},
    text::Sources,
};

use crate::{
    Tried,
    text::{LIMITS, can_be_told, decide_all, source},
};

/// See the module.
pub fn run(data: &[u8]) -> Option<Tried> {
    let mut sources = Sources::new();
    let id = source("bundle.json", data, &mut sources)?;
    let loaded = read_manifest(id, &mut sources, &mut NoFiles, &LIMITS);
    can_be_told(&loaded.errors, &sources);
    decide_all(&loaded.bundle);
    Some(Tried)
}
