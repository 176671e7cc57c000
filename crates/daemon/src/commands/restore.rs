//! Writes down what a role or user was before a change, so that it can be put back.

use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use digitalex_store::{DocumentsBefore, IdentityBefore};
use miette::Report;
use serde_json::json;

use crate::Context;
use crate::exit::{Exit, Failure};
use crate::output::{print, print_json};

/// Writes the documents into a folder that is not there yet, for its owner only.
pub(crate) fn write(
    context: &Context,
    change: i64,
    documents: Option<DocumentsBefore>,
    folder: &Path,
) -> Result<Exit, Report> {
    let Some(documents) = documents else {
        let message = format!("the store has no documents of change {change}");
        let next_step = "take the SEQ of an intent from `digitalex-rollout history`; old ones are gone after \
                         [store] retention";
        return Err(Failure::new(message, next_step).into());
    };
    let account = documents.account;
    let Some(found) = &documents.found else {
        if context.is_json() {
            print_json(&json!({ "change": change, "account": account, "folder": null }))?;
        } else {
            print(&format!(
                "Before change {change}, account {account} had no role or user of this name: nothing is written."
            ))?;
        }
        return Ok(Exit::Done);
    };
    write_documents(folder, found).map_err(|error| {
        let message = format!("the documents cannot be written to {}", folder.display());
        Failure::caused(message, "name a folder that is not there yet", error)
    })?;
    if context.is_json() {
        print_json(&json!({ "change": change, "account": account, "folder": folder }))?;
    } else {
        print(&format!(
            "What account {account} had before change {change} is in {}. A trust policy may hold the external id.\n\n{}",
            folder.display(),
            how_to_restore(found)
        ))?;
    }
    Ok(Exit::Done)
}

/// What a person types to put the documents back.
fn how_to_restore(found: &IdentityBefore) -> String {
    let name = found.arn.rsplit('/').next().unwrap_or_default();
    let kind = if found.role.is_some() { "role" } else { "user" };
    let trust = found.role.as_ref().map(|_| {
        format!(
            "  aws iam update-assume-role-policy --role-name {name} --policy-document file://trust.json\n"
        )
    });
    let inline = found.inline.keys().map(|policy| {
        format!(
            "  aws iam put-{kind}-policy --{kind}-name {name} --policy-name {policy} \
             --policy-document file://inline-{policy}.json\n"
        )
    });
    let commands: String = trust.into_iter().chain(inline).collect();
    format!(
        "To put it back, in that folder and with credentials of the account:\n{commands}\
         {kind}.json has the rest. The daemon, or an apply, changes it again: exclude the account first."
    )
}

fn write_documents(folder: &Path, found: &IdentityBefore) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(folder)?;
    let file = |name: &str, text: &str| -> io::Result<()> {
        let mut file =
            File::options().write(true).create_new(true).mode(0o600).open(folder.join(name))?;
        file.write_all(text.as_bytes())
    };
    if let Some(role) = &found.role {
        file("trust.json", &role.trust)?;
    }
    for (name, document) in &found.inline {
        // IAM's policy names hold no slash: `[\w+=,.@-]+`.
        file(&format!("inline-{name}.json"), document)?;
    }
    let role = found.role.as_ref();
    let rest = json!({
        "arn": found.arn,
        "unique_id": found.unique_id,
        "path": found.path,
        "description": role.map(|role| &role.description),
        "max_session_duration": role.map(|role| role.max_session_duration_s),
        "managed_policies": found.managed,
        "permissions_boundary": found.boundary,
        "tags": found.tags,
    });
    let name = if role.is_some() { "role.json" } else { "user.json" };
    file(name, &format!("{rest:#}\n"))
}
