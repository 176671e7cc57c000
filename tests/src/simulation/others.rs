//! What other people do to the organization while the product works.

use digitalex_core::{AccountId, IdentityKind};
use digitalex_sim::faults::Fault;
use digitalex_sim::{AccountState, Credentials, Identity, Role, ServiceControlPolicy, World};
use rand::Rng;
use rand::rngs::SmallRng;
use serde_json::json;

use super::others_keys::{act_on_user, create_user_first};
use super::wanted::ROLE;

/// Something that somebody else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// Attaches an administrator's policy to the role.
    AttachPolicy,
    /// Trusts another account too.
    OpenTrust,
    /// Asks for another external id.
    ChangeExternalId,
    /// Attaches more policies than one plan may remove.
    AttachMany,
    /// Leaves a trust that names a principal which is gone.
    LoseTrust,
    /// Allows more in the inline policy.
    ChangeInline,
    /// Removes a policy.
    DetachPolicy,
    /// Changes the description.
    Describe,
    /// Takes our tag off.
    RemoveTag,
    /// Deletes the role.
    DeleteRole,
    /// Deletes the role, and creates another of the name that is theirs.
    RecreateForeign,
    /// Deletes the role, and creates one that looks hand-made.
    RecreateByHand,
    /// Deletes the role, and creates it at another path.
    MovePath,
    /// Suspends the account.
    Suspend,
    /// Puts a suspended account in use again.
    Resume,
    /// Takes the account out of the organization.
    Leave,
    /// Creates an account.
    CreateAccount,
    /// Denies IAM in the account.
    DenyIam,
    /// Denies writes to the role.
    ProtectRole,
    /// Demands a permissions boundary that nobody declared.
    DemandBoundary,
    /// Deletes the admin role.
    DeleteAdminRole,
    /// Makes an access key of the user.
    ExtraKey,
    /// Deactivates the recorded key.
    DeactivateKey,
    /// Deletes the recorded key.
    DeleteKey,
    /// Takes the tag off that records keys.
    ForgetKey,
    /// Gives the user a password.
    Password,
    /// Makes the user a member of a group.
    JoinGroup,
}

impl Deed {
    /// Those that are done to users alone.
    pub const OF_KEYS: [Self; 6] = [
        Self::ExtraKey,
        Self::DeactivateKey,
        Self::DeleteKey,
        Self::ForgetKey,
        Self::Password,
        Self::JoinGroup,
    ];

    /// All that are done to roles, some of them to users too.
    pub const ALL: [Self; 21] = [
        Self::AttachPolicy,
        Self::OpenTrust,
        Self::ChangeExternalId,
        Self::AttachMany,
        Self::LoseTrust,
        Self::ChangeInline,
        Self::DetachPolicy,
        Self::Describe,
        Self::RemoveTag,
        Self::DeleteRole,
        Self::RecreateForeign,
        Self::RecreateByHand,
        Self::MovePath,
        Self::Suspend,
        Self::Resume,
        Self::Leave,
        Self::CreateAccount,
        Self::DenyIam,
        Self::ProtectRole,
        Self::DemandBoundary,
        Self::DeleteAdminRole,
    ];

    /// Those that one call of the product puts right.
    pub const DRIFTS: [Self; 6] = [
        Self::ChangeExternalId,
        Self::AttachPolicy,
        Self::OpenTrust,
        Self::ChangeInline,
        Self::DetachPolicy,
        Self::Describe,
    ];

    /// The fault that it is.
    #[must_use]
    pub const fn fault(self) -> Option<Fault> {
        Some(match self {
            Self::AttachPolicy | Self::AttachMany => Fault::ExtraPolicy,
            Self::LoseTrust => Fault::PrincipalGone,
            Self::RemoveTag => Fault::TagRemoved,
            Self::RecreateForeign => Fault::ForeignRole,
            Self::RecreateByHand => Fault::RoleRecreated,
            Self::MovePath => Fault::PathMismatch,
            Self::Suspend => Fault::SuspendedMidRun,
            Self::Leave => Fault::LeftOrganization,
            Self::DenyIam => Fault::ScpDenies,
            Self::ProtectRole => Fault::RoleProtected,
            Self::DemandBoundary => Fault::BoundaryDemanded,
            Self::DeleteAdminRole => Fault::NoAdminRole,
            Self::OpenTrust
            | Self::ChangeExternalId
            | Self::ChangeInline
            | Self::DetachPolicy
            | Self::Describe
            | Self::DeleteRole
            | Self::Resume
            | Self::CreateAccount
            | Self::ExtraKey
            | Self::DeactivateKey
            | Self::DeleteKey
            | Self::ForgetKey
            | Self::Password
            | Self::JoinGroup => return None,
        })
    }
}

