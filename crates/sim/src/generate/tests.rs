use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use digitalex_core::{
    Arn, Aspect, ExternalId, Observation, ObservedForm, ObservedIdentity, Ownership, Partition,
    PolicyDocument, diff,
};

use super::{Drift, Fleet, GeneratorOptions, Scenario, empty, organization, scenarios};
use crate::{Account, AccountState, JoinedMethod, Role, World};

fn options(accounts: usize, seed: u64) -> GeneratorOptions {
    let management = "111122223333".parse().expect("an account id");
    let external_id = ExternalId::new("tenant-0042").expect("an external id");
    GeneratorOptions::new(accounts, seed, management, external_id).expect("legal options")
}

fn finops(world: &World, id: digitalex_core::AccountId) -> Option<&Role> {
    world.state().accounts[&id].iam.role("digitalex-finops")
}

fn observed(id: digitalex_core::AccountId, role: &Role) -> ObservedIdentity {
    let identity = &role.identity;
    let parse = |text: &String| PolicyDocument::parse(text).expect("a document");
    let name = |text: &String| text.clone().try_into().expect("a name");
    let arn = |text: &String| text.parse().expect("an ARN");
    let tags = identity.tags.iter();
    ObservedIdentity {
        arn: Arn::iam(Partition::Aws, id, &format!("role{}{}", identity.path, identity.name)),
        unique_id: identity.id.clone(),
        path: identity.path.parse().expect("a path"),
        inline: identity.inline.iter().map(|(key, text)| (name(key), parse(text))).collect(),
        managed: identity.attached.iter().map(arn).collect(),
        boundary: identity.boundary.as_ref().map(arn),
        tags: tags
            .map(|(key, value)| {
                let value = value.clone().try_into().expect("a tag value");
                (key.clone().try_into().expect("a tag key"), value)
            })
            .collect(),
        form: ObservedForm::Role {
            description: role.description.clone().unwrap_or_default(),
            max_session_duration_s: role.max_session_duration_s,
            trust: parse(&role.trust),
        },
    }
}

const fn aspect(drift: Drift) -> Aspect {
    match drift {
        Drift::TrustChanged
        | Drift::ExternalIdMissing
        | Drift::WrongAccountTrusted
        | Drift::PrincipalGone => Aspect::Trust,
        Drift::InlineChanged | Drift::InlineMissing | Drift::InlineExtra => Aspect::Inline,
        Drift::ManagedMissing | Drift::ManagedExtra => Aspect::Managed,
        Drift::TagChanged | Drift::TagMissing => Aspect::Tags,
        Drift::BoundaryPresent => Aspect::Boundary,
        Drift::MaxSession => Aspect::MaxSessionDuration,
        Drift::Description => Aspect::Description,
        Drift::OtherPath => Aspect::Path,
    }
}

#[test]
fn organization_should_be_the_same_for_the_same_seed_and_another_for_another() {
    let hash = |seed| organization(&options(60, seed)).state_hash();
    assert_eq!(hash(7), hash(7));
    assert_ne!(hash(7), hash(8));
}

#[test]
fn organization_should_have_as_many_accounts_as_asked_for_most_without_a_role() {
    for accounts in [1, 2, 3, 5, 6, 20, 113, 130, 500] {
        let options = options(accounts, 3);
        let (world, scenarios) = super::generate(&options);
        assert_eq!(world.state().accounts.len(), accounts);
        assert_eq!(scenarios.len(), accounts);
        let with_role = scenarios.keys().filter(|id| finops(&world, **id).is_some()).count();
        assert!(with_role * 5 <= accounts, "{with_role} of {accounts} have a role");
        assert!(world.state().accounts.values().all(|account| account.parent.is_some()));
    }
}

#[test]
fn organization_of_500_should_hold_every_scenario_and_a_small_one_the_common_ones() {
    let kinds = |accounts| -> BTreeSet<Scenario> {
        scenarios(&options(accounts, 1)).into_values().collect()
    };
    let all = kinds(500);
    for drift in Drift::ALL {
        assert!(all.contains(&Scenario::Drifted(drift)), "{drift:?} is missing");
    }
    // Management, ordinary, fourteen others and the drifts.
    assert_eq!(all.len(), 16 + Drift::ALL.len());
    assert_eq!(
        kinds(11),
        BTreeSet::from([
            Scenario::Management,
            Scenario::Ordinary,
            Scenario::Suspended,
            Scenario::InSync
        ])
    );
}

