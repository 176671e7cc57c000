//! Which accounts take part, and as what.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;

use digitalex_core::{
    AccountId, Adoption, ChangeLimits, Description, ExternalId, Identity, IdentityKind,
    IdentityName, IdentityPath, IdentitySpec, KeySpec, Partition, Profile, SessionDuration, TagKey,
    TagValue, TemplateError,
};
use digitalex_engine::{
    Account, AccountDetail, AccountSettings, AccountState, AdminRole, Matcher, OrganizationInfo,
    OuPath, Scope, ScopeSpec, Selection, SettingsChange, Way,
};

const MANAGEMENT: u64 = 1;
const MEMBER: u64 = 2;

fn id(number: u64) -> AccountId {
    AccountId::from_number(number).expect("twelve digits")
}

fn account(number: u64) -> Account {
    let tags = [tag("stage", "prod")].into();
    let ou_path = OuPath(["r-root", "ou-parent", "ou-child"].map(str::to_owned).into());
    Account {
        id: id(number),
        name: "an account".to_owned(),
        state: AccountState::Active,
        invited: false,
        ou_path: Some(ou_path),
        tags: Some(tags),
    }
}

fn tag(key: &str, value: &str) -> (TagKey, TagValue) {
    (TagKey::new(key).expect("legal"), TagValue::new(value).expect("legal"))
}

fn by_tag(value: &str) -> Matcher {
    let (key, value) = tag("stage", value);
    Matcher::Tag(key, value)
}

fn by_ou(id: &str) -> Matcher {
    Matcher::Ou(id.to_owned())
}

fn spec() -> ScopeSpec {
    let identity = IdentitySpec {
        kind: IdentityKind::Role,
        role_name: IdentityName::new("digitalex-finops").expect("legal"),
        user_name: IdentityName::new("digitalex-finops-user").expect("legal"),
        path: IdentityPath::default(),
        description: Description::default(),
        max_session_duration: SessionDuration::default(),
        permissions_boundary: None,
        tags: BTreeMap::new(),
        profile: Profile::built_in("member").expect("built in"),
        keys: KeySpec::default(),
    };
    let settings = AccountSettings {
        identity,
        admin_roles: vec![AdminRole { hops: vec!["Admin".to_owned()] }],
        adoption: Adoption::Refused,
        limits: ChangeLimits { removals_max: 10 },
    };
    ScopeSpec {
        settings,
        management: None,
        include: vec![],
        exclude: vec![],
        overrides: vec![],
        way: Way::Either,
    }
}

fn scope(spec: ScopeSpec, caller: u64) -> Result<Scope, TemplateError> {
    let organization = OrganizationInfo {
        id: "o-example".to_owned(),
        management_account: id(MANAGEMENT),
        caller: id(caller),
        caller_arn: String::new(),
        partition: Partition::Aws,
    };
    let bucket = Some("example-bucket".parse().expect("a bucket"));
    Scope::new(spec, organization, ExternalId::new("tenant").expect("legal"), bucket)
}

/// The code of the reason why the account is skipped, or `selected`.
fn selection(spec: ScopeSpec, account: &Account, caller: u64) -> &'static str {
    match scope(spec, caller).and_then(|scope| scope.select(account)).expect("a template") {
        Selection::Selected(_) => "selected",
        Selection::Skipped(reason) => reason.code(),
    }
}

#[test]
fn scope_should_select_each_account_or_say_why_not() {
    let include = |include| ScopeSpec { include, ..spec() };
    let exclude = |exclude| ScopeSpec { exclude, ..spec() };
    let cases = [
        (spec(), MEMBER, "selected"),
        (spec(), MANAGEMENT, "management_account"),
        (include(vec![Matcher::Account(id(MEMBER))]), MEMBER, "selected"),
        (include(vec![Matcher::Account(id(9))]), MEMBER, "not_included"),
        (include(vec![by_ou("ou-parent")]), MEMBER, "selected"),
        (include(vec![by_ou("ou-other")]), MEMBER, "not_included"),
        (include(vec![by_tag("prod")]), MEMBER, "selected"),
        (include(vec![by_tag("dev")]), MEMBER, "not_included"),
        (exclude(vec![by_ou("ou-child")]), MEMBER, "excluded"),
        (exclude(vec![by_tag("prod")]), MEMBER, "excluded"),
        (exclude(vec![Matcher::Account(id(9))]), MEMBER, "selected"),
    ];
    for (number, (spec, account_number, expected)) in cases.into_iter().enumerate() {
        assert_eq!(
            selection(spec, &account(account_number), MANAGEMENT),
            expected,
            "case {number}"
        );
    }
}

