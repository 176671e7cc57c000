//! Every kind of drift of a user, as someone else's API calls leave it behind.

use digitalex_core::{AccessKeyId, Effect, IdentitySpec, TagKey, TagValue};
use serde_json::{Value, json};

use crate::others::IamCall;

/// One kind of drift of a user that is as wanted.
pub struct UserDrift {
    /// Its name, fit for a user's name.
    pub name: &'static str,
    /// What it is called in reports.
    pub kinds: &'static [&'static str],
    /// Its effect.
    pub effect: Effect,
    /// The writes that repair it.
    pub writes: &'static [(&'static str, u64)],
    /// What must be wanted for it to be drift.
    pub configure: fn(&mut IdentitySpec),
    /// Whether it is about a permissions boundary.
    pub bounds: bool,
    /// The calls that leave it behind, given the recorded key; the user's name is added to each.
    pub calls: fn(&AccessKeyId) -> Vec<IamCall>,
}

const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// All kinds of drift but the missing user.
pub const USER_DRIFTS: &[UserDrift] = &[
    drift(
        "password",
        &["login_profile_extra"],
        Effect::Widens,
        &[("DeleteLoginProfile", 1)],
        |_| vec![("CreateLoginProfile", json!({ "Password": "Correct-horse-9-battery" }))],
    ),
    drift("group", &["group_extra"], Effect::Widens, &[("RemoveUserFromGroup", 1)], |_| {
        vec![("AddUserToGroup", json!({ "GroupName": GROUP }))]
    }),
    drift("inline-extra", &["inline_extra"], Effect::Widens, &[("DeleteUserPolicy", 1)], |_| {
        vec![put_policy("by-hand", "Allow", "s3:*")]
    }),
    drift("inline-widened", &["inline_changed"], Effect::Widens, &[("PutUserPolicy", 1)], |_| {
        vec![put_policy(INLINE, "Allow", "*")]
    }),
    drift("inline-narrowed", &["inline_changed"], Effect::Narrows, &[("PutUserPolicy", 1)], |_| {
        vec![put_policy(INLINE, "Deny", "*")]
    }),
    drift("inline-missing", &["inline_missing"], Effect::Narrows, &[("PutUserPolicy", 1)], |_| {
        vec![("DeleteUserPolicy", json!({ "PolicyName": INLINE }))]
    }),
    drift("managed-extra", &["managed_extra"], Effect::Widens, &[("DetachUserPolicy", 1)], |_| {
        vec![("AttachUserPolicy", json!({ "PolicyArn": ADMINISTRATOR }))]
    }),
    drift(
        "managed-missing",
        &["managed_missing"],
        Effect::Narrows,
        &[("AttachUserPolicy", 1)],
        |_| vec![("DetachUserPolicy", json!({ "PolicyArn": READ_ONLY }))],
    ),
    UserDrift {
        configure: cost_center,
        ..drift("tag-missing", &["tag_missing"], Effect::Cosmetic, &[("TagUser", 1)], |_| {
            vec![("UntagUser", json!({ "TagKeys": ["cost-center"] }))]
        })
    },
    UserDrift {
        configure: cost_center,
        ..drift("tag-changed", &["tag_changed"], Effect::Cosmetic, &[("TagUser", 1)], |_| {
            vec![("TagUser", json!({ "Tags": [{ "Key": "cost-center", "Value": "0" }] }))]
        })
    },
    UserDrift {
        configure: |user| user.permissions_boundary = Some(READ_ONLY.to_owned()),
        bounds: true,
        ..drift("boundary-missing", &["boundary_changed"], Effect::Widens, PUT_BOUNDARY, |_| {
            vec![("DeleteUserPermissionsBoundary", json!({}))]
        })
    },
    UserDrift {
        configure: |user| user.permissions_boundary = Some("none".to_owned()),
        bounds: true,
        ..drift("boundary-extra", &["boundary_changed"], Effect::Narrows, DELETE_BOUNDARY, |_| {
            vec![("PutUserPermissionsBoundary", json!({ "PermissionsBoundary": READ_ONLY }))]
        })
    },
    drift("key-extra", &["access_keys"], Effect::Widens, &[("DeleteAccessKey", 1)], |_| {
        vec![("CreateAccessKey", json!({}))]
    }),
    drift("key-missing", &["access_keys"], Effect::Narrows, NEW_KEY, |key| {
        vec![("DeleteAccessKey", json!({ "AccessKeyId": key }))]
    }),
    // Nobody knows whether anyone has the secret of the key that is recorded no more.
    drift("record-missing", &["access_keys", "access_keys"], Effect::Widens, OTHER_KEY, |_| {
        vec![("UntagUser", json!({ "TagKeys": ["digitalex:access-keys"] }))]
    }),
    drift("several", SEVERAL, Effect::Widens, SEVERAL_WRITES, |_| {
        vec![
            ("CreateAccessKey", json!({})),
            ("CreateLoginProfile", json!({ "Password": "Correct-horse-9-battery" })),
            ("AttachUserPolicy", json!({ "PolicyArn": ADMINISTRATOR })),
            ("DeleteUserPolicy", json!({ "PolicyName": INLINE })),
        ]
    }),
];

/// The group that the drift `group` is about.
pub const GROUP: &str = "by-hand";
const INLINE: &str = "digitalex-member";

const PUT_BOUNDARY: &[(&str, u64)] = &[("PutUserPermissionsBoundary", 1)];
const DELETE_BOUNDARY: &[(&str, u64)] = &[("DeleteUserPermissionsBoundary", 1)];
const NEW_KEY: &[(&str, u64)] = &[("CreateAccessKey", 1), ("TagUser", 1)];
const OTHER_KEY: &[(&str, u64)] = &[("CreateAccessKey", 1), ("DeleteAccessKey", 1), ("TagUser", 1)];
const SEVERAL: &[&str] = &["access_keys", "login_profile_extra", "inline_missing", "managed_extra"];
const SEVERAL_WRITES: &[(&str, u64)] = &[
    ("DeleteAccessKey", 1),
    ("DeleteLoginProfile", 1),
    ("DetachUserPolicy", 1),
    ("PutUserPolicy", 1),
];

const fn drift(
    name: &'static str,
    kinds: &'static [&'static str],
    effect: Effect,
    writes: &'static [(&'static str, u64)],
    calls: fn(&AccessKeyId) -> Vec<IamCall>,
) -> UserDrift {
    UserDrift { name, kinds, effect, writes, configure: |_| {}, bounds: false, calls }
}

fn cost_center(user: &mut IdentitySpec) {
    let key = TagKey::new("cost-center").expect("legal");
    user.tags.insert(key, TagValue::new("4711").expect("legal"));
}

fn put_policy(name: &str, effect: &str, action: &str) -> IamCall {
    let statement = json!({ "Effect": effect, "Action": action, "Resource": "*" });
    let document: Value = json!({ "Version": "2012-10-17", "Statement": [statement] });
    let request = json!({ "PolicyName": name, "PolicyDocument": document.to_string() });
    ("PutUserPolicy", request)
}
