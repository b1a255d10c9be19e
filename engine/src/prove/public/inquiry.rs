use std::collections::{BTreeMap, BTreeSet};

use super::{
    Cause, Exposure, PublicAnswer, PublicOptions, PublicStatement, Reach, Undecided, Verdict,
    reason,
};
use crate::{
    aws::AccountId,
    compile::CompiledPolicy,
    decide::Truth,
    policy::{Effect, Policy},
    prove::{
        Mode, ProveError, Witness, WitnessCaller,
        formula::{FALSE, Formula, NodeId, TRUE},
        question::{Applies, Denials, Question, Reply},
        symbolic::Surroundings,
        trust::Own,
    },
};

/// A policy under inquiry.
pub(super) struct Inquiry<'a> {
    policy: &'a Policy,
    compiled: &'a CompiledPolicy,
    owner: Option<AccountId>,
    /// As the options say.
    real: Question<'a>,
    /// With keys that are independent, for the published definitions. `None` where no stranger needs to be asked about.
    free: Option<Question<'a>>,
    has_denies: bool,
    undecided: Vec<Undecided>,
}

/// Statements for which a question was answered with yes, each with its request.
type Shown = BTreeMap<usize, Witness>;

/// The answers by one definition.
#[derive(Default)]
struct Letter {
    shown: Shown,
    open: bool,
    alone: Vec<usize>,
}

/// The answers to one question for all Allow statements.
struct Survey {
    shown: Shown,
    /// Statements for which it could not be decided.
    open: Vec<(usize, Cause)>,
}

impl<'a> Inquiry<'a> {
    pub(super) fn new(
        policy: &'a Policy,
        compiled: &'a CompiledPolicy,
        options: &'a PublicOptions,
        owner: Option<AccountId>,
    ) -> Result<Self, ProveError> {
        let own = Own {
            accounts: owner.into_iter().chain(options.trusted_accounts.iter().copied()).collect(),
            organizations: options.trusted_organizations.clone(),
        };
        let around = |mode: Mode| Surroundings {
            mode,
            kind: policy.kind,
            owner,
            trusted: &options.trusted_accounts,
            organization: options.owner_organization.as_deref(),
            resource: options.resource.as_ref(),
            assumptions: &options.assumptions,
            bounds: options.bounds,
        };
        let real = Question::new(compiled, around(options.mode), &own)?;
        let free = match strangers(&real, |_| false).is_empty() {
            true => None,
            false => Some(Question::new(compiled, around(Mode::Independent), &own)?),
        };
        Ok(Self {
            policy,
            compiled,
            owner,
            real,
            free,
            has_denies: compiled.statements.iter().any(|s| s.effect == Effect::Deny),
            undecided: Vec::new(),
        })
    }

    pub(super) fn answer(mut self) -> Result<PublicAnswer, ProveError> {
        let senses = self.real.senses;
        let public = self.survey(senses.anyone, Exposure::Public, &Shown::new())?;
        let broad = self.survey(senses.unnamed, Exposure::Broad, &public)?;
        let (exposure, witness) = self.exposure(&public, &broad)?;
        if exposure < Exposure::NamedExternal {
            let reach = Some(Exposure::NamedExternal);
            let granted = self.compiled.grants_untried();
            self.undecided.extend(granted.map(|s| Undecided::untried(s.index, reach)));
        }
        let mut statements = self.statements(&public, &broad)?;
        let s3 = self.s3(&public, &statements)?;
        let secrets_manager = self.secrets_manager(&public)?;
        for statement in statements.iter_mut().filter(|s| s.witness.is_none()) {
            let index = statement.index;
            let shown = [&s3, &secrets_manager];
            let witness = shown.iter().find_map(|letter| letter.shown.get(&index));
            if let Some(witness) = witness {
                statement.reasons = self.reasons(index, witness);
            }
        }
        let (s3, secrets_manager) = (s3.verdict(), secrets_manager.verdict());
        Ok(PublicAnswer {
            owner: self.owner,
            exposure,
            witness,
            secrets_manager,
            s3,
            statements,
            undecided: self.undecided,
        })
    }

