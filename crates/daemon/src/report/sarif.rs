//! The report for a pipeline, as SARIF 2.1.0: each difference, and each account that could not be done, is a
//! result.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::Report;
use crate::output::schema::{Account, Effect, Verdict};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let results: Vec<Value> = report.accounts.iter().flat_map(results).collect();
    let mut rules = BTreeMap::new();
    for result in &results {
        if let Some(id) = result["ruleId"].as_str() {
            rules.entry(id).or_insert_with(|| json!({"id": id, "name": id}));
        }
    }
    let rules: Vec<_> = rules.into_values().collect();
    let incomplete = report.summary.listing_incomplete.as_ref();
    let notifications: Vec<_> = incomplete
        .map(|reason| {
            let text = format!("the list of accounts is not whole: {reason}");
            json!({"level": "error", "message": {"text": text}})
        })
        .into_iter()
        .collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "digitalex-rollout",
                "version": report.tool_version,
                "rules": rules,
            }},
            "invocations": [{
                "executionSuccessful": incomplete.is_none(),
                "startTimeUtc": report.started_at,
                "endTimeUtc": report.finished_at,
                "toolExecutionNotifications": notifications,
            }],
            "properties": {"organization": report.organization, "summary": report.summary},
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn results(account: &Account) -> Vec<Value> {
    let mut results: Vec<_> = account
        .findings
        .iter()
        .map(|finding| {
            let level = match finding.effect {
                Effect::Widens => "error",
                Effect::Narrows => "warning",
                Effect::Cosmetic => "note",
            };
            result(account, &format!("drift/{}", finding.aspect), level, &finding.line())
        })
        .collect();
    let is_done = matches!(account.verdict, Verdict::InSync | Verdict::Converged);
    if let Some(cause) = account.cause.as_ref().filter(|_| !is_done) {
        let level = if account.verdict == Verdict::Skipped { "note" } else { "error" };
        let remedy = cause.remedy.as_ref().map(|remedy| format!("; next step: {remedy}"));
        let text = format!("{}{}", cause.message, remedy.unwrap_or_default());
        results.push(result(account, &format!("cause/{}", cause.code), level, &text));
    }
    results
}

fn result(account: &Account, rule: &str, level: &str, text: &str) -> Value {
    let place = account.identity.clone().unwrap_or_else(|| account.id.clone());
    json!({
        "ruleId": rule,
        "level": level,
        "message": {"text": format!("{} ({}): {text}", account.name, account.id)},
        "locations": [{"logicalLocations": [{"fullyQualifiedName": place, "kind": "resource"}]}],
        "partialFingerprints": {"account/v1": format!("{}:{rule}", account.id)},
    })
}
