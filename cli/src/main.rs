//! The command line of Crosskey: reads bundles and policies, asks the engine, and says what it found.

mod args;
mod command;
mod config;
mod defect;
mod exit;
mod in_order;
mod progress;
mod read;
mod render;
mod write;

/// A tree is judged on all cores, and most of what is allocated is small and short-lived.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> exit::Exit {
    command::run(std::env::args_os())
}
