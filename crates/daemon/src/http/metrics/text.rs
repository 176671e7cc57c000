//! The classic text format (version 0.0.4), which every reader of Prometheus's metrics knows.

use std::collections::BTreeSet;

use prometheus_client::encoding::text::encode_registry;
use prometheus_client::registry::Registry;

/// The registries one after the other. The library writes OpenMetrics, where a counter `x` has the
/// sample `x_total`; in the classic format the counter itself is called so.
pub(super) fn classic(registries: &[&Registry]) -> String {
    let mut text = String::new();
    for registry in registries {
        // Writing to a string cannot fail.
        if encode_registry(&mut text, registry).is_err() {
            tracing::error!("metrics cannot be written");
        }
    }
    let counters: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
        .collect();
    let rename = |line: &str| {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some(kind), Some(name), Some(rest)) if counters.contains(name) => {
                format!("# {kind} {name}_total {rest}\n")
            }
            _ => format!("{line}\n"),
        }
    };
    text.lines().map(rename).collect()
}
