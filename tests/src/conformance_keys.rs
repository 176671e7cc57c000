//! What must hold of the life of access keys over every implementation of the ports.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use digitalex_core::{
    AccessKeyId, AccountId, IdentityKind, KeyOrder, KeyRecord, OtherKey, Verdict,
};
use digitalex_engine::Way;

use crate::one_user::OneUser;
use crate::others::Others;
use crate::rollout::{Outcome, Rig};

/// A key whose secret no sink takes is deleted at once; the next apply with a sink that works makes another.
///
/// # Panics
/// It does not hold.
pub async fn a_key_that_no_sink_takes_is_deleted_at_once(
    rig: &dyn Rig,
    others: &dyn Others,
    member: AccountId,
) {
    let mut user = OneUser::new(rig, others, member, "digitalex-user-no-sink");
    for _ in 0..2 {
        fails_for_the_sink(&user).await;
        assert!(user.seen().keys.is_empty());
        assert!(!user.seen().tags.contains_key("digitalex:access-keys"));
    }
    user.converges().await;
    user.is_in_sync().await;
    let key = user.record().current;
    user.is_used(&key).await;

    // In a rotation the key that works stays as it is.
    user.a_second_passes().await;
    user.keys().order = KeyOrder::Replace { made_before_s: user.now_s() };
    let before = user.seen();
    let failed = fails_for_the_sink(&user).await;
    let expected = [("CreateAccessKey", 1), ("DeleteAccessKey", 1)];
    assert_eq!(failed.writes_by_name(), expected.into());
    assert_eq!(user.seen(), before);
    user.apply().await;
    assert_eq!(user.seen().active().count(), 2);
}

/// Applies while the sink takes nothing.
async fn fails_for_the_sink(user: &OneUser<'_>) -> Outcome {
    user.rollout.key_sink.fail(true);
    let failed = user.apply().await;
    user.rollout.key_sink.fail(false);
    let record = user.of(&failed);
    assert_eq!(record.verdict, Verdict::Failed, "{record:?}");
    assert_eq!(record.cause.as_ref().map(|cause| cause.code), Some("key_sink"));
    failed
}

/// What shows that the next key is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    Use,
    Word,
}

/// A key is replaced by one beside it, which takes over once it is proved to be in use; then the old one is
/// deactivated, and later deleted.
///
/// # Panics
/// It does not hold.
pub async fn a_key_is_replaced_without_a_moment_without_one(
    rig: &dyn Rig,
    others: &dyn Others,
    member: AccountId,
) {
    for (proof, name) in [(Proof::Use, "used"), (Proof::Word, "confirmed")] {
        let name = format!("digitalex-user-rotated-{name}");
        let mut user = OneUser::made(rig, others, member, &name).await;
        user.keys().orphan_age = Duration::ZERO;
        let old = user.record().current;
        user.is_used(&old).await;
        user.a_second_passes().await;

        user.keys().order = KeyOrder::Replace { made_before_s: user.now_s() };
        let next = has_a_next_key(&user, &old).await;
        // The order is given once for all, and a run without it goes on alike.
        user.is_held("rotation_unproved").await;
        user.keys().order = KeyOrder::Keep;
        user.is_held("rotation_unproved").await;

        match proof {
            Proof::Use => user.is_used(&next).await,
            Proof::Word => user.keys().order = KeyOrder::Confirm,
        }
        takes_over(&user, &old, &next).await;
        user.keys().order = KeyOrder::Keep;
        user.is_in_sync().await;

        user.keys().delete_after = Duration::ZERO;
        user.a_second_passes().await;
        let deleted = user.converges().await;
        assert_eq!(deleted.writes_by_name(), [("DeleteAccessKey", 1)].into());
        user.is_in_sync().await;
        let keys: Vec<_> = user.seen().keys.into_iter().collect();
        assert_eq!(keys, [(next.clone(), true)], "{name}");
        let sink = &user.rollout.key_sink;
        assert_eq!((sink.len(), sink.handed_out(&user.owner())), (1, Some(next)));
    }
}

