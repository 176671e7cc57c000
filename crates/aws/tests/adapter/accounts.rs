//! Listing the organization.

use axum::response::IntoResponse;
use digitalex_engine::{Account, AccountDetail, AccountState, CallErrorKind, Organization};
use futures::StreamExt;
use serde_json::{Value, json as value};

use crate::fake_aws::{Asked, FakeAws, account, json, json_error, xml};

const NOTHING_MORE: AccountDetail = AccountDetail { ou_path: false, tags: false };

fn entry(number: u64) -> Value {
    value!({"Id": account(number).to_string(), "Name": "a", "State": "ACTIVE"})
}

fn page(accounts: &[u64], next: Option<&str>) -> Value {
    let accounts: Vec<Value> = accounts.iter().map(|number| entry(*number)).collect();
    match next {
        Some(next) => value!({"Accounts": accounts, "NextToken": next}),
        None => value!({"Accounts": accounts}),
    }
}

fn token(asked: &Asked) -> Option<&str> {
    asked.parameters.get("NextToken").map(String::as_str)
}

async fn list(aws: &FakeAws, detail: AccountDetail) -> (Vec<Account>, Option<CallErrorKind>) {
    let organization = aws.connection.organization();
    let (mut accounts, mut error) = (Vec::new(), None);
    let mut items = organization.accounts(detail);
    while let Some(item) = items.next().await {
        assert!(error.is_none(), "an error is the last item");
        match item {
            Ok(account) => accounts.push(account),
            Err(failure) => error = Some(failure.kind),
        }
    }
    (accounts, error)
}

fn ids(accounts: &[Account]) -> Vec<u64> {
    accounts.iter().map(|it| it.id.to_string().parse::<u64>().unwrap() - 111_111_111_000).collect()
}

#[tokio::test]
async fn listing_should_go_on_over_an_empty_page_and_make_no_other_call() {
    let aws = FakeAws::start(|asked| match token(asked) {
        None => json(&page(&[1], Some("a"))),
        Some("a") => json(&page(&[], Some("b"))),
        _ => json(&page(&[2], None)),
    })
    .await;
    let (accounts, error) = list(&aws, NOTHING_MORE).await;
    assert_eq!((ids(&accounts), error), (vec![1, 2], None));
    assert_eq!(aws.counts(), [("ListAccounts".to_owned(), 3)].into());
    assert!(aws.asked("ListAccounts")[0].user_agent.contains("digitalex-rollout/1.2.3"));
}

#[tokio::test]
async fn listing_should_yield_accounts_before_it_asks_for_the_next_page() {
    let aws = FakeAws::start(|asked| match token(asked) {
        None => json(&page(&[1], Some("a"))),
        _ => json(&page(&[2], None)),
    })
    .await;
    let organization = aws.connection.organization();
    let mut items = organization.accounts(NOTHING_MORE);
    items.next().await.unwrap().unwrap();
    assert_eq!(aws.asked("ListAccounts").len(), 1);
}

#[tokio::test]
async fn listing_should_fail_when_a_page_token_comes_twice() {
    let aws = FakeAws::start(|asked| match token(asked) {
        Some("a") => json(&page(&[2], Some("b"))),
        _ => json(&page(&[1], Some("a"))),
    })
    .await;
    let (_, error) = list(&aws, NOTHING_MORE).await;
    assert_eq!(error, Some(CallErrorKind::InconsistentAnswer));
}

#[tokio::test]
async fn answer_that_is_no_page_should_be_no_empty_organization() {
    let cases = [
        ("", CallErrorKind::Transient),
        ("{}", CallErrorKind::InconsistentAnswer),
        ("{\"Accounts\":[],\"Next\0oken\":\"t\"}", CallErrorKind::Transient),
    ];
    for (body, kind) in cases {
        let aws = FakeAws::start(move |_| body.into_response()).await;
        assert_eq!(list(&aws, NOTHING_MORE).await, (Vec::new(), Some(kind)), "{body:?}");
    }
}

