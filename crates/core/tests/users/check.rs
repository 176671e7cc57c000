//! The rules on keys, over plans made by hand.

use digitalex_core::{
    AccountPlan, DesiredKeys, IdentityKind, LastUse, Observation, PolicyDocument, PolicyName, Step,
    Violation,
};

use crate::fixture::{
    DAY_S, HOUR_S, ONE, checked, create, current, deactivate, delete, desired, hand_made, key,
    next, planned, present, recorded, switch, used, user,
};

#[test]
fn check_should_veto_a_plan_that_takes_the_recorded_key_away() {
    let found = present(user([recorded('A'), key('B', DAY_S, used(HOUR_S))], next('A', 'B')));
    let violations = |steps| checked(&hand_made(&found, steps), ONE, &found);
    let vetoed = [
        vec![delete('A')],
        vec![deactivate('A')],
        vec![deactivate('A'), switch('B', Some('A'))],
        vec![delete('A'), create(None)],
        vec![deactivate('B'), switch('B', Some('A'))],
        vec![switch('C', Some('A'))],
        vec![switch('B', Some('A')), deactivate('A'), delete('B')],
    ];
    for steps in vetoed {
        assert_eq!(violations(steps.clone()), [Violation::NoWorkingKey], "{steps:?}");
    }
    assert_eq!(violations(vec![switch('B', Some('A')), deactivate('A'), delete('A')]), []);
    assert_eq!(violations(vec![delete('B')]), []);
    let given_up = hand_made(&found, vec![delete('A')]);
    assert_eq!(checked(&given_up, DesiredKeys::Deleted, &found), []);
}

#[test]
fn check_should_veto_a_plan_that_makes_a_third_key() {
    let third = Violation::QuotaExceeded { quota: "access keys", count: 3, max: 2 };
    let found = present(user([recorded('A'), key('B', DAY_S, LastUse::Never)], current('A')));
    let violations = |steps| checked(&hand_made(&found, steps), ONE, &found);
    assert_eq!(violations(vec![create(Some('A'))]), std::slice::from_ref(&third));
    assert_eq!(
        violations(vec![create(Some('A')), delete('B')]),
        std::slice::from_ref(&third),
        "on the way"
    );
    assert_eq!(violations(vec![delete('B'), create(Some('A'))]), []);
    let creation = planned(ONE, &Observation::Absent);
    let steps = creation.steps.iter().cloned().chain([create(None), create(None)]).collect();
    let thrice = AccountPlan { steps, ..creation };
    assert_eq!(checked(&thrice, ONE, &Observation::Absent), [third]);
}

#[test]
fn check_should_count_what_a_user_may_have_and_not_what_a_role_may() {
    let found = present(user([recorded('A')], current('A')));
    let on = IdentityKind::User;
    let exceeded = |steps| -> Vec<(&'static str, usize)> {
        let violations = checked(&hand_made(&found, steps), ONE, &found).into_iter();
        let quota = |violation| match violation {
            Violation::QuotaExceeded { quota, max, .. } => (quota, max),
            other => panic!("{other:?}"),
        };
        violations.map(quota).collect()
    };
    let (action, name) = ("x".repeat(2_100), PolicyName::new("huge").expect("legal"));
    let document = PolicyDocument::parse(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:{action}","Resource":"*"}}]}}"#
    ));
    let put = Step::PutPolicy { on, name, document: document.expect("a policy") };
    assert_eq!(exceeded(vec![put]), [("characters of inline policies", 2_048)]);
    let attach = |number| {
        let arn = format!("arn:aws:iam::111122223333:policy/P{number}").parse().expect("an ARN");
        Step::AttachPolicy { on, arn }
    };
    let already = desired(ONE).managed.len();
    assert_eq!(exceeded((already..20).map(attach).collect()), []);
    assert_eq!(exceeded((already..21).map(attach).collect()), [("managed policies", 20)]);
}
