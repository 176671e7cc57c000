//! One look at one account: observe, diff, plan, check. Audit and apply share it.

use std::sync::Arc;

use digitalex_core::planted::{PlantedBug, is_planted};
use digitalex_core::{
    AccountPlan, AccountRecord, Cause, Correction, DesiredIdentity, Effect, ExternalId,
    IdentityDiff, Observation, ObservedIdentity, PolicyDocument, Verdict, Violation, check, diff,
    plan,
};

use crate::{Account, AccountReader, Assignment, CallError, Target, cause};

/// What a look at an account gave.
pub(crate) struct Examination {
    pub(crate) observation: Observation,
    pub(crate) differences: IdentityDiff,
    pub(crate) plan: AccountPlan,
    pub(crate) violations: Vec<Violation>,
}

/// Reads the role or user of an account, completely, and says what differs and what to do, as far as it is
/// corrected.
pub(crate) async fn examine<R: AccountReader + ?Sized>(
    reader: &R,
    desired: &DesiredIdentity,
    assignment: &Assignment,
    external_id: &ExternalId,
    correction: &Correction,
) -> Result<Examination, CallError> {
    let identity = desired.identity();
    let mut found = match reader.observe(&identity).await {
        Err(_) if is_planted(PlantedBug::UnreadableAsAbsent) => None,
        found => found?,
    };
    // A principal may show as its unique id for a moment; that of a deleted one does so for good.
    let trust = found.as_ref().and_then(ObservedIdentity::trust);
    if trust.is_some_and(PolicyDocument::trusts_unique_id) {
        found = reader.observe(&identity).await?;
    }
    let observation = match found {
        Some(found) => Observation::Present(Box::new(found)),
        None => Observation::Absent,
    };
    // Only an unreadable role has no diff, and such a one left with the error above.
    let differences = diff(desired, &observation).unwrap_or_default();
    let plan = plan(desired, &observation, &differences, assignment.adoption);
    let plan = correction.restrict(plan, &differences, observation.identity());
    let mut violations = check(&plan, desired, &observation, external_id, assignment.limits);
    if is_planted(PlantedBug::IgnoreVeto) {
        violations.clear();
    }
    Ok(Examination { observation, differences, plan, violations })
}

impl Examination {
    /// The verdict if nothing more is done, and why where a person must decide.
    pub(crate) fn verdict(&self) -> (Verdict, Option<Cause>) {
        if self.differences.is_empty() {
            return (Verdict::InSync, None);
        }
        if let Some(violation) = self.violations.first() {
            return (Verdict::Held, Some(cause::of_violation(violation)));
        }
        match self.plan.holds.first() {
            Some(hold) if self.plan.is_empty() => (Verdict::Held, Some(cause::of_hold(hold))),
            _ => (Verdict::Drifted, None),
        }
    }

    /// Whether nothing is left to write: all is as wanted, or what is left is not corrected or
    /// needs a person.
    pub(crate) fn is_settled(&self) -> bool {
        self.verdict().0 != Verdict::Drifted || self.plan.is_empty()
    }

    /// Writes down what was found.
    pub(crate) fn fill(self, record: &mut AccountRecord) {
        record.identity = Some(self.plan.identity.clone());
        record.access_key = self.observation.identity().and_then(ObservedIdentity::access_key);
        record.adopted = self.plan.adopts;
        record.effect = (!self.differences.is_empty()).then(|| self.differences.effect());
        record.plan = (!self.differences.is_empty()).then_some(self.plan);
        record.differences = self.differences;
        record.violations = self.violations;
    }
}

/// Where to go, and what for.
pub(crate) fn target(account: &Account, assignment: &Assignment) -> Target {
    Target {
        account: account.id,
        admin_roles: assignment.admin_roles.clone(),
        identity: assignment.template.identity(),
        path: assignment.path.clone(),
        inline_policies: Arc::clone(&assignment.inline_policies),
    }
}

/// The record of an account of which nothing is known yet but who it is.
pub(crate) fn blank_record(
    account: &Account,
    verdict: Verdict,
    cause: Option<Cause>,
) -> AccountRecord {
    AccountRecord {
        id: account.id,
        name: account.name.clone(),
        unit: account.ou_path.as_ref().and_then(|path| path.0.last().cloned()),
        verdict,
        profile: None,
        identity: None,
        access_key: None,
        adopted: false,
        effect: None::<Effect>,
        differences: IdentityDiff::default(),
        plan: None,
        violations: Vec::new(),
        cause,
    }
}