/// A second key is made beside the one that works, and recorded as the next.
async fn has_a_next_key(user: &OneUser<'_>, old: &AccessKeyId) -> AccessKeyId {
    let replacing = user.apply().await;
    let record = user.of(&replacing);
    assert_eq!(record.access_key.as_ref(), Some(old), "{record:?}");
    let expected = [("CreateAccessKey", 1), ("TagUser", 1)];
    assert_eq!(replacing.writes_by_name(), expected.into(), "{record:?}");
    let seen = user.seen();
    let next = seen.keys.keys().find(|key| *key != old).expect("a second key").clone();
    assert_eq!(seen.active().count(), 2, "{seen:?}");
    let other = Some(OtherKey::Next(next.clone()));
    assert_eq!(user.record(), KeyRecord { current: old.clone(), other });
    let sink = &user.rollout.key_sink;
    assert_eq!((sink.len(), sink.handed_out(&user.owner())), (2, Some(old.clone())));
    next
}

/// The next key becomes the recorded one, and the old one is deactivated.
async fn takes_over(user: &OneUser<'_>, old: &AccessKeyId, next: &AccessKeyId) {
    let switched = user.converges().await;
    let expected = [("TagUser", 1), ("UpdateAccessKey", 1)];
    assert_eq!(switched.writes_by_name(), expected.into());
    assert_eq!(user.seen().keys, [(old.clone(), false), (next.clone(), true)].into());
    let other = Some(OtherKey::Previous(old.clone()));
    assert_eq!(user.record(), KeyRecord { current: next.clone(), other });
    assert_eq!(user.rollout.key_sink.handed_out(&user.owner()).as_ref(), Some(next));
}

/// A key that is older than a key may be is replaced without being told to, one key after the other.
///
/// # Panics
/// It does not hold.
pub async fn a_key_that_is_too_old_is_replaced(
    rig: &dyn Rig,
    others: &dyn Others,
    member: AccountId,
) {
    let mut user = OneUser::made(rig, others, member, "digitalex-user-old-key").await;
    let old = user.record().current;
    user.keys().max_age = Some(Duration::ZERO);
    user.a_second_passes().await;
    assert_eq!(user.of(&user.audit().await).verdict, Verdict::Drifted);
    let next = has_a_next_key(&user, &old).await;
    user.is_held("rotation_unproved").await;
    user.is_used(&next).await;
    user.keys().max_age = Some(Duration::from_secs(3600));
    takes_over(&user, &old, &next).await;
    user.is_in_sync().await;
}

/// The keys of a user are given up where the role is verified, and there alone.
///
/// # Panics
/// It does not hold.
pub async fn keys_are_given_up_only_where_the_role_is_verified(
    rig: &dyn Rig,
    others: &dyn Others,
    member: AccountId,
) {
    let mut user = OneUser::made(rig, others, member, "digitalex-user-retired").await;
    let key = user.record().current;
    let before = user.seen();
    user.rollout.spec.settings.identity.kind = IdentityKind::Role;

    user.keys().order = KeyOrder::Deactivate;
    user.rollout.spec.way = Way::RetiredKeys { verified: Arc::default() };
    is_skipped(&user, &user.rollout.apply().await, "role_not_verified");
    assert_eq!(user.seen(), before);

    let verified: Arc<BTreeSet<AccountId>> = Arc::new([member].into());
    user.rollout.spec.way = Way::RetiredKeys { verified };
    let deactivated = user.rollout.apply().await;
    assert_eq!(user.of(&deactivated).verdict, Verdict::Converged, "{deactivated:?}");
    assert_eq!(deactivated.writes_by_name(), [("UpdateAccessKey", 1)].into());
    assert_eq!(user.seen().keys, [(key.clone(), false)].into());
    user.is_in_sync().await;

    user.keys().order = KeyOrder::Delete;
    let deleted = user.rollout.apply().await;
    assert_eq!(deleted.writes_by_name(), [("DeleteAccessKey", 1)].into(), "{deleted:?}");
    assert!(user.seen().keys.is_empty() && user.rollout.key_sink.is_empty());
    user.is_in_sync().await;

    // An account that is still to have keys keeps them, whatever was verified.
    let mut kept = OneUser::made(rig, others, member, "digitalex-user-not-retired").await;
    kept.keys().order = KeyOrder::Delete;
    kept.rollout.spec.way = user.rollout.spec.way.clone();
    is_skipped(&kept, &kept.rollout.apply().await, "other_way");
    assert_eq!(kept.seen().active().count(), 1);
}

fn is_skipped(user: &OneUser<'_>, outcome: &Outcome, code: &str) {
    let record = user.of(outcome);
    assert_eq!(record.verdict, Verdict::Skipped, "{record:?}");
    assert_eq!(record.cause.as_ref().map(|cause| cause.code), Some(code));
    assert_eq!(outcome.writes(), 0);
}
