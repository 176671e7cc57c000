//! A local clock that is wrong: AWS's time is another than the client's.

use jiff::{SignedDuration, Timestamp};

use super::plan::{mix, occasion};
use super::{CallInfo, Fault, FaultPlan, Service};
use crate::AwsError;

/// How long it is wrong.
const LASTS_S: i64 = 90;
/// How wrong it is.
const SKEW: SignedDuration = SignedDuration::from_mins(40);
/// How far AWS lets the time of a signature be from its own.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// AWS's time, where the client's is `at`.
pub(super) fn aws_time(plan: &FaultPlan, at: Timestamp) -> Timestamp {
    if !plan.is_on(at) || !plan.lasts(Fault::ClockSkew, 0, at, LASTS_S) {
        return at;
    }
    let is_slow = mix(&[plan.seed, 8]).is_multiple_of(2);
    let skew = if is_slow { SKEW } else { -SKEW };
    at.saturating_add(skew).unwrap_or(at)
}

/// What AWS says to a call that is not signed at its own time. A client that has learned AWS's time from
/// an answer's `Date` signs at that.
pub(super) fn refusal(plan: &FaultPlan, call: &CallInfo) -> Option<AwsError> {
    let signed = call.signed_at.unwrap_or(call.at);
    let aws = aws_time(plan, call.at);
    if aws == call.at || signed.duration_since(aws).abs() <= TOLERANCE {
        return None;
    }
    let says_expired = plan.share(Fault::ClockSkew, mix(&[9, occasion(call)])) < 0.5;
    if says_expired && signed < aws {
        return Some(AwsError::new("RequestExpired", 400, "Request has expired"));
    }
    let stamp = |time: Timestamp| time.strftime("%Y%m%dT%H%M%SZ").to_string();
    let (signed_stamp, aws_stamp) = (stamp(signed), stamp(aws));
    let message = if signed < aws {
        format!("Signature expired: {signed_stamp} is now earlier than {aws_stamp} - 5 min.")
    } else {
        format!(
            "Signature not yet current: {signed_stamp} is still later than {aws_stamp} + 5 min."
        )
    };
    Some(match call.service {
        Service::Organizations | Service::CostReports => {
            AwsError::new("InvalidSignatureException", 400, message)
        }
        Service::Iam | Service::Sts => AwsError::new("SignatureDoesNotMatch", 403, message),
    })
}
