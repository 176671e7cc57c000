//! What the API, the page and the CLI read.

use std::collections::BTreeMap;
use std::time::Duration;

use digitalex_core::{Aspect, Effect, FleetStatus, Ownership, Verdict};
use digitalex_engine::{CallCounts, LearnedRates, OrganizationalUnit, PassSummary, PassTrigger};

use super::world::{
    World, account, at, id, looked, observed, other_description, unread, visit, widened_trust,
};
use crate::{AccountFilter, Change, NewNotification, Page, PageRequest, SqliteStore, StoreError};

async fn ids(store: &SqliteStore, filter: AccountFilter) -> Vec<u64> {
    let page = store.accounts(&filter, &PageRequest::default()).await.unwrap();
    assert_eq!(page.total, Some(page.items.len() as u64));
    page.items.iter().map(|line| line.id.to_string().parse().unwrap()).collect()
}

/// 1 in sync, 2 trust widened, 3 description, 4 unreachable, 5 never visited, 6 converged.
async fn fleet() -> World {
    let world = World::new().await;
    world.list(1..7).await;
    world.visited(looked(1, 1, &observed(1, |_| {}))).await;
    world.visited(looked(2, 2, &observed(2, widened_trust))).await;
    world.visited(looked(3, 3, &observed(3, other_description))).await;
    world.visited(unread(4, 4, Verdict::Unreachable)).await;
    world.visited(visit(6, 6, &observed(6, widened_trust), Verdict::Converged)).await;
    world
}

