use crosskey_engine::{
    ingest::manifest::Manifest,
    report::{CheckReport, DiffReport, PublicReport, SimulateReport, WhoCanReport},
};
use schemars::{JsonSchema, generate::SchemaSettings};

use super::Failure;
use crate::{
    args::{Schema, SchemaName},
    config::Document,
    exit::Exit,
    render::json,
    write::Output,
};

/// Prints a JSON Schema.
pub(super) fn run(arguments: &Schema, output: &Output) -> Result<Exit, Failure> {
    let schema = match arguments.name {
        SchemaName::Bundle => input::<Manifest>(),
        SchemaName::Config => input::<Document>(),
        SchemaName::Simulate => report::<SimulateReport>(),
        SchemaName::Check => report::<CheckReport>(),
        SchemaName::Public => report::<PublicReport>(),
        SchemaName::WhoCan => report::<WhoCanReport>(),
        SchemaName::Diff => report::<DiffReport>(),
    };
    output.report(&json::document(&schema)?)?;
    Ok(Exit::Clean)
}

fn input<T: JsonSchema>() -> schemars::Schema {
    SchemaSettings::draft2020_12().for_deserialize().into_generator().into_root_schema_for::<T>()
}

fn report<T: JsonSchema>() -> schemars::Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}
