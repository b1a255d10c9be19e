//! How time grows with the input: `growth [FILE.svg]` prints a table, and draws it. The command is timed too where
//! `target/release/crosskey` is there.

mod chart;
mod measure;

use std::{env, path::Path, process::ExitCode};

use measure::{Series, all};

fn run() -> Result<(), String> {
    let series = all()?;
    print(&series);
    match env::args().nth(1) {
        Some(file) => chart::draw(Path::new(&file), &series),
        None => Ok(()),
    }
}

/// A line a series, with the time for each number and how it grew between the last two beside the numbers themselves.
#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
fn print(series: &[Series]) {
    println!("| what | time | of the last step, numbers × and time × |\n|---|---|---|");
    for series in series {
        let cell = |(count, seconds): &(f64, f64)| format!("{count}: {}", readable(*seconds));
        let cells: Vec<String> = series.points.iter().map(cell).collect();
        let growth = match series.points.as_slice() {
            [.., (few, short), (many, long)] => {
                format!("{:.1}, {:.1}", many / few, long / short)
            }
            _ => String::new(),
        };
        println!("| {} | {} | {growth} |", series.name, cells.join(", "));
    }
}

fn readable(seconds: f64) -> String {
    match seconds {
        _ if seconds < 1e-3 => format!("{:.2} µs", seconds * 1e6),
        _ if seconds < 1.0 => format!("{:.2} ms", seconds * 1e3),
        _ => format!("{seconds:.2} s"),
    }
}

#[expect(clippy::print_stderr, reason = "who ran it wants to know why nothing came of it")]
fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
