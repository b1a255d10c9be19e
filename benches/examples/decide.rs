//! Decides the plain share so many times, for a profiler: `decide TIMES [prepared|traced|request|explained] [STATEMENTS]`.

use std::{env, hint::black_box, process::ExitCode};

use crosskey_benches::{long_share, plain_share, read_inline};
use crosskey_engine::{aws::assumption::Consulted, decide::World};

fn run() -> Result<(), String> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<usize>().ok());
    let times = number(0).ok_or("how many times?")?;
    let share = match number(2) {
        Some(statements) => long_share(statements, true)?,
        None => plain_share()?,
    };
    let (bundle, _) = read_inline(&share)?;
    let world = World::new(&bundle);
    let request = bundle.requests.first().ok_or("no request")?;
    let prepared = world.prepare(request).map_err(|error| error.to_string())?;
    let consulted = Consulted::default();
    for _ in 0..times {
        match arguments.get(1).map(String::as_str) {
            Some("traced") => {
                black_box(black_box(&prepared).traced(&consulted));
            }
            Some("request") => {
                black_box(world.decision(black_box(request)).ok());
            }
            Some("explained") => {
                black_box(world.simulate(black_box(request)).ok());
            }
            _ => {
                black_box(black_box(&prepared).decision());
            }
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    if run().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