#[tokio::test]
async fn filters_should_give_the_accounts_that_they_name() {
    let world = fleet().await;
    let any = AccountFilter::default;
    let search = |text: &str| AccountFilter { search: Some(text.to_owned()), ..any() };
    for (filter, expected) in [
        (any(), vec![1, 2, 3, 4, 5, 6]),
        (AccountFilter { verdicts: vec![Verdict::Drifted], ..any() }, vec![2, 3]),
        (
            AccountFilter { verdicts: vec![Verdict::InSync, Verdict::Unreachable], ..any() },
            vec![1, 4],
        ),
        (AccountFilter { verdicts: vec![Verdict::NotVisited], ..any() }, vec![5]),
        (AccountFilter { effects: vec![Effect::Widens], ..any() }, vec![2]),
        (AccountFilter { aspect: Some(Aspect::Description), ..any() }, vec![3]),
        (AccountFilter { unit: Some("ou-1".to_owned()), ..any() }, vec![1, 4]),
        (AccountFilter { unit: Some("r-root".to_owned()), ..any() }, vec![1, 2, 3, 4, 5, 6]),
        (AccountFilter { unit: Some("ou-".to_owned()), ..any() }, vec![]),
        (AccountFilter { cause: Some("access_denied".to_owned()), ..any() }, vec![4]),
        (search("STRASSE 3"), vec![3]),
        (search("zOË"), vec![1, 2, 3, 4, 5, 6]),
        (search("00000000000"), vec![1, 2, 3, 4, 5, 6]),
        (search("000000000005"), vec![5]),
        (search("%"), vec![]),
        (search("' OR 1 = 1 --"), vec![]),
    ] {
        assert_eq!(ids(&world.store, filter.clone()).await, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn pages_should_name_every_account_once_while_others_are_added() {
    let world = World::new().await;
    for number in (10..60).step_by(2) {
        world.list(number..number + 1).await;
    }
    let mut request = PageRequest { cursor: None, limit: 7 };
    let mut seen = Vec::new();
    loop {
        let page: Page<_> =
            world.store.accounts(&AccountFilter::default(), &request).await.unwrap();
        assert!(page.items.len() <= 7);
        seen.extend(page.items.iter().map(|line| line.id));
        world.list(1..2).await;
        world.list(11..12).await;
        request.cursor = page.next;
        if request.cursor.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (10..60).step_by(2).map(id).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn cursor_that_was_not_given_out_should_be_refused() {
    let world = World::new().await;
    for cursor in ["", "x", "a1", "n", "n-1", "n1 OR 1", "a00000000001é", "n99999999999999999999"]
    {
        let request = PageRequest { cursor: Some(cursor.to_owned()), limit: 10 };
        let accounts = world.store.accounts(&AccountFilter::default(), &request).await;
        assert!(matches!(accounts, Err(StoreError::Cursor)), "{cursor:?}");
        let passes = world.store.passes(&request).await;
        assert!(matches!(passes, Err(StoreError::Cursor)), "{cursor:?}");
    }
}

#[tokio::test]
async fn account_should_be_shown_as_it_was_last_read() {
    let world = fleet().await;
    let page = world.store.account(id(2)).await.unwrap().unwrap();
    let role = page.role.clone().unwrap();
    assert_eq!(role.id.as_deref(), Some("AROAEXAMPLE2"));
    assert_eq!(role.ownership, Some(Ownership::Ours));
    let difference = &page.differences[0];
    assert_eq!(difference["kind"], "trust_changed");
    assert_eq!((&difference["aspect"], &difference["effect"]), (&"trust".into(), &"widens".into()));
    assert!(difference["summary"].as_str().unwrap().starts_with("trust policy"));
    assert_eq!(page.steps[0]["call"], "UpdateAssumeRolePolicy");
    assert_eq!(page.found.clone().unwrap()["unique_id"], "AROAEXAMPLE2");
    assert_eq!(page.failures, 1);
    let denied = unread(2, 9, Verdict::Unreachable);
    world.visited(denied).await;
    let later = world.store.account(id(2)).await.unwrap().unwrap();
    assert_eq!(later.line.verdict, Some(Verdict::Unreachable));
    assert_eq!((later.line.effect, later.failures), (Some(Effect::Widens), 1));
    assert_eq!((&later.found, &later.differences), (&page.found, &page.differences));
    assert_eq!(later.cause.unwrap().code, "access_denied");
    world.visited(looked(2, 10, &observed(2, |_| {}))).await;
    let right = world.store.account(id(2)).await.unwrap().unwrap();
    assert_eq!((right.found, right.cause, right.failures), (None, None, 0));
    assert_eq!((right.line.effect, right.line.verified_at), (None, Some(at(10))));
    assert_eq!(world.store.account(id(99)).await.unwrap(), None);
}

#[tokio::test]
async fn summary_and_units_should_add_up() {
    let world = fleet().await;
    let unit = |id: &str, parent: Option<&str>| OrganizationalUnit {
        id: id.to_owned(),
        name: format!("{id}'s name"),
        parent: parent.map(str::to_owned),
    };
    let tree = vec![unit("r-root", None), unit("ou-1", Some("r-root")), unit("ou-9", Some("ou-1"))];
    let ended = Change::ListingEnded { at: at(9), complete: true };
    world.store.record(vec![Change::OrganizationalUnits(tree), ended]).await.unwrap();
    let summary = world.store.summary().await.unwrap();
    assert_eq!((summary.accounts, summary.not_yet_visited, summary.widened), (6, 1, 1));
    assert_eq!(summary.by_verdict[&Verdict::Drifted], 2);
    assert_eq!(summary.drift[&Aspect::Trust], BTreeMap::from([(Effect::Widens, 1)]));
    assert!(summary.listing.unwrap().complete);
    let units = world.store.units().await.unwrap();
    let lines: Vec<_> =
        units.iter().map(|unit| (unit.id.as_str(), unit.name.is_some(), unit.accounts)).collect();
    let expected = [
        ("ou-0", false, 2),
        ("ou-1", true, 2),
        ("ou-2", false, 2),
        ("ou-9", true, 0),
        ("r-root", true, 6),
    ];
    assert_eq!(lines, expected);
    assert_eq!(units[4].by_verdict, summary.by_verdict);
    let widened: Vec<_> = units.iter().map(|unit| unit.widened).collect();
    assert_eq!(widened, [0, 0, 1, 0, 1]);
    assert_eq!(units[0].parent.as_deref(), Some("r-root"));
}

#[tokio::test]
async fn verified_ages_should_count_every_account_that_takes_part() {
    let world = fleet().await;
    world.visited(unread(5, 5, Verdict::Skipped)).await;
    let bounds = [Duration::from_secs(240), Duration::from_secs(600)];
    let ages = world.store.verified_ages(at(10), &bounds).await.unwrap();
    assert_eq!((ages.within, ages.accounts), (vec![1, 2], 5));
    assert!((ages.sum_s - (240.0 + 540.0)).abs() < 0.001);
}

#[tokio::test]
async fn passes_should_be_kept_and_those_that_were_cut_short_be_marked() {
    let world = World::new().await;
    let started = |minute| Change::PassStarted {
        at: at(minute),
        trigger: PassTrigger::Schedule,
        due_at: at(minute - 1),
    };
    let mut status = FleetStatus::default();
    status.add(&looked(1, 1, &observed(1, |_| {})).record);
    let summary = PassSummary {
        started_at: at(5),
        ended_at: at(6),
        due_at: at(4),
        trigger: PassTrigger::Schedule,
        status,
        visited: 1,
        calls: CallCounts(BTreeMap::from([("GetRole", 7)])),
        throttled: CallCounts::default(),
        interrupted: false,
        fell_behind: true,
    };
    let ended = Change::PassEnded(Box::new(summary));
    world.store.record(vec![started(1), started(5), ended]).await.unwrap();
    let passes = world.store.passes(&PageRequest::default()).await.unwrap().items;
    assert_eq!(passes.len(), 2);
    let last = &passes[0];
    assert_eq!((last.ended_at, last.fell_behind, last.interrupted), (Some(at(6)), true, false));
    assert_eq!((last.calls["GetRole"], last.by_verdict[&Verdict::InSync]), (7, 1));
    assert_eq!((passes[1].ended_at, passes[1].interrupted), (None, true));
    assert_eq!(world.store.resume().await.unwrap().last_pass_at, Some(at(5)));
}

#[tokio::test]
async fn resume_should_give_the_accounts_as_they_were_listed_and_visited() {
    let world = fleet().await;
    let resume = world.another().await.resume().await.unwrap();
    let accounts: Vec<_> = resume.accounts.iter().map(|one| one.account.clone()).collect();
    assert_eq!(accounts, (1..7).map(account).collect::<Vec<_>>());
    let record = resume.accounts[3].record.unwrap();
    assert_eq!((record.verdict, record.failures), (Verdict::Unreachable, 1));
    assert_eq!((record.effect, record.visited_at), (None, at(4)));
    assert_eq!(resume.accounts[4].record, None);
}

#[tokio::test]
async fn rates_should_be_kept() {
    let world = World::new().await;
    assert!(world.store.learned_rates().await.unwrap().is_empty());
    let rates: LearnedRates =
        serde_json::from_str(r#"{"accounts":{"111122223333":{"read":2.5}}}"#).unwrap();
    world.store.keep_learned_rates(&rates).await.unwrap();
    assert_eq!(world.another().await.learned_rates().await.unwrap(), rates);
}

#[tokio::test]
async fn notification_should_be_sent_once_for_each_target() {
    let world = World::new().await;
    let new = |target: &str, body: &str| NewNotification {
        key: "drift-1".to_owned(),
        kind: "widening_drift".to_owned(),
        target: target.to_owned(),
        body: body.into(),
    };
    world.store.enqueue(vec![new("one", "first"), new("two", "first")]).await.unwrap();
    world.store.enqueue(vec![new("one", "second")]).await.unwrap();
    let due = async |target, now| world.store.due_notifications(target, now, 10).await.unwrap();
    let (one, two) = (due("one", at(0)).await, due("two", at(0)).await);
    assert_eq!((one.len(), two.len()), (1, 1));
    assert_eq!((one[0].target.as_str(), &one[0].body), ("one", &"first".into()));
    world.store.mark_sent(one[0].id, at(1)).await.unwrap();
    world.store.mark_failed(two[0].id, "refused", at(5)).await.unwrap();
    world.store.enqueue(vec![new("one", "third")]).await.unwrap();
    assert_eq!((due("one", at(5)).await, due("two", at(4)).await), (vec![], vec![]));
    let again = due("two", at(5)).await;
    assert_eq!((again[0].target.as_str(), again[0].attempts), ("two", 1));
}

#[tokio::test]
async fn every_read_should_be_fit_for_any_task() {
    fn send<T: Send>(future: T) -> T {
        future
    }
    let world = World::new().await;
    let store = &world.store;
    let (page, filter) = (PageRequest::default(), AccountFilter::default());
    send(store.accounts(&filter, &page)).await.unwrap();
    send(store.account(id(1))).await.unwrap();
    send(store.history(&crate::HistoryFilter::default(), &page)).await.unwrap();
    send(store.drift(&crate::DriftFilter::default(), &page)).await.unwrap();
    send(store.drift_series(at(0), at(1), 1)).await.unwrap();
    send(store.verified_ages(at(0), &[])).await.unwrap();
    send(store.passes(&page)).await.unwrap();
    send(store.summary()).await.unwrap();
    send(store.units()).await.unwrap();
    send(store.resume()).await.unwrap();
    send(store.documents_before(1)).await.unwrap();
    send(store.due_notifications("one", at(0), 1)).await.unwrap();
    send(store.retire(Duration::ZERO)).await.unwrap();
}
