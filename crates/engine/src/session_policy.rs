//! The session policy: with it AWS itself confines a session to what its purpose needs, whatever
//! the admin role allows and whatever this program does.

use digitalex_core::{IdentityKind, Partition};
use serde_json::json;

use crate::Target;

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Reading alone.
    Audit,
    /// Reading, and writing to the DigitalEx role or user.
    Apply,
}

/// Reads are allowed on every role or user: it may stand at another path, which must be seen.
const READS_OF_ROLES: &[&str] =
    &["iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"];
const READS_OF_USERS: &[&str] = &[
    "iam:GetUser",
    "iam:ListUserPolicies",
    "iam:GetUserPolicy",
    "iam:ListAttachedUserPolicies",
    "iam:ListAccessKeys",
    "iam:GetAccessKeyLastUsed",
    "iam:GetLoginProfile",
    "iam:ListGroupsForUser",
];

/// `iam:TagRole` is needed by a `CreateRole` with tags too, and
/// `iam:PutRolePermissionsBoundary` by one with a boundary.
const WRITES_TO_ROLES: &[&str] = &[
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
const WRITES_TO_USERS: &[&str] = &[
    "iam:CreateUser",
    "iam:PutUserPolicy",
    "iam:DeleteUserPolicy",
    "iam:AttachUserPolicy",
    "iam:DetachUserPolicy",
    "iam:PutUserPermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:TagUser",
    "iam:CreateAccessKey",
    "iam:UpdateAccessKey",
    "iam:DeleteAccessKey",
    "iam:DeleteLoginProfile",
];

/// IAM asks for this on the group (Service Authorization Reference, IAM).
const WRITES_TO_GROUPS: &str = "iam:RemoveUserFromGroup";

/// The session policy, within the 2,048 characters that STS allows.
#[must_use]
pub fn session_policy(purpose: Purpose, partition: Partition, target: &Target) -> String {
    let kind = target.identity.kind;
    let (reads, writes) = match kind {
        IdentityKind::Role => (READS_OF_ROLES, WRITES_TO_ROLES),
        IdentityKind::User => (READS_OF_USERS, WRITES_TO_USERS),
    };
    let account = format!("arn:{partition}:iam::{}:", target.account);
    let all = format!("{account}{kind}/*");
    let mut statements = vec![json!({"Effect": "Allow", "Action": reads, "Resource": all})];
    if purpose == Purpose::Apply {
        let (path, name) = (&target.path, target.identity.name.as_str());
        let mut resources = vec![format!("{account}{kind}{path}digitalex-*")];
        // Resource ARNs are case sensitive, the prefix of a name is not.
        if !name.starts_with("digitalex-") {
            resources.push(format!("{account}{kind}{path}{name}"));
        }
        statements.push(json!({"Effect": "Allow", "Action": writes, "Resource": resources}));
        if kind == IdentityKind::User {
            let groups = format!("{account}group/*");
            statements
                .push(json!({"Effect": "Allow", "Action": WRITES_TO_GROUPS, "Resource": groups}));
        }
    }
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

#[cfg(test)]
mod tests {
    use digitalex_core::{Identity, IdentityName, IdentityPath};
    use serde_json::Value;

    use super::*;

    fn target(role: &str, path: &str) -> Target {
        target_of(IdentityKind::Role, role, path)
    }

    fn target_of(kind: IdentityKind, name: &str, path: &str) -> Target {
        Target {
            account: "111122223333".parse().unwrap(),
            admin_roles: [].into(),
            identity: Identity { kind, name: IdentityName::new(name).unwrap() },
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
        assert!(WRITES_TO_ROLES.iter().all(|action| !policy.contains(action)));
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
        let (name, path) = (format!("DIGITALEX-{}", "r".repeat(54)), "p".repeat(510));
        for kind in [IdentityKind::Role, IdentityKind::User] {
            let target = target_of(kind, &name, &format!("/{path}/"));
            let policy = session_policy(Purpose::Apply, Partition::AwsUsGov, &target);
            assert!(policy.len() <= 2048, "{kind}: {} characters", policy.len());
        }
    }

    #[test]
    fn session_for_a_user_should_be_allowed_nothing_on_roles() {
        let target = target_of(IdentityKind::User, "digitalex-a", "/");
        let policy = session_policy(Purpose::Apply, Partition::Aws, &target);
        assert_eq!(resources(&policy, 1), json!(["arn:aws:iam::111122223333:user/digitalex-*"]));
        assert!(!policy.contains("Role") && !policy.contains(":role"));
        let audit = session_policy(Purpose::Audit, Partition::Aws, &target);
        assert!(WRITES_TO_USERS.iter().all(|action| !audit.contains(action)));
        assert!(!audit.contains(WRITES_TO_GROUPS));
    }
}
