use std::collections::BTreeMap;

use ipnet::IpNet;

use super::{
    address,
    formula::{FALSE, NodeId, TRUE},
    glob::{Alternative, Symbol},
    keys::Holds,
    space::VariableId,
    symbolic::Symbolic,
    test::Test,
};
use crate::{
    aws::{AccountId, ContextKey},
    policy::Effect,
};

/// The most IPv4 addresses that count as somebody's own: a /8.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>
const MOST_V4: u128 = 1 << 24;

/// The same for IPv6: a /32.
const MOST_V6: u128 = 1 << 96;

/// Keys by which Amazon S3's definition of "public" tells callers apart: `fixed` values of them limit access. The
/// caller's organization and service count as its principal.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>
const S3_KEYS: [&str; 17] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:userid",
    "aws:sourceip",
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceowner",
    "aws:sourceaccount",
    "kms:calleraccount",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// Keys of which the console of Secrets Manager takes fixed values.
///
/// <https://aws.amazon.com/blogs/security/how-to-use-resource-based-policies-aws-secrets-manager-console-to-securely-access-secrets-aws-accounts/>
const CONSOLE_KEYS: [&str; 5] =
    ["aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceaccount", "aws:sourceip"];

/// Keys by which a caller can be told in fact, beyond those: nobody else can bring another's values.
const OTHER_KEYS: [&str; 11] = [
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourcevpcarn",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "aws:ec2instancesourcevpc",
    "aws:chatbotsourcearn",
    "ec2:sourceinstancearn",
    "lambda:sourcefunctionarn",
    "ssm:sourceinstancearn",
];

/// Whether fixed values of a key tell callers apart.
pub(super) fn tells_callers(key: &ContextKey) -> bool {
    S3_KEYS.contains(&key.lower()) || OTHER_KEYS.contains(&key.lower())
}

/// Whether networks hold more addresses than can be somebody's own.
pub(super) fn is_wide(networks: &[IpNet]) -> bool {
    let (mut v4, mut v6) = (0_u128, 0_u128);
    for segment in address::segments(networks) {
        if !segment.private && networks.iter().any(|network| network.contains(&segment.first)) {
            let size = if segment.first.is_ipv4() { &mut v4 } else { &mut v6 };
            *size = size.saturating_add(segment.more).saturating_add(1);
        }
    }
    v4 > MOST_V4 || v6 > MOST_V6
}

/// What a key by which callers are told holds, in view of the policy.
#[derive(Clone, Debug)]
struct Told {
    key: ContextKey,
    present: NodeId,
    /// It is a stranger's.
    strange: NodeId,
    /// It is one of the values that the policy fixes.
    fixed: NodeId,
    /// It is one of the values that a Deny fixes.
    fixed_by_deny: NodeId,
}

/// Requests of strangers, in the senses that are asked about. Each is a formula over all requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Senses {
    /// The caller has nothing to do with anything that the policy mentions.
    pub(super) anyone: NodeId,
    /// No fixed value names the caller, its organization, its network or what it calls for.
    pub(super) unnamed: NodeId,
    /// The caller is from elsewhere, and no fixed organization names it.
    pub(super) outside: NodeId,
    /// The caller is from elsewhere.
    pub(super) foreign: NodeId,
    /// The caller's own ARN is one that nobody mentions.
    pub(super) caller: NodeId,
    /// No fixed value of a key that S3's definition knows is met.
    pub(super) unfixed: NodeId,
    /// No fixed value that a Deny mentions is met.
    pub(super) unfixed_by_deny: NodeId,
    /// No fixed value of a key that the console's definition knows is met.
    pub(super) unfixed_for_console: NodeId,
}

/// Who belongs to the owner.
#[derive(Clone, Debug, Default)]
pub(super) struct Own {
    pub(super) accounts: Vec<AccountId>,
    pub(super) organizations: Vec<String>,
}

