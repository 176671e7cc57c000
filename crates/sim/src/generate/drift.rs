//! How a DigitalEx role drifts.

use digitalex_core::{AccountId, DIGITALEX_ACCOUNT, OWNERSHIP_TAG_KEY};
use serde_json::json;

use super::role::{add_policy, aws_managed, root_of, trust};
use super::{Drift, GeneratorOptions};
use crate::{Role, World};

/// An account that nobody meant to trust: DigitalEx's with two digits transposed.
const WRONG_ACCOUNT: &str = "911403356689";

/// The role, drifted in one way.
pub(super) fn apply(
    drift: Drift,
    mut role: Role,
    world: &mut World,
    options: &GeneratorOptions,
    account: AccountId,
) -> Role {
    let external_id = Some(options.external_id.expose());
    let digitalex = root_of(&DIGITALEX_ACCOUNT.to_string());
    let identity = &mut role.identity;
    match drift {
        Drift::TrustChanged => role.trust = two_trusted(&digitalex, options),
        Drift::ExternalIdMissing => role.trust = trust(&digitalex, None),
        Drift::WrongAccountTrusted => role.trust = trust(&root_of(WRONG_ACCOUNT), external_id),
        Drift::PrincipalGone => {
            role.trust = trust(&world.state_mut().unique_id("AROA"), external_id);
        }
        Drift::InlineChanged => {
            identity.inline.values_mut().for_each(|document| *document = policy("ce:*"));
        }
        Drift::InlineMissing => identity.inline.clear(),
        Drift::InlineExtra => {
            identity.inline.insert("tmp-debug".to_owned(), policy("s3:GetObject"));
        }
        Drift::ManagedMissing => {
            identity.attached.remove(&aws_managed("ReadOnlyAccess"));
        }
        Drift::ManagedExtra => {
            identity.attached.insert(aws_managed("PowerUserAccess"));
        }
        Drift::TagChanged => {
            identity.tags.insert(OWNERSHIP_TAG_KEY.to_owned(), "terraform".to_owned());
        }
        Drift::TagMissing => {
            identity.tags.remove(OWNERSHIP_TAG_KEY);
        }
        Drift::BoundaryPresent => {
            identity.boundary = Some(add_policy(world, account, "developer-boundary"));
        }
        Drift::MaxSession => role.max_session_duration_s = 43_200,
        Drift::Description => role.description = Some("DigitalEx".to_owned()),
        Drift::OtherPath => identity.path = "/finops/".to_owned(),
    }
    role
}

/// A trust that lets another account in beside DigitalEx.
fn two_trusted(digitalex: &str, options: &GeneratorOptions) -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"AWS": [digitalex, root_of("222233334444")]},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": options.external_id.expose()}},
    }]})
    .to_string()
}

fn policy(action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": "*"},
    ]})
    .to_string()
}
