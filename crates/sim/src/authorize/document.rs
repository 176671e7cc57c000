//! A policy document, as far as it decides.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::Request;
use super::principal::Grant;
use super::statement::{Effect, Statement};

/// A policy document, cheap to clone. It has no `Debug`, since a trust policy holds the external id.
#[derive(Clone)]
pub(crate) struct Document {
    statements: Arc<[Statement]>,
}

/// Documents that were read lately, by their text: the same few bear on call after call.
#[derive(Default)]
pub(crate) struct Documents(Mutex<HashMap<String, Document>>);

/// How many documents are remembered. Session policies differ by account, so that this many accounts
/// can be worked on at once.
const DOCUMENTS_MAX: usize = 4_096;

/// The text is not a policy document. The message never repeats a value of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DocumentError {
    /// It is not JSON, or a statement has no shape of one.
    #[error("not a policy document")]
    Json(#[from] serde_json::Error),
    /// `Version` is neither of the two that there are.
    #[error("Version is neither 2012-10-17 nor 2008-10-17")]
    Version,
    /// There is no `Statement`.
    #[error("the document has no Statement")]
    NoStatement,
    /// A condition operator that IAM does not have.
    #[error("{0:?} is not a condition operator")]
    Operator(String),
}

impl Document {
    /// Reads a document.
    pub(crate) fn parse(text: &str) -> Result<Self, DocumentError> {
        let mut document: Value = serde_json::from_str(text)?;
        let variables = match document.get("Version").map(Value::as_str) {
            Some(Some("2012-10-17")) => true,
            None | Some(Some("2008-10-17")) => false,
            Some(_) => return Err(DocumentError::Version),
        };
        let statements = match document.get_mut("Statement").map(Value::take) {
            Some(Value::Array(statements)) => statements,
            Some(statement) => vec![statement],
            None => return Err(DocumentError::NoStatement),
        };
        let statements = statements.into_iter().map(|value| Statement::parse(value, variables));
        Ok(Self { statements: statements.collect::<Result<_, _>>()? })
    }

    /// The document without a statement, which allows nothing.
    pub(crate) fn nothing() -> Self {
        Self { statements: Arc::new([]) }
    }

    /// What the document, read as an identity policy, says of the request.
    pub(super) fn effect_on(&self, request: &Request<'_>) -> Option<Effect> {
        let applying = self.statements.iter().filter(|statement| statement.applies(request));
        applying.map(Statement::effect).max()
    }

    /// How the document, read as a trust policy, lets the caller in; `None` where it does not, or
    /// denies.
    pub(super) fn grant(&self, request: &Request<'_>) -> Option<Grant> {
        let mut highest = None;
        for statement in self.statements.iter().filter(|statement| statement.applies(request)) {
            match (statement.effect(), statement.grant(request)) {
                (Effect::Deny, Some(_)) => return None,
                (Effect::Allow, grant) => highest = highest.max(grant),
                (Effect::Deny, None) => {}
            }
        }
        highest
    }
}

impl Documents {
    /// Reads a document, as [`Document::parse`] does.
    pub(crate) fn parse(&self, text: &str) -> Result<Document, DocumentError> {
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(document) = read.get(text) {
            return Ok(document.clone());
        }
        let document = Document::parse(text)?;
        if read.len() >= DOCUMENTS_MAX {
            read.clear();
        }
        read.insert(text.to_owned(), document.clone());
        Ok(document)
    }
}

/// A copy remembers nothing yet.
impl Clone for Documents {
    fn clone(&self) -> Self {
        Self::default()
    }
}
