//! Any sequence of page tokens and markers.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use digitalex_aws::AwsConnection;
use digitalex_engine::{AccountDetail, CostReports, Organization, ReadAccess};
use futures::TryStreamExt;
use serde_json::{Map, Value, json};

use crate::adapter::{
    ACCOUNT, Answer, OWN_ACCOUNT, Script, account, organization, over_aws, target, wanted_role, xml,
};

/// The listings that come in pages.
const LISTINGS: [&str; 6] = [
    "ListAccounts",
    "ListTagsForResource",
    "ListRoots",
    "ListRolePolicies",
    "ListAttachedRolePolicies",
    "DescribeReportDefinitions",
];

/// One page, as a byte says.
struct Page {
    token: Option<String>,
    /// `IsTruncated` of IAM; nothing where the element is missing.
    truncated: Option<bool>,
    items: BTreeSet<String>,
    refused: bool,
}

/// What was answered so far.
#[derive(Default)]
struct Served {
    items: BTreeSet<String>,
    tokens: BTreeSet<String>,
    /// Whether the page that came last was the last page.
    ended: bool,
    /// Whether any page can be no page of a sound listing.
    unsound: bool,
}

/// A listing ends; as a whole only after its last page and with every item that came; and a sound one
/// never as an error. The first byte says which listing, each other one is a page.
pub fn page_tokens(bytes: &[u8]) {
    let Some((which, pages)) = bytes.split_first() else { return };
    let listing = LISTINGS[usize::from(*which) % LISTINGS.len()];
    let served = Arc::new(Mutex::new(Served::default()));
    let script = script(listing, pages.to_vec(), Arc::clone(&served));
    let outcome = over_aws(script, async |aws| listed(listing, &aws).await);
    let served = served.lock().unwrap_or_else(PoisonError::into_inner);
    match outcome {
        Ok(items) => {
            assert!(served.ended, "a part of {listing} is called the whole");
            assert_eq!(items, served.items, "{listing} is not what came");
        }
        Err(error) => assert!(served.unsound, "{listing} was sound, and yet: {error}"),
    }
}

fn script(listing: &'static str, pages: Vec<u8>, served: Arc<Mutex<Served>>) -> Script {
    let mut pages = pages.into_iter().enumerate();
    Box::new(move |operation| {
        (operation == listing).then(|| {
            let mut served = served.lock().unwrap_or_else(PoisonError::into_inner);
            // After the last byte all lists end.
            let (number, byte) = pages.next().unwrap_or((usize::MAX, 0));
            let page = Page::new(number, byte);
            served.note(listing, &page);
            page.answer(listing)
        })
    })
}

impl Page {
    /// Three bits say which token, two whether the page is truncated, two how many items it has, one
    /// whether the token it was asked with is refused.
    fn new(number: usize, byte: u8) -> Self {
        let token = match byte & 0b111 {
            0 | 1 => None,
            2 => Some(String::new()),
            3 => Some("again".to_owned()),
            4 => Some(" ".to_owned()),
            _ => Some(format!("token {number} <&\"\u{e9}")),
        };
        let truncated = match byte >> 3 & 0b11 {
            0 => Some(false),
            1 => None,
            _ => Some(true),
        };
        let items = (0..byte >> 5 & 0b11).map(|item| item_name(number, item)).collect();
        Self { token, truncated, items, refused: byte >> 7 == 1 }
    }

    fn answer(&self, listing: &str) -> Answer {
        if self.refused {
            let body = r#"{"__type":"InvalidInputException","Message":"the token is expired"}"#;
            return Answer { status: 400, ..Answer::ok(body) };
        }
        match listing {
            "ListRolePolicies" | "ListAttachedRolePolicies" => Answer::ok(self.xml(listing)),
            _ => Answer::ok(self.json(listing).to_string()),
        }
    }

