//! Every kind of drift, as someone else's API calls would leave it behind.

use std::collections::BTreeMap;

use digitalex_core::{
    Description, DesiredIdentity, Effect, IdentityKind, IdentitySpec, PolicyDocument, PolicyName,
    SessionDuration, Step, TagKey, TagValue,
};

/// One kind of drift.
pub struct Drift {
    /// Its name, fit for a role name.
    pub name: &'static str,
    /// What it is called in reports.
    pub kind: &'static str,
    /// Its effect.
    pub effect: Effect,
    /// The writes that repair it.
    pub writes: u64,
    /// What must be wanted for it to be drift.
    pub configure: fn(&mut IdentitySpec),
    /// The calls that leave it behind where no role was.
    pub found: fn(&DesiredIdentity) -> Vec<Step>,
}

const ROLE: IdentityKind = IdentityKind::Role;
const OTHER_TENANT: Option<&str> = Some("another-tenant");
const AS_IT_IS: fn(&mut IdentitySpec) = |_| {};

/// All kinds of drift but the missing role.
pub const DRIFTS: &[Drift] = &[
    drift("external-id-changed", "trust_changed", Effect::Widens, |desired| {
        with_trust(desired, trust("arn:aws:iam::911403356698:root", OTHER_TENANT))
    }),
    drift("external-id-missing", "trust_changed", Effect::Widens, |desired| {
        with_trust(desired, trust("arn:aws:iam::911403356698:root", None))
    }),
    drift("wrong-account", "trust_changed", Effect::Widens, |desired| {
        with_trust(desired, trust("arn:aws:iam::444455556666:root", OTHER_TENANT))
    }),
    drift("anyone", "trust_changed", Effect::Widens, |desired| {
        with_trust(desired, trust("*", None))
    }),
    drift("deleted-principal", "trust_changed", Effect::Widens, |desired| {
        with_trust(desired, trust("AROAIIIIIIIIIIIIIIIII", OTHER_TENANT))
    }),
    drift("inline-widened", "inline_changed", Effect::Widens, |desired| {
        let (name, _) = first_inline(desired);
        and(desired, Step::PutPolicy { on: ROLE, name, document: statement("Allow", "*") })
    }),
    drift("inline-narrowed", "inline_changed", Effect::Narrows, |desired| {
        let (name, _) = first_inline(desired);
        and(desired, Step::PutPolicy { on: ROLE, name, document: statement("Deny", "*") })
    }),
    drift("inline-missing", "inline_missing", Effect::Narrows, |desired| {
        without(desired, |step| matches!(step, Step::PutPolicy { .. }))
    }),
    drift("inline-extra", "inline_extra", Effect::Widens, |desired| {
        let name = PolicyName::new("by-hand").expect("legal");
        and(desired, Step::PutPolicy { on: ROLE, name, document: statement("Allow", "s3:*") })
    }),
    drift("managed-missing", "managed_missing", Effect::Narrows, |desired| {
        let first = desired.managed.first().cloned();
        without(
            desired,
            |step| matches!(step, Step::AttachPolicy { arn, .. } if Some(arn) == first.as_ref()),
        )
    }),
    drift("managed-extra", "managed_extra", Effect::Widens, |desired| {
        let arn = "arn:aws:iam::aws:policy/AdministratorAccess".parse().expect("an ARN");
        and(desired, Step::AttachPolicy { on: ROLE, arn })
    }),
    Drift {
        configure: |role| role.tags.extend([tag("cost-center", "4711")]),
        ..drift("tag-changed", "tag_changed", Effect::Cosmetic, |desired| {
            let mut tags = desired.tags.clone();
            tags.extend([tag("cost-center", "0")]);
            created(desired, |create| set_tags(create, tags))
        })
    },
    Drift {
        configure: |role| role.tags.extend([tag("cost-center", "4711")]),
        ..drift("tag-missing", "tag_missing", Effect::Cosmetic, |desired| {
            let mut tags = desired.tags.clone();
            tags.remove(&tag("cost-center", "").0);
            created(desired, |create| set_tags(create, tags))
        })
    },
    Drift {
        configure: |role| {
            role.permissions_boundary =
                Some("arn:<PARTITION>:iam::aws:policy/ReadOnlyAccess".to_owned())
        },
        ..drift("boundary-missing", "boundary_changed", Effect::Widens, |desired| {
            created(desired, |create| {
                if let Step::CreateRole { boundary, .. } = create {
                    *boundary = None;
                }
            })
        })
    },
    Drift {
        configure: |role| role.permissions_boundary = Some("none".to_owned()),
        ..drift("boundary-extra", "boundary_changed", Effect::Narrows, |desired| {
            let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess".parse().expect("an ARN");
            and(desired, Step::PutPermissionsBoundary { on: ROLE, arn })
        })
    },
    drift("max-session", "max_session_duration_changed", Effect::Widens, |desired| {
        created(desired, |create| {
            if let Step::CreateRole { max_session_duration, .. } = create {
                *max_session_duration = SessionDuration::from_seconds(43_200).expect("legal");
            }
        })
    }),
    drift("description", "description_changed", Effect::Cosmetic, |desired| {
        created(desired, |create| {
            if let Step::CreateRole { description, .. } = create {
                *description = Description::new("by hand").expect("legal");
            }
        })
    }),
];

