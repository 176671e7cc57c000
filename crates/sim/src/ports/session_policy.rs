//! The session policy of an audit and of an apply: the simulated AWS itself confines a session to what
//! its purpose needs.

use digitalex_core::Partition;
use digitalex_engine::Target;
use serde_json::json;

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Reading alone.
    Audit,
    /// Reading, and writing to the DigitalEx role.
    Apply,
}

const READS: [&str; 4] =
    ["iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"];
const WRITES: [&str; 10] = [
    "iam:CreateRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:PutRolePolicy",
    "iam:DeleteRolePolicy",
    "iam:AttachRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:DeleteRolePermissionsBoundary",
    "iam:UpdateRole",
    "iam:TagRole",
];

/// Reads are allowed on every role (it may stand at another path), writes on the target's alone.
pub(super) fn session_policy(purpose: Purpose, partition: Partition, target: &Target) -> String {
    let roles = format!("arn:{partition}:iam::{}:role", target.account);
    let mut statements =
        vec![json!({"Effect": "Allow", "Action": READS, "Resource": format!("{roles}/*")})];
    if purpose == Purpose::Apply {
        let path = &target.path;
        let own = format!("{roles}{path}{}", target.role);
        let resources = [format!("{roles}{path}digitalex-*"), own];
        statements.push(json!({"Effect": "Allow", "Action": WRITES, "Resource": resources}));
    }
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}
