//! The roots and OUs of the organization: `ListRoots`, `ListOrganizationalUnitsForParent`.

use std::collections::HashSet;

use digitalex_engine::{CallError, OrganizationalUnit};
use futures::future::try_join_all;

use crate::classify::Subject;
use crate::organizations::AwsOrganization;
use crate::paging::PageTokens;
use crate::translate::inconsistent;

const LIST_ROOTS: Subject = Subject { operation: "ListRoots", account: None };
pub(crate) const LIST_OUS: Subject =
    Subject { operation: "ListOrganizationalUnitsForParent", account: None };

/// The whole tree, level by level from the roots down; where a part cannot be read, an error.
pub(crate) async fn organizational_units(
    organization: &AwsOrganization,
) -> Result<Vec<OrganizationalUnit>, CallError> {
    let (mut all, mut seen) = (Vec::new(), HashSet::new());
    let mut level = roots(organization).await?;
    while !level.is_empty() {
        if let Some(again) = level.iter().find(|unit| !seen.insert(unit.id.clone())) {
            return Err(inconsistent(LIST_OUS, stands_twice(&again.id)));
        }
        let below = level.iter().map(|unit| child_ous(organization, &unit.id));
        let below = try_join_all(below).await?.into_iter().flatten().collect();
        all.append(&mut level);
        level = below;
    }
    Ok(all)
}

/// What is wrong where a walk down the tree would never end.
pub(crate) fn stands_twice(id: &str) -> String {
    format!("{id} stands in the tree twice; the next listing reads it anew")
}

/// The roots; there is one.
pub(crate) async fn roots(
    organization: &AwsOrganization,
) -> Result<Vec<OrganizationalUnit>, CallError> {
    let (mut roots, mut tokens) = (Vec::new(), PageTokens::default());
    loop {
        let token = tokens.current();
        let page = organization
            .call(LIST_ROOTS, |config| {
                let request = organization.client.list_roots().set_next_token(token.clone());
                request.customize().config_override(config).send()
            })
            .await?;
        for root in page.roots() {
            roots.push(unit(LIST_ROOTS, root.id(), root.name(), None)?);
        }
        if !tokens.advance(LIST_ROOTS, page.next_token)? {
            return Ok(roots);
        }
    }
}

/// The OUs that stand right below a root or OU.
pub(crate) async fn child_ous(
    organization: &AwsOrganization,
    parent: &str,
) -> Result<Vec<OrganizationalUnit>, CallError> {
    let (mut ous, mut tokens) = (Vec::new(), PageTokens::default());
    loop {
        let token = tokens.current();
        let page = organization
            .call(LIST_OUS, |config| {
                let request = organization.client.list_organizational_units_for_parent();
                let request = request.parent_id(parent).set_next_token(token.clone());
                request.customize().config_override(config).send()
            })
            .await?;
        for ou in page.organizational_units() {
            ous.push(unit(LIST_OUS, ou.id(), ou.name(), Some(parent))?);
        }
        if !tokens.advance(LIST_OUS, page.next_token)? {
            return Ok(ous);
        }
    }
}

fn unit(
    subject: Subject,
    id: Option<&str>,
    name: Option<&str>,
    parent: Option<&str>,
) -> Result<OrganizationalUnit, CallError> {
    let id = id.ok_or_else(|| inconsistent(subject, "a root or OU came without its id"))?;
    Ok(OrganizationalUnit {
        id: id.to_owned(),
        name: name.unwrap_or_default().to_owned(),
        parent: parent.map(str::to_owned),
    })
}
