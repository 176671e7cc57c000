//! The OU path of each account, for endpoints that do not send `Account.Paths`.
//!
//! The tree is walked down: with N accounts in U OUs that is about 2 U + N / 20 calls, where
//! asking `ListParents` of each account would be N; all at 5 calls a second. Only an account that
//! came or moved during the walk is asked for alone.

use std::collections::HashMap;

use digitalex_core::AccountId;
use digitalex_engine::{CallError, OuPath};
use futures::future::try_join;

use crate::classify::Subject;
use crate::organizations::AwsOrganization;
use crate::ou_list::{LIST_OUS, child_ous, roots, stands_twice};
use crate::paging::PageTokens;
use crate::translate::inconsistent;

/// The tree of an organization.
pub(crate) struct OuTree {
    /// By id of root or OU.
    paths: HashMap<String, OuPath>,
    parents: HashMap<AccountId, String>,
}

impl OuTree {
    /// Walks the tree from its root down.
    pub(crate) async fn walk(organization: &AwsOrganization) -> Result<Self, CallError> {
        let mut tree = Self { paths: HashMap::new(), parents: HashMap::new() };
        let roots = roots(organization).await?;
        let mut open: Vec<OuPath> = roots.into_iter().map(|root| OuPath(vec![root.id])).collect();
        while let Some(path) = open.pop() {
            let Some(parent) = path.0.last().cloned() else { continue };
            if tree.paths.contains_key(&parent) {
                return Err(inconsistent(LIST_OUS, stands_twice(&parent)));
            }
            let (ous, accounts) =
                try_join(child_ous(organization, &parent), accounts(organization, &parent)).await?;
            tree.parents.extend(accounts.into_iter().map(|account| (account, parent.clone())));
            open.extend(ous.into_iter().map(|ou| {
                let mut path = path.clone();
                path.0.push(ou.id);
                path
            }));
            tree.paths.insert(parent, path);
        }
        Ok(tree)
    }

    /// The path of one account.
    pub(crate) async fn path(
        &self,
        organization: &AwsOrganization,
        account: AccountId,
    ) -> Result<OuPath, CallError> {
        if let Some(path) = self.parents.get(&account).and_then(|parent| self.paths.get(parent)) {
            return Ok(path.clone());
        }
        let parent = parent(organization, account, &account.to_string()).await?;
        let moved = "the OUs changed while they were read; run again";
        self.paths.get(&parent).cloned().ok_or_else(|| inconsistent(list_parents(account), moved))
    }
}

/// OUs stand at most five deep (AWS: "Quotas and service limits for AWS Organizations").
const OU_DEPTH_MAX: usize = 5;

/// The path of one account, without a tree: one call for each OU above it.
pub(crate) async fn path_up_from(
    organization: &AwsOrganization,
    account: AccountId,
) -> Result<OuPath, CallError> {
    let mut place = parent(organization, account, &account.to_string()).await?;
    let mut path = Vec::new();
    while !place.starts_with("r-") {
        if path.len() > OU_DEPTH_MAX {
            return Err(inconsistent(list_parents(account), "the OUs above it never end"));
        }
        let above = parent(organization, account, &place).await?;
        path.push(std::mem::replace(&mut place, above));
    }
    path.push(place);
    path.reverse();
    Ok(OuPath(path))
}

/// The root or OU that the account, or an OU above it, stands in.
async fn parent(
    organization: &AwsOrganization,
    account: AccountId,
    child: &str,
) -> Result<String, CallError> {
    let subject = list_parents(account);
    let answer = organization
        .call(subject, |config| {
            let request = organization.client.list_parents().child_id(child);
            request.customize().config_override(config).send()
        })
        .await?;
    let parent = answer.parents().first().and_then(|parent| parent.id());
    parent.map(str::to_owned).ok_or_else(|| inconsistent(subject, "no parent came back"))
}

fn list_parents(account: AccountId) -> Subject {
    Subject { operation: "ListParents", account: Some(account) }
}

async fn accounts(
    organization: &AwsOrganization,
    parent: &str,
) -> Result<Vec<AccountId>, CallError> {
    let subject = Subject { operation: "ListAccountsForParent", account: None };
    let (mut ids, mut tokens) = (Vec::new(), PageTokens::default());
    loop {
        let token = tokens.current();
        let page = organization
            .call(subject, |config| {
                let request = organization.client.list_accounts_for_parent();
                let request = request.parent_id(parent).set_next_token(token.clone());
                request.customize().config_override(config).send()
            })
            .await?;
        for account in page.accounts() {
            let id = account.id().unwrap_or_default();
            ids.push(id.parse().map_err(|error| inconsistent(subject, error))?);
        }
        if !tokens.advance(subject, page.next_token)? {
            return Ok(ids);
        }
    }
}
