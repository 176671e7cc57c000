//! Principals of a trust policy.

use super::Findings;
use crate::policy::json::Json;
use crate::policy::parse::placed_elements;
use crate::policy::place::Place;
use crate::{AccountId, Arn};

pub(super) fn check_principal(value: &Json, place: &Place, findings: &mut Findings) {
    if let Json::String(text) = value {
        if text != "*" {
            findings.add(place, "must be \"*\" or an object such as {\"AWS\": \"111122223333\"}");
        }
        return;
    }
    let kinds = findings.members(value, place);
    if kinds.is_empty() && matches!(value, Json::Object(_)) {
        findings.add(place, "must name a principal");
    }
    for (kind, values) in kinds {
        let place = place.key(kind);
        let (legal, expected): (fn(&str) -> bool, _) = match kind.as_str() {
            "AWS" => {
                (is_aws, "must be *, an account id, or the ARN of a root, user, role or session")
            }
            "Service" => (is_domain, "must be a service, such as ec2.amazonaws.com"),
            "Federated" => (is_federated, "must be the ARN of a provider, or its domain name"),
            "CanonicalUser" => (is_canonical_user, "must be a canonical user id: 64 hex digits"),
            _ => {
                findings
                    .add(place, "is no type of principal (AWS, Service, Federated, CanonicalUser)");
                continue;
            }
        };
        if values.elements().is_empty() {
            findings.add(&place, "must name a principal");
        }
        for (place, value) in placed_elements(values, &place) {
            if findings.text(value, &place).is_some_and(|text| !legal(text)) {
                findings.add(place, expected);
            }
        }
    }
}

fn is_aws(value: &str) -> bool {
    if value == "*" || value.parse::<AccountId>().is_ok() {
        return true;
    }
    let unique_id = (value.starts_with("AIDA") || value.starts_with("AROA"))
        && (16..=128).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    unique_id || value.parse().is_ok_and(|arn: Arn| is_principal_arn(&arn))
}

/// IAM takes no part of a principal's name for a wildcard, and refuses one (IAM User Guide, "IAM
/// JSON policy elements: Principal").
fn is_principal_arn(arn: &Arn) -> bool {
    let named = |kinds: &[&str]| {
        kinds.iter().any(|kind| {
            arn.resource
                .strip_prefix(kind)
                .is_some_and(|name| name.starts_with('/') && name.len() > 1)
        })
    };
    let kind = match arn.service.as_str() {
        "iam" => arn.resource == "root" || named(&["user", "role"]),
        "sts" => named(&["assumed-role", "federated-user"]),
        _ => false,
    };
    kind && arn.region.is_empty()
        && arn.account_id().is_some()
        && !arn.resource.contains(['*', '?'])
}

fn is_federated(value: &str) -> bool {
    let is_provider = |arn: Arn| {
        arn.service == "iam"
            && arn.account_id().is_some()
            && (arn.resource.starts_with("saml-provider/")
                || arn.resource.starts_with("oidc-provider/"))
    };
    is_domain(value) || value.parse().is_ok_and(is_provider)
}

fn is_domain(value: &str) -> bool {
    value.contains('.')
        && value.split('.').all(|label| {
            !label.is_empty()
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        })
}

fn is_canonical_user(value: &str) -> bool {
    value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}
