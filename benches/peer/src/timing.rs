use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// How long a decision takes, and what it is.
pub struct Timing {
    pub decision: String,
    pub nanoseconds: f64,
}

/// How many batches are timed. The quickest counts: whatever else the machine does only adds.
const BATCHES: usize = 25;
const BATCH: Duration = Duration::from_millis(20);

/// Times a decision that says whether the secret can be read.
pub fn time(mut decide: impl FnMut() -> bool) -> Timing {
    let mut batch = |rounds: u32| {
        let start = Instant::now();
        for _ in 0..rounds {
            black_box(decide());
        }
        start.elapsed()
    };
    let mut rounds = 1;
    while batch(rounds) < BATCH {
        rounds *= 2;
    }
    let shortest = (0..BATCHES).map(|_| batch(rounds)).min().unwrap_or_default();
    let nanoseconds = shortest.as_secs_f64() * 1e9 / f64::from(rounds);
    let decision = if decide() { "allow" } else { "deny" };
    Timing { decision: decision.to_owned(), nanoseconds }
}
