//! Yes, no, or not known.

/// `None`: not known.
pub(super) type Truth = Option<bool>;

pub(super) const YES: Truth = Some(true);
pub(super) const NO: Truth = Some(false);

/// True if all are, false if one is not.
pub(super) fn all(values: impl IntoIterator<Item = Truth>) -> Truth {
    let values: Vec<Truth> = values.into_iter().collect();
    if values.contains(&NO) {
        NO
    } else if values.contains(&None) {
        None
    } else {
        YES
    }
}

/// True if one is, false if none is.
pub(super) fn any(values: impl IntoIterator<Item = Truth>) -> Truth {
    not(all(values.into_iter().map(not)))
}

pub(super) fn not(value: Truth) -> Truth {
    value.map(|value| !value)
}
