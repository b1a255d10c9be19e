//! Times the plain share of two accounts, and the same with 100 statements a policy, with Crosskey and with the evaluators
//! of other projects, in one run: `crosskey-peer [FOLDER]`, where the folder has iam-simulate from npm. Prints a table.

mod case;
mod cedar;
mod crosskey;
mod iam_rs;
mod iam_simulate;
mod timing;

use std::{env, process::ExitCode};

use case::Case;
use timing::Timing;

/// What a program took for each case.
struct Row {
    who: String,
    timings: Vec<Timing>,
}

fn run() -> Result<(), String> {
    let cases = case::all()?;
    let mut rows = crosskey::rows(&cases)?;
    match env::args().nth(1) {
        Some(folder) => rows.extend(iam_simulate::rows(&folder, &cases)?),
        None => eprintln!("iam-simulate is left out: no folder has it"),
    }
    rows.push(iam_rs::row(&cases)?);
    rows.push(cedar::row(&cases)?);
    print(&cases, &rows);
    Ok(())
}

/// A line a program: for each case what it decides, how long that takes, and how often Crosskey's first line goes into it.
fn print(cases: &[Case], rows: &[Row]) {
    let names: Vec<_> = cases.iter().map(|case| case.name).collect();
    println!("| program | {} |", names.join(" | "));
    println!("|---|{}", "---|".repeat(cases.len()));
    let Some(first) = rows.first() else { return };
    for row in rows {
        let cells = row.timings.iter().zip(&first.timings).map(|(timing, ours)| {
            let times = timing.nanoseconds / ours.nanoseconds;
            let micros = timing.nanoseconds / 1000.0;
            format!("{}, {micros:.2} µs, {times:.1} ×", timing.decision)
        });
        println!("| {} | {} |", row.who, cells.collect::<Vec<_>>().join(" | "));
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
