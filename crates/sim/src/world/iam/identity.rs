//! What roles and users have in common.

use serde::Serialize;

use crate::AwsError;
use crate::world::operation::Access;
use crate::world::{Caller, Iam, Identity, World};

use super::rules;

/// Roles or users: most operations on them differ in the name alone.
pub(crate) trait Kind: Send + Sync + 'static {
    /// `role` or `user`, as in ARNs.
    const WORD: &'static str;
    const IS_ROLE: bool;
    const INLINE_CHARS_MAX: usize;

    fn find<'i>(iam: &'i Iam, name: &str) -> Option<&'i Identity>;
    fn find_mut<'i>(iam: &'i mut Iam, name: &str) -> Option<&'i mut Identity>;
}

pub(crate) struct RoleKind;

pub(crate) struct UserKind;

impl Kind for RoleKind {
    const WORD: &'static str = "role";
    const IS_ROLE: bool = true;
    const INLINE_CHARS_MAX: usize = rules::ROLE_INLINE_CHARS_MAX;

    fn find<'i>(iam: &'i Iam, name: &str) -> Option<&'i Identity> {
        iam.roles.get(&name.to_lowercase()).map(|role| &role.identity)
    }

    fn find_mut<'i>(iam: &'i mut Iam, name: &str) -> Option<&'i mut Identity> {
        iam.roles.get_mut(&name.to_lowercase()).map(|role| &mut role.identity)
    }
}

impl Kind for UserKind {
    const WORD: &'static str = "user";
    const IS_ROLE: bool = false;
    const INLINE_CHARS_MAX: usize = rules::USER_INLINE_CHARS_MAX;

    fn find<'i>(iam: &'i Iam, name: &str) -> Option<&'i Identity> {
        iam.users.get(&name.to_lowercase()).map(|user| &user.identity)
    }

    fn find_mut<'i>(iam: &'i mut Iam, name: &str) -> Option<&'i mut Identity> {
        iam.users.get_mut(&name.to_lowercase()).map(|user| &mut user.identity)
    }
}

/// One of two names, by kind.
pub(super) const fn by_kind<K: Kind>(role: &'static str, user: &'static str) -> &'static str {
    if K::IS_ROLE { role } else { user }
}

/// The permissions boundary, as IAM gives it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BoundaryShape {
    pub(crate) permissions_boundary_type: &'static str,
    pub(crate) permissions_boundary_arn: String,
}

impl BoundaryShape {
    pub(super) fn of(identity: &Identity) -> Option<Self> {
        identity.boundary.clone().map(|permissions_boundary_arn| Self {
            permissions_boundary_type: "PermissionsBoundaryPolicy",
            permissions_boundary_arn,
        })
    }
}

pub(super) fn not_found<K: Kind>(name: &str) -> AwsError {
    AwsError::no_such_entity(format!("The {} with name {name} cannot be found.", K::WORD))
}

impl World {
    pub(super) fn identity<K: Kind>(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<&Identity, AwsError> {
        let iam = self.iam(caller.account);
        iam.and_then(|iam| K::find(iam, name)).ok_or_else(|| not_found::<K>(name))
    }

    pub(super) fn identity_mut<K: Kind>(
        &mut self,
        caller: &Caller,
        name: &str,
    ) -> Result<&mut Identity, AwsError> {
        let iam = self.iam_mut(caller)?;
        K::find_mut(iam, name).ok_or_else(|| not_found::<K>(name))
    }

    pub(super) fn iam_mut(&mut self, caller: &Caller) -> Result<&mut Iam, AwsError> {
        let account = self.state.account_mut(caller.account);
        account.map(|account| &mut account.iam).ok_or_else(|| {
            let message = "The security token included in the request is invalid.";
            AwsError::new("InvalidClientTokenId", 403, message)
        })
    }

    /// What an operation on an identity touches: it, its tags and its boundary.
    pub(super) fn identity_access<K: Kind>(&self, caller: &Caller, name: &str) -> Access {
        let Ok(identity) = self.identity::<K>(caller, name) else {
            return Access::to(self.iam_arn(caller.account, K::WORD, "/", name));
        };
        let arn = self.iam_arn(caller.account, K::WORD, &identity.path, &identity.name);
        let access = Access::to(arn).with("iam:permissionsboundary", identity.boundary.as_deref());
        identity.tags.iter().fold(access, |access, (key, value)| {
            access
                .with(&format!("iam:resourcetag/{key}"), value.as_str())
                .with(&format!("aws:resourcetag/{key}"), value.as_str())
        })
    }
}
