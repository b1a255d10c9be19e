//! Tells what was found: a table of the files, and each change with what noticed it.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::list::Change;
use crate::trial::Found;

#[derive(Default)]
struct Counts {
    noticed: usize,
    left: usize,
    missed: usize,
}

/// Prints the table and the changes that nothing notices; all changes are written to a file.
pub fn tell(changes: &[Change], found: &[Found], path: &Path) -> Result<()> {
    let mut files: BTreeMap<&str, Counts> = BTreeMap::new();
    let (mut all, mut missed) = (String::new(), String::new());
    for (change, found) in changes.iter().zip(found) {
        let counts = files.entry(&change.file).or_default();
        let (word, by) = match found {
            Found::Noticed(test) => ("noticed", Some(test)),
            Found::Endless(test) => ("endless", Some(test)),
            Found::Missed => ("missed", None),
            Found::Unreached => ("unreached", None),
            Found::Left => ("left", None),
        };
        match found {
            Found::Noticed(_) | Found::Endless(_) => counts.noticed += 1,
            Found::Left => counts.left += 1,
            Found::Missed | Found::Unreached => {
                counts.missed += 1;
                writeln!(missed, "{}", change.name)?;
            }
        }
        writeln!(all, "{word}\t{}\t{}", change.name, by.map_or("", String::as_str))?;
    }
    fs::write(path, all)?;
    println!("| file | changes | noticed | do not compile | not noticed |\n|---|---|---|---|---|");
    for (file, Counts { noticed, left, missed }) in &files {
        println!("| `{file}` | {} | {noticed} | {left} | {missed} |", noticed + left + missed);
    }
    if !missed.is_empty() {
        println!("\nNot noticed:\n{missed}");
    }
    Ok(())
}

/// What an outcome that [`tell`] wrote says of each change that need not be tried again.
pub fn read(path: &Path) -> Result<HashMap<String, Found>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut settled = HashMap::new();
    for line in text.lines() {
        let (word, name, by) = match line.split('\t').collect::<Vec<_>>()[..] {
            [word, name, by] => (word, name.to_owned(), by.to_owned()),
            _ => bail!("not a line of an outcome: {line}"),
        };
        match word {
            "noticed" => settled.insert(name, Found::Noticed(by)),
            "endless" => settled.insert(name, Found::Endless(by)),
            "left" => settled.insert(name, Found::Left),
            _ => None,
        };
    }
    Ok(settled)
}
