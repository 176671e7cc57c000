//! `ListAccounts`, page by page.

use std::collections::{BTreeMap, HashSet};

use aws_sdk_organizations::operation::list_accounts::ListAccountsOutput;
use digitalex_core::planted::{PlantedBug, is_planted};
use digitalex_core::{AccountId, TagKey, TagValue};
use digitalex_engine::{Account, AccountDetail, CallError, CallErrorKind, OuPath};
use futures::future::try_join_all;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};

use crate::classify::Subject;
use crate::organizations::AwsOrganization;
use crate::ou_tree::{self, OuTree};
use crate::paging::PageTokens;
use crate::translate::{self, inconsistent, tags};

const LIST_ACCOUNTS: Subject = Subject { operation: "ListAccounts", account: None };

/// All accounts, each once; an error is the last item and says that the list is not whole.
pub(crate) fn accounts(
    organization: &AwsOrganization,
    detail: AccountDetail,
) -> BoxStream<'_, Result<Account, CallError>> {
    let listing = Listing {
        organization,
        detail,
        tokens: PageTokens::default(),
        restarted: false,
        listed: HashSet::new(),
        tree: None,
    };
    stream::try_unfold(Some(listing), |listing| async {
        let Some(mut listing) = listing else { return Ok(None) };
        let (accounts, more) = listing.next_page().await?;
        let accounts = stream::iter(accounts.into_iter().map(Ok));
        Ok(Some((accounts, more.then_some(listing))))
    })
    .try_flatten()
    .boxed()
}

/// One account; `None` where it is not in the organization.
pub(crate) async fn account(
    organization: &AwsOrganization,
    id: AccountId,
    detail: AccountDetail,
) -> Result<Option<Account>, CallError> {
    let subject = Subject { operation: "DescribeAccount", account: Some(id) };
    let answer = organization
        .call(subject, |config| {
            let request = organization.client.describe_account().account_id(id.to_string());
            request.customize().config_override(config).send()
        })
        .await;
    let described = match answer {
        Err(_) if is_planted(PlantedBug::UnansweredAsGone) => return Ok(None),
        Err(error) if error.kind == CallErrorKind::NotFound => return Ok(None),
        answer => answer?.account.ok_or_else(|| inconsistent(subject, "no account came back"))?,
    };
    let mut account = translate::account(subject, &described)?;
    account.ou_path = match account.ou_path {
        None if detail.ou_path => Some(ou_tree::path_up_from(organization, id).await?),
        known => known,
    };
    if detail.tags {
        account.tags = Some(account_tags(organization, id).await?);
    }
    Ok(Some(account))
}

/// Where a listing stands.
struct Listing<'a> {
    organization: &'a AwsOrganization,
    detail: AccountDetail,
    tokens: PageTokens,
    restarted: bool,
    listed: HashSet<AccountId>,
    tree: Option<OuTree>,
}

impl Listing<'_> {
    /// The accounts of the next page that were not listed before, and whether there are more.
    async fn next_page(&mut self) -> Result<(Vec<Account>, bool), CallError> {
        let page = self.fetch().await?;
        let mut accounts = Vec::new();
        let Some(listed) = page.accounts else {
            return Err(inconsistent(LIST_ACCOUNTS, "a page came without Accounts"));
        };
        for listed in &listed {
            let account = translate::account(LIST_ACCOUNTS, listed)?;
            if self.listed.insert(account.id) {
                accounts.push(account);
            }
        }
        let more = self.tokens.advance(LIST_ACCOUNTS, page.next_token)?
            && !(accounts.is_empty() && is_planted(PlantedBug::StopAtEmptyPage));
        self.fill_in_ou_paths(&mut accounts).await?;
        if self.detail.tags {
            let organization = self.organization;
            try_join_all(accounts.iter_mut().map(|account| async {
                account.tags = Some(account_tags(organization, account.id).await?);
                Ok(())
            }))
            .await?;
        }
        Ok((accounts, more))
    }

    /// A page token lives for a while only: where one is refused, the list is read once more from
    /// the start.
    async fn fetch(&mut self) -> Result<ListAccountsOutput, CallError> {
        let token = self.tokens.current();
        let mid_list = token.is_some();
        match self.fetch_at(token).await {
            Err(error)
                if error.kind == CallErrorKind::InvalidRequest && mid_list && !self.restarted =>
            {
                if is_planted(PlantedBug::HalfListingAsWhole) {
                    return Ok(ListAccountsOutput::builder()
                        .set_accounts(Some(Vec::new()))
                        .build());
                }
                tracing::info!(api = LIST_ACCOUNTS.operation, %error, "the page token is refused; listing once more");
                self.restarted = true;
                self.tokens = PageTokens::default();
                self.fetch_at(None).await
            }
            page => page,
        }
    }

    async fn fetch_at(&self, token: Option<String>) -> Result<ListAccountsOutput, CallError> {
        self.organization
            .call(LIST_ACCOUNTS, |config| {
                let request = self.organization.client.list_accounts();
                let request = request.set_next_token(token.clone());
                request.customize().config_override(config).send()
            })
            .await
    }

    /// `Account.Paths` says the OU path for nothing. Where an endpoint does not send it, the tree
    /// is walked, once, and only for a scope that asks for it.
    async fn fill_in_ou_paths(&mut self, accounts: &mut [Account]) -> Result<(), CallError> {
        for account in accounts {
            account.ou_path = match account.ou_path.take() {
                None if self.detail.ou_path => Some(self.walked_path(account.id).await?),
                known => known,
            };
        }
        Ok(())
    }

    async fn walked_path(&mut self, account: AccountId) -> Result<OuPath, CallError> {
        let tree = match self.tree.take() {
            Some(tree) => tree,
            None => OuTree::walk(self.organization).await?,
        };
        self.tree.insert(tree).path(self.organization, account).await
    }
}

async fn account_tags(
    organization: &AwsOrganization,
    account: AccountId,
) -> Result<BTreeMap<TagKey, TagValue>, CallError> {
    let subject = Subject { operation: "ListTagsForResource", account: Some(account) };
    let (mut found, mut tokens) = (BTreeMap::new(), PageTokens::default());
    loop {
        let token = tokens.current();
        let page = organization
            .call(subject, |config| {
                let request = organization.client.list_tags_for_resource();
                let request = request.resource_id(account.to_string());
                let request = request.set_next_token(token.clone());
                request.customize().config_override(config).send()
            })
            .await?;
        let pairs = page.tags().iter().map(|tag| (tag.key(), tag.value()));
        found.append(&mut tags(subject, pairs)?);
        if !tokens.advance(subject, page.next_token)? {
            return Ok(found);
        }
    }
}
