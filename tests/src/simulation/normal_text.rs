//! Policy documents in a form that is the same for all that mean the same.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

/// Most documents that are remembered.
const READ_MAX: usize = 1_000;

/// A policy document in one of the forms that mean the same: no `Sid`, no list of one, lists in order.
/// The same few are looked at again and again.
#[must_use]
pub(super) fn normal_text(text: &str) -> Arc<Value> {
    thread_local! {
        static READ: RefCell<HashMap<String, Arc<Value>>> = RefCell::default();
    }
    READ.with_borrow_mut(|read| {
        if let Some(value) = read.get(text) {
            return Arc::clone(value);
        }
        if read.len() >= READ_MAX {
            read.clear();
        }
        let value = Arc::new(serde_json::from_str(text).map_or(Value::Null, normal));
        read.insert(text.to_owned(), Arc::clone(&value));
        value
    })
}

fn normal(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(normal).collect();
            items.sort_by_cached_key(Value::to_string);
            items.dedup();
            if items.len() == 1 { items.remove(0) } else { Value::Array(items) }
        }
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(name, _)| name != "Sid");
            Value::Object(fields.map(|(name, value)| (name, normal(value))).collect())
        }
        other => other,
    }
}
