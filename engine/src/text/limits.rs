use std::fmt;

/// What one input may cost. Larger inputs are refused with a clear error, before any work that grows with them.
///
/// The defaults fit the largest inputs that people have (a Terraform plan of some tens of megabytes) and keep
/// hostile ones harmless: depth bounds the recursion of every later stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file.
    pub bytes: usize,
    /// Nesting of arrays and objects.
    pub depth: usize,
    /// Values in one document, counting every member and element.
    pub nodes: usize,
}

impl Limits {
    /// 64 MiB.
    pub const DEFAULT_BYTES: usize = 64 * 1024 * 1024;
    /// 128 levels; AWS's own documents stay below ten.
    pub const DEFAULT_DEPTH: usize = 128;
    /// Four million values.
    pub const DEFAULT_NODES: usize = 4_000_000;
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: Self::DEFAULT_BYTES, depth: Self::DEFAULT_DEPTH, nodes: Self::DEFAULT_NODES }
    }
}

/// Which of the [`Limits`] an input went past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// [`Limits::bytes`].
    Bytes,
    /// [`Limits::depth`].
    Depth,
    /// [`Limits::nodes`].
    Nodes,
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes",
            Self::Depth => "levels of nesting",
            Self::Nodes => "values",
        })
    }
}
