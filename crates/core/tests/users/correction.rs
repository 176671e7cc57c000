//! Where parts of a user alone are corrected.

use digitalex_core::{
    Adoption, CorrectedPart, Correction, IdentityKind, LastUse, ObservedIdentity, Step, diff, plan,
};

use crate::fixture::{
    DAY_S, ONE, create, current, delete, desired, key, present, recorded, user, with_more_ways_in,
};

/// The plan's steps where these parts alone are corrected.
fn restricted<const N: usize>(parts: [CorrectedPart; N], user: &ObservedIdentity) -> Vec<Step> {
    let (desired, found) = (desired(ONE), present(user.clone()));
    let differences = diff(&desired, &found).expect("readable");
    let plan = plan(&desired, &found, &differences, Adoption::Refused);
    Correction::from_iter(parts).restrict(plan, &differences, Some(user)).steps
}

#[test]
fn keys_and_password_should_be_corrected_together_and_with_nothing_else() {
    let found = with_more_ways_in(user([key('A', DAY_S, LastUse::Never)], None));
    let credentials = vec![delete('A'), Step::DeleteLoginProfile, create(None)];
    let narrow = user([key('A', DAY_S, LastUse::Never)], None);
    assert_eq!(restricted([CorrectedPart::Credentials], &narrow), [delete('A'), create(None)]);
    let rest = [CorrectedPart::Role, CorrectedPart::Trust, CorrectedPart::Tags];
    assert_eq!(restricted(rest, &found), []);
    let all = restricted(CorrectedPart::ALL, &found);
    let not_groups: Vec<Step> =
        all.into_iter().filter(|step| !matches!(step, Step::RemoveUserFromGroup { .. })).collect();
    assert_eq!(not_groups, credentials);
}

#[test]
fn no_key_should_be_made_for_what_stays_too_wide() {
    let in_group = with_more_ways_in(user([], None));
    let credentials = [CorrectedPart::Credentials];
    assert_eq!(restricted(credentials, &in_group), [Step::DeleteLoginProfile]);
    let mut wide = user([], None);
    wide.managed.insert("arn:aws:iam::aws:policy/AdministratorAccess".parse().expect("an ARN"));
    assert_eq!(restricted(credentials, &wide), []);
    assert_eq!(restricted(credentials, &user([], None)), [create(None)]);
}

#[test]
fn user_should_get_no_more_while_somebody_else_can_come_in_as_it() {
    let mut lacking = user([recorded('A')], current('A'));
    let arn = lacking.managed.pop_first().expect("a managed policy");
    let attach = Step::AttachPolicy { on: IdentityKind::User, arn };
    let policies = [CorrectedPart::Policies];
    assert_eq!(restricted(policies, &lacking), [attach]);
    let entered = with_more_ways_in(lacking);
    assert!(
        !restricted(policies, &entered)
            .iter()
            .any(|step| matches!(step, Step::AttachPolicy { .. }))
    );
}
