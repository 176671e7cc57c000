//! Whether a request is allowed: IAM's policy evaluation (IAM User Guide, "Policy evaluation logic").
//!
//! Written apart from `digitalex_core`'s policy code on purpose: it judges what that code produces.

mod condition;
mod document;
mod pattern;
mod principal;
mod request;
mod statement;
#[cfg(test)]
mod tests;
mod trust;

pub(crate) use document::{Document, Documents};
pub(crate) use request::Request;
pub(crate) use trust::authorize_assume_role;

use statement::Effect;

/// The policies that bear on the request.
pub(crate) struct Policies<'a> {
    /// Inline and managed policies of the user or role.
    pub(crate) identity: &'a [Document],
    /// The permissions boundary of the user or role.
    pub(crate) boundary: Option<&'a Document>,
    /// The session's policies; empty where it has none.
    pub(crate) session: &'a [Document],
    /// Service control policies, one list for each level from the root to the account; empty where
    /// they do not bind.
    pub(crate) service_control: &'a [Vec<Document>],
    /// Whether an account's root user asks, who needs no policy and has no boundary.
    pub(crate) is_root: bool,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It may be done.
    Allowed,
    /// It may not.
    Denied(DeniedBy),
}

/// What kind of policy denies; `explicit` where one says so, rather than none allowing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are IAM's own")]
pub(crate) enum DeniedBy {
    ServiceControlPolicy { explicit: bool },
    PermissionsBoundary { explicit: bool },
    SessionPolicy { explicit: bool },
    IdentityPolicy { explicit: bool },
    TrustPolicy,
}

/// Decides on a request to which only the caller's own policies apply.
pub(crate) fn authorize(request: &Request<'_>, policies: &Policies<'_>) -> Decision {
    let layers = Layers::evaluate(request, policies);
    match layers.explicit_deny().or_else(|| layers.implicit_deny(&[])) {
        Some(by) => Decision::Denied(by),
        None => Decision::Allowed,
    }
}

/// The kinds of policy that must each allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    ServiceControl,
    Identity,
    Boundary,
    Session,
}

/// What each layer says, in the order in which AWS names the one that denies; `None` is silence,
/// which denies too.
struct Layers([(Layer, Option<Effect>); 4]);

impl Layers {
    fn evaluate(request: &Request<'_>, policies: &Policies<'_>) -> Self {
        let root = policies.is_root.then_some(Effect::Allow);
        let unbound = Some(Effect::Allow);
        let identity = root.or_else(|| effect_of(policies.identity, request));
        let boundary = match policies.boundary {
            Some(boundary) if !policies.is_root => boundary.effect_on(request),
            _ => unbound,
        };
        let session = match policies.session {
            [] => unbound,
            session => effect_of(session, request),
        };
        Self([
            (Layer::ServiceControl, service_control(request, policies.service_control)),
            (Layer::Identity, identity),
            (Layer::Boundary, boundary),
            (Layer::Session, session),
        ])
    }

    fn explicit_deny(&self) -> Option<DeniedBy> {
        let denies = self.0.iter().find(|(_, effect)| *effect == Some(Effect::Deny));
        denies.map(|(layer, _)| layer.denial(true))
    }

    /// The first layer that does not allow, `exempt` ones left out.
    fn implicit_deny(&self, exempt: &[Layer]) -> Option<DeniedBy> {
        let mut bound = self.0.iter().filter(|(layer, _)| !exempt.contains(layer));
        bound.find(|(_, effect)| effect.is_none()).map(|(layer, _)| layer.denial(false))
    }
}

impl Layer {
    const fn denial(self, explicit: bool) -> DeniedBy {
        match self {
            Self::ServiceControl => DeniedBy::ServiceControlPolicy { explicit },
            Self::Identity => DeniedBy::IdentityPolicy { explicit },
            Self::Boundary => DeniedBy::PermissionsBoundary { explicit },
            Self::Session => DeniedBy::SessionPolicy { explicit },
        }
    }
}

/// What several documents of one kind say together: one deny denies, else one allow allows.
fn effect_of(documents: &[Document], request: &Request<'_>) -> Option<Effect> {
    documents.iter().filter_map(|document| document.effect_on(request)).max()
}

/// Every level must allow; one deny at any level denies.
fn service_control(request: &Request<'_>, levels: &[Vec<Document>]) -> Option<Effect> {
    let effects: Vec<_> = levels.iter().map(|level| effect_of(level, request)).collect();
    if effects.contains(&Some(Effect::Deny)) {
        Some(Effect::Deny)
    } else if effects.contains(&None) {
        None
    } else {
        Some(Effect::Allow)
    }
}
