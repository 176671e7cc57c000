//! Where a page ended: the key of its last item, so that what is added meanwhile moves nothing.

use digitalex_core::AccountId;

use crate::{Page, PageRequest, StoreError};

/// The key by which a list is ordered.
pub(super) trait Key: Sized {
    fn to_cursor(&self) -> String;
    fn from_cursor(cursor: &str) -> Option<Self>;
}

impl Key for AccountId {
    fn to_cursor(&self) -> String {
        format!("a{self}")
    }

    fn from_cursor(cursor: &str) -> Option<Self> {
        cursor.strip_prefix('a')?.parse().ok()
    }
}

impl Key for i64 {
    fn to_cursor(&self) -> String {
        format!("n{self}")
    }

    fn from_cursor(cursor: &str) -> Option<Self> {
        let digits = cursor.strip_prefix('n')?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    }
}

/// The key that the page begins after.
pub(super) fn after<K: Key>(page: &PageRequest) -> Result<Option<K>, StoreError> {
    match &page.cursor {
        None => Ok(None),
        Some(cursor) => K::from_cursor(cursor).map(Some).ok_or(StoreError::Cursor),
    }
}

/// How many rows to ask for: one more than fits, to see whether there is a next page.
pub(super) fn rows_max(page: &PageRequest) -> i64 {
    i64::try_from(page.items_max()).unwrap_or(i64::MAX).saturating_add(1)
}

/// The page out of what [`rows_max`] gave.
pub(super) fn page<T, K: Key>(
    mut items: Vec<T>,
    request: &PageRequest,
    total: Option<u64>,
    key: impl Fn(&T) -> K,
) -> Page<T> {
    let more = items.len() > request.items_max();
    items.truncate(request.items_max());
    let next = items.last().filter(|_| more).map(|last| key(last).to_cursor());
    Page { items, next, total }
}
