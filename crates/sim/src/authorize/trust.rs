//! `sts:AssumeRole`: the trust policy beside the caller's own.

use super::principal::Grant;
use super::{Decision, DeniedBy, Document, Layer, Layers, Policies, Request};

/// Decides on assuming the role `request.resource`, whose trust policy is `trust`.
///
/// A trust policy must always let the caller in, in the same account too (IAM User Guide, "Cross
/// account policy evaluation" and "IAM role trust policies"). From another account the caller's own
/// policies must allow as well; within the account not where the trust names the caller.
pub(crate) fn authorize_assume_role(
    request: &Request<'_>,
    trust: &Document,
    policies: &Policies<'_>,
) -> Decision {
    let own = Layers::evaluate(request, policies);
    if let Some(by) = own.explicit_deny() {
        return Decision::Denied(by);
    }
    let Some(grant) = trust.grant(request) else {
        return Decision::Denied(DeniedBy::TrustPolicy);
    };
    match own.implicit_deny(exempt(request, grant)) {
        Some(by) => Decision::Denied(by),
        None => Decision::Allowed,
    }
}

/// The layers that need not allow.
fn exempt(request: &Request<'_>, grant: Grant) -> &'static [Layer] {
    use Layer::{Boundary, Identity, ServiceControl, Session};
    match grant {
        _ if request.by_service() => &[ServiceControl, Identity, Boundary, Session],
        _ if !request.within_account() => &[],
        Grant::Account => &[],
        Grant::Role => &[Identity],
        Grant::Caller => &[Identity, Boundary, Session],
    }
}
