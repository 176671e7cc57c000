//! Writes down what a role was before a change, so that it can be put back.

use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use digitalex_store::{DocumentsBefore, RoleBefore};
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
    let Some(role) = &documents.role else {
        if context.is_json() {
            print_json(&json!({ "change": change, "account": account, "folder": null }))?;
        } else {
            print(&format!(
                "Before change {change}, account {account} had no role: nothing is written."
            ))?;
        }
        return Ok(Exit::Done);
    };
    write_role(folder, role).map_err(|error| {
        let message = format!("the documents cannot be written to {}", folder.display());
        Failure::caused(message, "name a folder that is not there yet", error)
    })?;
    if context.is_json() {
        print_json(&json!({ "change": change, "account": account, "folder": folder }))?;
    } else {
        print(&format!(
            "The role of account {account} before change {change} is in {}. It holds the external id.\n\n{}",
            folder.display(),
            how_to_restore(role)
        ))?;
    }
    Ok(Exit::Done)
}

/// What a person types to put the documents back.
fn how_to_restore(role: &RoleBefore) -> String {
    let name = role.arn.rsplit('/').next().unwrap_or_default();
    let trust = format!(
        "  aws iam update-assume-role-policy --role-name {name} --policy-document file://trust.json\n"
    );
    let inline = role.inline.keys().map(|policy| {
        format!(
            "  aws iam put-role-policy --role-name {name} --policy-name {policy} \
             --policy-document file://inline-{policy}.json\n"
        )
    });
    let commands: String = std::iter::once(trust).chain(inline).collect();
    format!(
        "To put it back, in that folder and with credentials of the account:\n{commands}\
         role.json has the rest. The daemon, or an apply, changes it again: exclude the account first."
    )
}

fn write_role(folder: &Path, role: &RoleBefore) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(folder)?;
    let file = |name: &str, text: &str| -> io::Result<()> {
        let mut file =
            File::options().write(true).create_new(true).mode(0o600).open(folder.join(name))?;
        file.write_all(text.as_bytes())
    };
    file("trust.json", &role.trust)?;
    for (name, document) in &role.inline {
        // IAM's policy names hold no slash: `[\w+=,.@-]+`.
        file(&format!("inline-{name}.json"), document)?;
    }
    let rest = json!({
        "arn": role.arn,
        "role_id": role.role_id,
        "path": role.path,
        "description": role.description,
        "max_session_duration": role.max_session_duration_s,
        "managed_policies": role.managed,
        "permissions_boundary": role.boundary,
        "tags": role.tags,
    });
    file("role.json", &format!("{rest:#}\n"))
}
