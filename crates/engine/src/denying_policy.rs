//! Which service control policy denied a write, and on what ground. AWS says only that one did.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use digitalex_core::{DenialGround, DeniedCall, DesiredBoundary, DesiredIdentity, PolicyDocument};
use tokio::sync::Mutex;

use crate::{
    Account, AttachedPolicy, CallError, CallErrorKind, Clock, Denial, ServiceControlPolicies, cause,
};

/// How long what was read is good for: whoever changes a policy sees it told soon.
const FRESH: Duration = Duration::from_secs(300);

/// A policy that denied a write.
#[derive(Debug)]
pub(crate) struct DenyingPolicy {
    pub(crate) policy: AttachedPolicy,
    pub(crate) ground: DenialGround,
}

/// Looks for the policies that denied writes. What one account's search reads of the OUs above it, those
/// of the others need not.
pub(crate) struct DenialSearch {
    policies: Arc<dyn ServiceControlPolicies>,
    clock: Arc<dyn Clock>,
    /// One search at a time, so that none asks what another is asking.
    read: Mutex<Read>,
}

/// What was read so far.
#[derive(Default)]
struct Read {
    /// Since when, on the clock that only goes forward.
    since: Duration,
    /// The caller may not read them.
    refused: bool,
    /// By the id of what they are attached to.
    attached: BTreeMap<String, Vec<AttachedPolicy>>,
    /// By policy id.
    documents: BTreeMap<String, PolicyDocument>,
}

impl DenialSearch {
    pub(crate) fn new(policies: Arc<dyn ServiceControlPolicies>, clock: Arc<dyn Clock>) -> Self {
        Self { policies, clock, read: Mutex::default() }
    }

    /// The policy behind a write that was denied; none where no service control policy was it, or where it
    /// cannot be told. From the root down, so that most accounts need no call of their own; the surest
    /// ground ends it.
    pub(crate) async fn find(
        &self,
        account: &Account,
        desired: &DesiredIdentity,
        error: &CallError,
    ) -> Option<DenyingPolicy> {
        if error.kind != CallErrorKind::Denied(Denial::ServiceControlPolicy) {
            return None;
        }
        let (action, resource) = (cause::action(error.operation), desired.arn().to_string());
        let boundary = match &desired.boundary {
            DesiredBoundary::Required(arn) => Some(arn.as_str()),
            DesiredBoundary::Forbidden | DesiredBoundary::Undeclared => None,
        };
        let call =
            DeniedCall { action: &action, account: account.id, resource: &resource, boundary };
        let mut read = self.read.lock().await;
        self.renew(&mut read);
        if read.refused {
            return None;
        }
        match self.search(&mut read, account, &call).await {
            Ok(found) => found,
            Err(error) => {
                read.refused = matches!(error.kind, CallErrorKind::Denied(_));
                tracing::warn!(%error, "which service control policy denied the write cannot be told");
                None
            }
        }
    }

    fn renew(&self, read: &mut Read) {
        let now = self.clock.monotonic();
        if now.saturating_sub(read.since) > FRESH {
            *read = Read { since: now, ..Read::default() };
        }
    }

    async fn search(
        &self,
        read: &mut Read,
        account: &Account,
        call: &DeniedCall<'_>,
    ) -> Result<Option<DenyingPolicy>, CallError> {
        let mut targets = match &account.ou_path {
            Some(path) => path.0.clone(),
            None => self.policies.ou_path(account.id).await?.0,
        };
        targets.push(account.id.to_string());
        let mut perhaps = None;
        for target in targets {
            let found = self.strictest_at(read, &target, call).await?;
            match found {
                Some(DenyingPolicy { ground: DenialGround::Conditional, .. }) => {
                    perhaps = perhaps.or(found);
                }
                Some(found) => return Ok(Some(found)),
                None => {}
            }
        }
        Ok(perhaps)
    }

    /// Of the policies attached right there, the one with the surest ground.
    async fn strictest_at(
        &self,
        read: &mut Read,
        target: &str,
        call: &DeniedCall<'_>,
    ) -> Result<Option<DenyingPolicy>, CallError> {
        let mut strictest = None::<DenyingPolicy>;
        for policy in self.attached_to(read, target).await? {
            let Some(ground) = self.document(read, &policy).await?.denial_ground(call) else {
                continue;
            };
            if strictest.as_ref().is_none_or(|found| found.ground < ground) {
                strictest = Some(DenyingPolicy { policy, ground });
            }
        }
        Ok(strictest)
    }