/// Does it in an account; whether anything changed. The accounts that are right stay so where the deed
/// is about another.
pub fn act(
    world: &mut World,
    deed: Deed,
    account: AccountId,
    kind: IdentityKind,
    rng: &mut SmallRng,
) -> bool {
    match deed {
        Deed::CreateAccount => create_account(world, rng),
        Deed::Suspend => set_state(world, account, AccountState::Active, AccountState::Suspended),
        Deed::Resume => set_state(world, account, AccountState::Suspended, AccountState::Active),
        Deed::Leave => leave(world, account),
        Deed::DenyIam => deny(world, account, &json!({"Action": "iam:*", "Resource": "*"})),
        Deed::ProtectRole => {
            let actions = ["iam:Put*", "iam:Attach*", "iam:Detach*", "iam:Update*", "iam:Tag*"];
            let resource = ["arn:aws:iam::*:role/digitalex-*", "arn:aws:iam::*:user/digitalex-*"];
            deny(world, account, &json!({"Action": actions, "Resource": resource}))
        }
        Deed::DemandBoundary => {
            let demanded = json!({"ArnNotLike": {"iam:PermissionsBoundary": "arn:aws:iam::*:policy/nobody-has-it"}});
            let statement = json!({"Action": ["iam:CreateRole", "iam:CreateUser"], "Resource": "*", "Condition": demanded});
            deny(world, account, &statement)
        }
        Deed::DeleteAdminRole => remove_role(world, account, "organizationaccountaccessrole"),
        _ => match kind {
            IdentityKind::Role => act_on_role(world, deed, account),
            IdentityKind::User => act_on_user(world, deed, account),
        },
    }
}

/// Nobody denies anything any more but what was denied at first.
pub fn lift_denials(world: &mut World) {
    if let Some(organization) = &mut world.state_mut().organization {
        organization.policies.retain(|_, policy| !policy.name.starts_with(DENIAL));
    }
}

/// Somebody creates a role of the name, which is theirs or looks hand-made.
pub fn create_first(
    world: &mut World,
    account: AccountId,
    kind: IdentityKind,
    by_hand: bool,
) -> bool {
    if kind == IdentityKind::User {
        return create_user_first(world, account);
    }
    let stands = world.state().accounts.get(&account).is_some_and(|it| it.iam.role(ROLE).is_some());
    if stands {
        return false;
    }
    let trusted = if by_hand { "911403356698" } else { "222233334444" };
    insert_role(world, account, trusted, "/")
}

const DENIAL: &str = "denial-";

fn act_on_role(world: &mut World, deed: Deed, account: AccountId) -> bool {
    let keys = Credentials::root_of(account);
    let mut call = |operation: &str, request: serde_json::Value| {
        world.call(&keys, "iam", operation, request).is_ok()
    };
    match deed {
        Deed::AttachPolicy => {
            let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
            call("AttachRolePolicy", json!({"RoleName": ROLE, "PolicyArn": arn}))
        }
        Deed::DetachPolicy => {
            let arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
            call("DetachRolePolicy", json!({"RoleName": ROLE, "PolicyArn": arn}))
        }
        Deed::OpenTrust => {
            let document = trust("333344445555", None);
            call("UpdateAssumeRolePolicy", json!({"RoleName": ROLE, "PolicyDocument": document}))
        }
        Deed::ChangeExternalId => {
            let document = trust("911403356698", Some("another-tenant"));
            call("UpdateAssumeRolePolicy", json!({"RoleName": ROLE, "PolicyDocument": document}))
        }
        Deed::AttachMany => {
            let names = ["PowerUserAccess", "SecurityAudit", "AdministratorAccess"];
            let arns = names.map(|name| format!("arn:aws:iam::aws:policy/{name}"));
            arns.iter()
                .map(|arn| call("AttachRolePolicy", json!({"RoleName": ROLE, "PolicyArn": arn})))
                .fold(false, |any, done| any | done)
        }
        Deed::ChangeInline => {
            let document = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
            let Some(name) = first_inline(world, account) else { return false };
            let request = json!({"RoleName": ROLE, "PolicyName": name, "PolicyDocument": document.to_string()});
            world.call(&keys, "iam", "PutRolePolicy", request).is_ok()
        }
        Deed::Describe => call(
            "UpdateRole",
            json!({"RoleName": ROLE, "Description": "by hand", "MaxSessionDuration": 3600}),
        ),
        Deed::RemoveTag => {
            let keys = [digitalex_core::OWNERSHIP_TAG_KEY];
            call("UntagRole", json!({"RoleName": ROLE, "TagKeys": keys}))
        }
        Deed::LoseTrust => change_role(world, account, |role| {
            role.trust =
                role.trust.replace("arn:aws:iam::911403356698:root", "AROAIIIIIIIIIIIIIIIII");
        }),
        Deed::DeleteRole => remove_role(world, account, ROLE),
        Deed::RecreateForeign => {
            remove_role(world, account, ROLE) && insert_role(world, account, "222233334444", "/")
        }
        Deed::RecreateByHand => {
            remove_role(world, account, ROLE) && insert_role(world, account, "911403356698", "/")
        }
        Deed::MovePath => {
            remove_role(world, account, ROLE)
                && insert_role(world, account, "911403356698", "/finops/")
                && change_role(world, account, |role| {
                    let value = digitalex_core::OWNERSHIP_TAG_VALUE.to_owned();
                    let key = digitalex_core::OWNERSHIP_TAG_KEY.to_owned();
                    role.identity.tags.insert(key, value);
                })
        }
        _ => false,
    }
}