#[tokio::test]
async fn listing_should_start_over_once_when_its_token_expires() {
    let aws = FakeAws::start(|asked| match (token(asked), asked.before) {
        (None, _) => json(&page(&[1, 2], Some("a"))),
        (Some(_), 1) => json_error("InvalidInputException", "token expired"),
        _ => json(&page(&[3], None)),
    })
    .await;
    let (accounts, error) = list(&aws, NOTHING_MORE).await;
    assert_eq!((ids(&accounts), error), (vec![1, 2, 3], None));

    let aws = FakeAws::start(|asked| match token(asked) {
        None => json(&page(&[1], Some("a"))),
        Some(_) => json_error("InvalidInputException", "token expired"),
    })
    .await;
    let (accounts, error) = list(&aws, NOTHING_MORE).await;
    assert_eq!((ids(&accounts), error), (vec![1], Some(CallErrorKind::InvalidRequest)));
}

#[tokio::test]
async fn listing_should_keep_its_place_through_a_throttle() {
    let aws = FakeAws::start(|asked| match (token(asked), asked.before) {
        (None, _) => json(&page(&[1], Some("a"))),
        (Some("a"), 1) => json_error("TooManyRequestsException", "slow down"),
        _ => json(&page(&[2], None)),
    })
    .await;
    let (accounts, error) = list(&aws, NOTHING_MORE).await;
    assert_eq!((ids(&accounts), error), (vec![1, 2], None));
    assert_eq!(aws.asked("ListAccounts").len(), 3);
}

#[tokio::test]
async fn account_should_have_its_state_whatever_member_says_it() {
    let cases = [
        (value!({"Status": "SUSPENDED"}), AccountState::Suspended),
        (value!({"State": "CLOSED", "Status": "SUSPENDED"}), AccountState::Closed),
        (value!({"State": "NEW"}), AccountState::Unknown("NEW".to_owned())),
    ];
    for (mut entry, state) in cases {
        entry["Id"] = account(1).to_string().into();
        let aws = FakeAws::start(move |_| json(&value!({"Accounts": [entry]}))).await;
        let (accounts, _) = list(&aws, NOTHING_MORE).await;
        assert_eq!(accounts[0].state, state);
    }
}

#[tokio::test]
async fn ou_path_should_come_with_the_list_where_aws_sends_it() {
    let aws = FakeAws::start(|_| {
        let mut entry = entry(1);
        entry["Paths"] = value!(["o-a1/r-b2/ou-b2-c3/"]);
        json(&value!({"Accounts": [entry]}))
    })
    .await;
    let (accounts, _) = list(&aws, AccountDetail { ou_path: true, tags: false }).await;
    assert_eq!(accounts[0].ou_path.as_ref().unwrap().0, ["r-b2", "ou-b2-c3"]);
    assert_eq!(aws.counts(), [("ListAccounts".to_owned(), 1)].into());
}

#[tokio::test]
async fn ou_path_should_be_walked_once_where_aws_does_not_send_it() {
    let aws = FakeAws::start(|asked| {
        let parent = asked.parameters.get("ParentId").map(String::as_str);
        let ous = |ids: &[&str]| {
            let ous: Vec<Value> = ids.iter().map(|id| value!({"Id": id})).collect();
            json(&value!({"OrganizationalUnits": ous}))
        };
        match (asked.operation.as_str(), parent) {
            ("ListAccounts", _) => json(&page(&[1, 2, 3], None)),
            ("ListRoots", _) => json(&value!({"Roots": [{"Id": "r-b2"}]})),
            ("ListOrganizationalUnitsForParent", Some("r-b2")) => ous(&["ou-b2-c3"]),
            ("ListOrganizationalUnitsForParent", Some("ou-b2-c3")) => ous(&["ou-b2-d4"]),
            ("ListOrganizationalUnitsForParent", _) => ous(&[]),
            ("ListAccountsForParent", Some("r-b2")) => json(&page(&[1], None)),
            ("ListAccountsForParent", Some("ou-b2-d4")) => json(&page(&[2], None)),
            ("ListAccountsForParent", _) => json(&page(&[], None)),
            // The third account came while the tree was walked.
            _ => json(&value!({"Parents": [{"Id": "ou-b2-c3"}]})),
        }
    })
    .await;
    let (accounts, error) = list(&aws, AccountDetail { ou_path: true, tags: false }).await;
    assert_eq!(error, None);
    let paths: Vec<_> =
        accounts.iter().map(|it| it.ou_path.as_ref().unwrap().0.join("/")).collect();
    assert_eq!(paths, ["r-b2", "r-b2/ou-b2-c3/ou-b2-d4", "r-b2/ou-b2-c3"]);
    assert_eq!(aws.asked("ListOrganizationalUnitsForParent").len(), 3);
    assert_eq!(aws.asked("ListParents").len(), 1);
}

