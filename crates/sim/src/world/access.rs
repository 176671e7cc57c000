//! Gathers the policies that bear on a call, and words a refusal as AWS does.

use std::collections::BTreeMap;

use digitalex_core::AccountId;

use super::iam::aws_managed;
use super::operation::{Access, Service};
use super::{Caller, Identity, Principal, World};
use crate::AwsError;
use crate::authorize::{
    Decision, DeniedBy, Document, Policies, Request, authorize, authorize_assume_role,
};

/// The policies of a caller, owned.
#[derive(Default)]
struct CallerPolicies {
    identity: Vec<Document>,
    boundary: Option<Document>,
    session: Vec<Document>,
    service_control: Vec<Vec<Document>>,
    is_root: bool,
}

impl CallerPolicies {
    fn as_policies(&self) -> Policies<'_> {
        Policies {
            identity: &self.identity,
            boundary: self.boundary.as_ref(),
            session: &self.session,
            service_control: &self.service_control,
            is_root: self.is_root,
        }
    }
}

/// The actions with the condition key `iam:PermissionsBoundary` ("Actions, resources, and condition keys for
/// AWS Identity and Access Management").
const HAVE_BOUNDARY: [&str; 14] = [
    "AttachRolePolicy",
    "AttachUserPolicy",
    "CreateRole",
    "CreateUser",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DeleteUserPermissionsBoundary",
    "DeleteUserPolicy",
    "DetachRolePolicy",
    "DetachUserPolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "PutUserPermissionsBoundary",
    "PutUserPolicy",
];

impl World {
    /// Whether the caller may do this.
    pub(crate) fn check_access(
        &self,
        caller: &Caller,
        service: Service,
        operation: &str,
        access: &Access,
    ) -> Result<(), AwsError> {
        let action = format!("{}:{operation}", service.prefix());
        let (principal_arn, mut context) = self.request_context(caller, &access.context);
        if !HAVE_BOUNDARY.contains(&operation) {
            context.remove("iam:permissionsboundary");
        }
        let request = Request {
            principal_arn: &principal_arn,
            principal_account: caller.account,
            action: &action,
            resource: &access.resource,
            context: &context,
        };
        match authorize(&request, &self.policies_of(caller).as_policies()) {
            Decision::Allowed => Ok(()),
            Decision::Denied(by) => Err(denied(service, &request, by)),
        }
    }

    /// Whether the caller may assume the role with this trust policy.
    pub(crate) fn check_assume_role(
        &self,
        caller: &Caller,
        trust: &str,
        access: &Access,
    ) -> Result<(), AwsError> {
        let (principal_arn, context) = self.request_context(caller, &access.context);
        let request = Request {
            principal_arn: &principal_arn,
            principal_account: caller.account,
            action: "sts:AssumeRole",
            resource: &access.resource,
            context: &context,
        };
        let decision = match self.documents.parse(trust) {
            Ok(trust) => {
                authorize_assume_role(&request, &trust, &self.policies_of(caller).as_policies())
            }
            Err(_) => Decision::Denied(DeniedBy::TrustPolicy),
        };
        match decision {
            Decision::Allowed => Ok(()),
            Decision::Denied(by) => Err(denied(Service::Sts, &request, by)),
        }
    }

    /// The decision on any action of an identity, for `SimulatePrincipalPolicy`.
    pub(crate) fn simulate(
        &self,
        caller: &Caller,
        action: &str,
        resource: &str,
        context: &BTreeMap<String, Vec<String>>,
    ) -> Decision {
        let (principal_arn, context) = self.request_context(caller, context);
        let request = Request {
            principal_arn: &principal_arn,
            principal_account: caller.account,
            action,
            resource,
            context: &context,
        };
        authorize(&request, &self.policies_of(caller).as_policies())
    }

    /// The document of a managed policy that `account` can name.
    pub(crate) fn managed_policy_document(&self, arn: &str) -> Option<&str> {
        if let Some(policy) = aws_managed::find(arn) {
            return Some(policy.document);
        }
        let (account, name) = customer_policy(arn)?;
        let policy = self.iam(account)?.policies.get(&name)?;
        Some(policy.document())
    }

    fn request_context(
        &self,
        caller: &Caller,
        own: &BTreeMap<String, Vec<String>>,
    ) -> (String, BTreeMap<String, Vec<String>>) {
        let arn = self.caller_arn(caller);
        let mut context = own.clone();
        let mut set = |key: &str, value: String| {
            context.insert(key.to_owned(), vec![value]);
        };
        set("aws:principalarn", self.principal_arn(caller).unwrap_or_else(|| arn.clone()));
        set("aws:principalaccount", caller.account.to_string());
        set("aws:currenttime", self.stamp().to_string());
        set("aws:epochtime", self.now.as_second().to_string());
        set("aws:securetransport", "true".to_owned());
        let member = self.account(caller.account).is_some_and(|account| account.parent.is_some());
        if let Some(organization) = self.state.organization.as_ref().filter(|_| member) {
            set("aws:principalorgid", organization.id.clone());
        }
        for (key, value) in self.caller_identity(caller).iter().flat_map(|who| &who.tags) {
            context.insert(format!("aws:principaltag/{}", key.to_lowercase()), vec![value.clone()]);
        }
        (arn, context)
    }