    /// The statements that let in callers of a sense, but for those that are known to already.
    fn survey(
        &mut self,
        sense: NodeId,
        exposure: Exposure,
        known: &Shown,
    ) -> Result<Shown, ProveError> {
        let list = strangers(&self.real, |index| known.contains_key(&index));
        let survey = survey(&mut self.real, sense, list, Denials::All)?;
        for (statement, cause) in survey.open {
            self.undecided.push(Undecided {
                exposure: Some(exposure),
                statement: Some(statement),
                cause,
            });
        }
        Ok(survey.shown)
    }

    /// How far access reaches at all.
    fn exposure(
        &mut self,
        public: &Shown,
        broad: &Shown,
    ) -> Result<(Exposure, Option<Witness>), ProveError> {
        for (exposure, shown) in [(Exposure::Public, public), (Exposure::Broad, broad)] {
            if let Some(witness) = shown.values().next() {
                return Ok((exposure, Some(witness.clone())));
            }
        }
        let senses = self.real.senses;
        for (exposure, sense) in [
            (Exposure::NamedExternal, senses.outside),
            (Exposure::Organization, senses.foreign),
            (Exposure::Internal, TRUE),
        ] {
            let allows = self.real.allows();
            let any = any_of(&mut self.real, allows.iter().map(|statement| statement.ever));
            let cause = match self.real.ask(sense, any, Denials::All) {
                Reply::Yes(sample) => {
                    let by = allows.iter().find(|s| self.real.applies(&sample, s));
                    let statement = by.map_or(0, |statement| statement.index);
                    let witness = self.real.witness(&sample, statement, false)?;
                    return Ok((exposure, Some(witness)));
                }
                Reply::No(_) => continue,
                Reply::Open => Cause::Open,
                Reply::Bounded(bound) => Cause::Bound(bound),
            };
            self.undecided.push(Undecided { exposure: Some(exposure), statement: None, cause });
        }
        Ok((Exposure::None, None))
    }

    fn statements(
        &mut self,
        public: &Shown,
        broad: &Shown,
    ) -> Result<Vec<PublicStatement>, ProveError> {
        let senses = self.real.senses;
        let (mut public_alone, mut broad_alone) = (Shown::new(), Shown::new());
        if self.has_denies {
            let list = strangers(&self.real, |index| public.contains_key(&index));
            public_alone = survey(&mut self.real, senses.anyone, list, Denials::None)?.shown;
            let list = strangers(&self.real, |index| {
                [public, &public_alone, broad].iter().any(|shown| shown.contains_key(&index))
            });
            broad_alone = survey(&mut self.real, senses.unnamed, list, Denials::None)?.shown;
        }
        let mut held_back = self.held_back(senses.anyone, public, &public_alone);
        held_back.extend(self.held_back(senses.unnamed, broad, &broad_alone));
        let mut statements = Vec::new();
        for allow in self.real.allows() {
            let index = allow.index;
            let reach = |public: &Shown, broad: &Shown| match () {
                () if public.contains_key(&index) => Reach::Public,
                () if broad.contains_key(&index) => Reach::Broad,
                () => Reach::Named,
            };
            let within = reach(public, broad);
            let alone = within.max(reach(&public_alone, &broad_alone));
            let witness = [public, broad, &public_alone, &broad_alone]
                .iter()
                .find_map(|shown| shown.get(&index))
                .cloned();
            let held_back_by = held_back.remove(&index).unwrap_or_default();
            let (mut reasons, mut denies) = (Vec::new(), Vec::new());
            if let Some(witness) = &witness {
                reasons = self.reasons(index, witness);
                if within == alone {
                    let assumptions = self.real.around.assumptions;
                    denies = reason::denies_considered(self.compiled, witness, assumptions);
                }
            }
            statements.push(PublicStatement {
                index,
                alone,
                within,
                witness,
                reasons,
                denies,
                held_back_by,
            });
        }
        Ok(statements)
    }

