//! Writes the seeds anew: what the fixtures say for targets that read text, a fixed stream of bytes for the others.
//!
//! `cargo run --no-default-features --example seeds`

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Larger files slow the fuzzer down and say nothing new.
const LARGEST: usize = 4096;
/// Files a target.
const MOST: usize = 60;

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fixtures = root.join("../fixtures");
    let mut policies = Vec::new();
    let mut manifests = Vec::new();
    for folder in ["bad", "good", "reject"] {
        for file in files(&fixtures.join(folder))? {
            match file.file_name().and_then(|name| name.to_str()) {
                Some("bundle.json") => manifests.push(file),
                Some(name) if name.ends_with(".json") => policies.push(file),
                _ => {}
            }
        }
    }
    let texts = |paths: &[PathBuf]| paths.iter().map(fs::read).collect::<io::Result<Vec<_>>>();
    let policies = texts(&policies)?;
    let mut manifests = texts(&manifests)?;
    // Scenarios are manifests in pieces; their policies and requests are what matters.
    manifests
        .extend(texts(&files(&fixtures.join("scenarios"))?)?.iter().flat_map(|text| cases(text)));
    write(root, "policy", &policies)?;
    write(root, "check", &policies)?;
    write(root, "yaml", &yaml(&policies))?;
    write(root, "manifest", &manifests)?;
    write(root, "aws_answer", &pieces(&texts(&files(&fixtures.join("inputs/aws"))?)?))?;
    write(root, "terraform", &pieces(&texts(&files(&fixtures.join("inputs/terraform"))?)?))?;
    write(root, "settings", &settings())?;
    for name in ["decide", "operators", "pattern", "prove"] {
        write(root, name, &bytes(24))?;
    }
    Ok(())
}

/// All files below a folder, in order.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => found.extend(files(&path)?),
            false => found.push(path),
        }
    }
    found.sort();
    Ok(found)
}

/// Writes small seeds by number, each text once.
fn write(root: &Path, target: &str, seeds: &[Vec<u8>]) -> io::Result<()> {
    let folder = root.join("seeds").join(target);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let mut kept: Vec<&Vec<u8>> = Vec::new();
    for seed in seeds.iter().filter(|seed| seed.len() <= LARGEST) {
        if kept.len() < MOST && !kept.contains(&seed) {
            kept.push(seed);
        }
    }
    for (number, seed) in kept.iter().enumerate() {
        fs::write(folder.join(format!("{number:02}")), seed)?;
    }
    println!("{target}: {}", kept.len());
    Ok(())
}

/// Every object in a text that could be a manifest's entry, as a manifest.
fn cases(text: &[u8]) -> Vec<Vec<u8>> {
    let Ok(serde_json::Value::Object(whole)) = serde_json::from_slice(text) else {
        return Vec::new();
    };
    let lists = whole.into_iter().filter_map(|(_, value)| match value {
        serde_json::Value::Array(list) => Some(list),
        _ => None,
    });
    let objects = lists.flatten().filter_map(|case| case.get("bundle").cloned());
    objects.map(|bundle| bundle.to_string().into_bytes()).collect()
}

/// Each text whole where it is small, and every resource or page of it alone.
fn pieces(texts: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut found = texts.to_vec();
    for text in texts {
        let Ok(value) = serde_json::from_slice::<serde_json::Value>(text) else { continue };
        let Some(whole) = value.as_object() else { continue };
        for left_out in whole.keys() {
            let mut part = whole.clone();
            part.shift_remove(left_out);
            found.push(serde_json::Value::Object(part).to_string().into_bytes());
        }
        let modules = ["planned_values", "values"].iter().find_map(|name| whole.get(*name));
        let resources = modules.and_then(|values| values["root_module"]["resources"].as_array());
        for resource in resources.into_iter().flatten() {
            let state = serde_json::json!({
                "format_version": "1.0", "terraform_version": "1.9.0",
                "values": {"root_module": {"resources": [resource]}},
            });
            found.push(state.to_string().into_bytes());
        }
    }
    found
}

/// JSON is YAML; and what YAML alone has.
fn yaml(policies: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let own = [
        "Resources:\n  Key:\n    Type: AWS::KMS::Key\n    Properties:\n      KeyPolicy: &p\n        Statement: []\n  Other: *p\n",
        "a: &a [x, y]\nb: [*a, *a]\n",
        "text: |\n  two\n  lines\nfolded: >-\n  one\n  line\n",
        "!Sub 'arn:aws:iam::${AWS::AccountId}:root'\n",
        "Principal: !Ref Reader\nList: [!GetAtt Key.Arn, !Sub x]\n",
        "? a\n: b\n",
        "a: 1\na: 2\n",
        "<<: *x\n",
        "%YAML 1.2\n---\na: 2012-10-17\n...\n",
        "- - - - x\n",
        "é: \"\\u00e9\\n\"\n'it''s': ~\n",
    ];
    own.iter().map(|text| text.as_bytes().to_vec()).chain(policies.iter().cloned()).collect()
}

fn settings() -> Vec<Vec<u8>> {
    [
        "fail-on = \"error\"\n",
        "exclude = [\"examples/**\", 'b']\n",
        "[trust]\naccounts = [\"111122223333\"]\norganizations = [\"o-a1b2c3d4e5\"]\n",
        "[rules]\ndirect-decrypt = \"off\"\nbroad-suffix = \"info\"\n",
        "[assumptions]\ncalled_via = \"absent\"\n",
        "[[ignore]]\nrule = \"public-secret\"\npolicy = \"a.json\"\nfingerprint = \"0\"\ncount = 2\nreason = \"\"\"why\n\"\"\"\nuntil = 2027-01-31\n",
        "[[ignore]]\nrule = 'x'\n[[ignore]]\ncount = 4_000\n",
        "ignore = [{ rule = \"x\", count = 0x10 }, { count = 1e9 }]\n",
        "a.b.c = [[1, 2], [nan, inf]]\n\"quoted key\" = true\n",
        "# nothing\n",
        "baseline = \"crosskey-baseline.toml\"\n",
        "time = 1979-05-27T07:32:00-08:00\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

/// Bytes that structured targets make their cases of: always the same (xorshift).
fn bytes(count: usize) -> Vec<Vec<u8>> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..count).map(|number| (0..8 + number * 2).flat_map(|_| next()).collect()).collect()
}
