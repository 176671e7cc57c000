//! Access keys of users.

use jiff::Timestamp;

use super::identity::UserKind;
use super::rules;
use crate::AwsError;
use crate::world::operation::{Access, Empty, operation, shapes};
use crate::world::page::{MarkerInput, MarkerOutput};
use crate::world::{AccessKey, Caller, World};

shapes! {
    input CreateAccessKey { user_name: Option<String> }
    input ListAccessKeys { user_name: Option<String>, #[serde(flatten)] page: MarkerInput }
    input UpdateAccessKey { user_name: Option<String>, access_key_id: String, status: String }
    input DeleteAccessKey { user_name: Option<String>, access_key_id: String }
    input GetAccessKeyLastUsed { access_key_id: String }
    output AccessKeysOutput {
        access_key_metadata: Vec<AccessKeyShape>,
        #[serde(flatten)] page: MarkerOutput,
    }
    output AccessKeyShape {
        user_name: String,
        access_key_id: String,
        status: &'static str,
        create_date: Timestamp,
    }
    output LastUsedOutput { user_name: String, access_key_last_used: LastUsedShape }
    output LastUsedShape {
        #[serde(skip_serializing_if = "Option::is_none")]
        last_used_date: Option<Timestamp>,
        service_name: &'static str,
        region: String,
    }
}

/// No `Debug`, for the secret in it.
#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AccessKeyOutput {
    access_key: NewAccessKeyShape,
}

/// A key just made, with its secret: no `Debug`.
#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NewAccessKeyShape {
    #[serde(flatten)]
    key: AccessKeyShape,
    secret_access_key: String,
}

impl AccessKeyOutput {
    /// The key's id, and its secret.
    pub(crate) fn into_parts(self) -> (String, String) {
        (self.access_key.key.access_key_id, self.access_key.secret_access_key)
    }
}

operation! {
    Iam CreateAccessKey -> AccessKeyOutput,
    access(self, world, caller) { Some(world.user_access(self.user_name.as_deref(), caller)) },
    run(self, world, caller) {
        let name = world.named_user(self.user_name.as_deref(), caller)?;
        let created = world.stamp();
        if world.user_mut(caller, &name)?.keys.len() >= rules::ACCESS_KEYS_MAX {
            let max = rules::ACCESS_KEYS_MAX;
            let message = format!("Cannot exceed quota for AccessKeysPerUser: {max}");
            return Err(AwsError::limit_exceeded(message));
        }
        let id = world.state.access_key_id(caller.account);
        let secret_access_key = world.state.organizations_id("", 40);
        let key = AccessKey { secret: secret_access_key.clone(), active: true, created };
        let user_name = world.identity::<UserKind>(caller, &name)?.name.clone();
        let shape = key_shape(&user_name, &id, &key);
        world.user_mut(caller, &name)?.keys.insert(id, key);
        Ok(AccessKeyOutput { access_key: NewAccessKeyShape { key: shape, secret_access_key } })
    }
}

operation! {
    Iam ListAccessKeys -> AccessKeysOutput,
    access(self, world, caller) { Some(world.user_access(self.user_name.as_deref(), caller)) },
    run(self, world, caller) {
        let name = world.named_user(self.user_name.as_deref(), caller)?;
        let user_name = world.identity::<UserKind>(caller, &name)?.name.clone();
        let keys = world.user_mut(caller, &name)?.keys.iter();
        let keys = keys.map(|(id, key)| key_shape(&user_name, id, key));
        let (access_key_metadata, page) = self.page.page(keys, |key| key.access_key_id.clone())?;
        Ok(AccessKeysOutput { access_key_metadata, page })
    }
}

operation! {
    Iam UpdateAccessKey -> Empty,
    access(self, world, caller) { Some(world.user_access(self.user_name.as_deref(), caller)) },
    run(self, world, caller) {
        let active = match self.status.as_str() {
            "Active" => true,
            "Inactive" => false,
            other => {
                let rule = "Member must satisfy enum value set: [Active, Inactive]";
                return Err(rules::constraint("status", other, rule));
            }
        };
        let name = world.named_user(self.user_name.as_deref(), caller)?;
        let key = world.user_mut(caller, &name)?.keys.get_mut(&self.access_key_id);
        key.ok_or_else(|| no_key(&self.access_key_id))?.active = active;
        Ok(Empty {})
    }
}

operation! {
    Iam DeleteAccessKey -> Empty,
    access(self, world, caller) { Some(world.user_access(self.user_name.as_deref(), caller)) },
    run(self, world, caller) {
        let name = world.named_user(self.user_name.as_deref(), caller)?;
        let key = world.user_mut(caller, &name)?.keys.remove(&self.access_key_id);
        key.map(|_| Empty {}).ok_or_else(|| no_key(&self.access_key_id))
    }
}

operation! {
    Iam GetAccessKeyLastUsed -> LastUsedOutput,
    access(self, world, caller) {
        // The request names no user, but the user that has the key is what IAM asks about (Service
        // Authorization Reference, IAM).
        let owner = world.find_access_key(&self.access_key_id);
        let owner = owner.filter(|(account, ..)| *account == caller.account);
        Some(match owner {
            Some((_, name, _)) => world.identity_access::<UserKind>(caller, &name),
            None => Access::default(),
        })
    },
    run(self, world, caller) {
        let owner = world.find_access_key(&self.access_key_id);
        let (_, user_name, _) = owner
            .filter(|(account, ..)| *account == caller.account)
            .ok_or_else(|| no_key(&self.access_key_id))?;
        let used = world.key_uses.get(&self.access_key_id);
        let access_key_last_used = LastUsedShape {
            last_used_date: used.map(|used| used.at),
            service_name: used.map_or("N/A", |used| used.service.prefix()),
            region: used.map_or_else(|| "N/A".to_owned(), |used| used.region.to_string()),
        };
        Ok(LastUsedOutput { user_name, access_key_last_used })
    }
}

fn key_shape(user_name: &str, id: &str, key: &AccessKey) -> AccessKeyShape {
    AccessKeyShape {
        user_name: user_name.to_owned(),
        access_key_id: id.to_owned(),
        status: if key.active { "Active" } else { "Inactive" },
        create_date: key.created,
    }
}

fn no_key(id: &str) -> AwsError {
    AwsError::no_such_entity(format!("The Access Key with id {id} cannot be found."))
}

impl World {
    fn user_access(&self, named: Option<&str>, caller: &Caller) -> Access {
        let name = self.user_name(named, caller);
        self.identity_access::<UserKind>(caller, name.as_deref().unwrap_or("*"))
    }

    fn named_user(&self, named: Option<&str>, caller: &Caller) -> Result<String, AwsError> {
        self.user_name(named, caller).ok_or_else(|| {
            AwsError::validation("Must specify userName when calling with non-User credentials")
        })
    }
}
