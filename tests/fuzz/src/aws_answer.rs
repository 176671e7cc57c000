//! Any bytes as an answer of AWS.

use std::collections::BTreeSet;

use digitalex_aws::AwsConnection;
use digitalex_engine::{
    AccountDetail, CallError, Organization, ReadAccess, ServiceControlPolicies,
};
use futures::TryStreamExt;
use serde_json::Value;

use crate::adapter::{
    Answer, OWN_ACCOUNT, account, organization, over_aws, right_answer, target, wanted_role,
};

/// The operations, one of which gets the answer; all others are answered rightly.
const OPERATIONS: [&str; 16] = [
    "GetRole",
    "ListRolePolicies",
    "GetRolePolicy",
    "ListAttachedRolePolicies",
    "AssumeRole",
    "ListAccounts",
    "DescribeAccount",
    "ListTagsForResource",
    "ListRoots",
    "ListOrganizationalUnitsForParent",
    "ListAccountsForParent",
    "ListParents",
    "DescribeOrganization",
    "GetCallerIdentity",
    "ListPoliciesForTarget",
    "DescribePolicy",
];

const STATUSES: [u16; 12] = [200, 400, 403, 404, 409, 429, 500, 503, 204, 206, 301, 502];

/// Headers that the SDK or the adapter reads.
const HEADERS: [&[(&str, &str)]; 9] = [
    &[],
    &[("content-type", "application/x-amz-json-1.1")],
    &[("content-type", "text/xml")],
    &[("retry-after", "1")],
    &[("retry-after", "18446744073709551615")],
    &[("x-amzn-errortype", "AccountNotFoundException:http://internal/"), ("x-amzn-requestid", "r")],
    &[("x-amzn-errortype", "TooManyRequestsException")],
    &[("date", "Tue, 31 Feb 1600 25:61:61 GMT")],
    &[("x-amzn-query-error", "NoSuchEntity;Sender"), ("content-length", "5")],
];

/// What makes the codes of the errors that mean "there is none".
const ABSENCES: [&str; 2] = ["NoSuchEntity", "NotFoundException"];

/// What a read came to, where it came to anything.
enum Found {
    Something,
    Nothing,
    Accounts(usize),
    Policies(usize),
}

type Read = Result<Found, String>;

/// Reading never panics and ends; what cannot be read is never absent, and never a shorter list.
///
/// The first four bytes say which operation, which status, which headers and how the body ends; the
/// other ones are the body, or, where the answer is cut short, how much of the right one is left.
pub fn aws_answer(bytes: &[u8]) {
    let Some(([operation, status, headers, end], body)) = bytes.split_first_chunk() else { return };
    let operation = OPERATIONS[usize::from(*operation) % OPERATIONS.len()];
    let (breaks, is_cut) = (end & 1 == 1, end & 2 == 2);
    let body = if is_cut { cut_short(right_answer(operation).body, body) } else { body.to_vec() };
    let answer = Answer {
        status: STATUSES[usize::from(*status) % STATUSES.len()],
        headers: HEADERS[usize::from(*headers) % HEADERS.len()].to_vec(),
        body,
        breaks,
    };
    for read in read_with(operation, &answer) {
        match read {
            Err(message) => assert!(!message.is_empty(), "an error says nothing"),
            Ok(Found::Nothing) if is_cut && !breaks && named_by_header(&answer) => {}
            Ok(_) if breaks || is_cut => panic!("{operation} was read from half an answer"),
            Ok(Found::Nothing) => assert!(can_mean_absent(&answer), "unreadable is not absent"),
            Ok(Found::Accounts(count)) if operation == "ListAccounts" => {
                assert_eq!(Some(count), accounts_in(&answer.body), "not all of the accounts");
            }
            Ok(Found::Policies(count)) => {
                assert_eq!(Some(count), policies_in(&answer.body), "not all of the policies");
            }
            Ok(Found::Accounts(_) | Found::Something) => {}
        }
    }
}

/// The right answer's beginning; never all of it.
fn cut_short(mut right: Vec<u8>, length: &[u8]) -> Vec<u8> {
    let length = length.iter().fold(0, |sum, byte| sum + usize::from(*byte));
    right.truncate(length % right.len());
    right
}

