//! `SimulatePrincipalPolicy`: what a role or user of the account may do.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::AwsError;
use crate::authorize::{Decision, DeniedBy};
use crate::world::operation::{Access, operation, shapes};
use crate::world::page::{MarkerInput, MarkerOutput};
use crate::world::{Caller, Principal, Session, World};

shapes! {
    input SimulatePrincipalPolicy {
        policy_source_arn: String,
        action_names: Vec<String>,
        resource_arns: Option<Vec<String>>,
        context_entries: Option<Vec<ContextEntry>>,
        #[serde(flatten)]
        page: MarkerInput,
    }
    input ContextEntry { context_key_name: String, context_key_values: Option<Vec<String>> }
    output SimulationOutput {
        evaluation_results: Vec<EvaluationResult>,
        #[serde(flatten)]
        page: MarkerOutput,
    }
    output EvaluationResult {
        eval_action_name: String,
        eval_resource_name: String,
        eval_decision: &'static str,
        matched_statements: Vec<String>,
        missing_context_values: Vec<String>,
        organizations_decision_detail: Option<OrganizationsDetail>,
        permissions_boundary_decision_detail: Option<BoundaryDetail>,
    }
    output OrganizationsDetail { allowed_by_organizations: bool }
    output BoundaryDetail { allowed_by_permissions_boundary: bool }
}

operation! {
    Iam SimulatePrincipalPolicy -> SimulationOutput,
    access(self, _, _) { Some(Access::to(&self.policy_source_arn)) },
    run(self, world, caller) {
        let principal = world.principal(caller, &self.policy_source_arn)?;
        let entries = self.context_entries.unwrap_or_default().into_iter();
        let context: BTreeMap<String, Vec<String>> = entries
            .map(|it| (it.context_key_name.to_lowercase(), it.context_key_values.unwrap_or_default()))
            .collect();
        let resources = self.resource_arns.unwrap_or_else(|| vec!["*".to_owned()]);
        let mut results = Vec::new();
        for action in &self.action_names {
            for resource in &resources {
                let decision = world.simulate(&principal, action, resource, &context);
                results.push(result(action, resource, decision));
            }
        }
        let numbered = results.into_iter().enumerate();
        let (page, marker) = self.page.page(numbered, |(number, _)| format!("{number:08}"))?;
        let evaluation_results = page.into_iter().map(|(_, result)| result).collect();
        Ok(SimulationOutput { evaluation_results, page: marker })
    }
}

fn result(action: &str, resource: &str, decision: Decision) -> EvaluationResult {
    let denied_by = match decision {
        Decision::Allowed => None,
        Decision::Denied(by) => Some(by),
    };
    let explicit = matches!(
        denied_by,
        Some(
            DeniedBy::ServiceControlPolicy { explicit: true }
                | DeniedBy::PermissionsBoundary { explicit: true }
                | DeniedBy::SessionPolicy { explicit: true }
                | DeniedBy::IdentityPolicy { explicit: true }
        )
    );
    EvaluationResult {
        eval_action_name: action.to_owned(),
        eval_resource_name: resource.to_owned(),
        eval_decision: match denied_by {
            None => "allowed",
            Some(_) if explicit => "explicitDeny",
            Some(_) => "implicitDeny",
        },
        matched_statements: Vec::new(),
        missing_context_values: Vec::new(),
        organizations_decision_detail: matches!(
            denied_by,
            Some(DeniedBy::ServiceControlPolicy { .. })
        )
        .then_some(OrganizationsDetail { allowed_by_organizations: false }),
        permissions_boundary_decision_detail: matches!(
            denied_by,
            Some(DeniedBy::PermissionsBoundary { .. })
        )
        .then_some(BoundaryDetail { allowed_by_permissions_boundary: false }),
    }
}

impl World {
    /// The role or user with this ARN, as if it called.
    fn principal(&self, caller: &Caller, arn: &str) -> Result<Caller, AwsError> {
        let not_found =
            || AwsError::no_such_entity(format!("The principal {arn} cannot be found."));
        let iam = self.iam(caller.account).ok_or_else(not_found)?;
        let name = arn.rsplit('/').next().unwrap_or_default().to_lowercase();
        let principal = match (iam.roles.get(&name), iam.users.get(&name)) {
            (Some(role), _)
                if arn
                    == self.iam_arn(
                        caller.account,
                        "role",
                        &role.identity.path,
                        &role.identity.name,
                    ) =>
            {
                Principal::Session(Arc::new(Session {
                    account: caller.account,
                    role: name,
                    role_id: role.identity.id.clone(),
                    name: "simulation".to_owned(),
                    expires: self.now,
                    policies: Vec::new(),
                    token: String::new(),
                }))
            }
            (_, Some(user))
                if arn
                    == self.iam_arn(
                        caller.account,
                        "user",
                        &user.identity.path,
                        &user.identity.name,
                    ) =>
            {
                Principal::User(name)
            }
            _ => return Err(not_found()),
        };
        Ok(Caller { account: caller.account, principal })
    }
}
