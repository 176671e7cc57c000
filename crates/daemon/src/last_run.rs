//! What the last run over the organization left: the accounts that it listed, and what it learned of
//! rates. It saves time only: where it cannot be read or kept, that is said, and the run goes on.

use std::io;

use digitalex_engine::{Account, AccountDetail, LearnedRates, PassEvent};
use digitalex_store::{AccountListWriter, StateFolder};

/// What the last run left; nothing where there is no place for it.
pub(crate) struct LastRun(Option<StateFolder>);

/// Writes the fresh listing down for the next run.
pub(crate) struct ListingKeeper(Option<AccountListWriter>);

impl LastRun {
    pub(crate) fn new(state: Option<StateFolder>) -> Self {
        Self(state)
    }

    /// The accounts of the last listing, of which all is known that the scope asks for.
    pub(crate) fn accounts(&self, detail: AccountDetail) -> Vec<Account> {
        let read = self.0.as_ref().map_or(Ok(Vec::new()), StateFolder::accounts);
        let mut accounts = told("the accounts of the last run cannot be read", read);
        accounts.retain(|account| {
            account.ou_path.is_some() >= detail.ou_path && account.tags.is_some() >= detail.tags
        });
        accounts
    }

    /// What was learned of rates.
    pub(crate) fn learned_rates(&self) -> LearnedRates {
        let read = self.0.as_ref().map_or(Ok(LearnedRates::default()), StateFolder::learned_rates);
        told("what the last run learned of rates cannot be read", read)
    }

    /// Keeps what was learned of rates.
    pub(crate) fn keep_learned_rates(&self, rates: &LearnedRates) {
        let kept = self.0.as_ref().map_or(Ok(()), |state| state.keep_learned_rates(rates));
        told("what was learned of rates cannot be kept", kept);
    }

    /// Begins to write a listing down.
    pub(crate) fn keep_listing(&self) -> ListingKeeper {
        let writer = self.0.as_ref().map(StateFolder::write_accounts).transpose();
        ListingKeeper(told(UNKEPT, writer))
    }
}

impl ListingKeeper {
    /// Takes note of an event.
    pub(crate) fn on_event(&mut self, event: &PassEvent) {
        let kept = match (event, &mut self.0) {
            (PassEvent::Listed(account), Some(writer)) => writer.add(account),
            (PassEvent::ListingEnded { complete: true }, writer) => {
                writer.take().map_or(Ok(()), AccountListWriter::complete)
            }
            _ => Ok(()),
        };
        if let Err(error) = kept {
            tracing::warn!(%error, "{UNKEPT}");
            self.0 = None;
        }
    }
}

const UNKEPT: &str = "the listing cannot be kept for the next run";

fn told<T: Default>(trouble: &str, result: io::Result<T>) -> T {
    result.unwrap_or_else(|error| {
        tracing::warn!(%error, "{trouble}");
        T::default()
    })
}
