//! The door of the library: a bundle from memory or from a folder, and every question asked of it.
//!
//! The engine opens no file itself. Whoever calls it hands the bytes over by [`Files`]: a map of texts, or a closure that
//! reads a folder. Every answer is [data](crate::report) that implements [`Serialize`](serde::Serialize), in the shape that
//! the program prints for `--format json`, so that a snapshot of it is a test.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::collections::BTreeMap;
//! use crosskey_engine::{bundle::Decision, check::CheckOptions, review::Review};
//!
//! let files = BTreeMap::from([
//!     ("bundle.json", r#"{"version": 1,
//!         "secrets": [{"arn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:Db-a1B2c3",
//!             "policy": "secret-policy.json"}],
//!         "principals": [{"arn": "arn:aws:iam::111122223333:role/Reader"}],
//!         "requests": [{"principal": "arn:aws:iam::111122223333:role/Reader",
//!             "action": "secretsmanager:GetSecretValue",
//!             "resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:Db-a1B2c3", "expect": "allow"}]}"#),
//!     ("secret-policy.json", r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
//!         "Principal": {"AWS": "arn:aws:iam::111122223333:role/Reader"},
//!         "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}"#),
//! ]);
//! let review = Review::open("bundle.json", files)?;
//!
//! let answers = review.simulate();
//! assert_eq!(answers.results[0].decision, Decision::Allow);
//! assert!(review.check(&CheckOptions::default()).findings.is_empty());
//! println!("{}", serde_json::to_string_pretty(&answers)?);
//! # Ok(())
//! # }
//! ```
//!
//! A folder is read by a closure:
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use crosskey_engine::review::Review;
//!
//! let folder = std::path::Path::new("policies/share");
//! let read = |path: &str| std::fs::read(folder.join(path)).map_err(|error| error.to_string());
//! let review = Review::open("bundle.json", read)?;
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "prove")]
use crate::{
    aws::{Action, Service},
    prove::{Bounds, ProveError, who_can},
    report::{WhoCanReport, WhoCanResult},
};
use crate::{
    bundle::Bundle,
    check::{CheckOptions, RequestAnswer, answers, ask_who_reads, check},
    decide::World,
    ingest::{
        IngestError, IngestErrorKind,
        manifest::{Assumed, Files, read_manifest_assuming},
    },
    report::{
        CheckReport, Diagnostic, FindingReport, Known, ReadReport, RequestReport, SimulateReport,
    },
    text::{Limits, Source, Sources},
};

/// A bundle with the texts that it was read from.
#[derive(Clone, Debug)]
pub struct Review {
    name: String,
    sources: Sources,
    bundle: Bundle,
    errors: Vec<IngestError>,
    files: usize,
}

impl Review {
    /// Reads the manifest at the path `manifest`, and the policies that it names beside it.
    ///
    /// What is wrong inside the bundle is no error here: it is a diagnostic of [`simulate`](Self::simulate) and a
    /// finding of [`check`](Self::check), and everything else is still judged.
    ///
    /// # Errors
    /// [`IngestError`] where the manifest itself cannot be read, or is not text.
    pub fn open(manifest: &str, files: impl Files) -> Result<Self, Box<IngestError>> {
        Self::open_assuming(manifest, files, &Assumed::default())
    }

