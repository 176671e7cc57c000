//! What other people do to users and their keys while the product works, and what DigitalEx does.

use digitalex_core::{
    AccountId, DesiredIdentity, KEYS_TAG_KEY, OWNERSHIP_TAG_KEY, OWNERSHIP_TAG_VALUE,
};
use digitalex_engine::NewAccessKey;
use digitalex_sim::faults::Service;
use digitalex_sim::{AccessKey, Credentials, Identity, User, World};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::found::{Found, has_secret, oldest_key, owner};
use super::others::Deed;
use super::wanted::ROLE;
use crate::memory_key_sink::MemoryKeySink;

/// Does it to the user of an account; whether anything changed.
pub(super) fn act_on_user(world: &mut World, deed: Deed, account: AccountId) -> bool {
    let keys = Credentials::root_of(account);
    let mut call =
        |operation: &str, request: Value| world.call(&keys, "iam", operation, request).is_ok();
    let policy = |arn: &str| json!({"UserName": ROLE, "PolicyArn": arn});
    match deed {
        Deed::AttachPolicy => {
            call("AttachUserPolicy", policy("arn:aws:iam::aws:policy/AdministratorAccess"))
        }
        Deed::DetachPolicy => {
            call("DetachUserPolicy", policy("arn:aws:iam::aws:policy/IAMReadOnlyAccess"))
        }
        Deed::AttachMany => ["PowerUserAccess", "SecurityAudit", "AdministratorAccess"]
            .map(|name| format!("arn:aws:iam::aws:policy/{name}"))
            .iter()
            .map(|arn| call("AttachUserPolicy", policy(arn)))
            .fold(false, |any, done| any | done),
        Deed::ChangeInline => {
            let document = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
            let name = user(world, account).and_then(|user| user.identity.inline.keys().next());
            let Some(name) = name.cloned() else { return false };
            let request = json!({"UserName": ROLE, "PolicyName": name, "PolicyDocument": document.to_string()});
            world.call(&keys, "iam", "PutUserPolicy", request).is_ok()
        }
        Deed::RemoveTag => {
            call("UntagUser", json!({"UserName": ROLE, "TagKeys": [OWNERSHIP_TAG_KEY]}))
        }
        Deed::ForgetKey => {
            let tagged = user(world, account)
                .is_some_and(|user| user.identity.tags.contains_key(KEYS_TAG_KEY));
            tagged
                && world
                    .call(
                        &keys,
                        "iam",
                        "UntagUser",
                        json!({"UserName": ROLE, "TagKeys": [KEYS_TAG_KEY]}),
                    )
                    .is_ok()
        }
        Deed::DeleteRole => remove_user(world, account),
        Deed::RecreateForeign => {
            remove_user(world, account) && insert_bare(world, account, "/", false)
        }
        Deed::MovePath => {
            remove_user(world, account) && insert_bare(world, account, "/finops/", true)
        }
        Deed::ExtraKey => call("CreateAccessKey", json!({"UserName": ROLE})),
        Deed::DeactivateKey | Deed::DeleteKey => {
            let found = world.state().accounts.get(&account);
            let found =
                found.and_then(|it| Found::in_account(it, digitalex_core::IdentityKind::User));
            let id = found.and_then(|found| found.recorded("current")).map(str::to_owned);
            let Some(id) = id else { return false };
            let (operation, request) = match deed {
                Deed::DeleteKey => {
                    ("DeleteAccessKey", json!({"UserName": ROLE, "AccessKeyId": id}))
                }
                _ => (
                    "UpdateAccessKey",
                    json!({"UserName": ROLE, "AccessKeyId": id, "Status": "Inactive"}),
                ),
            };
            world.call(&keys, "iam", operation, request).is_ok()
        }
        Deed::Password => call(
            "CreateLoginProfile",
            json!({"UserName": ROLE, "Password": "correct horse battery", "PasswordResetRequired": false}),
        ),
        Deed::JoinGroup => {
            call("CreateGroup", json!({"GroupName": "admins"}));
            call("AddUserToGroup", json!({"GroupName": "admins", "UserName": ROLE}))
        }
        _ => false,
    }
}

/// Somebody creates a user of the name, which is theirs.
pub(super) fn create_user_first(world: &mut World, account: AccountId) -> bool {
    user(world, account).is_none() && insert_bare(world, account, "/", false)
}

/// A user as it should be, whose key is too old.
pub(super) fn insert_wanted(
    world: &mut World,
    sink: &MemoryKeySink,
    desired: &DesiredIdentity,
    number: usize,
) {
    let created = oldest_key() - SignedDuration::from_hours(24);
    let id = world.state_mut().access_key_id(desired.account);
    let secret = format!("old-secret-{number:029}");
    let unique = format!("AIDAWANTEDWANT{number:07}");
    let inline = desired.inline.iter();
    let mut tags: std::collections::BTreeMap<_, _> =
        desired.tags.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    tags.insert(KEYS_TAG_KEY.to_owned(), format!("current={id}"));
    let identity = Identity {
        inline: inline.map(|(name, it)| (name.to_string(), it.to_json())).collect(),
        attached: desired.managed.iter().map(ToString::to_string).collect(),
        boundary: match &desired.boundary {
            digitalex_core::DesiredBoundary::Required(arn) => Some(arn.to_string()),
            _ => None,
        },
        tags,
        ..Identity::new(ROLE, unique, desired.path.as_str(), created)
    };
    let key = AccessKey { secret: secret.clone(), active: true, created };
    let user = User { identity, keys: [(id.clone(), key)].into(), login_profile: None };
    if let Some(account) = world.state_mut().account_mut(desired.account) {
        account.iam.users.insert(ROLE.to_owned(), user);
    }
    let id = id.parse().expect("legal");
    sink.put(&owner(desired.account), &NewAccessKey { id, secret: secret.into() });
}

/// DigitalEx uses each next key, once it was recorded: somebody gives it to them.
pub(super) fn use_next_keys(world: &mut World, sink: &MemoryKeySink) -> usize {
    let next = world.state().accounts.values().filter_map(|account| {
        let user = Found::in_account(account, digitalex_core::IdentityKind::User)?;
        let id = user.recorded("next")?;
        let key = user.key(id)?;
        let usable = key.active && has_secret(sink, account.id, id, key);
        usable.then(|| id.to_owned())
    });
    let next: Vec<String> = next.collect();
    for id in &next {
        world.use_key(id, Service::Sts);
    }
    next.len()
}

fn user(world: &World, account: AccountId) -> Option<&User> {
    world.state().accounts.get(&account)?.iam.users.get(ROLE)
}

fn remove_user(world: &mut World, account: AccountId) -> bool {
    let account = world.state_mut().account_mut(account);
    account.is_some_and(|account| account.iam.users.remove(ROLE).is_some())
}

fn insert_bare(world: &mut World, account: AccountId, path: &str, ours: bool) -> bool {
    let stamp = world.now();
    let serial = world.calls().arrived.values().sum::<u64>();
    let mut identity = Identity::new(ROLE, format!("AIDABYHAND{serial:011}"), path, stamp);
    if ours {
        identity.tags.insert(OWNERSHIP_TAG_KEY.to_owned(), OWNERSHIP_TAG_VALUE.to_owned());
    }
    let user = User { identity, keys: Default::default(), login_profile: None };
    let Some(account) = world.state_mut().account_mut(account) else { return false };
    account.iam.users.insert(ROLE.to_owned(), user);
    true
}