impl Symbolic<'_> {
    /// The senses of "stranger". To be called when all statements were read.
    pub(super) fn senses(&mut self, own: &Own) -> Senses {
        let told = self.told();
        self.tie_keys();
        let service = self.flags.service;
        let not_service = self.arena.not(service);
        let caller = self.parts.caller;
        let by_account = |accounts: &mut dyn Iterator<Item = String>| {
            Test::text(
                accounts.map(|account| Alternative::shape(&format!("arn:^*:^*::{account}:*"))),
            )
        };
        let strange = by_account(&mut std::iter::once(self.stranger.account.clone()));
        let named = by_account(&mut self.vocabulary.accounts.iter().map(ToString::to_string));
        let owned = by_account(&mut own.accounts.iter().map(ToString::to_string));
        let strange = self.space.asked(&mut self.arena, caller, strange);
        let named = self.space.asked(&mut self.arena, caller, named);
        // A service's own account is nobody's.
        let nobodys = self.arena.implies(service, strange);
        if self.is_strict() {
            self.require(nobodys);
        }
        let owned = self.space.asked(&mut self.arena, caller, owned);
        // The owner is somebody in particular, even where nobody says who.
        let of_owner = self.is_of_owners_account(&ContextKey::new("aws:PrincipalArn"), caller);
        let not_of_owner = self.arena.not(of_owner);
        let [named, owned] = [named, owned].map(|node| self.arena.or(node, of_owner));
        let strange = self.arena.and(strange, not_of_owner);
        let fresh_service = self.service_is_not_mentioned();

        let all_strange = told.iter().map(|told| self.unless(told.present, told.strange));
        let all_strange: Vec<NodeId> = all_strange.collect();
        let all_strange = self.arena.all(all_strange);
        let anyone = self.arena.all([strange, fresh_service, all_strange]);

        let not_named = self.arena.not(named);
        let unnamed_caller = self.arena.or(service, not_named);
        // A service is asked by anybody, so that its name alone names nobody.
        let by_more_than_service =
            |key: &ContextKey| !key.lower().starts_with("aws:principalservice");
        let all_unfixed = self.all_unfixed(&told, by_more_than_service);
        let unnamed = self.arena.and(unnamed_caller, all_unfixed);

        let not_owned = self.arena.not(owned);
        let trusted = self.in_organization(&own.organizations);
        let not_trusted = self.arena.not(trusted);
        let from_elsewhere = self.arena.all([not_service, not_owned, not_trusted]);
        let for_owner = self.called_for(own);
        let not_for_owner = self.arena.not(for_owner);
        let for_others = self.arena.and(service, not_for_owner);
        let foreign = self.arena.or(from_elsewhere, for_others);
        let no_organization = self.all_unfixed(&told, |key| key.lower().contains("org"));
        let outside = self.arena.and(foreign, no_organization);

        let s3 = self.all_unfixed(&told, |key| S3_KEYS.contains(&key.lower()));
        let console = self.all_unfixed(&told, |key| CONSOLE_KEYS.contains(&key.lower()));
        let by_deny: Vec<NodeId> = told
            .iter()
            .map(|told| {
                let not = self.arena.not(told.fixed_by_deny);
                self.unless(told.present, not)
            })
            .collect();
        let by_deny = self.arena.all(by_deny);
        let plain = self.arena.and(strange, not_service);
        Senses {
            anyone,
            unnamed,
            outside,
            foreign,
            caller: plain,
            unfixed: self.arena.and(plain, s3),
            unfixed_by_deny: self.arena.and(plain, by_deny),
            unfixed_for_console: self.arena.and(plain, console),
        }
    }

    fn unless(&mut self, present: NodeId, node: NodeId) -> NodeId {
        self.arena.implies(present, node)
    }

    fn all_unfixed(&mut self, told: &[Told], of: impl Fn(&ContextKey) -> bool) -> NodeId {
        let nodes: Vec<NodeId> = told
            .iter()
            .filter(|told| of(&told.key))
            .map(|told| {
                let not = self.arena.not(told.fixed);
                self.arena.implies(told.present, not)
            })
            .collect();
        self.arena.all(nodes)
    }

    /// Everything by which callers are told that some statement asks about.
    fn told(&mut self) -> Vec<Told> {
        let bound: Vec<(ContextKey, VariableId)> = self
            .keys
            .iter()
            .filter_map(|(key, holds)| match holds {
                Holds::Variable(id) if tells_callers(key) && *id != self.parts.caller => {
                    Some((key.clone(), *id))
                }
                _ => None,
            })
            .collect();
        bound.into_iter().map(|(key, id)| self.told_by(key, id)).collect()
    }

    fn told_by(&mut self, key: ContextKey, id: VariableId) -> Told {
        let present = self.is_present(&Holds::Variable(id));
        let texts = self.fixed_texts(&key, |_| true);
        let texts_of_deny = self.fixed_texts(&key, |effect| effect == Effect::Deny);
        let mut fixed = self.space.asked(&mut self.arena, id, texts);
        let mut fixed_by_deny = self.space.asked(&mut self.arena, id, texts_of_deny);
        if self.is_strict() {
            let of_organization = self.is_of_owners_organization(&key, id);
            let of_account = self.is_of_owners_account(&key, id);
            let owners = self.arena.or(of_organization, of_account);
            fixed = self.arena.or(fixed, owners);
            fixed_by_deny = self.arena.or(fixed_by_deny, owners);
        }
        let mut strange = TRUE;
        if key.lower() == "aws:sourceip" {
            let narrow = self.narrow(&key, id, |_| true);
            let narrow_for_deny = self.narrow(&key, id, |effect| effect == Effect::Deny);
            fixed = self.arena.or(fixed, narrow);
            fixed_by_deny = self.arena.or(fixed_by_deny, narrow_for_deny);
            strange = self.arena.not(fixed);
        } else if id == self.parts.service {
            // Who is told by name alone is for `service_is_not_mentioned`.
        } else if let Some(values) = self.stranger.values(&key) {
            let values = Test::text(values);
            strange = match self.space.get(id).is_some_and(|variable| variable.many) {
                true => {
                    let others = self.space.outside(&mut self.arena, id, values);
                    self.arena.not(others)
                }
                false => self.space.asked(&mut self.arena, id, values),
            };
        } else {
            strange = self.arena.not(fixed);
        }
        Told { key, present, strange, fixed, fixed_by_deny }
    }

    /// The values of a key that conditions fix: without wildcards, but for a few shapes that name one caller all the
    /// same.
    fn fixed_texts(&self, key: &ContextKey, of: impl Fn(Effect) -> bool) -> Test {
        let mentioned = self.vocabulary.keys.get(key);
        let patterns = mentioned.map_or(&[][..], |mentioned| &mentioned.patterns);
        let patterns =
            patterns.iter().filter(|(_, effect)| of(*effect)).map(|(pattern, _)| pattern);
        let strict = self.is_strict();
        let fixed = patterns.filter_map(|pattern| match key.lower() {
            _ if pattern.is_fixed() => Some(pattern.clone()),
            "aws:userid" if is_role_id(pattern) => Some(pattern.clone()),
            "aws:principalarn" | "aws:sourcearn" | "s3:dataaccesspointarn" if !strict => {
                is_whole_account(pattern).then(|| pattern.clone())
            }
            // In fact, whatever names the account or the organization names the caller.
            _ if strict => named_by(key, pattern),
            _ => None,
        });
        Test::text(fixed)
    }

    /// That an address lies in networks so narrow that they can be somebody's own.
    fn narrow(&mut self, key: &ContextKey, id: VariableId, of: impl Fn(Effect) -> bool) -> NodeId {
        let mentioned = self.vocabulary.keys.get(key);
        let lists = mentioned.map_or(&[][..], |mentioned| &mentioned.networks);
        let lists: Vec<_> =
            lists.iter().filter(|(_, effect)| of(*effect)).map(|(list, _)| list.clone()).collect();
        if lists.is_empty() {
            return FALSE;
        }
        let networks: Vec<_> = lists.iter().flatten().copied().collect();
        // Addresses that no condition tells apart count together.
        let mut sizes: BTreeMap<Vec<bool>, (u128, u128)> = BTreeMap::new();
        for segment in address::segments(&networks) {
            let inside =
                lists.iter().map(|list| list.iter().any(|net| net.contains(&segment.first)));
            let (v4, v6) = sizes.entry(inside.collect()).or_default();
            if segment.private {
                continue;
            }
            let size = if segment.first.is_ipv4() { v4 } else { v6 };
            *size = size.saturating_add(segment.more).saturating_add(1);
        }
        let mut broad = FALSE;
        for (inside, (v4, v6)) in sizes {
            if v4 <= MOST_V4 && v6 <= MOST_V6 {
                continue;
            }
            let mut group = TRUE;
            for (list, inside) in lists.iter().zip(inside) {
                let node = self.space.inside(&mut self.arena, id, Test::Ip(list.clone()));
                let node = if inside { node } else { self.arena.not(node) };
                group = self.arena.and(group, node);
            }
            broad = self.arena.or(broad, group);
        }
        self.arena.not(broad)
    }

    /// That a service that calls is not one that the policy names.
    fn service_is_not_mentioned(&mut self) -> NodeId {
        let mut names = self.vocabulary.services.iter().cloned().collect::<Vec<_>>();
        for key in ["aws:PrincipalServiceName", "aws:PrincipalServiceNamesList"] {
            names.extend(self.vocabulary.literals(&ContextKey::new(key)));
        }
        let names = Test::text(names.iter().map(|name| Alternative::literal(name)));
        let mentioned = self.space.inside(&mut self.arena, self.parts.service, names);
        let not = self.arena.not(mentioned);
        self.arena.implies(self.flags.service, not)
    }

    fn variable(&self, key: &str) -> Option<VariableId> {
        match self.keys.get(&ContextKey::new(key)) {
            Some(Holds::Variable(id)) => Some(*id),
            _ => None,
        }
    }

    fn in_organization(&mut self, organizations: &[String]) -> NodeId {
        let Some(id) = self.variable("aws:PrincipalOrgID") else { return FALSE };
        let test = Test::text(organizations.iter().map(|o| Alternative::literal(o)));
        let inside = self.space.inside(&mut self.arena, id, test);
        self.arena.and(self.flags.member, inside)
    }

    /// That a service says that it calls for the owner.
    fn called_for(&mut self, own: &Own) -> NodeId {
        let accounts = Test::text(own.accounts.iter().map(|a| Alternative::literal(a.as_str())));
        let arns = Test::text(
            own.accounts.iter().map(|a| Alternative::shape(&format!("arn:^*:^*:^*:{a}:*"))),
        );
        let organizations = Test::text(own.organizations.iter().map(|o| Alternative::literal(o)));
        let mut any = FALSE;
        for (key, test) in [
            ("aws:SourceAccount", &accounts),
            ("aws:SourceOwner", &accounts),
            ("aws:SourceArn", &arns),
            ("aws:SourceOrgID", &organizations),
        ] {
            let Some(id) = self.variable(key) else { continue };
            let inside = self.space.asked(&mut self.arena, id, test.clone());
            let of_owner = self.is_of_owners_account(&ContextKey::new(key), id);
            let inside = self.arena.or(inside, of_owner);
            let is = self.arena.and(self.space.present(id), inside);
            any = self.arena.or(any, is);
        }
        any
    }

    /// Ties keys that real requests carry together. To be called when all statements were read.
    pub(super) fn tie_keys(&mut self) {
        if self.is_strict() {
            self.tie_sources();
            self.tie_organization();
        }
    }

    /// The account in aws:SourceArn, where there is one, is aws:SourceAccount.
    fn tie_sources(&mut self) {
        let (Some(arn), Some(account)) =
            (self.variable("aws:SourceArn"), self.variable("aws:SourceAccount"))
        else {
            return;
        };
        let both = self.arena.and(self.space.present(arn), self.space.present(account));
        let none = Test::text([Alternative::shape("arn:^*:^*:^*::*")]);
        let has_none = self.space.inside(&mut self.arena, arn, none);
        let has_one = self.arena.not(has_none);
        let tied = self.arena.and(both, has_one);
        let accounts = self.vocabulary.accounts.iter().map(ToString::to_string);
        let accounts: Vec<String> = accounts.chain([self.stranger.account.clone()]).collect();
        for id in accounts {
            let of_arn = Test::text([Alternative::shape(&format!("arn:^*:^*:^*:{id}:*"))]);
            let of_arn = self.space.inside(&mut self.arena, arn, of_arn);
            let of_account = self.space.inside(&mut self.arena, account, Test::literal(&id));
            let same = self.arena.same(of_arn, of_account);
            let same = self.arena.implies(tied, same);
            self.require(same);
        }
    }

    /// All of aws:PrincipalOrgPaths begin with aws:PrincipalOrgID.
    fn tie_organization(&mut self) {
        let (Some(id), Some(paths)) =
            (self.variable("aws:PrincipalOrgID"), self.variable("aws:PrincipalOrgPaths"))
        else {
            return;
        };
        let named = |key: &str| self.vocabulary.literals(&ContextKey::new(key));
        let mut organizations = named("aws:PrincipalOrgID");
        let patterns = self.vocabulary.keys.get(&ContextKey::new("aws:PrincipalOrgPaths"));
        let patterns = patterns.map_or(&[][..], |mentioned| &mentioned.patterns);
        organizations.extend(patterns.iter().filter_map(|(pattern, _)| organization_of(pattern)));
        organizations.push(self.stranger.organization.clone());
        organizations.sort_unstable();
        organizations.dedup();
        for organization in organizations {
            let is = self.space.inside(&mut self.arena, id, Test::literal(&organization));
            let below = Alternative::literal(&organization).then(&Alternative::shape("/*"));
            let below = Test::text([below]);
            let some_below = self.space.inside(&mut self.arena, paths, below.clone());
            let some_elsewhere = self.space.outside(&mut self.arena, paths, below);
            let not_elsewhere = self.arena.not(some_elsewhere);
            let all_below = self.arena.implies(is, not_elsewhere);
            let only_then = self.arena.implies(some_below, is);
            let tied = self.arena.and(all_below, only_then);
            let tied = self.arena.implies(self.flags.member, tied);
            self.require(tied);
        }
    }
}

