//! An organization whose listing does not name every account.

use std::sync::Arc;

use async_trait::async_trait;
use digitalex_core::AccountId;
use digitalex_engine::{
    Account, AccountDetail, CallError, CallErrorKind, Organization, OrganizationInfo,
    OrganizationalUnit,
};
use futures::StreamExt;
use futures::stream::BoxStream;

/// An organization whose listing does not name every account.
pub struct PartialListing {
    /// The organization.
    pub inner: Arc<dyn Organization>,
    /// How many accounts are listed at most.
    pub accounts_max: usize,
    /// An account that is left out without a word.
    pub left_out: Option<AccountId>,
    /// Whether the listing ends in an error.
    pub breaks_off: bool,
    /// Whether a single account can be asked for.
    pub described: bool,
}

fn failure(operation: &'static str) -> CallError {
    CallError {
        operation,
        account: None,
        kind: CallErrorKind::InconsistentAnswer,
        message: "the page token came twice".to_owned(),
        retry_after: None,
        source: None,
    }
}

#[async_trait]
impl Organization for PartialListing {
    async fn describe(&self) -> Result<OrganizationInfo, CallError> {
        self.inner.describe().await
    }

    fn accounts(&self, detail: AccountDetail) -> BoxStream<'_, Result<Account, CallError>> {
        let end = self.breaks_off.then(|| Err(failure("ListAccounts")));
        let end = futures::stream::iter(end);
        let named = self.inner.accounts(detail).filter(|account| {
            let id = account.as_ref().ok().map(|account| account.id);
            futures::future::ready(id != self.left_out || id.is_none())
        });
        named.take(self.accounts_max).chain(end).boxed()
    }

    async fn account(
        &self,
        id: AccountId,
        detail: AccountDetail,
    ) -> Result<Option<Account>, CallError> {
        if !self.described {
            return Err(failure("DescribeAccount"));
        }
        self.inner.account(id, detail).await
    }

    async fn organizational_units(&self) -> Result<Vec<OrganizationalUnit>, CallError> {
        self.inner.organizational_units().await
    }
}
