//! Files of a format that the user says.

use crosskey_engine::{
    ingest::{IngestErrorKind, Tool, bare::Bare, read_output},
    text::{Location, SourceId},
};

use super::{Candidate, Reader, Unit, UnitKind};
use crate::args::InputFormat;

impl Reader<'_> {
    /// Reads a file of the format that was said. One of another sort is passed over, unless it was given by itself.
    pub(super) fn of_format(&mut self, candidate: &Candidate) {
        let Some(source) = self.open(candidate) else { return };
        let (is_one, called) = match self.format {
            InputFormat::Auto | InputFormat::Bundle => (false, "a bundle"),
            InputFormat::Policy => (self.is_policy(source, candidate), "a policy"),
            InputFormat::Aws => (self.is_output(Tool::Aws, source), "output of the AWS CLI"),
            InputFormat::Terraform => {
                (self.is_output(Tool::Terraform, source), "a plan or state of Terraform")
            }
            InputFormat::Cloudformation => {
                (self.is_stack(source, candidate), "a template of CloudFormation")
            }
        };
        if is_one {
            return;
        }
        if candidate.explicit {
            let reason = format!("`--input-format` says that it is {called}, but it is not");
            return self.unreadable(&candidate.shown, reason);
        }
        self.input.files -= 1;
        self.input.skipped += 1;
    }

    fn is_policy(&mut self, source: SourceId, candidate: &Candidate) -> bool {
        let Bare::Policy { loaded, kind } = self.bare(source) else { return false };
        let name = candidate.name.clone();
        self.input.units.push(Unit { name, loaded: *loaded, kind: UnitKind::Policy(kind) });
        true
    }

    fn is_output(&mut self, tool: Tool, source: SourceId) -> bool {
        let (sources, pieces) = (&self.input.sources, &mut self.pieces);
        match read_output(tool, source, sources, &self.limits, pieces) {
            Ok(is_one) => is_one,
            Err(error) => {
                let location = Location::new(source, error.span);
                self.error(IngestErrorKind::Json(error), Some(location));
                true
            }
        }
    }
}