/// `AROAEXAMPLEID:*`: the sessions of one role.
fn is_role_id(pattern: &Alternative) -> bool {
    let symbols = pattern.symbols();
    let Some((Symbol::Many(_), id)) = symbols.split_last() else { return false };
    let text: Option<String> = id
        .iter()
        .map(|symbol| if let Symbol::Literal(character) = symbol { Some(*character) } else { None })
        .collect();
    text.is_some_and(|text| {
        let id = text.strip_suffix(':').unwrap_or_default();
        id.len() > 4 && id.starts_with("AROA") && id.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

/// An ARN of which the account is fixed and the rest left wholly open: another way to write the account.
fn is_whole_account(pattern: &Alternative) -> bool {
    let mut fields = pattern.symbols().splitn(6, |symbol| *symbol == Symbol::Literal(':'));
    let account = fields.nth(4).and_then(literal);
    let rest = fields.next();
    let open = rest.is_some_and(|rest| matches!(rest, [Symbol::Many(_)]));
    open && account.is_some_and(|account| account.parse::<AccountId>().is_ok())
}

/// What of a pattern names a caller though a part is open: the account of an ARN, the organization of a path.
fn named_by(key: &ContextKey, pattern: &Alternative) -> Option<Alternative> {
    if key.lower().ends_with("arn") {
        let account = pattern.symbols().split(|s| *s == Symbol::Literal(':')).nth(4)?;
        let account = literal(account)?.parse::<AccountId>().ok()?;
        return Some(Alternative::shape(&format!("arn:^*:^*:^*:{account}:*")));
    }
    if key.lower().ends_with("orgpaths") {
        let organization = organization_of(pattern)?;
        return Some(Alternative::literal(&organization).then(&Alternative::shape("/*")));
    }
    None
}

/// The organization with which a path begins.
fn organization_of(pattern: &Alternative) -> Option<String> {
    let mut parts = pattern.symbols().splitn(2, |symbol| *symbol == Symbol::Literal('/'));
    let organization = parts.next().and_then(literal)?;
    parts.next()?;
    Some(organization)
}

fn literal(symbols: &[Symbol]) -> Option<String> {
    symbols
        .iter()
        .map(|symbol| if let Symbol::Literal(character) = symbol { Some(*character) } else { None })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_wide_that_hold_more_than_somebodys_own() {
        let wide = |networks: &[&str]| {
            is_wide(&networks.iter().map(|net| net.parse().unwrap()).collect::<Vec<_>>())
        };
        assert!(wide(&["0.0.0.0/0"]));
        assert!(wide(&["::/0"]));
        assert!(!wide(&[]));
        assert!(!wide(&["203.0.113.0/24"]));
        // As many as are allowed, and one network more; what is private does not count, nor what is counted already.
        assert!(!wide(&["20.0.0.0/8"]));
        assert!(!wide(&["20.0.0.0/8", "20.1.0.0/16", "10.0.0.0/8"]));
        assert!(wide(&["20.0.0.0/8", "21.0.0.0/32"]));
        assert!(!wide(&["2600::/32"]));
        assert!(wide(&["2600::/32", "2a00::/128"]));
        // Of each kind by itself.
        assert!(!wide(&["20.0.0.0/8", "2600::/32"]));
    }
}
