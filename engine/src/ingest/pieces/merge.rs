//! Pieces about one ARN: what either tells, and what is left open where they disagree.

use std::fmt::Debug;

use indexmap::IndexMap;

use super::{IdentityPiece, KeyPiece, Origin, PolicyPiece, SecretPiece, join::Joiner};
use crate::{
    aws::Arn,
    bundle::{Grant, KeyReference, Stated, Tags},
    policy::PolicyKind,
    text::Located,
};

impl Joiner<'_> {
    /// One piece an ARN, in the order in which they come first.
    pub(super) fn merged<T>(
        &mut self,
        pieces: Vec<T>,
        head: impl Fn(&T) -> (&Arn, &Origin, bool),
        merge: impl Fn(&mut Self, &mut T, T),
        dispute: impl Fn(&mut Self, &mut T, T),
    ) -> Vec<T> {
        let mut merged: IndexMap<Arn, T> = IndexMap::new();
        for piece in pieces {
            let (arn, origin, makes) = head(&piece);
            let Some(first) = merged.get_mut(arn) else {
                merged.insert(arn.clone(), piece);
                continue;
            };
            let (_, first_origin, first_makes) = head(first);
            if makes && first_makes {
                let first_origin = first_origin.clone();
                self.conflict(arn, "the resource", &first_origin, origin);
                dispute(self, first, piece);
                continue;
            }
            merge(self, first, piece);
        }
        merged.into_values().collect()
    }

    pub(super) fn merge_secret(&mut self, first: &mut SecretPiece, other: SecretPiece) {
        // Another file than the first may have told the policy.
        let told = match &first.policy {
            Stated::Value(policy) => policy.origin(),
            _ => first.origin.clone(),
        };
        let mut both = Both { joiner: self, arn: &other.arn, by: (&told, &other.origin) };
        let same = PolicyPiece::says_the_same;
        if let Some(second) = both.stated("the policy", &mut first.policy, other.policy, same) {
            self.dispute_secret(first, second);
        }
        let mut both = Both { joiner: self, arn: &other.arn, by: (&first.origin, &other.origin) };
        let same = |a: &Located<KeyReference>, b: &Located<KeyReference>| a.value == b.value;
        if both.stated("the key", &mut first.key, other.key, same).is_some() {
            first.key = Stated::Value(Located::new(KeyReference::NotKnown, first.origin.location));
        }
        if both.option("the tags", &mut first.tags, other.tags).is_some() {
            first.tags = Some(Tags::NotKnown);
        }
        both.option("the rotation function", &mut first.rotation_lambda, other.rotation_lambda);
        both.option("the primary Region", &mut first.primary_region, other.primary_region);
        both.option("the versions", &mut first.versions, other.versions);
        first.makes |= other.makes;
    }

    pub(super) fn merge_key(&mut self, first: &mut KeyPiece, other: KeyPiece) {
        let told = first.policy.as_ref().map_or_else(|| first.origin.clone(), PolicyPiece::origin);
        let mut both = Both { joiner: self, arn: &other.arn, by: (&told, &other.origin) };
        let same = PolicyPiece::says_the_same;
        let second = both.told("the policy", &mut first.policy, other.policy, same);
        let mut both = Both { joiner: self, arn: &other.arn, by: (&first.origin, &other.origin) };
        // A call of a key that may be disabled is not known to succeed, whatever its policy says.
        let state = both.option("the state", &mut first.state, other.state);
        if second.is_some() || state.is_some() {
            self.dispute_key(first, second);
        }
        let mut both = Both { joiner: self, arn: &other.arn, by: (&first.origin, &other.origin) };
        if both.option("the tags", &mut first.tags, other.tags).is_some() {
            first.tags = Some(Tags::NotKnown);
        }
        both.option("the key spec", &mut first.spec, other.spec);
        both.option("the key usage", &mut first.usage, other.usage);
        both.option("the key's origin", &mut first.source, other.source);
        for alias in other.aliases {
            if !first.aliases.contains(&alias) {
                first.aliases.push(alias);
            }
        }
        for grant in other.grants {
            let known = |known: &&Grant| grant.id.is_some() && known.id == grant.id;
            if first.grants.iter().find(known).is_none() {
                first.grants.push(grant);
            }
        }
        first.makes |= other.makes;
    }

    pub(super) fn merge_identity(&mut self, first: &mut IdentityPiece, other: IdentityPiece) {
        let mut both = Both { joiner: self, arn: &other.arn, by: (&first.origin, &other.origin) };
        both.option("the unique id", &mut first.unique_id, other.unique_id);
        if both.option("the tags", &mut first.tags, other.tags).is_some() {
            first.tags = Some(Tags::NotKnown);
        }
        let same = |a: &Arn, b: &Arn| a == b;
        if both.stated("the boundary", &mut first.boundary, other.boundary, same).is_some() {
            first.inline.get_or_insert_default().push(disputed(&first.arn, &first.origin));
        }
        // One file a policy is how the CLI exports them, so these add up.
        if let Some(policies) = other.inline {
            let inline = first.inline.get_or_insert_default();
            for policy in policies {
                if !inline.iter().any(|known| known.says_the_same(&policy)) {
                    inline.push(policy);
                }
            }
        }
        if let Some(arns) = other.attached {
            let attached = first.attached.get_or_insert_default();
            for arn in arns {
                if !attached.iter().any(|known| known.value == arn.value) {
                    attached.push(arn);
                }
            }
        }
        first.makes |= other.makes;
    }

    /// Leaves open what the policy of a secret says: what two places say of it is judged by itself.
    pub(super) fn dispute_secret(&mut self, piece: &mut SecretPiece, second: Stated<PolicyPiece>) {
        let unknown = Stated::Value(disputed(&piece.arn, &piece.origin));
        for policy in [std::mem::replace(&mut piece.policy, unknown), second] {
            if let Stated::Value(policy) = policy {
                self.alone(policy, PolicyKind::Secret);
            }
        }
    }

    pub(super) fn dispute_key(&mut self, piece: &mut KeyPiece, second: Option<PolicyPiece>) {
        for policy in
            piece.policy.replace(disputed(&piece.arn, &piece.origin)).into_iter().chain(second)
        {
            self.alone(policy, PolicyKind::Key);
        }
    }

    pub(super) fn dispute_identity(
        &mut self,
        piece: &mut IdentityPiece,
        second: Option<Vec<PolicyPiece>>,
    ) {
        let unknown = vec![disputed(&piece.arn, &piece.origin)];
        for policy in piece.inline.replace(unknown).into_iter().chain(second).flatten() {
            self.alone(policy, PolicyKind::Identity);
        }
    }
}

