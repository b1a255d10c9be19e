//! Every target over its seeds and over what was once found: without a fuzzer, on any toolchain.

use std::{fs, path::Path};

use crosskey_fuzz::{TARGETS, Target};

/// Runs all files of a folder through a target and says how many they were.
fn run_all(folder: &Path, target: Target) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in &files {
        // Shown where the target panics.
        println!("{}", file.display());
        target(&fs::read(file).unwrap());
    }
    files.len()
}

#[test]
fn targets_hold_on_their_seeds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, target) in TARGETS {
        let seeds = run_all(&root.join("seeds").join(name), *target);
        assert!(seeds >= 10, "{name} has {seeds} seeds");
        run_all(&root.join("found").join(name), *target);
    }
}

#[test]
fn every_target_has_a_program_and_every_folder_a_target() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut programs: Vec<String> = fs::read_dir(root.join("fuzz_targets"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    programs.sort();
    let names: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(programs, names);
    for folder in ["seeds", "found"] {
        for entry in fs::read_dir(root.join(folder)).into_iter().flatten() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(names.contains(&name.as_str()) || name == "README.md", "{folder}/{name}");
        }
    }
}