    async fn attached_to(
        &self,
        read: &mut Read,
        target: &str,
    ) -> Result<Vec<AttachedPolicy>, CallError> {
        if let Some(attached) = read.attached.get(target) {
            return Ok(attached.clone());
        }
        let attached = self.policies.attached_to(target).await?;
        read.attached.insert(target.to_owned(), attached.clone());
        Ok(attached)
    }

    async fn document(
        &self,
        read: &mut Read,
        policy: &AttachedPolicy,
    ) -> Result<PolicyDocument, CallError> {
        if let Some(document) = read.documents.get(&policy.id) {
            return Ok(document.clone());
        }
        let document = self.policies.document(&policy.id).await?;
        read.documents.insert(policy.id.clone(), document.clone());
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Mutex as StdMutex;

    use async_trait::async_trait;
    use digitalex_core::{
        AccountId, DesiredForm, DesiredKeys, IdentityName, IdentityPath, Partition,
    };

    use super::*;
    use crate::{AccountState, OuPath, TokioClock};

    const DEMAND: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "iam:Create*",
        "Resource": "*", "Condition": {"ArnNotLike": {"iam:PermissionsBoundary": "arn:aws:iam::*:policy/b"}}}}"#;
    const DENY: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}}"#;
    const PERHAPS: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "iam:*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "platform"}}}}"#;
    const ALLOW: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

    /// What is attached to what, and what was asked.
    struct Scripted {
        attached: Vec<(&'static str, &'static str)>,
        asked: StdMutex<Vec<String>>,
        refuses: bool,
    }

    #[async_trait]
    impl ServiceControlPolicies for Scripted {
        async fn ou_path(&self, _: AccountId) -> Result<OuPath, CallError> {
            Ok(OuPath(vec!["r-1".to_owned(), "ou-1".to_owned()]))
        }

        async fn attached_to(&self, target: &str) -> Result<Vec<AttachedPolicy>, CallError> {
            self.asked.lock().unwrap().push(target.to_owned());
            if self.refuses {
                return Err(denied("ListPoliciesForTarget", Denial::Unspecified));
            }
            let here = self.attached.iter().filter(|(at, _)| *at == target);
            let policy = |document: &str| AttachedPolicy {
                id: document.to_owned(),
                name: "guardrail".to_owned(),
            };
            Ok(here.map(|(_, document)| policy(document)).collect())
        }

        async fn document(&self, policy_id: &str) -> Result<PolicyDocument, CallError> {
            self.asked.lock().unwrap().push("document".to_owned());
            Ok(PolicyDocument::parse(policy_id).unwrap())
        }
    }

    fn denied(operation: &'static str, denial: Denial) -> CallError {
        let (kind, message) = (CallErrorKind::Denied(denial), "denied".to_owned());
        CallError { operation, account: None, kind, message, retry_after: None, source: None }
    }

    fn account(id: &str) -> Account {
        Account {
            id: id.parse().unwrap(),
            name: String::new(),
            state: AccountState::Active,
            invited: false,
            ou_path: None,
            tags: None,
        }
    }

    fn desired(account: &str) -> DesiredIdentity {
        DesiredIdentity {
            account: account.parse().unwrap(),
            partition: Partition::Aws,
            name: IdentityName::new("digitalex-finops").unwrap(),
            path: IdentityPath::default(),
            inline: BTreeMap::new(),
            managed: BTreeSet::new(),
            boundary: DesiredBoundary::Undeclared,
            tags: BTreeMap::new(),
            form: DesiredForm::User { keys: DesiredKeys::Deleted },
        }
    }

    /// What `find` says of each account in turn, and what it asked.
    async fn search(
        attached: &[(&'static str, &'static str)],
        refuses: bool,
        accounts: &[&str],
    ) -> (Vec<Option<DenialGround>>, Vec<String>) {
        let asked = StdMutex::default();
        let scripted = Arc::new(Scripted { attached: attached.to_vec(), asked, refuses });
        let policies = Arc::clone(&scripted) as Arc<dyn ServiceControlPolicies>;
        let search = DenialSearch::new(policies, Arc::new(TokioClock::start()));
        let error = denied("CreateRole", Denial::ServiceControlPolicy);
        let mut grounds = Vec::new();
        for id in accounts {
            let desired = desired(id);
            let found = search.find(&account(id), &desired, &error).await;
            grounds.push(found.map(|found| found.ground));
        }
        let asked = scripted.asked.lock().unwrap().clone();
        (grounds, asked)
    }

    fn demanded() -> Option<DenialGround> {
        Some(DenialGround::BoundaryDemanded(["arn:aws:iam::*:policy/b".to_owned()].into()))
    }

    const ONE: &str = "111122223333";
    const OTHER: &str = "444455556666";

    #[tokio::test(start_paused = true)]
    async fn policy_of_an_ou_should_be_read_once_for_all_accounts_below_it() {
        let attached = [("r-1", ALLOW), ("ou-1", DEMAND)];
        let (grounds, asked) = search(&attached, false, &[ONE, OTHER]).await;
        assert_eq!(grounds, [demanded(), demanded()]);
        assert_eq!(asked, ["r-1", "document", "ou-1", "document"]);
    }

    #[tokio::test(start_paused = true)]
    async fn surest_ground_should_end_the_search_and_a_doubtful_one_should_not() {
        let (grounds, asked) = search(&[("r-1", PERHAPS), (ONE, DENY)], false, &[ONE]).await;
        assert_eq!(grounds, [Some(DenialGround::Outright)]);
        assert_eq!(asked, ["r-1", "document", "ou-1", ONE, "document"]);
        let (grounds, _) = search(&[("r-1", PERHAPS)], false, &[ONE]).await;
        assert_eq!(grounds, [Some(DenialGround::Conditional)]);
        let (grounds, _) = search(&[("ou-1", DEMAND), ("ou-1", DENY)], false, &[ONE]).await;
        assert_eq!(grounds, [Some(DenialGround::Outright)]);
        let (grounds, _) = search(&[("r-1", ALLOW)], false, &[ONE]).await;
        assert_eq!(grounds, [None]);
    }

    #[tokio::test(start_paused = true)]
    async fn caller_that_may_not_read_policies_should_ask_once() {
        let (grounds, asked) = search(&[("r-1", DENY)], true, &[ONE, OTHER]).await;
        assert_eq!(grounds, [None, None]);
        assert_eq!(asked, ["r-1"]);
    }

    #[tokio::test(start_paused = true)]
    async fn other_denials_should_ask_nothing() {
        let scripted = Scripted { attached: Vec::new(), asked: StdMutex::default(), refuses: true };
        let search = DenialSearch::new(Arc::new(scripted), Arc::new(TokioClock::start()));
        let error = denied("CreateRole", Denial::PermissionsBoundary);
        let found = search.find(&account(ONE), &desired(ONE), &error).await;
        assert!(found.is_none());
    }

    #[test]
    fn cause_should_name_the_policy_and_the_boundary_it_demands() {
        let error = denied("CreateRole", Denial::ServiceControlPolicy);
        let told = |ground| {
            let policy =
                AttachedPolicy { id: "p-1".to_owned(), name: "guard\u{1b}rail".to_owned() };
            cause::of_denying_policy(&error, &DenyingPolicy { policy, ground })
        };
        let demand = told(demanded().unwrap());
        assert_eq!(demand.code, "boundary_demanded");
        assert!(demand.message.contains("guardrail (p-1) demands a permissions boundary"));
        let remedy = demand.remedy.unwrap();
        assert!(remedy.contains("arn:aws:iam::*:policy/b (permissions_boundary"), "{remedy}");
        let outright = told(DenialGround::Outright);
        assert_eq!(outright.code, "denied_by_scp");
        let remedy = outright.remedy.unwrap();
        assert!(remedy.contains("guardrail (p-1), which denies iam:CreateRole"), "{remedy}");
        let perhaps = told(DenialGround::Conditional);
        assert_eq!(perhaps.code, "denied_by_scp");
        assert!(perhaps.remedy.unwrap().contains("conditions"));
    }
}
