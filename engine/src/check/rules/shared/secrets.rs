use super::{arns, conditions};
use crate::{
    aws::{Arn, ArnPattern, Pattern, Token},
    check::subject::{PolicyView, Subject},
    compile::fold_token,
    policy::{Condition, Statement, Template},
    text::Span,
};

/// The condition key that holds a secret's ARN on the way to KMS.
pub(in crate::check::rules) const SECRET_ARN: &str = "kms:encryptioncontext:secretarn";

/// A place in a policy where the ARN of a secret, or a pattern of one, is written.
pub(in crate::check::rules) struct Mention<'a> {
    pub(in crate::check::rules) view: PolicyView<'a>,
    pub(in crate::check::rules) statement: &'a Statement,
    pub(in crate::check::rules) template: Template,
    pub(in crate::check::rules) span: Span,
    /// The condition that it is a value of; `None` for an entry of `Resource`.
    pub(in crate::check::rules) condition: Option<&'a Condition>,
}

/// Every place where a secret is named by its ARN: in `Resource` and in the encryption context.
pub(in crate::check::rules) fn mentions<'a>(subject: &Subject<'a>) -> Vec<Mention<'a>> {
    let mut found = Vec::new();
    for (view, statement) in subject.statements() {
        for entry in arns::entries(view, statement) {
            let arns::Entry { template, span, .. } = entry;
            found.push(Mention { view, statement, template, span, condition: None });
        }
        let conditions = statement
            .conditions
            .iter()
            .filter(|c| c.key.value.lower() == SECRET_ARN && conditions::compares_text(c));
        for condition in conditions {
            for value in &condition.values {
                let template = value.value.clone();
                let (span, condition) = (value.span, Some(condition));
                found.push(Mention { view, statement, template, span, condition });
            }
        }
    }
    found.retain(|mention| arns::secret_name(mention.text()).is_some());
    found
}

impl Mention<'_> {
    /// As written.
    pub(in crate::check::rules) fn text(&self) -> &str {
        self.template.as_str()
    }

    /// The name pattern behind `secret:`.
    pub(in crate::check::rules) fn name(&self) -> &str {
        arns::secret_name(self.text()).unwrap_or_default()
    }

    /// The tokens, whatever the operator: what was meant as a wildcard counts as one.
    pub(in crate::check::rules) fn tokens(&self) -> Vec<Token> {
        conditions::open_tokens(&self.template, true)
    }

    /// Whether it covers an ARN; with `fold`, whatever the case.
    pub(in crate::check::rules) fn covers(&self, arn: &Arn, fold: bool) -> bool {
        let text = if fold { arn.as_str().to_lowercase() } else { arn.as_str().to_owned() };
        let tokens = self.tokens();
        let tokens: Vec<Token> =
            if fold { tokens.into_iter().flat_map(fold_token).collect() } else { tokens };
        match self.condition {
            Some(_) => Pattern::from_tokens(tokens).matches(&text),
            None => ArnPattern::from_tokens(&tokens).is_some_and(|p| p.matches_str(&text)),
        }
    }
}
