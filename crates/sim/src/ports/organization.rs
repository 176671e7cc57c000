//! The engine's `Organization` over the world.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use digitalex_core::{AccountId, Arn, TagKey, TagValue};
use digitalex_engine::{
    Account, AccountDetail, AccountState, Bucket, CallError, CallErrorKind, Caller, Organization,
    OrganizationInfo, OrganizationalUnit, OuPath, StsRegion,
};
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};

use super::classify::inconsistent;
use super::connection::Connection;
use crate::world::organizations::{
    AccountShape, DescribeAccount, DescribeOrganization, ListAccounts,
    ListOrganizationalUnitsForParent, ListRoots, ListTagsForResource, RootShape, UnitShape,
};
use crate::world::page::TokenInput;
use crate::world::sts::GetCallerIdentity;
use crate::{Credentials, Sandbox};

/// The simulated organization.
pub struct SimOrganization(pub(super) Connection);

impl SimOrganization {
    /// The organization as these credentials see it.
    #[must_use]
    pub fn new(sandbox: Sandbox, caller: Caller, credentials: Credentials) -> Self {
        Self(Connection { sandbox, caller, credentials })
    }

    async fn page(
        &self,
        next_token: Option<String>,
        detail: AccountDetail,
    ) -> Result<(Vec<Account>, Option<String>), CallError> {
        let Self(connection) = self;
        let operation = || ListAccounts {
            page: TokenInput { next_token: next_token.clone(), max_results: None },
        };
        let answer = connection
            .call(&connection.credentials, Bucket::Organizations, None, operation)
            .await?;
        let mut accounts = Vec::new();
        for shape in answer.accounts {
            let tags = if detail.tags { Some(self.tags(shape.id).await?) } else { None };
            accounts.push(account(shape, tags));
        }
        Ok((accounts, answer.next_token))
    }

    async fn tags(&self, account: AccountId) -> Result<BTreeMap<TagKey, TagValue>, CallError> {
        let Self(connection) = self;
        let (mut tags, mut next_token) = (BTreeMap::new(), None::<String>);
        loop {
            let operation = || ListTagsForResource {
                resource_id: account.to_string(),
                page: TokenInput { next_token: next_token.clone(), max_results: None },
            };
            let answer = connection
                .call(&connection.credentials, Bucket::Organizations, Some(account), operation)
                .await?;
            for tag in answer.tags {
                // Tags that AWS itself sets, and those that IAM would refuse, match no scope.
                if let (Ok(key), Ok(value)) = (TagKey::new(tag.key), TagValue::new(tag.value)) {
                    tags.insert(key, value);
                }
            }
            next_token = answer.next_token;
            if next_token.is_none() {
                return Ok(tags);
            }
        }
    }
}

impl SimOrganization {
    async fn roots(&self) -> Result<Vec<OrganizationalUnit>, CallError> {
        let Self(connection) = self;
        let (mut roots, mut next_token) = (Vec::new(), None::<String>);
        loop {
            let operation = || ListRoots {
                page: TokenInput { next_token: next_token.clone(), max_results: None },
            };
            let answer = connection
                .call(&connection.credentials, Bucket::Organizations, None, operation)
                .await?;
            let root = |root: RootShape| OrganizationalUnit {
                id: root.id,
                name: root.name.to_owned(),
                parent: None,
            };
            roots.extend(answer.roots.into_iter().map(root));
            next_token = answer.next_token;
            if next_token.is_none() {
                return Ok(roots);
            }
        }
    }

    async fn child_ous(&self, parent: &str) -> Result<Vec<OrganizationalUnit>, CallError> {
        let Self(connection) = self;
        let (mut ous, mut next_token) = (Vec::new(), None::<String>);
        loop {
            let operation = || ListOrganizationalUnitsForParent {
                parent_id: parent.to_owned(),
                page: TokenInput { next_token: next_token.clone(), max_results: None },
            };
            let answer = connection
                .call(&connection.credentials, Bucket::Organizations, None, operation)
                .await?;
            let ou = |ou: UnitShape| OrganizationalUnit {
                id: ou.id,
                name: ou.name,
                parent: Some(parent.to_owned()),
            };
            ous.extend(answer.organizational_units.into_iter().map(ou));
            next_token = answer.next_token;
            if next_token.is_none() {
                return Ok(ous);
            }
        }
    }
}

