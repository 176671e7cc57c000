//! Answers as AWS gives them.

use super::Answer;

/// The account of the caller.
pub(crate) const OWN_ACCOUNT: &str = "999999999999";
/// The account that is read.
pub(crate) const ACCOUNT: &str = "111122223333";

/// A document as IAM returns it: `{"Version":"2012-10-17","Statement":[]}`.
const DOCUMENT: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";

/// What AWS answers where all is well: an organization of one root, one OU and one account, with a role
/// that has everything.
pub(crate) fn right_answer(operation: &str) -> Answer {
    let xml = |result: &str| Answer::ok(xml(operation, result));
    let json = |body: &str| Answer::ok(body.as_bytes());
    match operation {
        "GetCallerIdentity" => xml(&format!(
            "<Arn>arn:aws:iam::{OWN_ACCOUNT}:user/admin</Arn><UserId>AIDA1</UserId>\
             <Account>{OWN_ACCOUNT}</Account>"
        )),
        "AssumeRole" => {
            xml("<Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
             <SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration>\
             </Credentials>")
        }
        "GetRole" => xml(&format!(
            "<Role><Path>/</Path><RoleName>digitalex-finops</RoleName><RoleId>AROA1</RoleId>\
             <Arn>arn:aws:iam::{ACCOUNT}:role/digitalex-finops</Arn>\
             <CreateDate>2026-01-01T00:00:00Z</CreateDate>\
             <AssumeRolePolicyDocument>{DOCUMENT}</AssumeRolePolicyDocument>\
             <Description>d</Description><MaxSessionDuration>7200</MaxSessionDuration>\
             <PermissionsBoundary><PermissionsBoundaryArn>arn:aws:iam::{ACCOUNT}:policy/b\
             </PermissionsBoundaryArn></PermissionsBoundary>\
             <Tags><member><Key>team</Key><Value>finops</Value></member></Tags></Role>"
        )),
        "ListRolePolicies" => {
            xml("<PolicyNames><member>one</member><member>two</member></PolicyNames>\
             <IsTruncated>false</IsTruncated>")
        }
        "GetRolePolicy" => xml(&format!(
            "<RoleName>digitalex-finops</RoleName><PolicyName>one</PolicyName>\
             <PolicyDocument>{DOCUMENT}</PolicyDocument>"
        )),
        "ListAttachedRolePolicies" => {
            xml("<AttachedPolicies><member><PolicyName>ReadOnlyAccess</PolicyName>\
             <PolicyArn>arn:aws:iam::aws:policy/ReadOnlyAccess</PolicyArn></member>\
             </AttachedPolicies><IsTruncated>false</IsTruncated>")
        }
        "DescribeOrganization" => {
            json(r#"{"Organization":{"Id":"o-exampleorg","MasterAccountId":"999999999999"}}"#)
        }
        "ListAccounts" | "ListAccountsForParent" => json(
            r#"{"Accounts":[{"Id":"111122223333","Name":"a","State":"ACTIVE","Status":"ACTIVE"}]}"#,
        ),
        "DescribeAccount" => {
            json(r#"{"Account":{"Id":"111122223333","Name":"a","State":"ACTIVE"}}"#)
        }
        "ListRoots" => json(r#"{"Roots":[{"Id":"r-ab12","Name":"Root"}]}"#),
        "ListOrganizationalUnitsForParent" => json(r#"{"OrganizationalUnits":[]}"#),
        "ListParents" => json(r#"{"Parents":[{"Id":"r-ab12","Type":"ROOT"}]}"#),
        "ListTagsForResource" => json(r#"{"Tags":[{"Key":"team","Value":"finops"}]}"#),
        "ListPoliciesForTarget" => json(r#"{"Policies":[{"Id":"p-a1","Name":"a"}]}"#),
        "DescribePolicy" => json(
            r#"{"Policy":{"PolicySummary":{"Id":"p-a1","Name":"a"},"Content":"{\"Statement\":[]}"}}"#,
        ),
        _ => Answer { status: 400, ..Answer::ok("") },
    }
}

/// An answer of STS or IAM.
pub(crate) fn xml(operation: &str, result: &str) -> String {
    format!(
        "<{operation}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
         <{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{operation}Response>"
    )
}
