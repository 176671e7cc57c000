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
    let Some(role) = &documents.role else {
        print(&format!("Before change {change}, account {} had no role.", documents.account))?;
        return Ok(Exit::Done);
    };
    write_role(folder, role).map_err(|error| {
        let message = format!("the documents cannot be written to {}", folder.display());
        Failure::caused(message, "name a folder that is not there yet", error)
    })?;
    if context.is_json() {
        print_json(&json!({ "change": change, "account": documents.account, "folder": folder }))?;
    } else {
        print(&format!(
            "The role of account {} before change {change} is in {}. It holds the external id.\n\
             aws iam update-assume-role-policy --role-name NAME --policy-document file://trust.json",
            documents.account,
            folder.display()
        ))?;
    }
    Ok(Exit::Done)
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