#[tokio::test]
async fn walk_should_fail_in_a_tree_that_leads_back_to_itself() {
    let aws = FakeAws::start(|asked| match asked.operation.as_str() {
        _ if asked.before > 10 => json_error("AccessDeniedException", "asked again and again"),
        "ListRoots" => json(&value!({"Roots": [{"Id": "r-b2"}]})),
        "ListOrganizationalUnitsForParent" => {
            json(&value!({"OrganizationalUnits": [{"Id": "ou-b2-c3"}]}))
        }
        _ => json(&page(&[1], None)),
    })
    .await;
    let (_, error) = list(&aws, AccountDetail { ou_path: true, tags: false }).await;
    assert_eq!(error, Some(CallErrorKind::InconsistentAnswer));
}

#[tokio::test]
async fn units_should_never_be_a_part_of_the_tree() {
    let ous = |ids: &[&str], next: Option<&str>| {
        let ous: Vec<Value> = ids.iter().map(|id| value!({"Id": id, "Name": "n"})).collect();
        json(&value!({"OrganizationalUnits": ous, "NextToken": next}))
    };
    let cases = [
        ("AccessDeniedException", "ou-b2-e5", None),
        // A tree that leads back to itself would never end.
        ("", "ou-b2-c3", Some(CallErrorKind::InconsistentAnswer)),
    ];
    for (code, last, kind) in cases {
        let aws = FakeAws::start(move |asked| {
            let parent = asked.parameters.get("ParentId").map(String::as_str);
            match (asked.operation.as_str(), parent, token(asked)) {
                ("ListRoots", ..) => json(&value!({"Roots": [{"Id": "r-b2", "Name": "Root"}]})),
                (_, Some("r-b2"), None) => ous(&["ou-b2-c3"], Some("a")),
                (_, Some("r-b2"), _) => ous(&["ou-b2-d4"], None),
                (_, Some("ou-b2-c3"), _) => ous(&[last], None),
                _ if code.is_empty() => ous(&[], None),
                _ => json_error(code, "no"),
            }
        })
        .await;
        let error = aws.connection.organization().organizational_units().await.unwrap_err();
        assert!(kind.is_none_or(|kind| error.kind == kind), "{error:?}");
        assert_eq!(error.operation, "ListOrganizationalUnitsForParent");
    }
}

#[tokio::test]
async fn tags_should_be_read_to_the_end_where_they_are_asked_for() {
    let aws = FakeAws::start(|asked| match (asked.operation.as_str(), token(asked)) {
        ("ListAccounts", _) => json(&page(&[1], None)),
        (_, None) => json(&value!({"Tags": [{"Key": "a", "Value": "1"}], "NextToken": "t"})),
        _ => json(&value!({"Tags": [{"Key": "b", "Value": "2"}]})),
    })
    .await;
    let (accounts, _) = list(&aws, AccountDetail { ou_path: false, tags: true }).await;
    assert_eq!(accounts[0].tags.as_ref().unwrap().len(), 2);
}

#[tokio::test]
async fn describe_should_tell_the_caller_its_partition_and_the_management_account() {
    let aws = FakeAws::start(|asked| match asked.operation.as_str() {
        "DescribeOrganization" => {
            json(&value!({"Organization": {"Id": "o-a1", "MasterAccountId": "222222222222"}}))
        }
        _ => xml(asked, "<Arn>arn:aws-us-gov:sts::333333333333:assumed-role/a/b</Arn>"),
    })
    .await;
    let info = aws.connection.organization().describe().await.unwrap();
    assert_eq!(info.partition.as_str(), "aws-us-gov");
    assert_eq!(info.management_account.to_string(), "222222222222");
    assert_eq!(info.caller.to_string(), "333333333333");
}

#[tokio::test]
async fn describe_should_say_what_to_do_outside_an_organization() {
    let aws = FakeAws::start(|asked| match asked.operation.as_str() {
        "DescribeOrganization" => json_error("AWSOrganizationsNotInUseException", "not a member"),
        _ => xml(asked, "<Arn>arn:aws:iam::333333333333:root</Arn>"),
    })
    .await;
    let error = aws.connection.organization().describe().await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::NotInOrganization);
    assert!(error.message.contains("management account"), "{}", error.message);
}