#[test]
fn fleet_should_be_alike_where_it_is_not_mixed() {
    for (fleet, scenario) in
        [(Fleet::InSync, Scenario::InSync), (Fleet::Untouched, Scenario::Ordinary)]
    {
        let options = GeneratorOptions { fleet, ..options(50, 4) };
        let (world, mut scenarios) = super::generate(&options);
        assert_eq!(scenarios.remove(&options.management_account), Some(Scenario::Management));
        assert!(finops(&world, options.management_account).is_none());
        assert_eq!(scenarios.len(), 49);
        for (id, found) in scenarios {
            assert_eq!(found, scenario);
            let account = &world.state().accounts[&id];
            assert_eq!(account.state, AccountState::Active);
            let access = account.iam.role("OrganizationAccountAccessRole").expect("a way in");
            assert!(access.trust.contains("111122223333"));
            let role = finops(&world, id).map(|role| Box::new(observed(id, role)));
            assert_eq!(role.is_some(), fleet == Fleet::InSync);
            if let Some(role) = role {
                let found = diff(&options.member_role, &Observation::Present(role));
                assert_eq!(found.expect("readable").iter().count(), 0);
            }
        }
    }
}

#[test]
fn role_should_drift_in_the_one_aspect_of_its_scenario() {
    let options = options(500, 11);
    let (world, scenarios) = super::generate(&options);
    for (id, scenario) in scenarios {
        let Some(role) = finops(&world, id) else {
            let has_role = matches!(
                scenario,
                Scenario::InSync
                    | Scenario::HandMade
                    | Scenario::ForeignRole
                    | Scenario::Drifted(_)
            );
            assert!(!has_role, "{scenario:?} has no role");
            continue;
        };
        let observed = observed(id, role);
        let ownership = Ownership::of(&observed);
        let observation = Observation::Present(Box::new(observed));
        let diff = diff(&options.member_role, &observation).expect("readable");
        let found: Vec<_> = diff.iter().map(digitalex_core::Difference::aspect).collect();
        match scenario {
            Scenario::InSync => assert_eq!(found, []),
            Scenario::Drifted(drift) => {
                assert_eq!(found, [aspect(drift)], "{drift:?}");
                let tag_drift = matches!(drift, Drift::TagChanged | Drift::TagMissing);
                let wanted = if tag_drift { Ownership::HandMade } else { Ownership::Ours };
                assert_eq!(ownership, wanted, "{drift:?}");
            }
            Scenario::HandMade => assert_eq!(ownership, Ownership::HandMade),
            Scenario::ForeignRole => assert_eq!(ownership, Ownership::Foreign),
            other => panic!("{other:?} has a role"),
        }
    }
}

#[test]
fn account_should_be_entered_as_its_scenario_says() {
    let (world, scenarios) = super::generate(&options(500, 5));
    for (id, scenario) in scenarios {
        let account = &world.state().accounts[&id];
        let access = account.iam.role("OrganizationAccountAccessRole");
        let has_access = !matches!(
            scenario,
            Scenario::Management
                | Scenario::Invited
                | Scenario::ControlTower
                | Scenario::AdminRoleMissing
        );
        assert_eq!(access.is_some(), has_access, "{scenario:?}");
        let control_tower = account.iam.role("AWSControlTowerExecution").is_some();
        assert_eq!(control_tower, scenario == Scenario::ControlTower);
        let trusts_management = access.is_some_and(|role| role.trust.contains("111122223333"));
        assert_eq!(trusts_management, has_access && scenario != Scenario::AdminRoleTrustsAnother);
        let invited = matches!(scenario, Scenario::Management | Scenario::Invited);
        assert_eq!(account.joined_method == JoinedMethod::Invited, invited, "{scenario:?}");
        let inactive = matches!(
            scenario,
            Scenario::Suspended | Scenario::Closing | Scenario::Closed | Scenario::New
        );
        assert_eq!(account.state != AccountState::Active, inactive);
    }
}

#[test]
fn organization_should_look_real() {
    let world = organization(&options(500, 2));
    let state = world.state();
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for account in state.accounts.values() {
        *names.entry(&account.name).or_default() += 1;
    }
    assert!(names.contains_key("Log Archive") && names.contains_key("Audit"));
    assert!(names.values().any(|count| *count > 1), "no two accounts share a name");
    assert!(names.keys().any(|name| !name.is_ascii()), "no name has letters beyond ASCII");
    assert!(names.keys().all(|name| name.chars().count() <= 50), "a name is too long");
    let tagged = |account: &&Arc<Account>| account.tags.contains_key("cost-center");
    assert!(state.accounts.values().filter(tagged).count() > 400);
    let vendor = |account: &&Arc<Account>| account.iam.role("DatadogIntegrationRole").is_some();
    assert!(state.accounts.values().filter(vendor).count() > 200);
}

#[test]
fn empty_organization_should_hold_its_management_account_only() {
    let id = "111122223333".parse().expect("an account id");
    let world = empty(id);
    assert!(world.state().organization.is_some());
    assert_eq!(world.state().accounts.keys().collect::<Vec<_>>(), [&id]);
}