    fn reasons(&self, index: usize, witness: &Witness) -> Vec<super::Reason> {
        let compiled = self.compiled.statements.iter().find(|s| s.index == index);
        match (reason::written(self.policy, index), compiled) {
            (Some(written), Some(compiled)) => reason::reasons(written, compiled, witness),
            _ => Vec::new(),
        }
    }

    /// For each statement that lets strangers in by itself and not within the policy, the Deny statements that hold
    /// it back.
    fn held_back(
        &mut self,
        sense: NodeId,
        within: &Shown,
        alone: &Shown,
    ) -> BTreeMap<usize, Vec<usize>> {
        let is_held = |s: &Applies| alone.contains_key(&s.index) && !within.contains_key(&s.index);
        let held: Vec<Applies> = self.real.allows().into_iter().filter(is_held).collect();
        let mut by = BTreeMap::new();
        if held.is_empty() {
            return by;
        }
        // One Deny usually guards them all.
        let any = any_of(&mut self.real, held.iter().map(|statement| statement.ever));
        let guard = self.denies_against(sense, any);
        for statement in held {
            let denies = match guard.as_slice() {
                [_] => guard.clone(),
                _ => self.denies_against(sense, statement.ever),
            };
            by.insert(statement.index, denies);
        }
        by
    }

    fn denies_against(&mut self, sense: NodeId, granted: Formula) -> Vec<usize> {
        match self.real.ask(sense, granted, Denials::All) {
            Reply::No(core) => self.real.denies_among(&core),
            _ => Vec::new(),
        }
    }

    /// By Amazon S3's definition. Whoever is a stranger in fact is one by this definition too.
    fn s3(&mut self, public: &Shown, statements: &[PublicStatement]) -> Result<Letter, ProveError> {
        let Some(free) = &mut self.free else { return Ok(Letter::default()) };
        let sense = free.senses.unfixed;
        let list = strangers(free, |index| public.contains_key(&index));
        let mut within = survey(free, sense, list, Denials::All)?;
        within.shown.extend(public.clone());
        let known_alone = |index: usize| {
            within.shown.contains_key(&index)
                || statements.iter().any(|s| s.index == index && s.alone == Reach::Public)
        };
        let mut alone = Shown::new();
        if self.has_denies {
            let list = strangers(free, known_alone);
            alone = survey(free, sense, list, Denials::None)?.shown;
        }
        let all = statements.iter().map(|statement| statement.index);
        let alone = all.filter(|i| known_alone(*i) || alone.contains_key(i)).collect();
        Ok(Letter { shown: within.shown, open: !within.open.is_empty(), alone })
    }

    /// By the definition of the console. Whom `*` covers and who is a stranger in fact is one by this definition too,
    /// unless a service calls.
    fn secrets_manager(&mut self, public: &Shown) -> Result<Letter, ProveError> {
        let Some(free) = &mut self.free else { return Ok(Letter::default()) };
        let is_by_star = |s: &Applies| s.to_everyone.possible != FALSE;
        let known = free.allows().into_iter().filter(is_by_star).filter_map(|statement| {
            let witness = public.get(&statement.index)?;
            matches!(witness.caller, WitnessCaller::Principal { .. })
                .then(|| (statement.index, witness.clone()))
        });
        let known: Shown = known.collect();
        let senses = free.senses;
        let by_star = |s: Applies| (s, s.to_everyone);
        let by_others = |s: Applies| (s, s.to_others);
        let mut ask = |star: NodeId, denials: Denials, known: &Shown| {
            let unknown = |(s, _): &(Applies, Formula)| !known.contains_key(&s.index);
            let list = free.allows().into_iter().map(by_star).filter(unknown).collect();
            let mut found = survey(free, star, list, denials)?;
            let unknown = |(s, _): &(Applies, Formula)| {
                !known.contains_key(&s.index) && !found.shown.contains_key(&s.index)
            };
            let list = free.allows().into_iter().map(by_others).filter(unknown).collect();
            let more = survey(free, senses.unfixed_for_console, list, denials)?;
            found.shown.extend(more.shown);
            found.open.extend(more.open);
            Ok::<_, ProveError>(found)
        };
        let mut within = ask(senses.unfixed_by_deny, Denials::All, &known)?;
        within.shown.extend(known);
        let mut alone: BTreeSet<usize> = within.shown.keys().copied().collect();
        if self.has_denies {
            let more = ask(senses.caller, Denials::None, &within.shown)?;
            alone.extend(more.shown.into_keys());
        }
        let alone = alone.into_iter().collect();
        Ok(Letter { shown: within.shown, open: !within.open.is_empty(), alone })
    }
}

