//! The passwords of users: whether there is one, never which.

use jiff::Timestamp;

use super::identity::UserKind;
use crate::AwsError;
use crate::world::operation::{Empty, Flag, operation, shapes};
use crate::world::{LoginProfile, User};

/// IAM's default password policy (IAM User Guide, "Setting an account password policy").
const PASSWORD_LENGTH_MIN: usize = 8;

shapes! {
    input CreateLoginProfile {
        user_name: String,
        password: String,
        password_reset_required: Option<Flag>,
    }
    input GetLoginProfile { user_name: String }
    input DeleteLoginProfile { user_name: String }
    output LoginProfileOutput { login_profile: LoginProfileShape }
    output LoginProfileShape {
        user_name: String,
        create_date: Timestamp,
        password_reset_required: bool,
    }
}

operation! {
    Iam CreateLoginProfile -> LoginProfileOutput,
    access(self, world, caller) { Some(world.identity_access::<UserKind>(caller, &self.user_name)) },
    run(self, world, caller) {
        let created = world.stamp();
        let user = world.user_mut(caller, &self.user_name)?;
        if user.login_profile.is_some() {
            let message = format!("Login Profile for user {} already exists.", self.user_name);
            return Err(AwsError::already_exists(message));
        }
        if self.password.chars().count() < PASSWORD_LENGTH_MIN {
            let message = "Password should have a minimum length of 8";
            return Err(AwsError::new("PasswordPolicyViolation", 400, message));
        }
        let reset_required = self.password_reset_required.is_some_and(|Flag(required)| required);
        let profile = LoginProfile { created, reset_required };
        let output = shape(user, &profile);
        user.login_profile = Some(profile);
        Ok(output)
    }
}

operation! {
    Iam GetLoginProfile -> LoginProfileOutput,
    access(self, world, caller) { Some(world.identity_access::<UserKind>(caller, &self.user_name)) },
    run(self, world, caller) {
        let user = world.user_mut(caller, &self.user_name)?;
        let profile = user.login_profile.as_ref().ok_or_else(|| no_profile(&self.user_name))?;
        Ok(shape(user, profile))
    }
}

operation! {
    Iam DeleteLoginProfile -> Empty,
    access(self, world, caller) { Some(world.identity_access::<UserKind>(caller, &self.user_name)) },
    run(self, world, caller) {
        let user = world.user_mut(caller, &self.user_name)?;
        user.login_profile.take().ok_or_else(|| no_profile(&self.user_name))?;
        Ok(Empty {})
    }
}

fn shape(user: &User, profile: &LoginProfile) -> LoginProfileOutput {
    let login_profile = LoginProfileShape {
        user_name: user.identity.name.clone(),
        create_date: profile.created,
        password_reset_required: profile.reset_required,
    };
    LoginProfileOutput { login_profile }
}

fn no_profile(user: &str) -> AwsError {
    AwsError::no_such_entity(format!("Login Profile for User {user} cannot be found."))
}
