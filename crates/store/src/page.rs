//! Lists, page by page.

use serde::Serialize;
use utoipa::ToSchema;

/// Which page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// Where the page before ended, as [`Page::next`] said; none for the first page.
    pub cursor: Option<String>,
    /// Most items on it: 1 to 500, what is out of range becomes the nearest; 0 is 100.
    pub limit: u32,
}

/// One page of a list. What is added to the list while it is read moves nothing from one page to
/// another.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page; none on the last one.
    pub next: Option<String>,
    /// How many items the whole list has, where it was counted.
    pub total: Option<u64>,
}

impl PageRequest {
    const LIMIT_MAX: u32 = 500;
    const LIMIT_DEFAULT: u32 = 100;

    /// The number of items to give.
    pub(crate) fn items_max(&self) -> usize {
        let limit = if self.limit == 0 { Self::LIMIT_DEFAULT } else { self.limit };
        usize::try_from(limit.min(Self::LIMIT_MAX)).unwrap_or(usize::MAX)
    }
}
