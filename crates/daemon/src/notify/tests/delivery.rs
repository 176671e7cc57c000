//! What receivers get, and what becomes of what they do not take.

use std::sync::Arc;
use std::time::Duration;

use digitalex_core::Effect;
use digitalex_store::DriftChange;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::fixture::{CANARY, Fixture, Lines, event, start, target};
use crate::notify::{Delivered, Notifier, NotifyTarget};

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

/// As many notifications as asked for.
async fn tell(fixture: &Fixture, targets: &[NotifyTarget], count: i64) {
    let outbox = fixture.outbox.clone();
    let notifier = Notifier::new("o-a1".to_owned(), targets.to_vec(), outbox);
    for id in 1..=count {
        notifier.drift(&[DriftChange::Opened(event(id, Effect::Widens))]).await.unwrap();
    }
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers.get(name).unwrap().to_str().unwrap()
}

#[tokio::test]
async fn receiver_should_be_able_to_verify_who_sent_what_and_when() {
    let fixture = Fixture::new();
    let server = answering(ResponseTemplate::new(204)).await;
    let target = target("ops", &server.uri());
    tell(&fixture, std::slice::from_ref(&target), 1).await;
    fixture.delivery.deliver_due(&target).await.unwrap();

    let requests = server.received_requests().await.unwrap();
    let request = &requests[0];
    assert_eq!(header(request, "content-type"), "application/json");
    assert!(header(request, "user-agent").starts_with("digitalex-rollout/"));
    assert!(header(request, "idempotency-key").starts_with("ops:widening_drift:1-"));
    let timestamp = header(request, "x-digitalex-timestamp");
    assert_eq!(timestamp, start().as_second().to_string());
    let mut mac = Hmac::<Sha256>::new_from_slice(CANARY.as_bytes()).unwrap();
    mac.update(format!("{timestamp}.").as_bytes());
    mac.update(&request.body);
    let expected: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(header(request, "x-digitalex-signature"), format!("v1={expected}"));

    fixture.delivery.deliver_due(&target).await.unwrap();
    assert_eq!(server.received_requests().await.unwrap().len(), 1, "sent is sent");
    assert_eq!(fixture.delivered(), [Delivered::Sent]);
}

#[tokio::test]
async fn notification_should_be_sent_again_later_with_the_same_key() {
    let fixture = Fixture::new();
    let server = MockServer::start().await;
    let failing = Mock::given(any()).respond_with(ResponseTemplate::new(503));
    failing.up_to_n_times(2).mount(&server).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let target = target("ops", &server.uri());
    tell(&fixture, std::slice::from_ref(&target), 1).await;

    fixture.delivery.deliver_due(&target).await.unwrap();
    fixture.delivery.deliver_due(&target).await.unwrap();
    assert_eq!(server.received_requests().await.unwrap().len(), 1, "not before its time");
    for _ in 0..2 {
        fixture.clock.pass(10);
        fixture.delivery.deliver_due(&target).await.unwrap();
    }
    let requests = server.received_requests().await.unwrap();
    let keys: Vec<&str> = requests.iter().map(|it| header(it, "idempotency-key")).collect();
    assert_eq!(keys, [keys[0]; 3]);
    let expected = [Delivered::Retried, Delivered::Retried, Delivered::Sent];
    assert_eq!(fixture.delivered(), expected);
}

#[tokio::test]
async fn target_should_be_left_alone_for_as_long_as_it_asks() {
    let fixture = Fixture::new();
    let server = answering(ResponseTemplate::new(429).insert_header("Retry-After", "120")).await;
    let target = target("ops", &server.uri());
    tell(&fixture, std::slice::from_ref(&target), 3).await;
    let rest = fixture.delivery.deliver_due(&target).await.unwrap();
    assert_eq!(rest, Duration::from_secs(120));
    assert_eq!(server.received_requests().await.unwrap().len(), 1, "the others wait too");
    let entries = fixture.outbox.entries();
    assert!(entries[0].next_at.unwrap() >= start() + Duration::from_secs(120));
}