const fn drift(
    name: &'static str,
    kind: &'static str,
    effect: Effect,
    found: fn(&DesiredIdentity) -> Vec<Step>,
) -> Drift {
    Drift { name, kind, effect, writes: 1, configure: AS_IT_IS, found }
}

/// The calls that make the role as wanted.
#[must_use]
pub fn as_wanted(desired: &DesiredIdentity) -> Vec<Step> {
    let absent = digitalex_core::Observation::Absent;
    let differences = digitalex_core::diff(desired, &absent).unwrap_or_default();
    digitalex_core::plan(desired, &absent, &differences, digitalex_core::Adoption::Refused).steps
}

fn and(desired: &DesiredIdentity, step: Step) -> Vec<Step> {
    as_wanted(desired).into_iter().chain([step]).collect()
}

fn without(desired: &DesiredIdentity, left_out: impl Fn(&Step) -> bool) -> Vec<Step> {
    as_wanted(desired).into_iter().filter(|step| !left_out(step)).collect()
}

/// The role as wanted, but for what `change` makes of its creation.
fn created(desired: &DesiredIdentity, change: impl FnOnce(&mut Step)) -> Vec<Step> {
    let mut steps = as_wanted(desired);
    change(&mut steps[0]);
    steps
}

fn with_trust(desired: &DesiredIdentity, document: PolicyDocument) -> Vec<Step> {
    created(desired, |create| {
        if let Step::CreateRole { trust, .. } = create {
            *trust = document;
        }
    })
}

fn set_tags(create: &mut Step, wanted: BTreeMap<TagKey, TagValue>) {
    if let Step::CreateRole { tags, .. } = create {
        *tags = wanted;
    }
}

fn first_inline(desired: &DesiredIdentity) -> (PolicyName, PolicyDocument) {
    desired.inline.clone().pop_first().expect("the profile has an inline policy")
}

fn tag(key: &str, value: &str) -> (TagKey, TagValue) {
    (TagKey::new(key).expect("legal"), TagValue::new(value).expect("legal"))
}

fn trust(principal: &str, external_id: Option<&str>) -> PolicyDocument {
    let condition = external_id
        .map(|id| format!(r#","Condition":{{"StringEquals":{{"sts:ExternalId":"{id}"}}}}"#))
        .unwrap_or_default();
    let statement = format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"{condition}}}"#
    );
    PolicyDocument::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#))
        .expect("a policy")
}

fn statement(effect: &str, action: &str) -> PolicyDocument {
    let statement = format!(r#"{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}"#);
    PolicyDocument::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#))
        .expect("a policy")
}