#[test]
fn scope_should_select_active_accounts_only() {
    let states = [
        ("PENDING_ACTIVATION", "account_not_ready"),
        ("SUSPENDED", "account_suspended"),
        ("PENDING_CLOSURE", "account_closing"),
        ("CLOSED", "account_closed"),
        ("SOMETHING_NEW", "not_active"),
    ];
    for (state, code) in states {
        let account = Account { state: state.into(), ..account(MEMBER) };
        assert_eq!(selection(spec(), &account, MANAGEMENT), code);
    }
}

#[test]
fn scope_should_take_the_management_account_only_with_its_own_credentials() {
    let spec = || ScopeSpec { management: Some(SettingsChange::default()), ..spec() };
    assert_eq!(selection(spec(), &account(MANAGEMENT), MANAGEMENT), "selected");
    assert_eq!(selection(spec(), &account(MANAGEMENT), MEMBER), "management_not_caller");
}

#[test]
fn a_later_override_should_win_and_leave_the_rest() {
    let name = |name| Some(IdentityName::new(name).expect("legal"));
    let role =
        |name| Identity { kind: IdentityKind::Role, name: IdentityName::new(name).expect("legal") };
    let profile = || Some(Profile::built_in("billing").expect("built in"));
    let first = SettingsChange {
        role_name: name("digitalex-a"),
        profile: profile(),
        ..SettingsChange::default()
    };
    let second = SettingsChange { role_name: name("digitalex-b"), ..SettingsChange::default() };
    let overrides = vec![(by_ou("ou-parent"), first), (Matcher::Account(id(MEMBER)), second)];
    let scope = scope(ScopeSpec { overrides, ..spec() }, MANAGEMENT).expect("a scope");
    let Ok(Selection::Selected(assignment)) = scope.select(&account(MEMBER)) else {
        panic!("skipped")
    };
    assert_eq!(assignment.template.identity(), role("digitalex-b"));
    assert_eq!(assignment.template.profile(), "billing");
    let Ok(Selection::Selected(assignment)) = scope.select(&account(3)) else { panic!("skipped") };
    assert_eq!(assignment.template.identity(), role("digitalex-a"));
}

#[test]
fn an_override_should_choose_between_role_and_user_each_by_its_own_name() {
    let name = |name| Some(IdentityName::new(name).expect("legal"));
    let change = SettingsChange {
        kind: Some(IdentityKind::User),
        role_name: name("digitalex-a"),
        ..SettingsChange::default()
    };
    let renamed = SettingsChange { user_name: name("digitalex-b"), ..SettingsChange::default() };
    let overrides = vec![(by_ou("ou-parent"), change), (Matcher::Account(id(MEMBER)), renamed)];
    let scope = scope(ScopeSpec { overrides, ..spec() }, MANAGEMENT).expect("a scope");
    for (number, expected) in [(MEMBER, "digitalex-b"), (3, "digitalex-finops-user")] {
        let Ok(Selection::Selected(assignment)) = scope.select(&account(number)) else {
            panic!("skipped")
        };
        let name = IdentityName::new(expected).expect("legal");
        let user = Identity { kind: IdentityKind::User, name };
        assert_eq!(assignment.template.identity(), user);
    }
}

#[test]
fn scope_should_ask_only_for_the_detail_that_it_needs() {
    let detail =
        |include| scope(ScopeSpec { include, ..spec() }, MANAGEMENT).expect("a scope").detail();
    assert_eq!(detail(vec![Matcher::Account(id(2))]), AccountDetail::default());
    assert_eq!(detail(vec![by_ou("ou-a")]), AccountDetail { ou_path: true, tags: false });
    assert_eq!(detail(vec![by_tag("prod")]), AccountDetail { ou_path: false, tags: true });
}

#[test]
fn a_mistake_in_an_override_should_show_before_any_account_is_visited() {
    let boundary = Some("not-an-arn".to_owned());
    let change = SettingsChange { permissions_boundary: boundary, ..SettingsChange::default() };
    let overrides = vec![(Matcher::Account(id(77)), change)];
    assert!(scope(ScopeSpec { overrides, ..spec() }, MANAGEMENT).is_err());
}
