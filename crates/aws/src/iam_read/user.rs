//! What a user has beside its policies: access keys, a login profile, groups.

use std::collections::BTreeSet;

use aws_sdk_iam::types::User;
use digitalex_core::{
    IdentityName, KeyRecord, LastUse, ObservedAccessKey, ObservedForm, ObservedIdentity,
};
use digitalex_engine::{CallError, CallErrorKind};
use futures::future::try_join4;

use super::{IdentityReader, Policies, while_reading};
use crate::paging::PageTokens;
use crate::translate::{inconsistent, observed_access_key, observed_user};

/// All that a user has.
pub(super) struct UserParts {
    policies: Policies,
    keys: Vec<ObservedAccessKey>,
    login_profile: bool,
    groups: BTreeSet<String>,
}

impl IdentityReader {
    pub(super) async fn get_user(&self, name: &IdentityName) -> Result<User, CallError> {
        let calls = &self.calls;
        let answer = calls
            .read("GetUser", |config| {
                let request = calls.iam.get_user().user_name(name.as_str());
                request.customize().config_override(config).send()
            })
            .await?;
        answer.user.ok_or_else(|| inconsistent(calls.subject("GetUser"), "no user came back"))
    }

    pub(super) async fn parts_of_user(&self, name: &IdentityName) -> Result<UserParts, CallError> {
        let all = try_join4(
            self.policies_of_user(name),
            self.access_keys(name),
            self.login_profile(name),
            self.groups(name),
        );
        let (policies, keys, login_profile, groups) = all.await?;
        Ok(UserParts { policies, keys, login_profile, groups })
    }

    /// The user whole. Its tags say which key is the recorded one, on whose use nothing depends; of the others
    /// it is asked when they were used last.
    pub(super) async fn observed_user(
        &self,
        user: &User,
        parts: UserParts,
    ) -> Result<ObservedIdentity, CallError> {
        let UserParts { policies, keys, login_profile, groups } = parts;
        let form = ObservedForm::User { keys, login_profile, groups };
        let mut observed = observed_user(self.calls.subject("GetUser"), user, policies, form)?;
        let current = KeyRecord::of(&observed.tags).map(|record| record.current);
        if let ObservedForm::User { keys, .. } = &mut observed.form {
            for key in keys.iter_mut().filter(|key| Some(&key.id) != current.as_ref()) {
                key.last_use = self.last_use(key).await.map_err(while_reading)?;
            }
        }
        Ok(observed)
    }

    async fn access_keys(&self, user: &IdentityName) -> Result<Vec<ObservedAccessKey>, CallError> {
        let calls = &self.calls;
        let subject = calls.subject("ListAccessKeys");
        let (mut keys, mut tokens) = (Vec::new(), PageTokens::default());
        loop {
            let marker = tokens.current();
            let page = calls
                .read(subject.operation, |config| {
                    let request = calls.iam.list_access_keys().user_name(user.as_str());
                    let request = request.set_marker(marker.clone());
                    request.customize().config_override(config).send()
                })
                .await?;
            for key in page.access_key_metadata() {
                keys.push(observed_access_key(subject, key)?);
            }
            if !tokens.advance_marker(subject, page.is_truncated, page.marker)? {
                return Ok(keys);
            }
        }
    }

    async fn last_use(&self, key: &ObservedAccessKey) -> Result<LastUse, CallError> {
        let calls = &self.calls;
        let answer = calls
            .read("GetAccessKeyLastUsed", |config| {
                let request = calls.iam.get_access_key_last_used().access_key_id(key.id.as_str());
                request.customize().config_override(config).send()
            })
            .await?;
        let used = answer.access_key_last_used.and_then(|used| used.last_used_date);
        Ok(used.map_or(LastUse::Never, |used| LastUse::At(used.secs())))
    }

    async fn login_profile(&self, user: &IdentityName) -> Result<bool, CallError> {
        let calls = &self.calls;
        let answer = calls.read("GetLoginProfile", |config| {
            let request = calls.iam.get_login_profile().user_name(user.as_str());
            request.customize().config_override(config).send()
        });
        match answer.await {
            Err(error) if error.kind == CallErrorKind::NotFound => Ok(false),
            answer => answer.map(|_| true),
        }
    }

    async fn groups(&self, user: &IdentityName) -> Result<BTreeSet<String>, CallError> {
        let calls = &self.calls;
        let subject = calls.subject("ListGroupsForUser");
        let (mut groups, mut tokens) = (BTreeSet::new(), PageTokens::default());
        loop {
            let marker = tokens.current();
            let page = calls
                .read(subject.operation, |config| {
                    let request = calls.iam.list_groups_for_user().user_name(user.as_str());
                    let request = request.set_marker(marker.clone());
                    request.customize().config_override(config).send()
                })
                .await?;
            groups.extend(page.groups.iter().map(|group| group.group_name().to_owned()));
            if !tokens.advance_marker(subject, page.is_truncated, page.marker)? {
                return Ok(groups);
            }
        }
    }
}
