//! The matcher of IAM's wildcards beside those that could stand in its place.
//!
//! Nanoseconds, the shortest sample of one run on a busy machine of two cores, 25 November 2026:
//!
//! | case | own | `wildmatch` | pieces by `memchr` | `glob-match` |
//! |---|---|---|---|---|
//! | `literal` | 4 | 37 | 14 | 117 |
//! | `prefix` | 4 | 30 | 26 | 241 |
//! | `suffix` | 4 | 36 | 26 | 217 |
//! | `contains` | 8 | 32 | 31 | 242 |
//! | `ones` | 6 | 29 | 60 | 109 |
//! | `star_inside` | 29 | 31 | 76 | 119 |
//! | `star_inside_miss` | 26 | 35 | 27 | 190 |
//! | `whole_arn` | 43 | 68 | 32 | 421 |
//! | `many_stars` | 74 | 46 | 40 | 288 |
//!
//! Our own is first wherever a pattern has one of the shapes that it tells apart, and on a par elsewhere. The others do not
//! have IAM's meaning by themselves: `glob-match` has to be kept from reading more syntax, and its stars from stopping at
//! slashes, for which the text is copied; `memchr` finds no `?` and knows bytes, not characters.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use crosskey_engine::aws::Pattern;
use glob_match::glob_match;
use memchr::memmem::Finder;
use wildmatch::WildMatch;

const RESOURCE: &str = "secret:prod/eu/payments-db-a1B2c3";
const ARN: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/eu/payments-db-a1B2c3";

/// What stands in policies, by the shape that it has when it is compiled; the last two are the worst for one that tries again.
const CASES: [(&str, &str, &str); 9] = [
    ("literal", RESOURCE, RESOURCE),
    ("prefix", "secret:prod/*", RESOURCE),
    ("suffix", "*db-a1B2c3", RESOURCE),
    ("ones", "secret:prod/eu/payments-db-??????", RESOURCE),
    ("star_inside", "secret:prod/*/payments-db-??????", RESOURCE),
    ("star_inside_miss", "secret:prod/*/orders-db-??????", RESOURCE),
    ("whole_arn", "arn:aws:secretsmanager:*:111122223333:secret:prod/*", ARN),
    ("contains", "*payments*", RESOURCE),
    ("many_stars", "*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
];

fn patterns(criterion: &mut Criterion) {
    for (name, pattern, text) in CASES {
        let own = Pattern::new(pattern);
        let wildmatch = WildMatch::new(pattern);
        let pieces = Pieces::new(pattern);
        let glob = guarded(pattern);
        let glob_matches = |text: &str| glob_match(&glob, &text.replace('/', HIDDEN));
        let expected = own.matches(text);
        assert_eq!(wildmatch.matches(text), expected, "{name}: wildmatch");
        assert_eq!(pieces.matches(text), Some(expected), "{name}: memchr");
        assert_eq!(glob_matches(text), expected, "{name}: glob-match");
        let mut group = criterion.benchmark_group(format!("patterns/{name}"));
        group.bench_function("own", |bencher| bencher.iter(|| own.matches(black_box(text))));
        group.bench_function("wildmatch", |bencher| {
            bencher.iter(|| wildmatch.matches(black_box(text)));
        });
        group.bench_function("memchr", |bencher| bencher.iter(|| pieces.matches(black_box(text))));
        group
            .bench_function("glob_match", |bencher| bencher.iter(|| glob_matches(black_box(text))));
        group.finish();
    }
}

/// Stands for a slash, which the stars of `glob-match` do not pass.
const HIDDEN: &str = "\u{1}";

/// `glob-match` reads more syntax than IAM has.
fn guarded(pattern: &str) -> String {
    pattern.replace('*', "**").replace('/', HIDDEN)
}

/// What stands between the stars of a pattern, each looked for with `memchr`.
struct Pieces<'p> {
    first: &'p str,
    middle: Vec<(&'p str, Finder<'p>)>,
    last: Option<&'p str>,
}

impl<'p> Pieces<'p> {
    fn new(pattern: &'p str) -> Self {
        let mut pieces = pattern.split('*');
        let first = pieces.next().unwrap_or_default();
        let last = pieces.next_back();
        let middle = pieces.filter(|piece| !piece.is_empty());
        Self { first, middle: middle.map(|piece| (piece, Finder::new(piece))).collect(), last }
    }

    /// `None` for offsets that are not those of characters: none of the cases has them.
    fn matches(&self, text: &str) -> Option<bool> {
        let Some(mut rest) = behind(self.first, text) else { return Some(false) };
        let Some(last) = self.last else { return Some(rest.is_empty()) };
        for (piece, finder) in &self.middle {
            let Some(at) = finder.find(rest.as_bytes()) else { return Some(false) };
            rest = rest.get(at + piece.len()..)?;
        }
        let Some(start) = rest.len().checked_sub(last.len()) else { return Some(false) };
        Some(behind(last, rest.get(start..)?) == Some(""))
    }
}

/// What follows a piece that a text begins with; its question marks are any character.
fn behind<'t>(piece: &str, text: &'t str) -> Option<&'t str> {
    let mut runs = piece.split('?');
    let mut rest = text.strip_prefix(runs.next()?)?;
    for run in runs {
        let mut characters = rest.chars();
        characters.next()?;
        rest = characters.as_str().strip_prefix(run)?;
    }
    Some(rest)
}

criterion_group!(benches, patterns);
criterion_main!(benches);