#[tokio::test]
async fn notification_should_be_given_up_at_once_where_it_is_refused() {
    for status in [302, 400, 404, 410] {
        let fixture = Fixture::new();
        let elsewhere = answering(ResponseTemplate::new(200)).await;
        let answer = ResponseTemplate::new(status);
        let server = answering(answer.insert_header("Location", elsewhere.uri())).await;
        let target = target("ops", &server.uri());
        tell(&fixture, std::slice::from_ref(&target), 2).await;
        let (lines, guard) = Lines::capture();
        fixture.delivery.deliver_due(&target).await.unwrap();
        drop(guard);
        let said = lines.text();
        assert!(said.contains("given up") && said.contains("webhook=\"ops\""), "{said}");
        assert!(said.contains(&status.to_string()) && !said.contains(CANARY), "{said}");
        assert_eq!(fixture.delivered(), [Delivered::GivenUp; 2]);
        assert!(fixture.outbox.entries().iter().all(|entry| entry.next_at.is_none()));
        assert!(elsewhere.received_requests().await.unwrap().is_empty(), "not redirected");
    }
}

#[tokio::test]
async fn notification_should_be_given_up_after_a_day() {
    let fixture = Fixture::new();
    let server = answering(ResponseTemplate::new(500)).await;
    let target = target("ops", &server.uri());
    tell(&fixture, std::slice::from_ref(&target), 1).await;
    let mut hours = 0;
    while fixture.outbox.entries()[0].next_at.is_some() {
        fixture.delivery.deliver_due(&target).await.unwrap();
        fixture.clock.pass(3_600);
        hours += 1;
        assert!(hours < 30, "it is tried for ever");
    }
    assert!(hours > 20, "it is given up after {hours} hours");
    let results = fixture.delivered();
    assert_eq!(results.last(), Some(&Delivered::GivenUp));
    assert_eq!(results.iter().filter(|it| **it == Delivered::GivenUp).count(), 1);
}

#[tokio::test]
async fn no_secret_should_reach_a_log_line_or_the_outbox() {
    let fixture = Fixture::new();
    let (lines, guard) = Lines::capture();
    // Nobody listens there; and one that cannot be told from a broken connection.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let target = target("ops", &format!("http://{closed}"));
    tell(&fixture, std::slice::from_ref(&target), 1).await;
    for _ in 0..30 {
        fixture.delivery.deliver_due(&target).await.unwrap();
        fixture.clock.pass(3_600);
    }
    drop(guard);
    let said = format!("{}{:?}{:?}", lines.text(), target, fixture.outbox.entries());
    assert!(said.contains("no connection could be made") && said.contains("given up"), "{said}");
    assert!(!said.contains(CANARY), "{said}");
}

#[tokio::test]
async fn slow_target_should_hold_up_no_other() {
    let fixture = Fixture::new();
    let slow = answering(ResponseTemplate::new(200).set_delay(Duration::from_secs(3_600))).await;
    let fast = answering(ResponseTemplate::new(200)).await;
    let targets = [target("slow", &slow.uri()), target("fast", &fast.uri())];
    tell(&fixture, &targets, 30).await;

    let (stop, (_sender, news)) = (CancellationToken::new(), watch::channel(0));
    let watching = async {
        while fixture.delivered().len() < 30 {
            fixture.told.notified().await;
        }
        stop.cancel();
    };
    tokio::join!(fixture.delivery.run(&targets, &news, &stop), watching);
    let sent = fixture.outbox.entries().iter().filter(|entry| entry.sent).count();
    assert_eq!(sent, 30);
}

#[tokio::test]
async fn news_should_wake_the_delivery() {
    let fixture = Fixture::new();
    let (server, told) = (MockServer::start().await, Arc::new(Notify::new()));
    let tells = Arc::clone(&told);
    let answer = move |_: &Request| {
        tells.notify_one();
        ResponseTemplate::new(200)
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let targets = vec![target("ops", &server.uri())];
    let notifier = Notifier::new("o-a1".to_owned(), targets.clone(), fixture.outbox.clone());
    let (stop, news) = (CancellationToken::new(), notifier.news());
    let telling = async {
        for id in 1..=3 {
            let opened = DriftChange::Opened(event(id, Effect::Widens));
            notifier.drift(&[opened]).await.unwrap();
            told.notified().await;
        }
        stop.cancel();
    };
    tokio::join!(fixture.delivery.run(&targets, &news, &stop), telling);
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
}
