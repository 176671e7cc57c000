//! One user with access keys over some implementation of the ports, seen by the product and by others.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use digitalex_core::{
    AccessKeyId, AccountId, AccountRecord, DesiredIdentity, Identity, IdentityKind, KeyRecord,
    KeySpec, ObservedForm, ObservedIdentity, Step, TagKey, TagValue, Verdict,
};
use digitalex_engine::{
    AccountReader, AccountWriter, Approval, CallError, KeyOwner, NewAccessKey, Target, WriteAccess,
};
use serde_json::{Value, json};

use crate::others::{IamCall, Others, SeenUser, id};
use crate::rollout::{Outcome, Rig, Rollout};

/// A user of one account.
pub struct OneUser<'a> {
    /// What the product makes of it.
    pub rollout: Rollout<'a>,
    /// Its account.
    pub member: AccountId,
    rig: &'a dyn Rig,
    others: &'a dyn Others,
}

impl<'a> OneUser<'a> {
    /// The user `name` with the built-in profile `member`; nothing is done yet.
    #[must_use]
    pub fn new(rig: &'a dyn Rig, others: &'a dyn Others, member: AccountId, name: &str) -> Self {
        let mut rollout = Rollout::of_member(rig, name, member);
        rollout.spec.settings.identity.kind = IdentityKind::User;
        Self { rollout, member, rig, others }
    }

    /// As `new`, and applied.
    ///
    /// # Panics
    /// It does not converge.
    pub async fn made(
        rig: &'a dyn Rig,
        others: &'a dyn Others,
        member: AccountId,
        name: &str,
    ) -> Self {
        let user = Self::new(rig, others, member, name);
        user.converges().await;
        user
    }

    /// What is said of its keys.
    pub fn keys(&mut self) -> &mut KeySpec {
        &mut self.rollout.spec.settings.identity.keys
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.rollout.spec.settings.identity.user_name.as_str()
    }

    /// Whose its keys are, for the sink.
    #[must_use]
    pub fn owner(&self) -> KeyOwner {
        let user = self.rollout.spec.settings.identity.user_name.clone();
        KeyOwner { account: self.member, user }
    }

    /// As it should be.
    pub async fn desired(&self) -> DesiredIdentity {
        self.rollout.desired(self.member).await
    }

    /// Audits, which writes nothing.
    ///
    /// # Panics
    /// It does.
    pub async fn audit(&self) -> Outcome {
        let outcome = self.rollout.audit().await;
        assert_eq!(outcome.writes(), 0, "{outcome:?}");
        outcome
    }

    /// Applies. At no moment are there more than two keys, or none that works where one did.
    ///
    /// # Panics
    /// There are.
    pub async fn apply(&self) -> Outcome {
        let access = Arc::new(KeysAlways { inner: self.rig.write_access() });
        self.rollout.apply_through(access, Approval::Everything).await
    }

    /// Applies.
    ///
    /// # Panics
    /// It does not converge.
    pub async fn converges(&self) -> Outcome {
        let outcome = self.apply().await;
        self.is(&outcome, Verdict::Converged);
        outcome
    }

    /// Audits and applies.
    ///
    /// # Panics
    /// Anything differs, or is written.
    pub async fn is_in_sync(&self) {
        for outcome in [self.audit().await, self.apply().await] {
            self.is(&outcome, Verdict::InSync);
            assert_eq!(outcome.writes(), 0, "{outcome:?}");
        }
    }

    /// Audits and applies.
    ///
    /// # Panics
    /// It is not held for this reason, or anything is written.
    pub async fn is_held(&self, code: &str) {
        for outcome in [self.audit().await, self.apply().await] {
            let record = self.of(&outcome);
            assert_eq!(record.verdict, Verdict::Held, "{}: {record:?}", self.name());
            assert_eq!(record.cause.as_ref().map(|cause| cause.code), Some(code), "{record:?}");
            assert_eq!(outcome.writes(), 0, "{outcome:?}");
        }
    }

    /// Fails unless this became of it.
    ///
    /// # Panics
    /// Something else did.
    pub fn is(&self, outcome: &Outcome, verdict: Verdict) {
        let AccountRecord { verdict: found, cause, differences, .. } = self.of(outcome);
        let (name, calls) = (self.name(), outcome.writes_by_name());
        assert_eq!(*found, verdict, "{name}: {cause:?}\n{differences:?}\n{calls:?}");
    }