/// Two pieces about one ARN.
struct Both<'a, 'b> {
    joiner: &'a mut Joiner<'b>,
    arn: &'a Arn,
    by: (&'a Origin, &'a Origin),
}

impl Both<'_, '_> {
    /// Takes what either tells; where they disagree, gives back what the other tells.
    fn told<T>(
        &mut self,
        what: &'static str,
        first: &mut Option<T>,
        other: Option<T>,
        same: impl Fn(&T, &T) -> bool,
    ) -> Option<T> {
        match (&*first, other) {
            (None, other) => *first = other,
            (Some(known), Some(other)) if !same(known, &other) => {
                self.disagree(what);
                return Some(other);
            }
            (Some(_), _) => {}
        }
        None
    }

    fn option<T: PartialEq>(
        &mut self,
        what: &'static str,
        first: &mut Option<T>,
        other: Option<T>,
    ) -> Option<T> {
        self.told(what, first, other, |a, b| a == b)
    }

    fn stated<T: Debug>(
        &mut self,
        what: &'static str,
        first: &mut Stated<T>,
        other: Stated<T>,
        same: impl Fn(&T, &T) -> bool,
    ) -> Option<Stated<T>> {
        match (&*first, other) {
            (_, Stated::Unstated) | (Stated::Null, Stated::Null) => {}
            (Stated::Unstated, other) => *first = other,
            (Stated::Value(known), Stated::Value(other)) if same(known, &other) => {}
            (_, other) => {
                self.disagree(what);
                return Some(other);
            }
        }
        None
    }

    fn disagree(&mut self, what: &'static str) {
        let (first, second) = self.by;
        self.joiner.conflict(self.arn, what, first, second);
    }
}

/// A policy that two places tell, and not alike.
pub(super) fn disputed(arn: &Arn, by: &Origin) -> PolicyPiece {
    let reason = format!("two places tell different things of {arn}");
    PolicyPiece::not_known(&by.name, by.location, reason)
}
