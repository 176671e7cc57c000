//! Who is found, kept and dropped.

use std::sync::Arc;

use async_trait::async_trait;
use digitalex_core::{AccountId, Verdict};
use digitalex_engine::{
    Account, AccountDetail, CallError, CallErrorKind, KeepEvent, Organization, OrganizationInfo,
    OrganizationalUnit,
};
use digitalex_tests::keeping::{Keeping, MINUTE};
use digitalex_tests::partial_listing::PartialListing;
use digitalex_tests::rigs::SimulatedPorts;
use digitalex_tests::rollout::{Rig, Rollout};
use futures::StreamExt;
use futures::stream::BoxStream;
use serde_json::json;

use crate::{call, drift, in_sync, last, listed, remembered};

#[tokio::test(start_paused = true)]
async fn new_account_should_be_done_within_a_listing_interval() {
    let rig = in_sync(5).await;
    let (keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(20 * MINUTE).await;
    call(&rig, "CreateAccount", json!({"AccountName": "new", "Email": "new@example.com"}));
    let new = *listed(&rig)
        .await
        .iter()
        .map(|it| &it.id)
        .find(|it| !rig.members().contains(it) && **it != digitalex_tests::rigs::MANAGEMENT)
        .expect("it is there");
    running.run_for(15 * MINUTE).await;
    assert_eq!(last(&running, new), Some(Verdict::Converged));
    assert_eq!(running.passes().len(), 1, "no pass was needed");
}

fn leaving_out(
    rig: &SimulatedPorts,
    account: AccountId,
    breaks_off: bool,
    described: bool,
) -> Arc<dyn Organization> {
    Arc::new(PartialListing {
        inner: rig.organization(),
        accounts_max: usize::MAX,
        left_out: Some(account),
        breaks_off,
        described,
    })
}

#[tokio::test(start_paused = true)]
async fn partial_listing_should_neither_forget_an_account_nor_write_to_it() {
    for (breaks_off, described) in [(true, true), (false, false)] {
        let rig = in_sync(10).await;
        let (mut keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
        let member = rig.members()[4];
        drift(&rig, member).await;
        keeping.organization = leaving_out(&rig, member, breaks_off, described);
        keeping.resume.accounts = remembered(&rig, Verdict::InSync).await;
        let running = keeping.start(&rig, &rollout).await;
        running.run_for(130 * MINUTE).await;
        let verdicts = running.verdicts(member);
        assert!(
            verdicts.len() > 2 && verdicts.iter().all(|it| *it == Verdict::Drifted),
            "{verdicts:?}"
        );
        assert_eq!(keeping.access.writes_of_all(), 0);
        for pass in running.passes() {
            assert_eq!(pass.status.total(), 10);
            assert!(pass.status.listing_incomplete.is_some());
        }
        assert!(!running.events().iter().any(|event| matches!(event, KeepEvent::Left(_))));
    }
}

#[tokio::test(start_paused = true)]
async fn account_that_a_whole_listing_leaves_out_should_be_kept_where_it_is_still_there() {
    let rig = in_sync(10).await;
    let (mut keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    let member = rig.members()[4];
    drift(&rig, member).await;
    keeping.organization = leaving_out(&rig, member, false, true);
    keeping.resume.accounts = remembered(&rig, Verdict::InSync).await;
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(MINUTE).await;
    assert_eq!(running.verdicts(member), [Verdict::Converged]);
    assert_eq!(running.passes()[0].status.listing_incomplete, None);
}

#[tokio::test(start_paused = true)]
async fn account_that_left_should_be_dropped_once_that_is_confirmed() {
    let rig = in_sync(10).await;
    let (keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(MINUTE).await;
    let member = rig.members()[4];
    call(&rig, "RemoveAccountFromOrganization", json!({"AccountId": member.to_string()}));
    running.run_for(16 * MINUTE).await;
    let left = |event: &KeepEvent| matches!(event, KeepEvent::Left(id) if *id == member);
    assert_eq!(running.events().iter().filter(|it| left(it)).count(), 1);
    running.run_for(60 * MINUTE).await;
    assert_eq!(running.passes()[1].status.total(), 9);
    assert_eq!(running.verdicts(member).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn suspended_account_should_be_skipped_from_the_next_listing_on() {
    let rig = in_sync(5).await;
    let (keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(MINUTE).await;
    let member = rig.members()[1];
    rig.sandbox().with_world(|world| {
        let account = world.state_mut().account_mut(member).expect("there");
        account.state = digitalex_sim::AccountState::Suspended;
    });
    running.run_for(16 * MINUTE).await;
    assert_eq!(running.verdicts(member), [Verdict::InSync, Verdict::Skipped]);
    running.run_for(60 * MINUTE).await;
    assert_eq!(running.passes()[1].status.count(Verdict::Skipped), 2);
    assert_eq!(keeping.access.opened(member).len(), 1);
}

/// An organization that cannot be listed.
struct Unlisted(Arc<dyn Organization>, CallErrorKind, std::sync::atomic::AtomicBool);

#[async_trait]
impl Organization for Unlisted {
    async fn describe(&self) -> Result<OrganizationInfo, CallError> {
        self.0.describe().await
    }

    fn accounts(&self, detail: AccountDetail) -> BoxStream<'_, Result<Account, CallError>> {
        if self.2.load(std::sync::atomic::Ordering::SeqCst) {
            return self.0.accounts(detail);
        }
        let (kind, message) = (self.1.clone(), "as scripted".to_owned());
        let (operation, account, retry_after, source) = ("ListAccounts", None, None, None);
        let error = CallError { operation, account, kind, message, retry_after, source };
        futures::stream::iter([Err(error)]).boxed()
    }

    async fn account(
        &self,
        id: AccountId,
        detail: AccountDetail,
    ) -> Result<Option<Account>, CallError> {
        self.0.account(id, detail).await
    }

    async fn organizational_units(&self) -> Result<Vec<OrganizationalUnit>, CallError> {
        self.0.organizational_units().await
    }
}

#[tokio::test(start_paused = true)]
async fn failed_listing_should_be_tried_again_soon() {
    for kind in [CallErrorKind::Transient, CallErrorKind::NoCredentials] {
        let rig = in_sync(5).await;
        let (mut keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
        let organization = Arc::new(Unlisted(rig.organization(), kind, false.into()));
        keeping.organization = Arc::clone(&organization) as Arc<dyn Organization>;
        let running = keeping.start(&rig, &rollout).await;
        running.run_for(30 * MINUTE).await;
        let listings = running
            .events()
            .iter()
            .filter(|it| matches!(it, KeepEvent::ListingEnded { error: Some(_), .. }))
            .count();
        assert!((3..10).contains(&listings), "{listings}");
        organization.2.store(true, std::sync::atomic::Ordering::SeqCst);
        running.run_for(61 * MINUTE).await;
        assert_eq!(last(&running, rig.members()[0]), Some(Verdict::InSync));
    }
}