fn create_account(world: &mut World, rng: &mut SmallRng) -> bool {
    let number: u32 = rng.random();
    let request = json!({"AccountName": "sandbox", "Email": format!("new-{number}@example.com")});
    world.call(&Credentials::management_root(), "organizations", "CreateAccount", request).is_ok()
}

fn set_state(world: &mut World, id: AccountId, from: AccountState, to: AccountState) -> bool {
    let management = world.state().management_account;
    match world.state_mut().account_mut(id) {
        Some(account) if account.state == from && id != management => {
            account.state = to;
            true
        }
        _ => false,
    }
}

fn leave(world: &mut World, id: AccountId) -> bool {
    let management = world.state().management_account;
    match world.state_mut().account_mut(id) {
        Some(account) if id != management && account.parent.is_some() => {
            account.parent = None;
            true
        }
        _ => false,
    }
}

fn deny(world: &mut World, account: AccountId, statement: &serde_json::Value) -> bool {
    let mut statement = statement.clone();
    statement["Effect"] = json!("Deny");
    let content = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let Some(organization) = &mut world.state_mut().organization else { return false };
    let id = format!("p-{account}{}", organization.policies.len());
    let policy = ServiceControlPolicy {
        id: id.clone(),
        name: format!("{DENIAL}{id}"),
        description: String::new(),
        content,
        aws_managed: false,
        targets: [account.to_string()].into(),
        tags: std::collections::BTreeMap::new(),
    };
    organization.policies.insert(id, policy);
    true
}

fn change_role(world: &mut World, account: AccountId, change: impl FnOnce(&mut Role)) -> bool {
    let account = world.state_mut().account_mut(account);
    let role = account.and_then(|account| account.iam.roles.get_mut(ROLE));
    role.map(change).is_some()
}

fn remove_role(world: &mut World, account: AccountId, name: &str) -> bool {
    let account = world.state_mut().account_mut(account);
    account.is_some_and(|account| account.iam.roles.remove(name).is_some())
}

fn insert_role(world: &mut World, account: AccountId, trusted: &str, path: &str) -> bool {
    let stamp = world.now();
    let serial =
        world.state().accounts.len() + world.calls().arrived.values().sum::<u64>() as usize;
    let id = format!("AROABYHAND{serial:011}");
    let external_id = (trusted == "911403356698").then_some(super::wanted::TENANT_ID);
    let role = Role {
        identity: Identity::new(ROLE, id, path, stamp),
        trust: trust(trusted, external_id),
        description: None,
        max_session_duration_s: 3_600,
    };
    let Some(account) = world.state_mut().account_mut(account) else { return false };
    account.iam.insert_role(role);
    true
}

fn first_inline(world: &World, account: AccountId) -> Option<String> {
    let role = world.state().accounts.get(&account)?.iam.role(ROLE)?;
    role.identity.inline.keys().next().cloned()
}

fn trust(account: &str, external_id: Option<&str>) -> String {
    let principal = json!({"AWS": format!("arn:aws:iam::{account}:root")});
    let mut statement =
        json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
    if let Some(id) = external_id {
        statement["Condition"] = json!({"StringEquals": {"sts:ExternalId": id}});
    }
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}