    /// Reads a bundle like [`open`](Self::open), and takes something else for true where AWS's documents leave room.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_assuming(
        manifest: &str,
        mut files: impl Files,
        assumed: &Assumed,
    ) -> Result<Self, Box<IngestError>> {
        let limits = Limits::default();
        let failed = |kind| {
            let (field, file) = (String::new(), manifest.to_owned());
            Box::new(IngestError { kind, field, location: None, file })
        };
        let path = || manifest.to_owned();
        let bytes = files
            .read(manifest)
            .map_err(|reason| failed(IngestErrorKind::Unreadable { path: path(), reason }))?;
        let source = Source::from_bytes(manifest, bytes, &limits)
            .map_err(|error| failed(IngestErrorKind::Source { path: path(), error }))?;
        let mut sources = Sources::new();
        let source = sources.add(source);
        let mut read = 1;
        let mut beside = |path: &str| {
            let bytes = files.read(&format!("{}{path}", folder(manifest)))?;
            read += 1;
            Ok(bytes)
        };
        let loaded = read_manifest_assuming(source, &mut sources, &mut beside, &limits, assumed);
        Ok(Self {
            name: manifest.to_owned(),
            sources,
            bundle: loaded.bundle,
            errors: loaded.errors,
            files: read,
        })
    }

    /// The world that is judged.
    pub const fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// The texts, to find the places that answers point at.
    pub const fn sources(&self) -> &Sources {
        &self.sources
    }

    /// What could not be read of the bundle.
    pub fn errors(&self) -> &[IngestError] {
        &self.errors
    }

    /// Decides every request of the bundle, as `crosskey simulate` does.
    pub fn simulate(&self) -> SimulateReport {
        let answers = answers(&World::new(&self.bundle));
        SimulateReport::new(self.results(&self.bundle, &answers), self.diagnostics())
    }

    /// Decides every request, proves what is public, and looks for known mistakes, as `crosskey check` does. A bundle
    /// without requests is [asked who reads its secrets](ask_who_reads). Without the feature `prove` nothing is proved.
    pub fn check(&self, options: &CheckOptions) -> CheckReport {
        let mut bundle = self.bundle.clone();
        ask_who_reads(&mut bundle);
        let report = check(&bundle, &self.sources, &self.errors, options);
        let read = ReadReport {
            files: self.files,
            bundles: 1,
            ..ReadReport::of_answers(&bundle, &report.answers)
        };
        let results = self.results(&bundle, &report.answers);
        let findings = report.findings.iter().map(|found| FindingReport::new(&self.sources, found));
        CheckReport::new(findings.collect(), results, read, Vec::new())
    }

    /// Everyone who can make a call, on each secret or key of the bundle that it is for, as `crosskey who-can` does.
    ///
    /// # Errors
    /// [`ProveError`] if the solver cannot be used, or the call cannot be evaluated.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::collections::BTreeMap;
    /// use crosskey_engine::{aws::Action, review::Review};
    /// # let files = BTreeMap::from([("bundle.json", r#"{"version": 1, "secrets": [
    /// #     {"arn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:Db-a1B2c3", "policy":
    /// #     {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/Reader"},
    /// #      "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}}],
    /// #     "principals": [{"arn": "arn:aws:iam::111122223333:role/Reader"}]}"#)]);
    /// let read = Action::new("secretsmanager:GetSecretValue").ok_or("not an action")?;
    /// let answer = Review::open("bundle.json", files)?.who_can(&read)?;
    /// assert_eq!(answer.results[0].principals[0].can, Some(true));
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "prove")]
    pub fn who_can(&self, action: &Action) -> Result<WhoCanReport, ProveError> {
        let world = World::new(&self.bundle);
        let secrets = self.bundle.secrets.iter().map(|secret| &secret.arn.value);
        let keys = self.bundle.keys.iter().map(|key| &key.arn.value);
        let resources: Vec<_> = match action.service() {
            Service::SecretsManager => secrets.collect(),
            Service::Kms => keys.collect(),
            Service::Other => Vec::new(),
        };
        let results = resources.into_iter().map(|arn| {
            let answer = who_can(&world, action, arn, Bounds::default())?;
            Ok(WhoCanResult::new(&self.name, arn.as_str(), &answer))
        });
        let results = results.collect::<Result<_, ProveError>>()?;
        Ok(WhoCanReport::new(action, results, self.diagnostics()))
    }

    fn results(&self, bundle: &Bundle, answers: &[RequestAnswer]) -> Vec<RequestReport> {
        let known = Known { bundle, sources: &self.sources };
        let results = answers.iter().filter_map(|answer| {
            let request = bundle.requests.get(answer.request)?;
            Some(RequestReport::new(known, &self.name, request, answer))
        });
        results.collect()
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        let errors = self.errors.iter();
        errors.map(|error| Diagnostic::of_error(&self.sources, error)).collect()
    }
}

/// The folder of a path, with the slash behind it; empty for a name alone.
fn folder(path: &str) -> &str {
    path.rfind('/').and_then(|slash| path.get(..=slash)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::bundle::Decision;

    const BUNDLE: &str = r#"{"version": 1, "secrets": [{
        "arn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:Db-a1B2c3", "policy": "policy.json"}],
        "principals": [{"arn": "arn:aws:iam::111122223333:role/Reader"}],
        "requests": [{"name": "r", "principal": "arn:aws:iam::111122223333:role/Reader",
        "action": "secretsmanager:GetSecretValue",
        "resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:Db-a1B2c3"}]}"#;
    const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:role/Reader"},
        "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}"#;

    #[test]
    fn policies_stand_beside_the_manifest() {
        let files = BTreeMap::from([("a/b/bundle.json", BUNDLE), ("a/b/policy.json", POLICY)]);
        let review = Review::open("a/b/bundle.json", files).unwrap();
        let report = review.check(&CheckOptions::default());
        assert_eq!(report.results[0].decision, Decision::Allow);
        assert_eq!((report.read.files, report.read.policies, report.read.bundles), (2, 1, 1));
        assert_eq!(report.results[0].checks[0].statements[0].policy, "policy.json");
        assert_eq!(
            review
                .sources()
                .name(review.bundle().policies.iter().next().unwrap().1.location.source),
            "a/b/policy.json"
        );
    }

    #[test]
    fn a_closure_hands_files_over() {
        let mut asked = Vec::new();
        let read = |path: &str| {
            asked.push(path.to_owned());
            match path {
                "bundle.json" => Ok(BUNDLE.into()),
                _ => Err("permission denied".to_owned()),
            }
        };
        let report = Review::open("bundle.json", read).unwrap().simulate();
        assert_eq!(asked, ["bundle.json", "policy.json"]);
        assert_eq!(report.results[0].decision, Decision::Invalid);
        assert_eq!(
            report.diagnostics[0].message,
            "`policy.json` cannot be read: permission denied"
        );
    }

    #[test]
    fn a_manifest_that_cannot_be_read_is_an_error() {
        let none = BTreeMap::<&str, &str>::new();
        let error = Review::open("bundle.json", none).unwrap_err();
        assert_eq!(error.to_string(), "`bundle.json` cannot be read: no such file");
        let latin = BTreeMap::from([("bundle.json", [0xE9_u8])]);
        let error = Review::open("bundle.json", latin).unwrap_err();
        assert!(error.to_string().contains("not UTF-8"), "{error}");
        assert_eq!(error.file, "bundle.json");
    }

    #[test]
    fn what_is_wrong_inside_is_told_by_every_question() {
        let files = BTreeMap::from([("bundle.json", r#"{"version": 1, "secret": []}"#)]);
        let review = Review::open("bundle.json", files).unwrap();
        assert_eq!(review.errors().len(), 1);
        assert_eq!(review.simulate().diagnostics.len(), 1);
        assert!(review.check(&CheckOptions::default()).findings[0].unreadable);
    }
}
