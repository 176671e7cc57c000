//! The OpenAPI description.

use serde_json::{Value, json};

use crate::client::{get, request, send};
use crate::daemon::Daemon;
use crate::fleet::{in_sync, listed, missing, unreachable, widened};

async fn described(daemon: &Daemon) -> Value {
    get(daemon.address, "/api/v1/openapi.json").await.json()
}

#[tokio::test]
async fn the_description_should_name_exactly_the_methods_that_are_served() {
    let daemon = Daemon::start().await;
    let description = described(&daemon).await;
    assert_eq!(description["openapi"], "3.1.0");
    for (path, item) in description["paths"].as_object().expect("paths") {
        let target = path.replace("{id}", "000000000001");
        for (method, key) in [("HEAD", "get"), ("POST", "post")] {
            let text = request(method, &target, "Content-Length: 0\r\n");
            let answer = send(daemon.address, text).await.status;
            assert_eq!(answer != 405, item.get(key).is_some(), "{method} {path}: {answer}");
        }
    }
}

#[tokio::test]
async fn answers_should_be_as_the_description_says() {
    let daemon = Daemon::start().await;
    daemon.record((1..=5).map(|number| listed(number, "account")).collect()).await;
    let visits = vec![
        in_sync(1, "account", 1),
        widened(2, "account", 2),
        missing(3, "account", 3),
        unreachable(4, "account", 4),
    ];
    daemon.record(visits).await;
    let description = described(&daemon).await;
    let accounts =
        (1..=5).map(|number| (format!("/api/v1/accounts/{number:012}"), "/api/v1/accounts/{id}"));
    let others = [
        "/api/v1/status",
        "/api/v1/accounts",
        "/api/v1/drift",
        "/api/v1/drift/series",
        "/api/v1/history",
        "/api/v1/passes",
        "/api/v1/units",
        "/healthz",
        "/readyz",
    ];
    for (target, path) in accounts.chain(others.map(|path| (path.to_owned(), path))) {
        let answer = get(daemon.address, &target).await;
        assert_valid(&description, path, &answer.status.to_string(), &answer.json());
    }
    let error = get(daemon.address, "/api/v1/accounts/12").await.json();
    assert_valid(&description, "/api/v1/accounts/{id}", "default", &error);
}

fn assert_valid(description: &Value, path: &str, status: &str, answer: &Value) {
    let response = &description["paths"][path]["get"]["responses"][status];
    let schema = &response["content"]["application/json"]["schema"];
    assert!(schema.is_object(), "{path} {status} is not described: {response}");
    let whole = json!({"allOf": [schema], "components": description["components"]});
    let validator = jsonschema::validator_for(&whole).expect("a schema");
    let errors: Vec<_> = validator.iter_errors(answer).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{path}: {errors:?} in {answer}");
    if let (Some(found), Some(known)) = (answer.as_object(), properties(description, schema)) {
        for name in found.keys() {
            assert!(known.contains(name), "{path}: {name} is not described: {known:?}");
        }
    }
}

/// The names of the members that an answer of this schema may have.
fn properties(description: &Value, schema: &Value) -> Option<Vec<String>> {
    if let Some(target) = schema["$ref"].as_str() {
        return properties(description, description.pointer(target.trim_start_matches('#'))?);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return parts
            .iter()
            .map(|part| properties(description, part))
            .collect::<Option<Vec<_>>>()
            .map(|parts| parts.concat());
    }
    Some(schema["properties"].as_object()?.keys().cloned().collect())
}