#[async_trait]
impl Organization for SimOrganization {
    async fn describe(&self) -> Result<OrganizationInfo, CallError> {
        let Self(connection) = self;
        let credentials = &connection.credentials;
        let organization = connection
            .call(credentials, Bucket::Organizations, None, || DescribeOrganization {})
            .await?
            .organization;
        let identity = connection
            .call(credentials, Bucket::Sts(StsRegion::default()), None, || GetCallerIdentity {})
            .await?;
        let arn: Arn =
            identity.arn.parse().map_err(|error| inconsistent("GetCallerIdentity", None, error))?;
        let account = |text: &str| {
            text.parse().map_err(|error| inconsistent("DescribeOrganization", None, error))
        };
        Ok(OrganizationInfo {
            id: organization.id,
            management_account: account(&organization.master_account_id)?,
            caller: account(&identity.account)?,
            caller_arn: identity.arn,
            partition: arn.partition,
        })
    }

    fn accounts(&self, detail: AccountDetail) -> BoxStream<'_, Result<Account, CallError>> {
        stream::try_unfold(Some(Listing::default()), move |listing| async move {
            let Some(mut listing) = listing else { return Ok(None) };
            let page = match self.page(listing.token.clone(), detail).await {
                // A token lives for a while only: the list is read once more from the start.
                Err(error) if listing.may_restart(&error) => {
                    listing = Listing { restarted: true, ..Listing::default() };
                    self.page(None, detail).await
                }
                page => page,
            };
            let (accounts, next) = page?;
            let goes_on = listing.advance(next)?;
            let accounts = stream::iter(accounts.into_iter().map(Ok));
            Ok(Some((accounts, goes_on.then_some(listing))))
        })
        .try_flatten()
        .boxed()
    }

    async fn account(
        &self,
        id: AccountId,
        detail: AccountDetail,
    ) -> Result<Option<Account>, CallError> {
        let Self(connection) = self;
        let operation = || DescribeAccount { account_id: id.to_string() };
        let answer = connection
            .call(&connection.credentials, Bucket::Organizations, Some(id), operation)
            .await;
        let shape = match answer {
            Err(error) if error.kind == CallErrorKind::NotFound => return Ok(None),
            answer => answer?.account,
        };
        let tags = if detail.tags { Some(self.tags(id).await?) } else { None };
        Ok(Some(account(shape, tags)))
    }

    async fn organizational_units(&self) -> Result<Vec<OrganizationalUnit>, CallError> {
        let mut units = self.roots().await?;
        let mut read = 0;
        // What is read is appended, so that the units below it are read in turn.
        while let Some(parent) = units.get(read).map(|unit| unit.id.clone()) {
            units.extend(self.child_ous(&parent).await?);
            read += 1;
        }
        Ok(units)
    }
}

/// Where a listing stands.
#[derive(Default)]
struct Listing {
    token: Option<String>,
    seen: BTreeSet<String>,
    restarted: bool,
}

impl Listing {
    fn may_restart(&self, error: &CallError) -> bool {
        error.kind == CallErrorKind::InvalidRequest && self.token.is_some() && !self.restarted
    }

    /// Goes on to the next page; whether there is one.
    fn advance(&mut self, next: Option<String>) -> Result<bool, CallError> {
        if next.as_ref().is_some_and(|token| !self.seen.insert(token.clone())) {
            return Err(inconsistent("ListAccounts", None, "a page token came twice"));
        }
        self.token = next;
        Ok(self.token.is_some())
    }
}

fn account(shape: AccountShape, tags: Option<BTreeMap<TagKey, TagValue>>) -> Account {
    let in_tree = |part: &&str| part.starts_with("r-") || part.starts_with("ou-");
    let path = shape.paths.first().map(String::as_str).unwrap_or_default();
    let word = shape.state.map(crate::AccountState::as_str).or(shape.status);
    let parts = path.split('/').filter(in_tree).map(str::to_owned);
    Account {
        id: shape.id,
        state: AccountState::from(word.unwrap_or_default()),
        invited: shape.joined_method == crate::JoinedMethod::Invited,
        ou_path: Some(OuPath(parts.collect())),
        name: shape.name,
        tags,
    }
}
