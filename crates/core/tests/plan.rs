//! The plan, carried out on a model of IAM, for arbitrary roles found.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;

use digitalex_core::{
    AccountId, AccountPlan, Adoption, Aspect, ChangeLimits, CorrectedPart, Correction, Description,
    DesiredBoundary, DesiredForm, DesiredIdentity, Effect, ExternalId, Hold, IdentityKind,
    IdentityName, IdentityPath, IdentitySpec, IdentityTemplate, KeySpec, ManagedPolicyArn,
    Observation, ObservedForm, ObservedIdentity, Ownership, Partition, PolicyDocument, PolicyName,
    Profile, SessionDuration, Step, TagKey, TagValue, check, diff, plan,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const LIMITS: ChangeLimits = ChangeLimits { removals_max: 100 };
const WANTED_BOUNDARY: &str = "arn:<PARTITION>:iam::<ACCOUNT_ID>:policy/Wanted";

fn external_id() -> ExternalId {
    ExternalId::new("tenant-0042").expect("legal")
}

fn account() -> AccountId {
    "111122223333".parse().expect("an id")
}

fn boundary(name: &str) -> ManagedPolicyArn {
    format!("arn:aws:iam::111122223333:policy/{name}").parse().expect("an ARN")
}

fn desired(permissions_boundary: Option<&str>) -> DesiredIdentity {
    let spec = IdentitySpec {
        kind: IdentityKind::Role,
        role_name: IdentityName::new("digitalex-finops").expect("legal"),
        user_name: IdentityName::new("digitalex-finops-user").expect("legal"),
        path: IdentityPath::default(),
        description: Description::new("DigitalEx cost governance").expect("legal"),
        max_session_duration: SessionDuration::default(),
        permissions_boundary: permissions_boundary.map(str::to_owned),
        tags: [tag("cost-center", "4711")].into(),
        profile: Profile::built_in("member").expect("built in"),
        keys: KeySpec::default(),
    };
    let template =
        IdentityTemplate::new(spec, Partition::Aws, &external_id(), None).expect("a template");
    template.desired(account(), 0).expect("a role")
}

fn tag(key: &str, value: &str) -> (TagKey, TagValue) {
    (TagKey::new(key).expect("legal"), TagValue::new(value).expect("legal"))
}

fn document(text: &str) -> PolicyDocument {
    PolicyDocument::parse(text).expect("a policy")
}

fn trust(principal: &str, external_id: Option<&str>) -> PolicyDocument {
    let condition = external_id
        .map(|id| format!(r#","Condition":{{"StringEquals":{{"sts:ExternalId":"{id}"}}}}"#))
        .unwrap_or_default();
    let statement = format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"{condition}}}"#
    );
    document(&format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#))
}

fn allow(action: &str) -> PolicyDocument {
    let statement = format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"*"}}"#);
    document(&format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#))
}

/// The role exactly as wanted.
fn as_wanted(desired: &DesiredIdentity) -> ObservedIdentity {
    ObservedIdentity {
        arn: desired.arn(),
        unique_id: "AROAEXAMPLE".to_owned(),
        path: desired.path.clone(),
        inline: desired.inline.clone(),
        managed: desired.managed.clone(),
        boundary: match &desired.boundary {
            DesiredBoundary::Required(arn) => Some(arn.clone()),
            DesiredBoundary::Undeclared | DesiredBoundary::Forbidden => None,
        },
        tags: desired.tags.clone(),
        form: match &desired.form {
            DesiredForm::Role { description, max_session_duration, trust } => ObservedForm::Role {
                description: description.to_string(),
                max_session_duration_s: max_session_duration.seconds(),
                trust: trust.clone(),
            },
            DesiredForm::User { .. } => panic!("a user"),
        },
    }
}

/// The trust policy that is wanted.
fn wanted_trust(desired: &DesiredIdentity) -> &PolicyDocument {
    desired.trust().expect("a role")
}

/// What only roles have.
fn settings(role: &ObservedIdentity) -> (&str, u32, &PolicyDocument) {
    match &role.form {
        ObservedForm::Role { description, max_session_duration_s, trust } => {
            (description, *max_session_duration_s, trust)
        }
        ObservedForm::User { .. } => panic!("a user"),
    }
}

/// The role with another trust policy.
fn trusting(mut role: ObservedIdentity, new: PolicyDocument) -> ObservedIdentity {
    match &mut role.form {
        ObservedForm::Role { trust, .. } => *trust = new,
        ObservedForm::User { .. } => panic!("a user"),
    }
    role
}

prop_compose! {
    fn any_role(desired: DesiredIdentity)(
        trust in select(vec![
            wanted_trust(&desired).clone(),
            trust("911403356698", Some("tenant-0042")),
            trust("911403356698", None),
            trust("911403356698", Some("someone-else")),
            trust("*", None),
            trust("444455556666", Some("tenant-0042")),
            trust("AROAEXAMPLEGONE", Some("tenant-0042")),
        ]),
        inline in subsequence(vec!["digitalex-member", "extra", "other"], 0..=3),
        action in select(vec!["ce:StartSavingsPlansPurchaseRecommendationGeneration", "s3:*", "*"]),
        kept in subsequence(Vec::from_iter(desired.managed.clone()), 0..=desired.managed.len()),
        extra in any::<bool>(),
        boundary in select(vec![None, Some(boundary("Wanted")), Some(boundary("Other"))]),
        tags in subsequence(Vec::from_iter(desired.tags.clone().into_iter().chain([tag("team", "x")])), 0..=3),
        tag_changed in any::<bool>(),
        description in select(vec!["", "DigitalEx cost governance", "by hand"]),
        max_session_duration_s in select(vec![3_600, 7_200, 43_200]),
    ) -> ObservedIdentity {
        let named = |name: &&str| (PolicyName::new(*name).expect("legal"), allow(action));
        let mut role = ObservedIdentity {
            inline: inline.iter().map(named).collect(),
            managed: kept.into_iter().collect(),
            boundary,
            tags: tags.into_iter().collect(),
            form: ObservedForm::Role {
                description: description.to_owned(),
                max_session_duration_s,
                trust,
            },
            ..as_wanted(&desired)
        };
        if extra {
            role.managed.insert("arn:aws:iam::aws:policy/AdministratorAccess".parse().expect("an ARN"));
        }
        if tag_changed {
            role.tags.extend([tag("cost-center", "0")]);
        }
        role
    }
}

fn any_observation(desired: DesiredIdentity) -> impl Strategy<Value = Observation> {
    prop_oneof![
        1 => Just(Observation::Absent),
        9 => any_role(desired).prop_map(present),
    ]
}

fn present(role: ObservedIdentity) -> Observation {
    Observation::Present(Box::new(role))
}

/// A role that is wanted, and one that is found.
fn any_case() -> impl Strategy<Value = (DesiredIdentity, Observation)> {
    select(vec![None, Some("none"), Some(WANTED_BOUNDARY)])
        .prop_map(desired)
        .prop_flat_map(|desired| (Just(desired.clone()), any_observation(desired)))
}

fn plan_for(
    desired: &DesiredIdentity,
    observation: &Observation,
    adoption: Adoption,
) -> AccountPlan {
    let differences = diff(desired, observation).expect("readable");
    plan(desired, observation, &differences, adoption)
}

/// What IAM makes of one step.
fn carry_out(
    role: Option<ObservedIdentity>,
    desired: &DesiredIdentity,
    step: &Step,
) -> ObservedIdentity {
    if let Step::CreateRole { path, trust, description, max_session_duration, boundary, tags } =
        step
    {
        assert!(role.is_none(), "EntityAlreadyExists");
        return ObservedIdentity {
            path: path.clone(),
            boundary: boundary.clone(),
            tags: tags.clone(),
            inline: BTreeMap::new(),
            managed: [].into(),
            form: ObservedForm::Role {
                description: description.to_string(),
                max_session_duration_s: max_session_duration.seconds(),
                trust: trust.clone(),
            },
            ..as_wanted(desired)
        };
    }
    let mut role = role.expect("NoSuchEntity");
    match step.clone() {
        Step::CreateRole { .. } => {}
        Step::UpdateAssumeRolePolicy { trust } => return trusting(role, trust),
        Step::PutPolicy { on: IdentityKind::Role, name, document } => {
            drop(role.inline.insert(name, document));
        }
        Step::DeletePolicy { on: IdentityKind::Role, name } => {
            assert!(role.inline.remove(&name).is_some(), "NoSuchEntity")
        }
        Step::AttachPolicy { on: IdentityKind::Role, arn } => {
            assert!(role.managed.insert(arn), "a call for nothing")
        }
        Step::DetachPolicy { on: IdentityKind::Role, arn } => {
            assert!(role.managed.remove(&arn), "NoSuchEntity")
        }
        Step::PutPermissionsBoundary { on: IdentityKind::Role, arn } => role.boundary = Some(arn),
        Step::DeletePermissionsBoundary { on: IdentityKind::Role } => role.boundary = None,
        Step::UpdateRole { description, max_session_duration } => {
            role.form = ObservedForm::Role {
                description: description.to_string(),
                max_session_duration_s: max_session_duration.seconds(),
                trust: settings(&role).2.clone(),
            };
        }
        Step::Tag { on: IdentityKind::Role, tags } => role.tags.extend(tags),
        of_users => panic!("{of_users:?} on a role"),
    }
    role
}

/// The role after each step of the plan.
fn history(
    desired: &DesiredIdentity,
    observation: &Observation,
    plan: &AccountPlan,
) -> Vec<ObservedIdentity> {
    let mut history: Vec<ObservedIdentity> = Vec::new();
    for step in &plan.steps {
        let role = history.last().or(observation.identity()).cloned();
        history.push(carry_out(role, desired, step));
    }
    history
}

fn any_correction() -> impl Strategy<Value = Correction> {
    subsequence(CorrectedPart::ALL.to_vec(), 0..=CorrectedPart::ALL.len())
        .prop_map(Correction::from_iter)
}

fn restricted(
    correction: &Correction,
    desired: &DesiredIdentity,
    found: &Observation,
) -> AccountPlan {
    let differences = diff(desired, found).expect("readable");
    let plan = plan(desired, found, &differences, Adoption::Allowed);
    correction.restrict(plan, &differences, found.identity())
}

proptest! {
    #[test]
    fn restricted_plan_should_touch_what_is_corrected_and_nothing_else(
        (desired, found) in any_case(), correction in any_correction(),
    ) {
        let plan = restricted(&correction, &desired, &found);
        prop_assert_eq!(check(&plan, &desired, &found, &external_id(), LIMITS), vec![]);
        let Some(after) = history(&desired, &found, &plan).pop() else { return Ok(()) };
        let Some(before) = found.identity() else {
            prop_assert!(correction.includes(CorrectedPart::Role));
            prop_assert!(diff(&desired, &present(after)).expect("readable").is_empty());
            return Ok(());
        };
        let (before_description, before_duration, before_trust) = settings(before);
        let (description, duration, trust) = settings(&after);
        let left_alone = [
            (CorrectedPart::Trust, before_trust == trust),
            (CorrectedPart::Policies, before.inline == after.inline
                && before.managed == after.managed && before.boundary == after.boundary),
            (CorrectedPart::Tags, before.tags == after.tags),
            (CorrectedPart::Description, before_description == description),
            (CorrectedPart::MaxSessionDuration, before_duration == duration),
        ];
        for (part, same) in left_alone {
            prop_assert!(same || correction.includes(part), "{part}: {:?}", plan.steps);
        }
        prop_assert!(restricted(&correction, &desired, &present(after)).is_empty());
    }

    #[test]
    fn restricted_plan_should_let_nobody_in_to_what_stays_too_wide(
        (desired, found) in any_case(), correction in any_correction(),
    ) {
        let Some(before) = found.identity() else { return Ok(()) };
        let plan = restricted(&correction, &desired, &found);
        let Some(after) = history(&desired, &found, &plan).pop() else { return Ok(()) };
        let left = diff(&desired, &present(after.clone())).expect("readable");
        let left_wide = |parts: &[Aspect]| left.iter().any(|difference| {
            parts.contains(&difference.aspect()) && difference.effect() == Effect::Widens
        });
        let was_wide = wanted_trust(&desired).compare(settings(before).2)
            .is_some_and(|comparison| comparison.effect == Effect::Widens);
        if left_wide(&[Aspect::Inline, Aspect::Managed, Aspect::Boundary]) && !was_wide {
            prop_assert_eq!(after.trust(), before.trust());
        }
        if left_wide(&[Aspect::Trust]) {
            prop_assert!(after.managed.is_subset(&before.managed), "{:?}", plan.steps);
            for (name, document) in &after.inline {
                prop_assert_eq!(before.inline.get(name), Some(document), "{:?}", plan.steps);
            }
        }
    }

    #[test]
    fn plan_should_yield_the_desired_role_and_then_be_empty((desired, found) in any_case()) {
        let plan = plan_for(&desired, &found, Adoption::Allowed);
        if found.identity().is_some_and(|role| Ownership::of(role) == Ownership::Foreign) {
            prop_assert!(plan.is_empty() && plan.holds == [Hold::ForeignRole]);
            return Ok(());
        }
        prop_assert_eq!(check(&plan, &desired, &found, &external_id(), LIMITS), vec![]);
        let after = history(&desired, &found, &plan).pop().or_else(|| found.identity().cloned());
        let after = present(after.expect("a role"));
        let left = diff(&desired, &after).expect("readable");
        let next = plan_for(&desired, &after, Adoption::Refused);
        prop_assert!(next.is_empty(), "{:?}", next.steps);
        prop_assert_eq!(left.is_empty(), plan.holds.is_empty(), "{:?}", left);
        for hold in &plan.holds {
            let undeclared = matches!(hold, Hold::UndeclaredBoundary { .. });
            prop_assert!(undeclared, "{:?}", hold);
        }
    }

    #[test]
    fn plan_should_never_trust_or_allow_more_on_the_way((desired, found) in any_case()) {
        let plan = plan_for(&desired, &found, Adoption::Allowed);
        let old = found.identity();
        for role in history(&desired, &found, &plan) {
            prop_assert!(role.trust() == desired.trust()
                || old.is_some_and(|old| old.trust() == role.trust()));
            for arn in role.managed.difference(&desired.managed) {
                prop_assert!(old.is_some_and(|old| old.managed.contains(arn)));
            }
            for (name, document) in &role.inline {
                let was = old.and_then(|old| old.inline.get(name));
                prop_assert!(desired.inline.get(name) == Some(document) || was == Some(document));
            }
        }
    }

    #[test]
    fn plan_should_set_the_declared_boundary_before_anything_else_but_ownership(
        found in any_observation(desired(Some(WANTED_BOUNDARY))),
    ) {
        let desired = desired(Some(WANTED_BOUNDARY));
        let plan = plan_for(&desired, &found, Adoption::Allowed);
        prop_assume!(found.identity().is_none_or(|role| role.boundary != Some(boundary("Other"))));
        let bound = |role: &ObservedIdentity| role.boundary == Some(boundary("Wanted"));
        let settled = history(&desired, &found, &plan).into_iter().skip(usize::from(plan.adopts));
        for role in settled {
            prop_assert!(bound(&role), "{:?}", plan.steps);
        }
    }

    #[test]
    fn plan_should_replace_a_boundary_only_when_what_it_held_back_is_gone(
        role in any_role(desired(Some(WANTED_BOUNDARY))),
    ) {
        let desired = desired(Some(WANTED_BOUNDARY));
        let found = present(ObservedIdentity { boundary: Some(boundary("Other")), ..role });
        let plan = plan_for(&desired, &found, Adoption::Allowed);
        let mut seen = history(&desired, &found, &plan).into_iter();
        if let Some(role) = seen.find(|role| role.boundary == Some(boundary("Wanted"))) {
            prop_assert!(role.managed.is_subset(&desired.managed), "{:?}", plan.steps);
            for (name, document) in &role.inline {
                prop_assert_eq!(desired.inline.get(name), Some(document), "{:?}", plan.steps);
            }
        }
    }

    #[test]
    fn plan_should_make_one_call_for_each_difference_at_most((desired, found) in any_case()) {
        let differences = diff(&desired, &found).expect("readable");
        let plan = plan_for(&desired, &found, Adoption::Allowed);
        let calls_max = match found {
            Observation::Absent => 1 + desired.inline.len() + desired.managed.len(),
            Observation::Present(_) | Observation::Unreadable(_) => differences.iter().count(),
        };
        prop_assert!(plan.steps.len() <= calls_max);
    }

    #[test]
    fn plan_should_leave_a_hand_made_role_alone_unless_adoption_is_allowed(role in any_role(desired(None))) {
        let desired = desired(None);
        let found = present(ObservedIdentity { tags: BTreeMap::new(), ..role });
        let refused = plan_for(&desired, &found, Adoption::Refused);
        prop_assert!(refused.is_empty() && refused.holds.len() == 1);
        let allowed = plan_for(&desired, &found, Adoption::Allowed);
        if allowed.adopts {
            let claims = matches!(&allowed.steps[0], Step::Tag { on: IdentityKind::Role, .. });
            prop_assert!(claims, "{:?}", allowed.steps);
        }
    }
}

#[test]
fn plan_should_hold_a_role_at_another_path_and_never_delete_it() {
    let desired = desired(None);
    let role = ObservedIdentity {
        arn: "arn:aws:iam::111122223333:role/other/digitalex-finops".parse().expect("an ARN"),
        path: IdentityPath::new("/other/").expect("legal"),
        ..as_wanted(&desired)
    };
    let plan = plan_for(&desired, &present(role), Adoption::Allowed);
    assert!(plan.is_empty());
    assert!(matches!(plan.holds[..], [Hold::PathConflict { .. }]));
}

#[test]
fn creation_should_carry_tags_and_boundary_in_the_first_call() {
    let desired = desired(Some(WANTED_BOUNDARY));
    let plan = plan_for(&desired, &Observation::Absent, Adoption::Refused);
    assert_eq!(plan.steps.len(), 1 + desired.inline.len() + desired.managed.len());
    let Step::CreateRole { boundary: bound, tags, .. } = &plan.steps[0] else {
        panic!("{:?}", plan.steps[0])
    };
    assert_eq!(*bound, Some(boundary("Wanted")));
    assert_eq!(*tags, desired.tags);
}

#[test]
fn plan_should_put_right_what_allows_too_much_before_letting_anyone_in() {
    let desired = desired(None);
    let mut role = as_wanted(&desired);
    let name = PolicyName::new("digitalex-member").expect("legal");
    assert!(role.inline.insert(name, allow("*")).is_some(), "an inline policy that is wanted");
    let widened = trusting(role.clone(), trust("911403356698", None));
    let order = |role| {
        let plan = plan_for(&desired, &present(role), Adoption::Refused);
        plan.steps.iter().map(Step::operation).collect::<Vec<_>>()
    };
    assert_eq!(order(widened), ["UpdateAssumeRolePolicy", "PutRolePolicy"]);
    let another = document(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"911403356698"},
        "Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"tenant-0042",
        "aws:PrincipalOrgID":"o-exampleorg"}}}]}"#,
    );
    assert_eq!(order(trusting(role, another)), ["PutRolePolicy", "UpdateAssumeRolePolicy"]);
}

