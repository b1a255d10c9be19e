use jiff::Timestamp;

/// An instant: ISO 8601 as the W3C profile has it, or seconds since 1970.
///
/// <https://www.w3.org/TR/NOTE-datetime>
pub(crate) fn parse_instant(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>()
        && !matches!(text.len(), 4)
    {
        return Timestamp::from_second(seconds).ok();
    }
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    // The shorter forms of the profile: a year, a month, a day; midnight in UTC.
    let padded = match text.len() {
        4 => format!("{text}-01-01T00:00:00Z"),
        7 => format!("{text}-01T00:00:00Z"),
        10 => format!("{text}T00:00:00Z"),
        // Hours and minutes without seconds, with a zone.
        _ => {
            let (clock, zone) = text.split_at_checked(16)?;
            format!("{clock}:00{zone}")
        }
    };
    padded.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_every_form_are_instants() {
        let at = |text: &str| parse_instant(text).unwrap_or_else(|| panic!("{text}")).as_second();
        assert_eq!(at("2026-01-01T00:00:00Z"), at("2026-01-01T09:00:00+09:00"));
        assert_eq!(at("2026-01-01"), at("2026-01-01T00:00:00Z"));
        assert_eq!(at("2026"), at("2026-01"));
        assert_eq!(at("2026-01-01T00:00Z"), at("2026-01-01"));
        assert_eq!(at("1767225600"), at("2026-01-01"));
        assert_eq!(parse_instant("yesterday"), None);
    }
}
