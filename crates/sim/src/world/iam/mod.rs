//! AWS Identity and Access Management (API version 2010-05-08).

mod access_keys;
mod account_details;
mod attachments;
pub(crate) mod aws_managed;
mod boundaries;
mod details;
mod groups;
mod identity;
mod identity_tags;
mod inline;
mod login_profiles;
mod managed;
mod managed_lists;
mod managed_versions;
mod principals;
mod roles;
mod rules;
mod simulate;
mod users;

pub(crate) use access_keys::{
    CreateAccessKey, DeleteAccessKey, GetAccessKeyLastUsed, ListAccessKeys, UpdateAccessKey,
};
pub(crate) use attachments::{AttachPolicy, DetachPolicy, ListAttachedPolicies};
pub(crate) use boundaries::{DeleteBoundary, PutBoundary};
pub(crate) use groups::{ListGroupsForUser, RemoveUserFromGroup};
pub(crate) use identity::{BoundaryShape, Kind, RoleKind, UserKind};
pub(crate) use identity_tags::TagIdentity;
pub(crate) use inline::{DeleteInlinePolicy, GetInlinePolicy, ListInlinePolicies, PutInlinePolicy};
pub(crate) use login_profiles::{DeleteLoginProfile, GetLoginProfile};
pub(crate) use roles::{CreateRole, GetRole, RoleShape, UpdateAssumeRolePolicy, UpdateRole};
pub use rules::ROLES_MAX;
pub(crate) use users::{CreateUser, GetUser};

super::table::handlers![
    roles::CreateRole,
    roles::GetRole,
    roles::ListRoles,
    roles::UpdateRole,
    roles::UpdateRoleDescription,
    roles::UpdateAssumeRolePolicy,
    roles::DeleteRole,
    roles::ListInstanceProfilesForRole,
    users::CreateUser,
    users::GetUser,
    users::ListUsers,
    users::DeleteUser,
    groups::CreateGroup,
    groups::DeleteGroup,
    groups::AddUserToGroup,
    groups::RemoveUserFromGroup,
    groups::ListGroupsForUser,
    groups::AttachGroupPolicy,
    groups::DetachGroupPolicy,
    groups::ListAttachedGroupPolicies,
    login_profiles::CreateLoginProfile,
    login_profiles::GetLoginProfile,
    login_profiles::DeleteLoginProfile,
    access_keys::CreateAccessKey,
    access_keys::ListAccessKeys,
    access_keys::UpdateAccessKey,
    access_keys::DeleteAccessKey,
    access_keys::GetAccessKeyLastUsed,
    inline::PutInlinePolicy<RoleKind>,
    inline::GetInlinePolicy<RoleKind>,
    inline::DeleteInlinePolicy<RoleKind>,
    inline::ListInlinePolicies<RoleKind>,
    inline::PutInlinePolicy<UserKind>,
    inline::GetInlinePolicy<UserKind>,
    inline::DeleteInlinePolicy<UserKind>,
    inline::ListInlinePolicies<UserKind>,
    attachments::AttachPolicy<RoleKind>,
    attachments::DetachPolicy<RoleKind>,
    attachments::ListAttachedPolicies<RoleKind>,
    attachments::AttachPolicy<UserKind>,
    attachments::DetachPolicy<UserKind>,
    attachments::ListAttachedPolicies<UserKind>,
    boundaries::PutBoundary<RoleKind>,
    boundaries::DeleteBoundary<RoleKind>,
    boundaries::PutBoundary<UserKind>,
    boundaries::DeleteBoundary<UserKind>,
    identity_tags::TagIdentity<RoleKind>,
    identity_tags::UntagIdentity<RoleKind>,
    identity_tags::ListIdentityTags<RoleKind>,
    identity_tags::TagIdentity<UserKind>,
    identity_tags::UntagIdentity<UserKind>,
    identity_tags::ListIdentityTags<UserKind>,
    managed::CreatePolicy,
    managed::GetPolicy,
    managed::DeletePolicy,
    managed_lists::ListPolicies,
    managed_lists::ListEntitiesForPolicy,
    managed_versions::CreatePolicyVersion,
    managed_versions::GetPolicyVersion,
    managed_versions::ListPolicyVersions,
    managed_versions::SetDefaultPolicyVersion,
    managed_versions::DeletePolicyVersion,
    account_details::GetAccountAuthorizationDetails,
    details::ListAccountAliases,
    details::CreateAccountAlias,
    details::DeleteAccountAlias,
    details::GetAccountSummary,
    simulate::SimulatePrincipalPolicy,
];
