/// Longer names, in bytes, are like nothing.
const LONGEST: usize = 2_048;

/// The known name that is most like `name`, where one is near enough to be what the user meant.
///
/// ```
/// use crosskey_engine::text::nearest;
/// assert_eq!(nearest("secretz", ["secrets", "keys"]), Some("secrets"));
/// assert_eq!(nearest("Statements", ["Statement", "Version"]), Some("Statement"));
/// assert_eq!(nearest("zzz", ["secrets", "keys"]), None);
/// ```
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Nobody mistypes a name of this length, and the distance costs the product of the lengths.
    if name.len() > LONGEST {
        return None;
    }
    let lower = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        // A third of the letters may differ; a short name may still differ in one.
        .filter(|&(distance, candidate)| {
            let longest = candidate.chars().count().max(lower.chars().count());
            distance <= (longest / 3).max(1) && distance < longest
        })
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}
