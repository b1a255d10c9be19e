use std::{collections::HashMap, sync::OnceLock};

use crate::aws::Arn;

/// Fewer entries are as soon looked through.
const WORTH_IT: usize = 16;

/// Where each ARN stands in a list; worked out when it is first asked for. The list can change after that, so what is
/// found is compared, and what is not found is looked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places(OnceLock<HashMap<Arn, usize>>);

impl Places {
    /// The entry of `list` with this ARN.
    pub(super) fn find<'a, T>(
        &self,
        list: &'a [T],
        arn_of: impl Fn(&T) -> &Arn,
        arn: &Arn,
    ) -> Option<&'a T> {
        let here = |entry: &&T| arn_of(entry) == arn;
        if list.len() >= WORTH_IT {
            let places = self.0.get_or_init(|| {
                let mut places = HashMap::with_capacity(list.len());
                for (number, entry) in list.iter().enumerate() {
                    // The first of several counts.
                    places.entry(arn_of(entry).clone()).or_insert(number);
                }
                places
            });
            let found = places.get(arn).and_then(|number| list.get(*number)).filter(here);
            if found.is_some() {
                return found;
            }
        }
        list.iter().find(here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_may_change() {
        let arn =
            |number: usize| Arn::new("aws", "iam", "", "111122223333", &format!("role/R{number}"));
        let mut list: Vec<Arn> = (0..20).map(arn).collect();
        let places = Places::default();
        let find = |list: &[Arn], number| places.find(list, |arn| arn, &arn(number)).cloned();
        assert_eq!(find(&list, 7), Some(arn(7)));
        list.remove(3);
        list.push(arn(30));
        assert_eq!(find(&list, 7), Some(arn(7)));
        assert_eq!(find(&list, 30), Some(arn(30)));
        assert_eq!(find(&list, 3), None);
    }
}