/// Whether there is a code in it that says so. In an escaped text it need not stand as it is.
fn can_mean_absent(answer: &Answer) -> bool {
    let body = String::from_utf8_lossy(&answer.body);
    let says = body.contains(['\\', '&']) || names_an_absence(&body);
    named_by_header(answer) || (!is_success(answer) && says)
}

/// Whether a header says so: it came whole, however little of the body did.
fn named_by_header(answer: &Answer) -> bool {
    !is_success(answer) && answer.headers.iter().any(|(_, value)| names_an_absence(value))
}

fn names_an_absence(text: &str) -> bool {
    ABSENCES.iter().any(|code| text.contains(code))
}

fn is_success(answer: &Answer) -> bool {
    (200..300).contains(&answer.status)
}

/// The accounts of a page, told by another reader of JSON; nothing where it is no page. The SDK leaves
/// out a null in a list.
fn accounts_in(body: &[u8]) -> Option<usize> {
    let page: Value = serde_json::from_slice(body).ok()?;
    let accounts = page.get("Accounts")?.as_array()?.iter().filter(|account| !account.is_null());
    let ids: BTreeSet<&str> = accounts.filter_map(|account| account.get("Id")?.as_str()).collect();
    Some(ids.len())
}

/// The policies of a page, as [`accounts_in`] tells accounts.
fn policies_in(body: &[u8]) -> Option<usize> {
    let page: Value = serde_json::from_slice(body).ok()?;
    Some(page.get("Policies")?.as_array()?.iter().filter(|policy| !policy.is_null()).count())
}

/// All reads in which the operation has a part.
fn read_with(operation: &'static str, answer: &Answer) -> Vec<Read> {
    let answer = answer.clone();
    let script = move |asked: &str| (asked == operation).then(|| answer.clone());
    over_aws(Box::new(script), async |aws| match operation {
        "DescribeOrganization" | "GetCallerIdentity" => vec![organization_of(&aws).await],
        "DescribeAccount" | "ListParents" => vec![one_account(&aws).await],
        "ListTagsForResource" => vec![one_account(&aws).await, all_accounts(&aws).await],
        "ListAccounts" | "ListAccountsForParent" => vec![all_accounts(&aws).await],
        "ListPoliciesForTarget" => vec![attached_policies(&aws).await],
        "DescribePolicy" => {
            vec![read(aws.organization().policy("p-a1").await.map(|_| Found::Something))]
        }
        "ListRoots" | "ListOrganizationalUnitsForParent" => {
            vec![units(&aws).await, all_accounts(&aws).await]
        }
        _ => vec![role(&aws).await],
    })
}

/// With all that can be asked for.
const EVERYTHING: AccountDetail = AccountDetail { ou_path: true, tags: true };

async fn organization_of(aws: &AwsConnection) -> Read {
    read(aws.organization().describe().await.map(|_| Found::Something))
}

async fn units(aws: &AwsConnection) -> Read {
    read(aws.organization().organizational_units().await.map(|_| Found::Something))
}

async fn one_account(aws: &AwsConnection) -> Read {
    read(aws.organization().account(account(), EVERYTHING).await.map(found))
}

async fn attached_policies(aws: &AwsConnection) -> Read {
    let attached = aws.organization().attached_to("r-ab12").await;
    read(attached.map(|ids| Found::Policies(ids.len())))
}

async fn all_accounts(aws: &AwsConnection) -> Read {
    let accounts: Result<Vec<_>, _> = aws.organization().accounts(EVERYTHING).try_collect().await;
    read(accounts.map(|accounts| Found::Accounts(accounts.len())))
}

async fn role(aws: &AwsConnection) -> Read {
    let access = aws.audit_access(&organization(OWN_ACCOUNT), "fuzz");
    match access.open(&target()).await {
        Ok(reader) => read(reader.observe(&wanted_role()).await.map(found)),
        Err(error) => read(Err(error)),
    }
}

fn found<T>(what: Option<T>) -> Found {
    what.map_or(Found::Nothing, |_| Found::Something)
}

fn read(outcome: Result<Found, CallError>) -> Read {
    outcome.map_err(|error| error.to_string())
}
