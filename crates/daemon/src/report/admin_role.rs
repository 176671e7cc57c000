//! The admin role of an account that has none: a CloudFormation template for its owner.

use digitalex_core::{AccountId, Identity, IdentityKind, IdentityPath, Partition};
use digitalex_engine::{Purpose, Target, session_policy};
use serde_json::{Value, json};

use crate::output::schema::RemedyDocument;

/// Where the owner of an account uploads a template.
pub(crate) const CREATE_STACK: &str =
    "https://console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks/create/template";

const STACK: &str = "digitalex-admin-role";

/// The template, for a caller in the account `trusted`.
pub(crate) fn document(trusted: &str, role: &str) -> RemedyDocument {
    RemedyDocument {
        name: format!("{STACK}.json"),
        about: format!(
            "A CloudFormation template for the owner of the account: it creates the role {role}, which \
             trusts account {trusted} and may do no more than this program needs"
        ),
        text: format!("{:#}\n", template(trusted, role)),
    }
}

/// A link that opens the console with the template filled in; CloudFormation takes templates from S3 alone.
pub(crate) fn quick_create_link(template_url: &str, trusted: &str) -> String {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    format!(
        "https://console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks/quickcreate\
         ?templateURL={}&stackName={STACK}&param_TrustedAccount={}",
        encode(template_url),
        encode(trusted)
    )
}

fn template(trusted: &str, role: &str) -> Value {
    json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The role by which digitalex-rollout gets into this account. It may write to \
                        roles and users named digitalex-* alone.",
        "Parameters": {
            "TrustedAccount": {
                "Type": "String",
                "Default": trusted,
                "AllowedPattern": "^[0-9]{12}$",
                "Description": "The account whose principals may assume the role, as far as it lets them.",
            },
            "RoleName": {
                "Type": "String",
                "Default": role,
                "AllowedPattern": "^[A-Za-z0-9+=,.@_-]{1,64}$",
                "Description": "The name under admin_roles in the configuration.",
            },
        },
        "Resources": {
            "AdminRole": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": {"Ref": "RoleName"},
                    "Description": "digitalex-rollout gets into this account by it",
                    "AssumeRolePolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [{
                            "Effect": "Allow",
                            "Principal": {
                                "AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${TrustedAccount}:root"},
                            },
                            "Action": "sts:AssumeRole",
                        }],
                    },
                    "Policies": [
                        {"PolicyName": "digitalex-roles", "PolicyDocument": policy(IdentityKind::Role)},
                        {"PolicyName": "digitalex-users", "PolicyDocument": policy(IdentityKind::User)},
                    ],
                },
            },
        },
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["AdminRole", "Arn"]}}},
    })
}

/// What a session is confined to anyway, in the account that the stack stands in.
fn policy(kind: IdentityKind) -> Value {
    const ANY: &str = "000000000000";
    let names = (ANY.parse::<AccountId>(), "digitalex-finops".parse());
    let (Ok(account), Ok(name)) = names else { return Value::Null };
    let target = Target {
        account,
        admin_roles: [].into(),
        identity: Identity { kind, name },
        path: IdentityPath::default(),
        inline_policies: [].into(),
    };
    let text = session_policy(Purpose::Apply, Partition::Aws, &target);
    let mut policy = serde_json::from_str(&text).unwrap_or_default();
    substitute(&mut policy, &format!("arn:aws:iam::{ANY}:"));
    policy
}

/// ARNs of that account become those of the account that the stack stands in.
fn substitute(value: &mut Value, prefix: &str) {
    match value {
        Value::String(text) => {
            if let Some(rest) = text.strip_prefix(prefix) {
                let here = format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:{rest}");
                *value = json!({"Fn::Sub": here});
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| substitute(item, prefix)),
        Value::Object(fields) => fields.values_mut().for_each(|field| substitute(field, prefix)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn template_should_confine_the_role_to_what_a_session_is_confined_to() {
        let text = document("111122223333", "OrganizationAccountAccessRole").text;
        assert!(text.contains("iam::${AWS::AccountId}:role/digitalex-*"), "{text}");
        assert!(!text.contains("000000000000") && !text.contains("AdministratorAccess"), "{text}");
    }

    #[test]
    fn link_should_fill_the_stack_in() {
        let link = quick_create_link("https://b.s3.amazonaws.com/a b.json", "111122223333");
        assert!(
            link.ends_with(
                "?templateURL=https%3A%2F%2Fb%2Es3%2Eamazonaws%2Ecom%2Fa%20b%2Ejson\
                 &stackName=digitalex-admin-role&param_TrustedAccount=111122223333"
            ),
            "{link}"
        );
    }
}
