//! Writes secret policies that were built to make proofs slow, a file each: `slow_policies FOLDER`. `crosskey public FILE` must
//! answer, or say that it is undecided, soon and in little memory.

use std::{env, fs, io, path::Path, process::ExitCode};

use serde_json::{Value, json};

fn main() -> ExitCode {
    match env::args_os().nth(1) {
        Some(folder) if write(Path::new(&folder)).is_ok() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn write(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let each = |count: usize, one: &dyn Fn(usize) -> Value| (0..count).map(one).collect::<Vec<_>>();
    let like = |pattern: String| json!({"StringLike": {"aws:PrincipalArn": pattern}});
    let unlike = |pattern: String| json!({"StringNotLike": {"aws:PrincipalArn": pattern}});
    let guard = deny(json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}));
    let roles =
        each(520, &|n| json!(format!("arn:aws:iam::{:012}:role/R{n}", 100_000_000_000 + n)));
    let marks = "?".repeat(400);
    let policies = [
        (
            "12-globs",
            vec![allow(
                json!({"StringLike": {"aws:PrincipalArn": each(12, &|n| json!(format!("*x{n}y*")))}}),
            )],
        ),
        (
            "100-globs",
            vec![allow(
                json!({"StringLike": {"aws:PrincipalArn": each(100, &|n| json!(format!("*x{n}y*")))}}),
            )],
        ),
        (
            "100-globs-to-meet",
            [each(100, &|n| deny(unlike(format!("*x{n}y*")))), vec![everyone()]].concat(),
        ),
        (
            "100-globs-of-three-stars",
            [each(100, &|n| deny(unlike(format!("*a{n}*b{n}*c{n}*")))), vec![everyone()]].concat(),
        ),
        (
            "100-statements-with-a-guard",
            [each(100, &|n| allow(like(format!("*a{n}*b{n}*")))), vec![guard]].concat(),
        ),
        ("list-of-20-KB", vec![allow(json!({"ArnEquals": {"aws:PrincipalArn": roles}}))]),
        (
            "400-marks",
            vec![
                allow(like(format!("arn:aws:iam::*:role/{marks}"))),
                deny(like(format!("arn:aws:iam::*:role/*{marks}"))),
            ],
        ),
    ];
    for (name, statements) in policies {
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        fs::write(folder.join(format!("{name}.json")), policy.to_string())?;
    }
    Ok(())
}

fn allow(condition: Value) -> Value {
    statement("Allow", condition)
}

fn everyone() -> Value {
    json!({"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"})
}

fn deny(condition: Value) -> Value {
    statement("Deny", condition)
}

fn statement(effect: &str, condition: Value) -> Value {
    json!({"Effect": effect, "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*",
        "Condition": condition})
}
