//! What is told where it is known which service control policy denied a write.

use std::collections::BTreeSet;

use digitalex_core::Cause;

use super::DenyingPolicy;
use crate::{CallError, cause};

impl DenyingPolicy {
    /// The cause of the write's failure.
    pub(crate) fn cause(&self, error: &CallError) -> Cause {
        let plain = cause::of_call(error);
        let Self { policy, denial, action } = self;
        let policy = format!("service control policy {} ({})", printable(&policy.name), policy.id);
        let perhaps = if denial.certain { "" } else { "perhaps " };
        let (code, says, remedy) = match &denial.demands {
            Some(patterns) => (
                "boundary_demanded",
                format!("{perhaps}the {policy} demands a permissions boundary"),
                format!(
                    "declare {} (permissions_boundary, for all, the OU or the account), which must exist in \
                     the account; or exempt the admin role from the policy",
                    demanded(patterns)
                ),
            ),
            None if denial.certain => (
                plain.code,
                format!("the {policy} denies it"),
                format!(
                    "exempt the admin role from the {policy}, which denies {action}, or exclude the account"
                ),
            ),
            None => (
                plain.code,
                format!("perhaps the {policy} denies it"),
                format!(
                    "look whether it is the {policy} that denies {action}: it has conditions that this \
                     program cannot weigh; exempt the admin role from it, or exclude the account"
                ),
            ),
        };
        Cause { code, message: format!("{}; {says}", plain.message), remedy: Some(remedy) }
    }
}

fn demanded(patterns: &BTreeSet<String>) -> String {
    let patterns: Vec<_> = patterns.iter().map(|pattern| as_configured(pattern)).collect();
    match patterns.as_slice() {
        [] => "a permissions boundary".to_owned(),
        [one] if !one.contains(['*', '?']) => format!("the permissions boundary {one}"),
        several => format!("a permissions boundary that matches {}", several.join(" or ")),
    }
}

/// A pattern of boundaries as the configuration names one of each account.
fn as_configured(pattern: &str) -> String {
    let mut fields: Vec<_> = pattern.split(':').collect();
    if let Some(account) = fields.get_mut(4)
        && (*account == "*" || account.starts_with("${"))
    {
        *account = "<ACCOUNT_ID>";
    }
    printable(&fields.join(":"))
}

/// Without control characters: others than this program's users name policies.
fn printable(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}
