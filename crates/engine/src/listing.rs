//! One listing of the organization, and the single accounts that are asked for after it.

use digitalex_core::AccountId;
use digitalex_core::planted::{PlantedBug, is_planted};
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::{BoxStream, FuturesUnordered};

use crate::{Account, AccountDetail, CallError, Organization};

/// A listing that is under way.
pub(crate) struct Listing<'a> {
    organization: &'a dyn Organization,
    detail: AccountDetail,
    pages: Option<BoxStream<'a, Result<Account, CallError>>>,
    asked: FuturesUnordered<BoxFuture<'a, (AccountId, Described)>>,
}

/// What `DescribeAccount` says of an account; none where it is not in the organization.
pub(crate) type Described = Result<Option<Account>, CallError>;

/// What a listing says next.
pub(crate) enum Heard {
    /// It names an account.
    Named(Account),
    /// It named all accounts.
    Whole,
    /// It names no more, though there may be others.
    BrokenOff(CallError),
    /// What `DescribeAccount` says of an account that was asked for.
    Described(AccountId, Described),
}

impl<'a> Listing<'a> {
    pub(crate) fn begin(organization: &'a dyn Organization, detail: AccountDetail) -> Self {
        let pages = Some(organization.accounts(detail));
        Self { organization, detail, pages, asked: FuturesUnordered::new() }
    }

    /// Asks for these accounts one by one.
    pub(crate) fn ask(&mut self, accounts: Vec<AccountId>) {
        let (organization, detail) = (self.organization, self.detail);
        self.asked.extend(accounts.into_iter().map(|id| -> BoxFuture<'a, _> {
            if is_planted(PlantedBug::ForgetUnlisted) {
                return Box::pin(async move { (id, Ok(None)) });
            }
            Box::pin(async move { (id, organization.account(id, detail).await) })
        }));
    }

    /// Whether it has nothing more to say.
    pub(crate) fn is_over(&self) -> bool {
        self.pages.is_none() && self.asked.is_empty()
    }

    /// What it says next; none where it is over. Nothing is lost where this is dropped halfway.
    pub(crate) async fn next(&mut self) -> Option<Heard> {
        let Some(pages) = &mut self.pages else {
            let (id, described) = self.asked.next().await?;
            return Some(Heard::Described(id, described));
        };
        let heard = match pages.next().await {
            Some(Ok(account)) => return Some(Heard::Named(account)),
            Some(Err(_)) if is_planted(PlantedBug::PartialListingAsWhole) => Heard::Whole,
            Some(Err(error)) => Heard::BrokenOff(error),
            None => Heard::Whole,
        };
        self.pages = None;
        Some(heard)
    }
}
