//! Templates of CloudFormation among the files, and where their stacks go.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crosskey_engine::{
    ingest::cloudformation::{
        Assembly, Parsed, Stack, Template, parse, read_assembly, read_stacks,
    },
    text::SourceId,
};

use super::{Candidate, Reader, STDIN, Wanted};
use crate::args::Parameter;

/// The file that the CDK writes beside its templates.
const ASSEMBLY: &str = "manifest.json";

/// Templates that were found, and what is told of their stacks.
#[derive(Default)]
pub(super) struct Templates {
    list: Vec<(Template, PathBuf)>,
    /// By folder; `None` where there is none.
    assemblies: BTreeMap<PathBuf, Option<Assembly>>,
}

/// Whether a file of this name may be a template in YAML.
pub(super) fn is_template_name(path: &Path) -> bool {
    let end = path.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase);
    matches!(end.as_deref(), Some("yaml" | "yml" | "template"))
}

impl Reader<'_> {
    /// Whether a file is read as nothing but a template.
    pub(super) fn is_for_template(&self, candidate: &Candidate) -> bool {
        self.wanted == Wanted::Everything && is_template_name(&candidate.path)
    }

    /// Reads a file as a template. One that is none is passed over, unless it was given by itself.
    pub(super) fn template(&mut self, candidate: &Candidate) {
        let Some(source) = self.open(candidate) else { return };
        if self.is_stack(source, candidate) {
            return;
        }
        if candidate.explicit {
            let reason = "it is no template of CloudFormation".to_owned();
            return self.unreadable(&candidate.shown, reason);
        }
        self.input.files -= 1;
        self.input.skipped += 1;
    }

    /// Whether a file is a template, or was meant to be one and cannot be read.
    pub(super) fn is_stack(&mut self, source: SourceId, candidate: &Candidate) -> bool {
        match parse(source, &self.input.sources, &self.limits) {
            Parsed::Template(template) => self.keep(template, &candidate.path),
            Parsed::Broken { error, is_likely } if candidate.explicit || is_likely => {
                self.input.errors.push(*error);
            }
            Parsed::Broken { .. } => return false,
            Parsed::Other => return self.is_assembly(source, &candidate.path),
        }
        true
    }

    /// Whether a JSON file is a template, or the manifest of an assembly of the CDK.
    pub(super) fn is_template(&mut self, source: SourceId, path: &Path) -> bool {
        if self.wanted != Wanted::Everything {
            return false;
        }
        if let Parsed::Template(template) = parse(source, &self.input.sources, &self.limits) {
            self.keep(template, path);
            return true;
        }
        self.is_assembly(source, path)
    }

    /// Whether a file is the manifest of an assembly; what it tells is kept.
    fn is_assembly(&mut self, source: SourceId, path: &Path) -> bool {
        path.file_name().is_some_and(|name| name == ASSEMBLY) && self.assembly(source, path)
    }

    fn assembly(&mut self, source: SourceId, path: &Path) -> bool {
        let found = read_assembly(source, &self.input.sources, &self.limits);
        let is_one = found.is_some();
        self.templates.assemblies.insert(folder(path), found);
        is_one
    }

    fn keep(&mut self, template: Template, path: &Path) {
        self.templates.list.push((template, path.to_owned()));
    }

    /// Makes pieces of all templates, now that it is known which assemblies are beside them.
    pub(super) fn stacks(&mut self, given: &[Parameter]) {
        let list = std::mem::take(&mut self.templates.list);
        let mut used = vec![false; given.len()];
        let mut stacks = Vec::new();
        for (template, path) in list {
            let mut parameters = self.told_by_assembly(&path);
            for (number, parameter) in given.iter().enumerate() {
                let Parameter { file, name, value } = parameter;
                let is_meant = file.as_deref().is_none_or(|file| path.ends_with(file));
                if is_meant && (name.starts_with("AWS::") || template.declares(name)) {
                    parameters.insert(name.clone(), value.clone());
                    used.iter_mut().skip(number).take(1).for_each(|used| *used = true);
                }
            }
            stacks.push(Stack { template, parameters });
        }
        read_stacks(&stacks, &self.input.sources, &self.limits, &mut self.pieces);
        let unused = given.iter().zip(used).filter(|(_, used)| !used);
        self.input.unused.extend(unused.map(|(parameter, _)| parameter.clone()));
    }

    /// What the assembly in the folder of a template tells of its stack.
    fn told_by_assembly(&mut self, path: &Path) -> BTreeMap<String, String> {
        let own = folder(path);
        if path.as_os_str() == STDIN {
            return BTreeMap::new();
        }
        let manifest = own.join(ASSEMBLY);
        if !self.templates.assemblies.contains_key(&own) && manifest.is_file() {
            let candidate = self.candidate(&manifest, Path::new(ASSEMBLY), false);
            if let Some(source) = self.open(&candidate)
                && !self.assembly(source, &manifest)
            {
                self.input.files -= 1;
            }
        }
        let found = self.templates.assemblies.get(&own).and_then(Option::as_ref);
        let name = path.file_name().map(|name| name.to_string_lossy());
        let told = found.zip(name).and_then(|(found, name)| found.stacks.get(&*name));
        told.cloned().unwrap_or_default()
    }
}

fn folder(path: &Path) -> PathBuf {
    path.parent().unwrap_or_else(|| Path::new("")).to_owned()
}
