use crate::{
    aws::{Arn, ArnError},
    check::subject::PolicyView,
    policy::{PolicyErrorKind, Resource, Statement, Template},
    text::Span,
};

/// The six fields of a text that is an ARN or a pattern of one, as written. The colon inside of a policy variable
/// divides nothing.
pub(in crate::check::rules) fn fields(text: &str) -> Option<[&str; 6]> {
    let mut fields = [""; 6];
    let mut rest = text;
    for (number, field) in fields.iter_mut().enumerate() {
        if number == 5 {
            *field = rest;
            break;
        }
        let end = field_end(rest)?;
        *field = rest.get(..end)?;
        rest = rest.get(end + 1..)?;
    }
    let [prefix, ..] = fields;
    (prefix == "arn").then_some(fields)
}

/// The offset of the first colon outside of `${…}`.
fn field_end(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        let colon = rest.find(':')?;
        match rest.find("${") {
            Some(open) if open < colon => from += open + rest.get(open..)?.find('}')? + 1,
            _ => return Some(from + colon),
        }
    }
}

/// Whether a field is left open: by a wildcard or a policy variable.
pub(in crate::check::rules) fn is_open(field: &str) -> bool {
    field.contains(['*', '?']) || field.contains("${")
}

/// An entry of `Resource` or `NotResource`.
pub(in crate::check::rules) struct Entry {
    /// The ARN pattern; blanks around it are left out.
    pub(in crate::check::rules) template: Template,
    /// Where it stands.
    pub(in crate::check::rules) span: Span,
}

/// The ARN patterns of a statement's `Resource` or `NotResource`, those with a blank around them included: what
/// else is wrong with them is worth saying at once.
pub(in crate::check::rules) fn entries(view: PolicyView<'_>, statement: &Statement) -> Vec<Entry> {
    let mut found = Vec::new();
    for entry in statement.resources.iter().flat_map(|element| &element.list) {
        if let Resource::Arn(template) = &entry.value {
            found.push(Entry { template: template.clone(), span: entry.span });
        }
    }
    let errors = view.document.content.as_ref().map_or(&[][..], |parsed| &parsed.errors);
    for error in errors {
        let inside =
            statement.span.start <= error.span.start && error.span.end <= statement.span.end;
        if let PolicyErrorKind::Resource(ArnError::Blank { text, .. }) = &error.kind
            && inside
            && text.trim().parse::<Arn>().is_ok()
        {
            let template = Template::plain(text.trim());
            found.push(Entry { template, span: error.span });
        }
    }
    found
}

/// The name pattern in the ARN pattern of a secret, behind `secret:`.
pub(in crate::check::rules) fn secret_name(text: &str) -> Option<&str> {
    let [_, _, service, _, _, resource] = fields(text)?;
    let name = resource.strip_prefix("secret:")?;
    (service == "secretsmanager" && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_keep_their_colons() {
        let text = "arn:aws:kms:${aws:RequestedRegion}:${aws:PrincipalAccount, 'x'}:key/${a:b}";
        let expected = [
            "arn",
            "aws",
            "kms",
            "${aws:RequestedRegion}",
            "${aws:PrincipalAccount, 'x'}",
            "key/${a:b}",
        ];
        assert_eq!(fields(text), Some(expected));
        assert_eq!(fields("arn:aws:s3:::b:c").map(|fields| fields[5]), Some("b:c"));
        assert_eq!(fields("arn:aws:iam::role"), None);
        assert_eq!(fields("arn:${aws:iam:::x"), None);
        assert_eq!(secret_name("arn:aws:secretsmanager:*:*:secret:a/b-??????"), Some("a/b-??????"));
    }
}
