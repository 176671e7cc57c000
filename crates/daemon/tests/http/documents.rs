//! What is wanted and what was found, side by side.

use serde_json::Value;

use crate::client::get;
use crate::daemon::Daemon;
use crate::fleet::{in_sync, listed, missing, widened};

async fn documents(daemon: &Daemon) -> Vec<Value> {
    let page = get(daemon.address, "/api/v1/accounts/000000000001").await.json();
    page["documents"].as_array().expect("a list").clone()
}

fn named<'a>(documents: &'a [Value], name: &str) -> &'a Value {
    let found = documents.iter().find(|document| document["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {documents:?}"))
}

fn marks(document: &Value, mark: &str) -> String {
    let lines = document["lines"].as_array().expect("lines").iter();
    let marked = lines.filter(|line| line["mark"] == mark);
    marked.filter_map(|line| line["text"].as_str()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn documents_should_show_what_differs_and_what_it_means() {
    let daemon = Daemon::start().await;
    daemon.record(vec![listed(1, "one"), widened(1, "one", 1)]).await;
    let documents = documents(&daemon).await;
    let trust = named(&documents, "trust");
    assert_eq!((&trust["same"], &trust["effect"]), (&false.into(), &"widens".into()));
    assert!(marks(trust, "wanted").contains("911403356698"), "{trust}");
    assert!(marks(trust, "found").contains("\"*\""), "{trust}");
    assert!(marks(trust, "same").contains("(hidden)"), "{trust}");
    let description = named(&documents, "description");
    assert_eq!(description["effect"], "cosmetic");
    assert_eq!(
        (&description["wanted"], &description["found"]),
        (&"DigitalEx".into(), &"by hand".into())
    );
    for name in
        ["inline policy digitalex-member", "managed policies", "tags", "max session duration"]
    {
        let document = named(&documents, name);
        assert_eq!(
            (&document["same"], &document["effect"]),
            (&true.into(), &Value::Null),
            "{name}"
        );
        assert_eq!(marks(document, "wanted") + &marks(document, "found"), "", "{name}");
    }
    assert_eq!(documents[0]["name"], "trust");
}

#[tokio::test]
async fn documents_of_a_role_as_wanted_should_all_be_the_same() {
    let daemon = Daemon::start().await;
    daemon.record(vec![listed(1, "one"), in_sync(1, "one", 1)]).await;
    for document in documents(&daemon).await {
        assert_eq!(document["same"], true, "{document}");
        assert_eq!(document["wanted"], document["found"]);
    }
}

#[tokio::test]
async fn documents_of_a_missing_or_unread_role_should_not_seem_found() {
    let daemon = Daemon::start().await;
    daemon.record(vec![listed(1, "one")]).await;
    for effect in [Value::Null, "narrows".into()] {
        let documents = documents(&daemon).await;
        assert!(documents.len() > 5);
        for document in documents {
            assert_eq!((&document["found"], &document["same"]), (&Value::Null, &false.into()));
            assert_eq!(document["effect"], effect, "{document}");
        }
        daemon.record(vec![missing(1, "one", 1)]).await;
    }
}
