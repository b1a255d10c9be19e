//! Writes a tree of many bundles for the command to judge: `many_bundles FOLDER COUNT`.

use std::{env, path::PathBuf, process::ExitCode};

use crosskey_benches::many_bundles;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let folder = arguments.next().map(PathBuf::from);
    let count = arguments.next().and_then(|count| count.to_str()?.parse().ok());
    match (folder, count) {
        (Some(folder), Some(count)) if many_bundles(&folder, count).is_ok() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
