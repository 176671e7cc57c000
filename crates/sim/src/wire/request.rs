//! Reads a request: which service, which operation, who signs.

use axum::http::HeaderMap;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::query;
use crate::{AwsError, Credentials};

/// What `X-Amz-Target` begins with, and the service.
const TARGETS: [(&str, &str); 2] =
    [("AWSOrganizationsV20161128.", "organizations"), ("AWSOrigamiServiceGatewayService.", "cur")];

/// The two protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// Organizations, Cost and Usage Reports.
    Json,
    /// IAM and STS.
    Query,
}

/// One call.
pub(super) struct Call {
    pub(super) protocol: Protocol,
    pub(super) service: String,
    pub(super) operation: String,
    pub(super) parameters: Value,
}

impl Call {
    /// Reads the call of a request. The service is the credential scope's, or else what the target
    /// header or the API version says.
    pub(super) fn read(
        headers: &HeaderMap,
        query_string: &str,
        body: &[u8],
    ) -> Result<Self, AwsError> {
        let scope = credential_scope(headers);
        if let Some(target) = header(headers, "x-amz-target") {
            let (by_target, operation) = TARGETS
                .iter()
                .find_map(|(prefix, service)| Some((*service, target.strip_prefix(prefix)?)))
                .unwrap_or(("organizations", target));
            let body = if body.is_empty() { b"{}" } else { body };
            let parameters = serde_json::from_slice(body).map_err(|error| {
                AwsError::organizations("SerializationException", error.to_string())
            })?;
            return Ok(Self {
                protocol: Protocol::Json,
                service: scope.unwrap_or(by_target).to_owned(),
                operation: operation.to_owned(),
                parameters,
            });
        }
        let form = if body.is_empty() { query_string.as_bytes() } else { body };
        let parameters = query::parameters(form);
        let text = |name: &str| parameters.get(name).and_then(Value::as_str).unwrap_or_default();
        let operation = text("Action").to_owned();
        if operation.is_empty() {
            let message =
                "Could not find operation in the request: Action or X-Amz-Target is needed";
            return Err(AwsError::new("MissingAction", 400, message));
        }
        let by_version = if text("Version") == "2011-06-15" { "sts" } else { "iam" };
        let service = scope.unwrap_or(by_version).to_owned();
        Ok(Self { protocol: Protocol::Query, service, operation, parameters })
    }

    /// The XML namespace of the service.
    pub(super) fn namespace(&self) -> &'static str {
        match self.service.as_str() {
            "sts" => "https://sts.amazonaws.com/doc/2011-06-15/",
            _ => "https://iam.amazonaws.com/doc/2010-05-08/",
        }
    }
}

/// Who signs, and for which Region. Without a signature, it is the root of the management account too.
pub(super) fn credentials(headers: &HeaderMap) -> Credentials {
    let mut scope = credential(headers).unwrap_or_default().split('/');
    let token = header(headers, "x-amz-security-token").map(str::to_owned);
    let credentials = Credentials::new(scope.next().unwrap_or_default(), token);
    match scope.nth(1) {
        Some(region) => credentials.in_region(region),
        None => credentials,
    }
}

/// The time that a request is signed with.
pub(super) fn signed_at(headers: &HeaderMap) -> Option<Timestamp> {
    let time = DateTime::strptime("%Y%m%dT%H%M%SZ", header(headers, "x-amz-date")?).ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// `KEY/DATE/REGION/SERVICE/aws4_request` of the `Authorization` header.
fn credential(headers: &HeaderMap) -> Option<&str> {
    let rest = header(headers, "authorization")?.split_once("Credential=")?.1;
    rest.split([',', ' ']).next()
}

fn credential_scope(headers: &HeaderMap) -> Option<&str> {
    credential(headers)?.split('/').nth(3)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=AKIAX/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0";

    #[test]
    fn call_should_be_told_apart_by_scope_else_by_version() {
        let mut headers = HeaderMap::new();
        let body = b"Action=GetCallerIdentity&Version=2011-06-15";
        let unsigned = Call::read(&headers, "", body).expect("a call");
        headers.insert("authorization", HeaderValue::from_static(SIGNED));
        let signed = Call::read(&headers, "", b"Action=GetCallerIdentity").expect("a call");
        assert_eq!((unsigned.service.as_str(), signed.service.as_str()), ("sts", "sts"));
        assert!(Call::read(&HeaderMap::new(), "", b"").is_err());
    }

    #[test]
    fn unsigned_call_should_be_told_apart_by_its_target() {
        for (target, service) in [
            ("AWSOrganizationsV20161128.ListAccounts", "organizations"),
            ("AWSOrigamiServiceGatewayService.DescribeReportDefinitions", "cur"),
        ] {
            let headers = HeaderMap::from_iter([(
                "x-amz-target".parse().expect("a name"),
                target.parse().expect("a value"),
            )]);
            let call = Call::read(&headers, "", b"").expect("a call");
            assert_eq!(call.service, service);
            assert!(target.ends_with(&format!(".{}", call.operation)));
        }
    }
}
