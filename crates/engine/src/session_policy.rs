//! The session policy: with it AWS itself confines a session to what its purpose needs, whatever
//! the admin role allows and whatever this program does.

use digitalex_core::Partition;
use serde_json::json;

use crate::Target;

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Reading alone.
    Audit,
    /// Reading, and writing to the DigitalEx role.
    Apply,
}

/// Reads are allowed on every role: the role may stand at another path, which must be seen.
const READS: [&str; 4] =
    ["iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"];

/// `iam:TagRole` is needed by a `CreateRole` with tags too, and
/// `iam:PutRolePermissionsBoundary` by one with a boundary.
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

/// The session policy, within the 2,048 characters that STS allows.
#[must_use]
pub fn session_policy(purpose: Purpose, partition: Partition, target: &Target) -> String {
    let roles = format!("arn:{partition}:iam::{}:role", target.account);
    let mut statements =
        vec![json!({"Effect": "Allow", "Action": READS, "Resource": format!("{roles}/*")})];
    if purpose == Purpose::Apply {
        let path = &target.path;
        let mut resources = vec![format!("{roles}{path}digitalex-*")];
        // Resource ARNs are case sensitive, the prefix of a role name is not.
        if !target.role.as_str().starts_with("digitalex-") {
            resources.push(format!("{roles}{path}{}", target.role));
        }
        statements.push(json!({"Effect": "Allow", "Action": WRITES, "Resource": resources}));
    }
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

#[cfg(test)]
mod tests {
    use digitalex_core::{IdentityName, IdentityPath};
    use serde_json::Value;

    use super::*;

    fn target(role: &str, path: &str) -> Target {
        Target {
            account: "111122223333".parse().unwrap(),
            admin_roles: [].into(),
            role: IdentityName::new(role).unwrap(),
            path: IdentityPath::new(path).unwrap(),
            inline_policies: [].into(),
        }
    }

    fn resources(policy: &str, statement: usize) -> Value {
        serde_json::from_str::<Value>(policy).unwrap()["Statement"][statement]["Resource"].clone()
    }

    #[test]
    fn audit_session_should_be_allowed_reads_alone() {
        let policy = session_policy(Purpose::Audit, Partition::Aws, &target("digitalex-a", "/"));
        assert_eq!(resources(&policy, 0), "arn:aws:iam::111122223333:role/*");
        assert!(WRITES.iter().all(|action| !policy.contains(action)));
    }

    #[test]
    fn apply_session_should_write_to_digitalex_roles_of_the_path_alone() {
        let target = target("DigitalEx-a", "/x/");
        let policy = session_policy(Purpose::Apply, Partition::AwsUsGov, &target);
        let roles = "arn:aws-us-gov:iam::111122223333:role/x/";
        let expected = json!([format!("{roles}digitalex-*"), format!("{roles}DigitalEx-a")]);
        assert_eq!(resources(&policy, 1), expected);
    }

    #[test]
    fn session_policy_should_fit_the_longest_path_and_name() {
        let (role, path) = (format!("DIGITALEX-{}", "r".repeat(54)), "p".repeat(510));
        let target = target(&role, &format!("/{path}/"));
        let policy = session_policy(Purpose::Apply, Partition::AwsUsGov, &target);
        assert!(policy.len() <= 2048, "{} characters", policy.len());
    }
}