impl Letter {
    fn verdict(self) -> Verdict {
        let public = match (self.shown.is_empty(), self.open) {
            (false, _) => Truth::True,
            (true, true) => Truth::Unknown,
            (true, false) => Truth::False,
        };
        let witness = self.shown.values().next().cloned();
        let statements = self.shown.into_keys().collect();
        Verdict { public, statements, alone: self.alone, witness }
    }
}

/// The Allow statements that can apply to somebody from elsewhere, and when they do, but for those that are `known` to.
///
/// A stranger's account is none that the policy names, and a service's own account is nobody's: a statement all of
/// whose principals are accounts, or lie in them, needs no question.
fn strangers(question: &Question<'_>, known: impl Fn(usize) -> bool) -> Vec<(Applies, Formula)> {
    let is_asked = |statement: &Applies| !statement.by_account && !known(statement.index);
    let asked = question.allows().into_iter().filter(is_asked);
    asked.map(|statement| (statement, statement.ever)).collect()
}

fn any_of(question: &mut Question<'_>, list: impl Iterator<Item = Formula>) -> Formula {
    let list: Vec<Formula> = list.collect();
    let arena = &mut question.prover.arena;
    Formula {
        certain: arena.any(list.iter().map(|formula| formula.certain)),
        possible: arena.any(list.iter().map(|formula| formula.possible)),
    }
}

/// Which of the statements allow a request of some sense. All are asked about together first: most policies let no
/// stranger in, and one question then settles it.
fn survey(
    question: &mut Question<'_>,
    sense: NodeId,
    mut list: Vec<(Applies, Formula)>,
    denials: Denials,
) -> Result<Survey, ProveError> {
    let mut survey = Survey { shown: Shown::new(), open: Vec::new() };
    let alone = denials == Denials::None;
    list.retain(|(_, granted)| granted.possible != FALSE);
    while !list.is_empty() {
        let any = any_of(question, list.iter().map(|(_, granted)| *granted));
        match question.ask(sense, any, denials) {
            Reply::No(_) => break,
            Reply::Yes(sample) => {
                // One request can show it for several statements.
                let (shown, rest): (Vec<_>, Vec<_>) = list
                    .into_iter()
                    .partition(|(_, granted)| question.prover.holds(&sample, granted.certain));
                for (statement, _) in shown {
                    let witness = question.witness(&sample, statement.index, alone)?;
                    survey.shown.insert(statement.index, witness);
                }
                list = rest;
            }
            Reply::Open | Reply::Bounded(_) => {
                for (statement, granted) in list {
                    match question.ask(sense, granted, denials) {
                        Reply::No(_) => {}
                        Reply::Yes(sample) => {
                            let witness = question.witness(&sample, statement.index, alone)?;
                            survey.shown.insert(statement.index, witness);
                        }
                        Reply::Open => survey.open.push((statement.index, Cause::Open)),
                        Reply::Bounded(bound) => {
                            survey.open.push((statement.index, Cause::Bound(bound)));
                        }
                    }
                }
                break;
            }
        }
    }
    Ok(survey)
}
