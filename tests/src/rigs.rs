//! The implementations of the ports that the conformance suite runs over.

use std::sync::Arc;

use digitalex_aws::{AwsConnection, ConnectOptions, SandboxEndpoint};
use digitalex_engine::{
    Caller, Organization, OrganizationInfo, Rates, ReadAccess, RetryLimits, TokioClock, WriteAccess,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;

use crate::conformance::Rig;

/// The real adapter, over HTTP, at an endpoint that stands in for AWS.
pub struct SdkRig {
    connection: AwsConnection,
    caller: Caller,
    info: OrganizationInfo,
}

impl SdkRig {
    /// Connects to `url`.
    ///
    /// # Panics
    /// There is no organization.
    pub async fn connect(url: &str) -> Self {
        let endpoint = SandboxEndpoint {
            url: url.to_owned(),
            access_key_id: "testing".to_owned(),
            secret_access_key: "testing".to_owned(),
        };
        let options = ConnectOptions { version: "0.0.0-test".to_owned(), sandbox: Some(endpoint) };
        let caller = unpaced_caller();
        let connection = AwsConnection::connect(&options, caller.clone()).await;
        let info = connection.organization().describe().await.expect("an organization");
        Self { connection, caller, info }
    }
}

impl Rig for SdkRig {
    fn organization(&self) -> Arc<dyn Organization> {
        Arc::new(self.connection.organization())
    }

    fn read_access(&self) -> Arc<dyn ReadAccess> {
        Arc::new(self.connection.audit_access(&self.info, "test"))
    }

    fn write_access(&self) -> Arc<dyn WriteAccess> {
        Arc::new(self.connection.apply_access(&self.info, "test"))
    }

    fn caller(&self) -> &Caller {
        &self.caller
    }
}

/// A caller that never makes a test wait for a turn.
fn unpaced_caller() -> Caller {
    let fast = digitalex_engine::Rate::new(100_000, 100_000);
    let rates = Rates {
        organizations: [].into(),
        organizations_other: fast,
        sts: fast,
        iam_read: fast,
        iam_write: fast,
    };
    let jitter = SmallRng::seed_from_u64(7);
    Caller::new(Arc::new(TokioClock::start()), &rates, RetryLimits::default(), jitter)
}
