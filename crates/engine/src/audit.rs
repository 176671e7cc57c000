//! The audit: looks, and never holds anything that could write.

use std::sync::Arc;

use async_trait::async_trait;
use digitalex_core::{AccountRecord, Correction, FleetStatus, Verdict};

use crate::examine::{blank_record, examine, target};
use crate::pass::{Known, Pass, PassEvent, Visitor, halt_on, run};
use crate::{Account, Assignment, CallError, Organization, ReadAccess, Visit, cause};

/// Audits every account of the organization. Errors of one account end in its record.
///
/// `known` are the accounts of the last listing, if there was one: they are looked at while the
/// fresh listing still runs.
pub async fn audit(
    pass: Arc<Pass>,
    organization: &dyn Organization,
    access: Arc<dyn ReadAccess>,
    known: Vec<Account>,
    on_event: &mut (dyn FnMut(PassEvent) + Send),
) -> FleetStatus {
    let auditor = Auditor { pass: Arc::clone(&pass), access };
    run(&pass, organization, Arc::new(auditor), Known::ToVisit(known), on_event).await
}

struct Auditor {
    pass: Arc<Pass>,
    access: Arc<dyn ReadAccess>,
}

#[async_trait]
impl Visitor for Auditor {
    async fn visit(&self, account: &Account, assignment: &Assignment) -> Visit {
        let mut record = blank_record(account, Verdict::Unreachable, None);
        if let Err(error) = self.look(account, assignment, &mut record).await {
            halt_on(&self.pass, &error);
            record.cause = Some(cause::told_of(account, cause::of_call(&error)));
        }
        Visit::plain(self.pass.clock.now(), record)
    }
}

impl Auditor {
    async fn look(
        &self,
        account: &Account,
        assignment: &Assignment,
        record: &mut AccountRecord,
    ) -> Result<(), CallError> {
        let desired =
            match assignment.template.desired(account.id, self.pass.clock.now().as_second()) {
                Ok(desired) => desired,
                Err(error) => {
                    (record.verdict, record.cause) =
                        (Verdict::Held, Some(cause::configuration(error.to_string())));
                    return Ok(());
                }
            };
        let reader = self.access.open(&target(account, assignment)).await?;
        let (external_id, all) = (&self.pass.external_id, Correction::everything());
        let examination = examine(&*reader, &desired, assignment, external_id, &all).await?;
        (record.verdict, record.cause) = examination.verdict();
        examination.fill(record);
        Ok(())
    }
}
