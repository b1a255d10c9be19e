use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands for itself in the segment of a path.
const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A file as SARIF names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileUri {
    /// The reference, percent-encoded.
    pub(super) text: String,
    /// Whether it is relative to the folder in which the program ran.
    pub(super) is_relative: bool,
}

/// The file of that path, which is written with slashes.
pub(super) fn of_file(path: &str) -> FileUri {
    let encoded = utf8_percent_encode(path, SEGMENT).to_string();
    let has_drive =
        matches!(path.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic());
    match path.starts_with('/') {
        true => FileUri { text: format!("file://{encoded}"), is_relative: false },
        false if has_drive => {
            let text = format!("file:///{}", encoded.replacen("%3A", ":", 1));
            FileUri { text, is_relative: false }
        }
        false => FileUri { text: encoded, is_relative: true },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        let text = |path| of_file(path).text;
        assert_eq!(text("a/b-c_d.json"), "a/b-c_d.json");
        assert_eq!(text("../a b/é?#%.json"), "../a%20b/%C3%A9%3F%23%25.json");
        assert_eq!(text("<stdin>"), "%3Cstdin%3E");
        // A colon in the first segment would make a scheme of it.
        assert_eq!(text("javascript:x"), "javascript%3Ax");
        assert!(of_file("a.json").is_relative);
        assert_eq!(text("/a/b.json"), "file:///a/b.json");
        assert_eq!(text("C:/a/b.json"), "file:///C:/a/b.json");
        assert!(!of_file("C:/a/b.json").is_relative && !of_file("/a").is_relative);
    }
}
