//! A model of IAM and its keys.

use std::collections::BTreeMap;

use digitalex_core::{
    AccessKeyId, AccountPlan, DesiredKeys, KeyRecord, LastUse, Observation, ObservedAccessKey,
    ObservedForm, ObservedIdentity, Step,
};

use crate::fixture::{NOW_S, checked, planned, present};

/// What IAM has of the user, and who has used what.
#[derive(Debug, Clone)]
pub(crate) struct Iam {
    pub(crate) user: ObservedIdentity,
    pub(crate) uses: BTreeMap<AccessKeyId, i64>,
    pub(crate) made: u32,
}

impl Iam {
    pub(crate) fn new<const N: usize>(
        user: ObservedIdentity,
        uses: [(AccessKeyId, i64); N],
    ) -> Self {
        Self { user, uses: uses.into(), made: 0 }
    }

    /// The user as it is read: nobody asks when the recorded key was used.
    pub(crate) fn observed(&self) -> Observation {
        let mut user = self.user.clone();
        let current = KeyRecord::of(&user.tags).map(|record| record.current);
        if let ObservedForm::User { keys, .. } = &mut user.form {
            for key in keys {
                let asked = self.uses.get(&key.id).copied().map_or(LastUse::Never, LastUse::At);
                let is_current = current.as_ref() == Some(&key.id);
                key.last_use = if is_current { LastUse::NotAsked } else { asked };
            }
        }
        present(user)
    }

    pub(crate) fn keys(&mut self) -> &mut Vec<ObservedAccessKey> {
        match &mut self.user.form {
            ObservedForm::User { keys, .. } => keys,
            ObservedForm::Role { .. } => panic!("a role"),
        }
    }

    fn key(&mut self, id: &AccessKeyId) -> &mut ObservedAccessKey {
        self.keys().iter_mut().find(|key| key.id == *id).expect("NoSuchEntity")
    }

    /// The recorded key, where it can be used.
    pub(crate) fn working(&mut self) -> Option<AccessKeyId> {
        let KeyRecord { current, .. } = KeyRecord::of(&self.user.tags)?;
        self.keys().iter().any(|key| key.id == current && key.active).then_some(current)
    }

    /// What IAM, and the product beside it, make of one step.
    pub(crate) fn carry_out(&mut self, step: &Step) {
        let created = match step {
            Step::CreateAccessKey { beside } => {
                assert!(self.keys().len() < 2, "LimitExceeded");
                if let Some(beside) = beside {
                    assert_eq!(self.working().as_ref(), Some(beside));
                }
                self.made += 1;
                let id: AccessKeyId = format!("AKIANEW{:013}", self.made).parse().expect("an id");
                let (created_s, last_use) = (NOW_S, LastUse::Never);
                self.keys().push(ObservedAccessKey {
                    id: id.clone(),
                    active: true,
                    created_s,
                    last_use,
                });
                Some(id)
            }
            Step::SwitchAccessKey { to, .. } => {
                assert!(self.key(to).active, "switched to a key that does not work");
                None
            }
            Step::DeactivateAccessKey { id } => {
                let key = self.key(id);
                assert!(std::mem::take(&mut key.active), "a call for nothing");
                None
            }
            Step::DeleteAccessKey { id } => {
                let id = self.key(id).id.clone();
                self.keys().retain(|key| key.id != id);
                None
            }
            Step::DeleteLoginProfile | Step::RemoveUserFromGroup { .. } => {
                self.close(step);
                None
            }
            other => panic!("{other:?} for keys"),
        };
        let record = step.key_record(created.as_ref());
        self.user.tags.extend(record.map(|record| record.tags()).unwrap_or_default());
    }

    fn close(&mut self, step: &Step) {
        let ObservedForm::User { login_profile, groups, .. } = &mut self.user.form else {
            panic!("a role")
        };
        match step {
            Step::RemoveUserFromGroup { group } => assert!(groups.remove(group), "NoSuchEntity"),
            _ => assert!(std::mem::take(login_profile), "NoSuchEntity"),
        }
    }

    /// Plans, and carries the plan out; what it was.
    pub(crate) fn put_right(&mut self, keys: DesiredKeys) -> AccountPlan {
        let found = self.observed();
        let plan = planned(keys, &found);
        assert_eq!(checked(&plan, keys, &found), []);
        for step in &plan.steps {
            self.carry_out(step);
        }
        plan
    }
}