#[test]
fn check_should_veto_a_plan_that_breaks_a_rule() {
    let desired = desired(Some(WANTED_BOUNDARY));
    let found = present(as_wanted(&desired));
    let stranger = trust("444455556666", None);
    let untagged = ObservedIdentity { tags: BTreeMap::new(), ..as_wanted(&desired) };
    let foreign = present(trusting(untagged, stranger));
    let base = |observation: &Observation| plan_for(&desired, observation, Adoption::Refused);
    let with = |observation: &Observation, step: Step| AccountPlan {
        steps: vec![step],
        ..base(observation)
    };
    let with_trust = |trust| with(&found, Step::UpdateAssumeRolePolicy { trust });
    let mut unbound = base(&Observation::Absent);
    if let Step::CreateRole { boundary, .. } = &mut unbound.steps[0] {
        *boundary = None;
    }
    let detach = Step::DetachPolicy { on: IdentityKind::Role, arn: boundary("Any") };
    let elsewhere = AccountPlan {
        account: "444455556666".parse().expect("an id"),
        ..with(&found, detach.clone())
    };
    let huge = allow(&format!("s3:{}", "x".repeat(11_000)));
    let put_huge = Step::PutPolicy {
        on: IdentityKind::Role,
        name: PolicyName::new("huge").expect("legal"),
        document: huge,
    };
    let cases: [(&str, AccountPlan, &Observation); 9] = [
        ("NotOurs", with(&foreign, detach.clone()), &foreign),
        ("NotOurs", with(&found, detach.clone()), &Observation::Absent),
        ("NotOurs", base(&Observation::Absent), &found),
        ("OtherRole", elsewhere, &found),
        ("TrustWithoutExternalId", with_trust(trust("911403356698", None)), &found),
        ("TrustsSomeoneElse", with_trust(trust("444455556666", Some("tenant-0042"))), &found),
        ("BoundaryOmitted", unbound, &Observation::Absent),
        ("QuotaExceeded", with(&found, put_huge), &found),
        ("TooManyRemovals", AccountPlan { steps: vec![detach; 3], ..base(&found) }, &found),
    ];
    let limits = ChangeLimits { removals_max: 2 };
    for (rule, plan, observation) in cases {
        let violations = check(&plan, &desired, observation, &external_id(), limits);
        let names: Vec<String> =
            violations.iter().map(|violation| format!("{violation:?}")).collect();
        assert!(names.iter().any(|name| name.starts_with(rule)), "{rule} is not in {names:?}");
    }
    let fine = base(&Observation::Absent);
    assert_eq!(check(&fine, &desired, &Observation::Absent, &external_id(), limits), []);
}