    fn json(&self, listing: &str) -> Value {
        let item = |item: &String| match listing {
            "ListTagsForResource" => json!({"Key": item, "Value": ""}),
            "DescribeReportDefinitions" => json!({"ReportName": item, "S3Bucket": "b"}),
            _ => json!({"Id": item, "Name": "", "State": "ACTIVE"}),
        };
        let member = match listing {
            "ListTagsForResource" => "Tags",
            "ListRoots" => "Roots",
            "DescribeReportDefinitions" => "ReportDefinitions",
            _ => "Accounts",
        };
        let items = self.items.iter().map(item).collect();
        let mut page = Map::from_iter([(member.to_owned(), items)]);
        if let Some(token) = &self.token {
            page.insert("NextToken".to_owned(), token.as_str().into());
        }
        page.into()
    }

    fn xml(&self, listing: &str) -> String {
        let (list, name) = match listing {
            "ListRolePolicies" => ("PolicyNames", None),
            _ => ("AttachedPolicies", Some("PolicyArn")),
        };
        let mut result = format!("<{list}>");
        for item in &self.items {
            let item = name.map_or(item.clone(), |name| {
                format!("<{name}>arn:aws:iam::aws:policy/{item}</{name}>")
            });
            result += &format!("<member>{item}</member>");
        }
        result += &format!("</{list}>");
        if let Some(truncated) = self.truncated {
            result += &format!("<IsTruncated>{truncated}</IsTruncated>");
        }
        if let Some(marker) = &self.token {
            let marker = marker.replace('&', "&amp;").replace('<', "&lt;");
            result += &format!("<Marker>{marker}</Marker>");
        }
        xml(listing, &result)
    }
}

impl Served {
    fn note(&mut self, listing: &str, page: &Page) {
        let is_iam = listing.contains("RolePolicies");
        let token = page.token.clone().filter(|token| !token.is_empty());
        let more = if is_iam { page.truncated == Some(true) } else { token.is_some() };
        let repeated = more && token.clone().is_some_and(|token| !self.tokens.insert(token));
        self.unsound |= page.refused || repeated || more && token.is_none();
        self.ended = !page.refused && !more;
        if !page.refused {
            self.items.extend(page.items.iter().cloned());
        }
    }
}

/// Twelve digits, which are legal as an account's id and as any name.
fn item_name(page: usize, item: u8) -> String {
    format!("{:012}", 1_000 * (page % 1_000_000) + usize::from(item) + 1)
}

/// What the adapter says the items are.
async fn listed(listing: &str, aws: &AwsConnection) -> Result<BTreeSet<String>, String> {
    let organizations = aws.organization();
    match listing {
        "ListAccounts" => {
            let accounts = organizations.accounts(AccountDetail::default());
            let accounts: Vec<_> = accounts.try_collect().await.map_err(|it| it.to_string())?;
            Ok(accounts.into_iter().map(|account| account.id.to_string()).collect())
        }
        "ListTagsForResource" => {
            let with_tags = AccountDetail { tags: true, ..AccountDetail::default() };
            let found = organizations.account(account(), with_tags).await;
            let found = found.map_err(|error| error.to_string())?.expect("an account");
            let tags = found.tags.unwrap_or_default();
            Ok(tags.keys().map(|key| key.as_str().to_owned()).collect())
        }
        "ListRoots" => {
            let units = organizations.organizational_units().await;
            Ok(units.map_err(|error| error.to_string())?.into_iter().map(|unit| unit.id).collect())
        }
        "DescribeReportDefinitions" => {
            let reports = aws.cost_reports(&organization(OWN_ACCOUNT)).expect("there is the API");
            let reports = reports.definitions().await.map_err(|error| error.to_string())?;
            Ok(reports.into_iter().map(|report| report.name).collect())
        }
        _ => policies(listing, aws).await,
    }
}

async fn policies(listing: &str, aws: &AwsConnection) -> Result<BTreeSet<String>, String> {
    // The caller's own account takes no session, and so no time.
    let access = aws.audit_access(&organization(ACCOUNT), "fuzz");
    let reader = access.open(&target()).await.map_err(|error| error.to_string())?;
    let role = reader.observe(&wanted_role()).await.map_err(|error| error.to_string())?;
    let role = role.expect("the role is there");
    Ok(match listing {
        "ListRolePolicies" => role.inline.keys().map(|name| name.as_str().to_owned()).collect(),
        _ => {
            let arns = role.managed.iter();
            arns.map(|arn| arn.as_str().rsplit('/').next().unwrap_or_default().to_owned()).collect()
        }
    })
}
