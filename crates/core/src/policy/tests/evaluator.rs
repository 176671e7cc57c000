//! A small evaluator of policies over plain JSON, which shares nothing with the code under test.

use std::collections::BTreeMap;

use serde_json::Value;

/// One request.
#[derive(Debug, Clone)]
pub(super) struct Request {
    /// The value and type of the principal, and its account.
    pub(super) principal: (&'static str, &'static str, &'static str),
    pub(super) action: &'static str,
    pub(super) resource: &'static str,
    pub(super) context: BTreeMap<&'static str, Vec<&'static str>>,
    /// Whether wildcards reach past the colons of an ARN.
    pub(super) wildcards_span: bool,
}

/// Whether some statement of this effect applies.
pub(super) fn applies(policy: &Value, effect: &str, request: &Request) -> bool {
    let variables = policy["Version"] == "2012-10-17";
    list(&policy["Statement"])
        .iter()
        .any(|s| s["Effect"] == effect && statement_applies(s, request, variables))
}

fn statement_applies(statement: &Value, request: &Request, variables: bool) -> bool {
    let lower = |text: &str| text.to_lowercase();
    let action = |value: &Value| glob(&literal(&lower(text(value))), &lower(request.action));
    let resource = |value: &Value| {
        let pattern = expand(text(value), request, variables);
        resource_matches(&pattern, request)
    };
    element(statement, "Action", |value| list(value).iter().any(action))
        && element(statement, "Resource", |value| list(value).iter().any(resource))
        && element(statement, "Principal", |value| principal_matches(value, request))
        && conditions_hold(&statement["Condition"], request, variables)
}

fn element(statement: &Value, name: &str, matches: impl Fn(&Value) -> bool) -> bool {
    match (statement.get(name), statement.get(format!("Not{name}"))) {
        (Some(value), _) => matches(value),
        (_, Some(value)) => !matches(value),
        _ => true,
    }
}

fn principal_matches(principal: &Value, request: &Request) -> bool {
    let (value, kind, account) = request.principal;
    let Value::Object(kinds) = principal else { return true };
    kinds.iter().any(|(of_kind, values)| {
        list(values).iter().map(text).any(|pattern| {
            (of_kind == "AWS" && pattern == "*")
                || of_kind == kind
                    && (pattern == value
                        || pattern == account
                        || pattern == format!("arn:aws:iam::{account}:root"))
        })
    })
}

fn conditions_hold(condition: &Value, request: &Request, variables: bool) -> bool {
    let Value::Object(operators) = condition else { return true };
    operators.iter().all(|(operator, keys)| {
        keys.as_object().expect("an object").iter().all(|(key, values)| {
            let values: Vec<_> =
                list(values).iter().map(|v| expand(text(v), request, variables)).collect();
            let found = request.context.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
            condition_holds(&operator.to_lowercase(), found.map(|(_, found)| found), &values)
        })
    })
}

fn condition_holds(operator: &str, found: Option<&Vec<&str>>, values: &[Pattern]) -> bool {
    let (qualifier, rest) = operator.split_once(':').unwrap_or(("", operator));
    let (base, if_exists) = match rest.strip_suffix("ifexists") {
        Some(base) => (base, true),
        None => (rest, false),
    };
    let negated = base.contains("not");
    let Some(found) = found else {
        return if_exists || qualifier == "forallvalues" || negated && qualifier.is_empty();
    };
    let one = |text: &&str| {
        let matches = values.iter().any(|value| match base {
            "stringlike" => glob(value, text),
            _ => value.iter().map(|(c, _)| c).eq(text.chars().collect::<Vec<_>>().iter()),
        });
        matches != negated
    };
    match qualifier {
        "forallvalues" => found.iter().all(one),
        "foranyvalue" => found.iter().any(one),
        _ => one(&found[0]),
    }
}

/// Characters, each with whether it is a wildcard where it is `*` or `?`.
type Pattern = Vec<(char, bool)>;

fn literal(text: &str) -> Pattern {
    text.chars().map(|c| (c, true)).collect()
}

fn expand(text: &str, request: &Request, variables: bool) -> Pattern {
    let Some((before, (name, after))) =
        text.split_once("${").and_then(|(b, rest)| Some((b, rest.split_once('}')?)))
    else {
        return literal(text);
    };
    if !variables {
        return literal(text);
    }
    let value = match name {
        "aws:username" => request.context.get("aws:username").map_or("nobody", |values| values[0]),
        escaped => escaped,
    };
    let mut pattern = literal(before);
    pattern.extend(value.chars().map(|c| (c, false)));
    pattern.extend(expand(after, request, variables));
    pattern
}

fn resource_matches(pattern: &Pattern, request: &Request) -> bool {
    if request.wildcards_span || pattern.as_slice() == [('*', true)] {
        return glob(pattern, request.resource);
    }
    let fields: Vec<Pattern> =
        pattern.splitn(6, |(c, _)| *c == ':').map(<[(char, bool)]>::to_vec).collect();
    let values: Vec<&str> = request.resource.splitn(6, ':').collect();
    fields.len() == values.len() && fields.iter().zip(values).all(|(f, value)| glob(f, value))
}

fn glob(pattern: &[(char, bool)], text: &str) -> bool {
    match pattern {
        [] => text.is_empty(),
        [('*', true), rest @ ..] => {
            glob(rest, text)
                || text.chars().next().is_some_and(|c| glob(pattern, &text[c.len_utf8()..]))
        }
        [(c, wild), rest @ ..] => text.chars().next().is_some_and(|first| {
            (first == *c || *wild && *c == '?') && glob(rest, &text[first.len_utf8()..])
        }),
    }
}

fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values.clone(),
        scalar => vec![scalar.clone()],
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}
