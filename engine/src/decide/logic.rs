use crate::aws::assumption::OpenPoint;

/// The operations in which the rules of access are written, once, for the evaluator's truth values and for the
/// prover's formulas.
pub trait Logic {
    /// A truth value or a formula.
    type Value: Clone;

    /// Always true, or always false.
    fn constant(&mut self, value: bool) -> Self::Value;

    /// Neither known to be true nor to be false.
    fn unknown(&mut self) -> Self::Value;

    /// Both.
    fn and(&mut self, a: Self::Value, b: Self::Value) -> Self::Value;

    /// At least one.
    fn or(&mut self, a: Self::Value, b: Self::Value) -> Self::Value;

    /// The opposite.
    fn not(&mut self, a: Self::Value) -> Self::Value;

    /// Told before the value of an open point is looked at; who keeps no note of that ignores it.
    fn consult(&mut self, _point: OpenPoint) {}
}

/// A truth value of Kleene's three-valued logic: what is unknown stays unknown unless the rest decides alone.
///
/// ```
/// use crosskey_engine::decide::Truth;
/// assert_eq!(Truth::Unknown & Truth::False, Truth::False);
/// assert_eq!(Truth::Unknown | Truth::False, Truth::Unknown);
/// assert_eq!(!Truth::Unknown, Truth::Unknown);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Truth {
    /// It is not so.
    False,
    /// It may be so.
    Unknown,
    /// It is so.
    True,
}

impl Truth {
    /// Whether it is certainly so.
    pub const fn is_true(self) -> bool {
        matches!(self, Self::True)
    }

    /// Whether it is certainly not so.
    pub const fn is_false(self) -> bool {
        matches!(self, Self::False)
    }

    /// Whether it is not known.
    pub const fn is_unknown(self) -> bool {
        matches!(self, Self::Unknown)
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl std::ops::BitAnd for Truth {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.min(other)
    }
}

impl std::ops::BitOr for Truth {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.max(other)
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}
