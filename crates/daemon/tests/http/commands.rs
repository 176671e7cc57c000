//! What can be asked of the daemon.

use digitalex_engine::KeepCommand;
use digitalex_rollout::daemon::Role;

use crate::client::post;
use crate::daemon::Daemon;
use crate::fleet::{id, listed};

#[tokio::test]
async fn a_pass_and_a_visit_should_reach_the_loop() {
    let mut daemon = Daemon::start().await;
    daemon.record(vec![listed(7, "seven")]).await;
    let answer = post(daemon.address, "/api/v1/passes").await;
    assert_eq!((answer.status, answer.json()), (202, serde_json::json!({"queued": true})));
    assert!(matches!(daemon.commands.try_recv(), Ok(KeepCommand::Pass)));
    assert_eq!(post(daemon.address, "/api/v1/accounts/000000000007/visit").await.status, 202);
    let visit = daemon.commands.try_recv();
    assert!(matches!(visit, Ok(KeepCommand::Visit(account)) if account == id(7)), "{visit:?}");
    let unknown = post(daemon.address, "/api/v1/accounts/000000000008/visit").await;
    assert_eq!((unknown.status, unknown.error_code().as_str()), (404, "no_such_account"));
    assert!(daemon.commands.try_recv().is_err());
}

#[tokio::test]
async fn commands_should_be_refused_while_they_cannot_be_taken() {
    let mut daemon = Daemon::start().await;
    let code = async |daemon: &Daemon| post(daemon.address, "/api/v1/passes").await.error_code();
    daemon.shared.live().set_role(Role::Standby);
    assert_eq!(code(&daemon).await, "standby");
    assert_eq!(post(daemon.address, "/-/reload").await.error_code(), "standby");
    daemon.shared.live().set_role(Role::Active);
    for _ in 0..2 {
        assert_eq!(post(daemon.address, "/api/v1/passes").await.status, 202);
    }
    assert_eq!(code(&daemon).await, "busy");
    daemon.commands.close();
    assert_eq!(code(&daemon).await, "stopping");
}

#[tokio::test]
async fn a_wrong_configuration_should_be_told_with_its_remedy() {
    let daemon = Daemon::start().await;
    let applied = post(daemon.address, "/-/reload").await;
    let json = serde_json::json!({"applied": true, "needs_restart": ["[limits]"]});
    assert_eq!((applied.status, applied.json()), (200, json));
    let refused = post(daemon.address, "/-/reload").await;
    assert_eq!((refused.status, refused.error_code().as_str()), (422, "configuration"));
    assert_eq!(refused.json()["error"]["remedy"], "write 1h");
}
