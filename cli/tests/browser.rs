//! The page in a real browser: names that try to run, and do not.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on fails there"
)]

#[expect(dead_code, reason = "not every file of tests uses every helper")]
mod support;

#[path = "support/hostile.rs"]
mod hostile;

use std::{fs, path::Path, process::Command};

use crosskey_engine::text::escape;
use support::run_in;

/// The page as Chromium holds it after loading; `None` where there is no Chromium.
fn loaded(page: &Path, profile: &Path) -> Option<String> {
    for name in ["chromium", "chromium-browser", "google-chrome"] {
        let mut browser = Command::new(name);
        browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]);
        browser.arg(format!("--user-data-dir={}", profile.display()));
        browser.arg(format!("file://{}", page.display()));
        if let Ok(output) = browser.output() {
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
            return Some(String::from_utf8(output.stdout).unwrap());
        }
    }
    eprintln!("skipped: needs Chromium (Debian's package `chromium`)");
    None
}

#[test]
fn no_script_runs_and_every_name_is_text() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("set");
    fs::create_dir(&set).unwrap();
    hostile::write(&set);
    let page = folder.path().join("page.html");
    let run = run_in(
        &set,
        ["check".as_ref(), "--format=html".as_ref(), "--output".as_ref(), page.as_os_str()],
    );
    assert_eq!(run.code, 2, "{run:?}");
    let profile = folder.path().join("profile");
    let Some(dom) = loaded(&page, &profile) else { return };
    // A page without the policy and with such a name as markup does run it: the browser can tell the difference.
    let control = folder.path().join("control.html");
    fs::write(&control, format!("<!doctype html><p>{}</p>", hostile::SCRIPT)).unwrap();
    assert!(loaded(&control, &profile).unwrap().contains("data-ran"));

    assert!(!dom.contains("data-ran"), "{dom}");
    for element in ["<script", "<img", "<link", "<iframe", "<b>s</b>"] {
        assert!(!dom.contains(element), "{element}: {dom}");
    }
    // A browser writes text out with these three escaped.
    let text = |name: &str| name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    for name in [hostile::SCRIPT, hostile::IMAGE, hostile::MARKUP] {
        assert!(dom.contains(&text(name)), "{name}: {dom}");
    }
    for name in [hostile::CONTROL, hostile::FILE, "秘密"] {
        assert!(dom.contains(&text(&escape(name))), "{name:?}: {dom}");
    }
}
