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

use super::{STDIN, Wanted, candidates::Candidate, gather::Gathered, reader::Reader};
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

impl Gathered {
    /// Whether a file is a template, or was meant to be one and cannot be read.
    pub(super) fn is_stack(
        &mut self,
        reader: &Reader<'_>,
        source: SourceId,
        candidate: &Candidate,
    ) -> bool {
        match parse(source, &self.input.sources, &reader.limits) {
            Parsed::Template(template) => self.templates.keep(template, &candidate.path),
            Parsed::Broken { error, is_likely } if candidate.is_explicit() || is_likely => {
                self.input.errors.push(*error);
            }
            Parsed::Broken { .. } => return false,
            Parsed::Other => return self.is_assembly(reader, source, &candidate.path),
        }
        true
    }

    /// Whether a JSON file is a template, or the manifest of an assembly of the CDK.
    pub(super) fn is_template(
        &mut self,
        reader: &Reader<'_>,
        source: SourceId,
        path: &Path,
    ) -> bool {
        if reader.wanted != Wanted::Everything {
            return false;
        }
        if let Parsed::Template(template) = parse(source, &self.input.sources, &reader.limits) {
            self.templates.keep(template, path);
            return true;
        }
        self.is_assembly(reader, source, path)
    }

    /// Whether a file is the manifest of an assembly; what it tells is kept.
    fn is_assembly(&mut self, reader: &Reader<'_>, source: SourceId, path: &Path) -> bool {
        path.file_name().is_some_and(|name| name == ASSEMBLY) && self.assembly(reader, source, path)
    }

    fn assembly(&mut self, reader: &Reader<'_>, source: SourceId, path: &Path) -> bool {
        let found = read_assembly(source, &self.input.sources, &reader.limits);
        let is_one = found.is_some();
        self.templates.assemblies.insert(folder(path), found);
        is_one
    }

    /// Makes pieces of all templates, now that it is known which assemblies are beside them.
    pub(super) fn stacks(&mut self, reader: &Reader<'_>, given: &[Parameter]) {
        let list = std::mem::take(&mut self.templates.list);
        let mut used = vec![false; given.len()];
        let mut stacks = Vec::new();
        for (template, path) in list {
            let mut parameters = self.told_by_assembly(reader, &path);
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
        read_stacks(&stacks, &self.input.sources, &reader.limits, &mut self.pieces);
        let unused = given.iter().zip(used).filter(|(_, used)| !used);
        self.input.unused.extend(unused.map(|(parameter, _)| parameter.clone()));
    }

    /// What the assembly in the folder of a template tells of its stack.
    fn told_by_assembly(&mut self, reader: &Reader<'_>, path: &Path) -> BTreeMap<String, String> {
        let own = folder(path);
        if path.as_os_str() == STDIN {
            return BTreeMap::new();
        }
        let manifest = own.join(ASSEMBLY);
        if !self.templates.assemblies.contains_key(&own) && manifest.is_file() {
            self.beside(reader, &Candidate::within(&own, &manifest));
        }
        let found = self.templates.assemblies.get(&own).and_then(Option::as_ref);
        let name = path.file_name().map(|name| name.to_string_lossy());
        let told = found.zip(name).and_then(|(found, name)| found.stacks.get(&*name));
        told.cloned().unwrap_or_default()
    }

    /// Reads what may be the manifest of an assembly, unless it has been read.
    fn beside(&mut self, reader: &Reader<'_>, manifest: &Candidate) {
        if !self.is_new(manifest.real()) {
            return;
        }
        match reader.open(manifest, &mut self.input.sources) {
            Ok(source) => {
                let is_one = self.assembly(reader, source, &manifest.path);
                self.input.files += usize::from(is_one);
            }
            Err(error) => self.input.errors.push(*error),
        }
    }
}

impl Templates {
    fn keep(&mut self, template: Template, path: &Path) {
        self.list.push((template, path.to_owned()));
    }
}

fn folder(path: &Path) -> PathBuf {
    path.parent().unwrap_or_else(|| Path::new("")).to_owned()
}