    /// `aws:PrincipalArn`: of a session, its role's.
    fn principal_arn(&self, caller: &Caller) -> Option<String> {
        let Principal::Session(session) = &caller.principal else { return None };
        let identity = &self.iam(session.account)?.roles.get(&session.role)?.identity;
        Some(self.iam_arn(session.account, "role", &identity.path, &identity.name))
    }

    fn caller_identity(&self, caller: &Caller) -> Option<&Identity> {
        let iam = self.iam(caller.account)?;
        match &caller.principal {
            Principal::Root => None,
            Principal::User(key) => iam.users.get(key).map(|user| &user.identity),
            Principal::Session(session) => iam.roles.get(&session.role).map(|role| &role.identity),
        }
    }

    /// ARNs of the managed policies that a user has by way of groups.
    fn attached_by_group(&self, caller: &Caller) -> impl Iterator<Item = &String> {
        let user = match &caller.principal {
            Principal::User(key) => Some(key),
            Principal::Root | Principal::Session(_) => None,
        };
        let groups = user.into_iter().flat_map(|key| self.groups_of(caller, key));
        groups.flat_map(|group| &group.attached)
    }

    fn policies_of(&self, caller: &Caller) -> CallerPolicies {
        let mut policies = CallerPolicies {
            service_control: self.service_control_of(caller.account),
            is_root: matches!(caller.principal, Principal::Root),
            ..CallerPolicies::default()
        };
        if let Some(identity) = self.caller_identity(caller) {
            let by_group = self.attached_by_group(caller);
            let managed = identity.attached.iter().chain(by_group);
            let managed = managed.filter_map(|arn| self.managed_policy_document(arn));
            policies.identity =
                self.parse_all(identity.inline.values().map(String::as_str).chain(managed));
            policies.boundary = identity.boundary.as_ref().map(|arn| self.boundary(arn));
        }
        if let Principal::Session(session) = &caller.principal {
            policies.session = self.parse_all(session.policies.iter().map(String::as_str));
        }
        policies
    }

    /// A boundary that names a policy which is gone allows nothing.
    fn boundary(&self, arn: &str) -> Document {
        self.managed_policy_document(arn)
            .and_then(|text| self.documents.parse(text).ok())
            .unwrap_or_else(Document::nothing)
    }

    /// The service control policies at each level above the account. They do not bind the management
    /// account.
    fn service_control_of(&self, account: AccountId) -> Vec<Vec<Document>> {
        let Some(organization) = &self.state.organization else { return Vec::new() };
        let Some(parent) = self.account(account).and_then(|account| account.parent.as_deref())
        else {
            return Vec::new();
        };
        if account == self.state.management_account || !organization.root.service_control_policies {
            return Vec::new();
        }
        let mut levels = organization.path_to(parent);
        levels.push(account.to_string());
        let policies = |level: &String| {
            let attached = organization.policies.values().filter(|p| p.targets.contains(level));
            self.parse_all(attached.map(|policy| policy.content.as_str()))
        };
        levels.iter().map(policies).collect()
    }

    /// Documents were checked when they were stored. One that cannot be read allows nothing, and is not
    /// left out: no session policy at all would not bind.
    fn parse_all<'t>(&self, texts: impl Iterator<Item = &'t str>) -> Vec<Document> {
        let parse = |text| self.documents.parse(text).unwrap_or_else(|_| Document::nothing());
        texts.map(parse).collect()
    }
}

/// The account and the key in its map of a customer-managed policy's ARN.
pub(crate) fn customer_policy(arn: &str) -> Option<(AccountId, String)> {
    let mut parts = arn.splitn(6, ':').skip(4);
    let account = parts.next()?.parse().ok()?;
    let (_, name) = parts
        .next()?
        .strip_prefix("policy/")
        .map(|rest| rest.rsplit_once('/').unwrap_or(("", rest)))?;
    Some((account, name.to_lowercase()))
}

fn denied(service: Service, request: &Request<'_>, by: DeniedBy) -> AwsError {
    let Request { principal_arn, action, resource, .. } = request;
    let kind = |explicit: bool, policy: &str| {
        if explicit {
            let article = if policy.starts_with('i') { "an" } else { "a" };
            format!(" with an explicit deny in {article} {policy}")
        } else {
            format!(" because no {policy} allows the {action} action")
        }
    };
    let reason = match by {
        DeniedBy::ServiceControlPolicy { explicit } => kind(explicit, "service control policy"),
        DeniedBy::PermissionsBoundary { explicit } => kind(explicit, "permissions boundary"),
        DeniedBy::SessionPolicy { explicit } => kind(explicit, "session policy"),
        DeniedBy::IdentityPolicy { .. } | DeniedBy::TrustPolicy if *action == "sts:AssumeRole" => {
            String::new()
        }
        DeniedBy::IdentityPolicy { explicit } => kind(explicit, "identity-based policy"),
        DeniedBy::TrustPolicy => String::new(),
    };
    let message = format!(
        "User: {principal_arn} is not authorized to perform: {action} on resource: {resource}{reason}"
    );
    match service {
        Service::Organizations | Service::CostReports => {
            AwsError::new("AccessDeniedException", 400, message)
        }
        Service::Iam | Service::Sts => AwsError::new("AccessDenied", 403, message),
    }
}