    /// Its record in an outcome.
    #[must_use]
    pub fn of<'o>(&self, outcome: &'o Outcome) -> &'o AccountRecord {
        outcome.of(self.member)
    }

    /// It as others see it.
    #[must_use]
    pub fn seen(&self) -> SeenUser {
        SeenUser::read(self.others, self.member, self.name())
    }

    /// What its tags say of its keys.
    ///
    /// # Panics
    /// Nothing.
    #[must_use]
    pub fn record(&self) -> KeyRecord {
        let tag = |(key, value): (&String, &String)| {
            (TagKey::new(key).expect("legal"), TagValue::new(value).expect("legal"))
        };
        let tags = self.seen().tags.iter().map(tag).collect();
        KeyRecord::of(&tags).expect("a recorded key")
    }

    /// Others make these calls about it: its name is added to each.
    pub fn others_call(&self, calls: &[IamCall]) -> Vec<Value> {
        let mut calls = calls.to_vec();
        for (_, request) in &mut calls {
            request["UserName"] = json!(self.name());
        }
        self.others.call(self.member, &calls)
    }

    /// Others make a key for it, which nobody records.
    pub fn others_make_a_key(&self) -> AccessKeyId {
        let made = self.others_call(&[("CreateAccessKey", json!({}))]);
        id(&made[0]["AccessKey"]["AccessKeyId"])
    }

    /// Others activate or deactivate this key.
    pub fn others_set(&self, key: &AccessKeyId, active: bool) {
        let status = if active { "Active" } else { "Inactive" };
        let call = ("UpdateAccessKey", json!({ "AccessKeyId": key, "Status": status }));
        self.others_call(&[call]);
    }

    /// A call is made with this key and the secret that the sink has.
    ///
    /// # Panics
    /// The sink does not have it, or the key does not work.
    pub async fn is_used(&self, key: &AccessKeyId) {
        let secret = self.rollout.key_sink.secret(&self.owner(), key).expect("the sink has it");
        self.others.use_key(key, &secret).await;
    }

    /// Keys get older than the second that they were made in: their ages are told in whole seconds.
    pub async fn a_second_passes(&self) {
        self.rig.caller().clock().sleep(Duration::from_secs(1)).await;
    }

    /// This second, in Unix time.
    #[must_use]
    pub fn now_s(&self) -> i64 {
        self.rig.caller().clock().now().as_second()
    }
}

/// Access that looks at the keys before and after every write.
struct KeysAlways {
    inner: Arc<dyn WriteAccess>,
}

struct KeysWatched(Box<dyn AccountWriter>);

#[async_trait]
impl WriteAccess for KeysAlways {
    async fn open(&self, target: &Target) -> Result<Box<dyn AccountWriter>, CallError> {
        Ok(Box::new(KeysWatched(self.inner.open(target).await?)))
    }
}

#[async_trait]
impl AccountReader for KeysWatched {
    async fn observe(&self, identity: &Identity) -> Result<Option<ObservedIdentity>, CallError> {
        self.0.observe(identity).await
    }
}

#[async_trait]
impl AccountWriter for KeysWatched {
    async fn execute(
        &self,
        identity: &Identity,
        step: &Step,
    ) -> Result<Option<NewAccessKey>, CallError> {
        let worked = recorded_key_works(self.0.observe(identity).await?.as_ref());
        let done = self.0.execute(identity, step).await;
        let after = self.0.observe(identity).await?;
        assert!(!worked || recorded_key_works(after.as_ref()), "{step:?} leaves no working key");
        done
    }
}

/// Whether the recorded key works.
///
/// # Panics
/// There are more than two keys.
fn recorded_key_works(found: Option<&ObservedIdentity>) -> bool {
    let Some(found) = found else { return false };
    let ObservedForm::User { keys, .. } = &found.form else { return false };
    assert!(keys.len() <= 2, "{keys:?}");
    let record = KeyRecord::of(&found.tags);
    keys.iter().any(|key| key.active && record.as_ref().is_some_and(|it| it.current == key.id))
}
