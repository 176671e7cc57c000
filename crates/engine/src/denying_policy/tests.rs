use std::collections::BTreeSet;
use std::sync::Mutex as StdMutex;

use async_trait::async_trait;
use digitalex_core::{
    AccountId, DesiredForm, DesiredKeys, IdentityName, IdentityPath, Partition, PolicyDocument,
};

use super::*;
use crate::{AccountState, AdminRole, OuPath, TokioClock};

const DEMAND: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "iam:*Role*",
    "Resource": "*", "Condition": {"ArnNotLike": {"iam:PermissionsBoundary": "arn:aws:iam::*:policy/b"}}}}"#;
const DENY: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}}"#;
const PERHAPS: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "iam:*", "Resource": "*",
    "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "platform"}}}}"#;
const EXEMPTING: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "iam:*", "Resource": "*",
    "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops/Admin"}}}}"#;
const ALLOW: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
const POLICIES: [(&str, &str); 6] = [
    ("p-demand", DEMAND),
    ("p-deny", DENY),
    ("p-perhaps", PERHAPS),
    ("p-exempting", EXEMPTING),
    ("p-allow", ALLOW),
    ("p-strange", ""),
];

const ONE: &str = "111122223333";
const OTHER: &str = "444455556666";

/// What is attached to what, and what was asked.
#[derive(Default)]
struct Scripted {
    attached: Vec<(String, &'static str)>,
    asked: StdMutex<Vec<String>>,
    fails: Option<CallErrorKind>,
    hangs: bool,
}

impl Scripted {
    async fn asked(&self, what: &str) -> Result<(), CallError> {
        self.asked.lock().unwrap().push(what.to_owned());
        if self.hangs {
            std::future::pending::<()>().await;
        }
        match &self.fails {
            Some(kind) => Err(failed("ListPoliciesForTarget", kind.clone(), "")),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl ServiceControlPolicies for Scripted {
    async fn ou_path(&self, _: AccountId) -> Result<OuPath, CallError> {
        self.asked("path").await?;
        Ok(path())
    }

    async fn attached_to(&self, target: &str) -> Result<Vec<String>, CallError> {
        self.asked(target).await?;
        let here = self.attached.iter().filter(|(at, _)| at == target);
        Ok(here.map(|(_, id)| (*id).to_owned()).collect())
    }

    async fn policy(&self, id: &str) -> Result<ServiceControlPolicy, CallError> {
        self.asked(id).await?;
        let (_, text) = POLICIES.iter().find(|(known, _)| *known == id).unwrap();
        let strange = |_| failed("DescribePolicy", CallErrorKind::InconsistentAnswer, "");
        let document = PolicyDocument::parse(text).map_err(strange)?;
        Ok(ServiceControlPolicy { id: id.to_owned(), name: "guard\u{1b}rail".to_owned(), document })
    }
}

fn path() -> OuPath {
    OuPath(vec!["r-1".to_owned(), "ou-1".to_owned()])
}

fn failed(operation: &'static str, kind: CallErrorKind, message: &str) -> CallError {
    let message = message.to_owned();
    CallError { operation, account: None, kind, message, retry_after: None, source: None }
}

/// As AWS says it of this account.
fn denied(account: &str, action: &str, tail: &str) -> CallError {
    let message = format!(
        "AccessDenied: User: arn:aws:sts::{account}:assumed-role/Admin/run is not authorized to perform: \
         {action} on resource: arn:aws:iam::{account}:role/digitalex-finops {tail}"
    );
    failed("CreateRole", CallErrorKind::Denied(Denial::ServiceControlPolicy), &message)
}

const EXPLICIT: &str = "with an explicit deny in a service control policy";

fn account(id: &str, ou_path: Option<OuPath>) -> Account {
    let (id, name) = (id.parse().unwrap(), String::new());
    Account { id, name, state: AccountState::Active, invited: false, ou_path, tags: None }
}

fn desired(account: &str) -> DesiredIdentity {
    DesiredIdentity {
        account: account.parse().unwrap(),
        partition: Partition::Aws,
        name: IdentityName::new("digitalex-finops").unwrap(),
        path: IdentityPath::default(),
        inline: BTreeMap::new(),
        managed: BTreeSet::new(),
        boundary: DesiredBoundary::Undeclared,
        tags: BTreeMap::new(),
        form: DesiredForm::User { keys: DesiredKeys::Deleted },
    }
}

/// A search over these policies, and what it asks.
fn search(scripted: Scripted) -> (DenialSearch, Arc<Scripted>, Arc<dyn Clock>) {
    let (scripted, clock) = (Arc::new(scripted), Arc::new(TokioClock::start()) as Arc<dyn Clock>);
    let policies = Arc::clone(&scripted) as Arc<dyn ServiceControlPolicies>;
    (DenialSearch::new(policies, Arc::clone(&clock)), scripted, clock)
}

fn over(attached: &[(&str, &'static str)]) -> Scripted {
    let attached = attached.iter().map(|(target, id)| ((*target).to_owned(), *id)).collect();
    Scripted { attached, ..Scripted::default() }
}

/// Which policy it was for a step that creates the user, by id, and whether for sure.
async fn found(search: &DenialSearch, id: &str, tail: &str) -> Option<(String, bool)> {
    let error = denied(id, "iam:CreateRole", tail);
    let found = find(search, &account(id, Some(path())), &create(), &error).await?;
    Some((found.policy.id, found.denial.certain))
}

fn create() -> Step {
    Step::CreateUser { path: IdentityPath::default(), boundary: None, tags: BTreeMap::new() }
}

async fn find(
    search: &DenialSearch,
    account: &Account,
    step: &Step,
    error: &CallError,
) -> Option<DenyingPolicy> {
    let desired = desired(&account.id.to_string());
    let admin_roles = &[AdminRole { hops: vec!["ops/Admin".to_owned()] }];
    search.find(&DeniedWrite { account, admin_roles, desired: &desired, step, error }).await
}

fn sure(id: &str) -> Option<(String, bool)> {
    Some((id.to_owned(), true))
}

#[tokio::test(start_paused = true)]
async fn policies_of_an_ou_should_be_read_once_for_all_accounts_below_it() {
    let (search, scripted, clock) = search(over(&[("r-1", "p-allow"), ("ou-1", "p-demand")]));
    assert_eq!(found(&search, ONE, EXPLICIT).await, sure("p-demand"));
    assert_eq!(found(&search, OTHER, EXPLICIT).await, sure("p-demand"));
    let once = ["r-1", "p-allow", "ou-1", "p-demand"];
    assert_eq!(*scripted.asked.lock().unwrap(), once);
    clock.sleep(FRESH + Duration::from_secs(1)).await;
    assert_eq!(found(&search, ONE, EXPLICIT).await, sure("p-demand"));
    assert_eq!(*scripted.asked.lock().unwrap(), [once, once].concat());
}

#[tokio::test(start_paused = true)]
async fn policy_that_aws_names_should_be_the_only_one_read() {
    let (search, scripted, _) = search(over(&[("r-1", "p-deny")]));
    let tail = format!(
        "{EXPLICIT}: arn:aws:organizations::999999999999:policy/o-a/service_control_policy/p-perhaps."
    );
    assert_eq!(found(&search, ONE, &tail).await, sure("p-perhaps"));
    assert_eq!(*scripted.asked.lock().unwrap(), ["p-perhaps"]);
}

#[tokio::test(start_paused = true)]
async fn certainty_should_end_the_search_and_a_doubt_should_not() {
    let attached = [("r-1", "p-perhaps"), ("r-1", "p-exempting"), (ONE, "p-deny")];
    let (certain, scripted, _) = search(over(&attached));
    assert_eq!(found(&certain, ONE, EXPLICIT).await, sure("p-deny"));
    let asked = ["r-1", "p-perhaps", "p-exempting", "ou-1", ONE, "p-deny"];
    assert_eq!(*scripted.asked.lock().unwrap(), asked);
    let (doubtful, ..) = search(over(&attached[..2]));
    let perhaps = Some(("p-perhaps".to_owned(), false));
    assert_eq!(
        found(&doubtful, ONE, EXPLICIT).await,
        perhaps,
        "the admin role is exempt at its path"
    );
    let (both, ..) = search(over(&[("ou-1", "p-demand"), ("ou-1", "p-deny")]));
    assert_eq!(found(&both, ONE, EXPLICIT).await, sure("p-deny"));
    let (none, ..) = search(over(&[("r-1", "p-allow"), ("r-1", "p-strange")]));
    assert_eq!(found(&none, ONE, EXPLICIT).await, None);
}

#[tokio::test(start_paused = true)]
async fn account_whose_ous_are_not_known_should_be_asked_for_its_path() {
    let (search, scripted, _) = search(over(&[("r-1", "p-deny")]));
    let error = denied(ONE, "iam:CreateRole", EXPLICIT);
    assert!(find(&search, &account(ONE, None), &create(), &error).await.is_some());
    assert_eq!(*scripted.asked.lock().unwrap(), ["path", "r-1", "p-deny"]);
}

#[tokio::test(start_paused = true)]
async fn organizations_that_refuses_or_does_not_answer_should_be_asked_once() {
    for kind in [CallErrorKind::Denied(Denial::Unspecified), CallErrorKind::Throttled] {
        let fails = Some(kind);
        let (search, scripted, _) = search(Scripted { fails, ..Scripted::default() });
        assert_eq!(found(&search, ONE, EXPLICIT).await, None);
        assert_eq!(found(&search, OTHER, EXPLICIT).await, None);
        assert_eq!(*scripted.asked.lock().unwrap(), ["r-1"]);
    }
}

#[tokio::test(start_paused = true)]
async fn search_should_hold_no_visit_up_for_long_and_ask_no_more_than_so_often() {
    let (hanging, _, clock) = search(Scripted { hangs: true, ..Scripted::default() });
    let began = clock.monotonic();
    assert_eq!(found(&hanging, ONE, EXPLICIT).await, None);
    assert_eq!(clock.monotonic() - began, WAIT_MAX);

    let (search, scripted, _) = search(over(&[]));
    for number in 0..100 {
        let id = format!("{:012}", 100 + number);
        assert_eq!(found(&search, &id, EXPLICIT).await, None);
    }
    assert_eq!(scripted.asked.lock().unwrap().len(), CALLS_MAX);
}

#[tokio::test(start_paused = true)]
async fn other_denials_should_ask_nothing() {
    let (search, scripted, _) = search(over(&[("r-1", "p-deny")]));
    let implicit = "because no service control policy allows the iam:CreateRole action";
    assert_eq!(found(&search, ONE, implicit).await, None);
    let boundary = CallErrorKind::Denied(Denial::PermissionsBoundary);
    let error = failed("CreateRole", boundary, &denied(ONE, "iam:CreateRole", EXPLICIT).message);
    let found = find(&search, &account(ONE, Some(path())), &create(), &error).await;
    assert!(found.is_none());
    assert!(scripted.asked.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn boundary_should_be_demanded_only_of_actions_that_have_the_key() {
    let (search, ..) = search(over(&[("r-1", "p-demand")]));
    let of = async |step: Step, action: &str| {
        let error = denied(ONE, action, EXPLICIT);
        let found = find(&search, &account(ONE, Some(path())), &step, &error).await;
        found.map(|found| (found.denial.demands.is_some(), found.denial.certain))
    };
    let on = digitalex_core::IdentityKind::Role;
    let attach = Step::AttachPolicy { on, arn: "arn:aws:iam::aws:policy/A".parse().unwrap() };
    let tag = Step::Tag { on, tags: BTreeMap::new() };
    assert_eq!(of(create(), "iam:CreateRole").await, Some((true, true)));
    assert_eq!(of(attach, "iam:AttachRolePolicy").await, Some((true, false)));
    assert_eq!(of(tag, "iam:TagRole").await, Some((false, true)));
}

#[test]
fn cause_should_name_the_policy_and_the_boundary_it_demands() {
    let error = denied(ONE, "iam:TagRole", EXPLICIT);
    let told = |demands: Option<&[&str]>, certain| {
        let demands = demands.map(|it| it.iter().map(|text| (*text).to_owned()).collect());
        let document = PolicyDocument::parse(DENY).unwrap();
        let policy = ServiceControlPolicy {
            id: "p-1".to_owned(),
            name: "guard\u{1b}rail".to_owned(),
            document,
        };
        let denial = PolicyDenial { demands, certain };
        let action = "iam:TagRole".to_owned();
        let cause = DenyingPolicy { policy, denial, action }.cause(&error);
        (cause.code, cause.message, cause.remedy.unwrap())
    };
    let any_account = ["arn:aws:iam::*:policy/b"];
    let (code, message, remedy) = told(Some(&any_account), true);
    assert_eq!(code, "boundary_demanded");
    assert!(message.contains("; the service control policy guardrail (p-1) demands a permissions"));
    assert!(remedy.contains("the permissions boundary arn:aws:iam::<ACCOUNT_ID>:policy/b (perm"));
    let (_, _, remedy) = told(Some(&["arn:aws:iam::*:policy/b*", "c"]), true);
    assert!(remedy.contains("that matches arn:aws:iam::<ACCOUNT_ID>:policy/b* or c"), "{remedy}");
    let (code, _, remedy) = told(None, true);
    assert_eq!(code, "denied_by_scp");
    assert!(remedy.contains("guardrail (p-1), which denies iam:TagRole"), "{remedy}");
    let (code, message, remedy) = told(None, false);
    assert_eq!(code, "denied_by_scp");
    assert!(message.contains("; perhaps the") && remedy.contains("conditions"), "{remedy}");
}
