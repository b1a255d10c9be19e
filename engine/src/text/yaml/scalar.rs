use crate::text::Value;

/// What an unquoted word stands for.
///
/// CloudFormation takes the words of YAML 1.1 for truth values and hands them on as `true` and `false`; a test of it
/// with tags is <https://github.com/ASFHyP3/hyp3/pull/2061>. Of numbers it keeps the text, and so do we: an account id
/// that begins with a zero stays one. What YAML 1.1 would take for a date, a time or an octal number is text.
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        _ if is_json_number(text) => Value::Number(text.into()),
        _ => Value::String(text.into()),
    }
}

fn is_json_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let signed = |text: &str| digits(text.strip_prefix(['+', '-']).unwrap_or(text));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(signed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_cloudformation_reads_them() {
        for text in
            ["2012-10-17", "012345678901", "012345670123", "0x1F", "1_000", "12:30", ".5", "y", "N"]
        {
            assert_eq!(plain(text), Value::String(text.into()), "{text}");
        }
        for text in ["0", "111122223333", "-1.50", "1e3", "2.5E-7"] {
            assert_eq!(plain(text), Value::Number(text.into()), "{text}");
        }
        assert_eq!(plain("YES"), Value::Bool(true));
        assert_eq!(plain("off"), Value::Bool(false));
        assert_eq!(plain("~"), Value::Null);
    }
}
