//! Statements: which elements they have, and what actions and resources look like.

use std::collections::BTreeSet;

use super::condition::check_condition;
use super::principal::check_principal;
use super::{Findings, PolicyKind};
use crate::policy::json::Json;
use crate::policy::parse::placed_elements;
use crate::policy::place::Place;

/// Elements of which a statement may have only one.
const OPPOSITES: [(&str, &str); 3] =
    [("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")];

pub(super) fn check_statements(
    value: &Json,
    kind: PolicyKind,
    place: &Place,
    findings: &mut Findings,
) {
    if value.elements().is_empty() {
        findings.add(place, "must hold at least one statement");
    }
    let mut sids = BTreeSet::new();
    for (place, statement) in placed_elements(value, place) {
        let members = findings.members(statement, &place);
        for (key, value) in members {
            check_element(key, value, kind, &place.key(key), findings);
            if let ("Sid", Json::String(sid)) = (key.as_str(), value)
                && !sid.is_empty()
                && !sids.insert(sid)
            {
                findings.add(place.key(key), "stands twice: a Sid must be unique");
            }
        }
        if matches!(statement, Json::Object(_)) {
            check_presence(members, kind, &place, findings);
        }
    }
}

fn check_element(
    name: &str,
    value: &Json,
    kind: PolicyKind,
    place: &Place,
    findings: &mut Findings,
) {
    match name {
        "Sid" => check_sid(value, place, findings),
        "Effect" => {
            if !matches!(value, Json::String(effect) if effect == "Allow" || effect == "Deny") {
                findings.add(place, "must be Allow or Deny");
            }
        }
        "Action" | "NotAction" => check_actions(value, kind, place, findings),
        "Resource" | "NotResource" if kind == PolicyKind::Trust => {
            findings.add(place, "must not stand in a trust policy: its resource is the role");
        }
        "Resource" | "NotResource" => check_resources(value, place, findings),
        "Principal" | "NotPrincipal" if kind != PolicyKind::Trust => {
            findings.add(place, "must stand in a trust policy alone");
        }
        "Principal" | "NotPrincipal" => check_principal(value, place, findings),
        "Condition" => check_condition(value, place, findings),
        _ => findings.add(place, "is no element of a statement"),
    }
}

fn check_presence(
    members: &[(String, Json)],
    kind: PolicyKind,
    place: &Place,
    findings: &mut Findings,
) {
    let has = |name: &str| members.iter().any(|(key, _)| key == name);
    if !has("Effect") {
        findings.add(place, "Effect is missing");
    }
    for (element, opposite) in OPPOSITES {
        let needed = match element {
            "Action" => true,
            "Resource" => kind != PolicyKind::Trust,
            _ => kind == PolicyKind::Trust,
        };
        match (has(element), has(opposite)) {
            (true, true) => {
                findings.add(place, format!("{element} and {opposite} exclude each other"));
            }
            (false, false) if needed => findings.add(place, format!("{element} is missing")),
            _ => {}
        }
    }
}

fn check_sid(value: &Json, place: &Place, findings: &mut Findings) {
    let malformed = |sid: &str| !sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if findings.text(value, place).is_some_and(malformed) {
        findings.add(place, "must hold letters and digits only");
    }
}

fn check_actions(value: &Json, kind: PolicyKind, place: &Place, findings: &mut Findings) {
    if value.elements().is_empty() {
        findings.add(place, "must hold at least one action");
    }
    for (place, value) in placed_elements(value, place) {
        let Some(action) = findings.text(value, &place) else { continue };
        if !is_action(action) {
            findings.add(place, "must be * or service:Action, such as s3:GetObject");
        } else if kind == PolicyKind::Trust && !action.to_ascii_lowercase().starts_with("sts:") {
            findings.add(place, "must be an action of sts in a trust policy");
        }
    }
}

fn is_action(action: &str) -> bool {
    let is_service = |service: &str| {
        service == "*"
            || !service.is_empty()
                && service.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_name = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*?_-".contains(&byte))
    };
    action == "*"
        || action
            .split_once(':')
            .is_some_and(|(service, name)| is_service(service) && is_name(name))
}

fn check_resources(value: &Json, place: &Place, findings: &mut Findings) {
    if value.elements().is_empty() {
        findings.add(place, "must hold at least one resource");
    }
    for (place, value) in placed_elements(value, place) {
        let Some(resource) = findings.text(value, &place) else { continue };
        if !is_resource(resource) {
            findings
                .add(place, "must be * or an ARN (arn:partition:service:region:account:resource)");
        }
    }
}

/// A wildcard may stand for the partition, but not for the service (IAM User Guide, "IAM JSON
/// policy elements: Resource").
fn is_resource(resource: &str) -> bool {
    let fields: Vec<&str> = resource.splitn(6, ':').collect();
    match fields[..] {
        ["arn", partition, service, _, _, name] => {
            (partition == "*" || partition == "aws" || partition.starts_with("aws-"))
                && !service.is_empty()
                && !service.contains(['*', '?'])
                && !name.is_empty()
        }
        _ => resource == "*",
    }
}
