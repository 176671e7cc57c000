//! facts of IAM: which documents are the same to it. One row for each rule, both ways round.

use super::document;

const EQUAL: &[(&str, &str, &str)] = &[
    (
        "a list of one action equals the action",
        r#"{"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*"}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}"#,
    ),
    (
        "a list of one not-action equals it",
        r#"{"Statement": [{"Effect": "Allow", "NotAction": ["s3:GetObject"], "Resource": "*"}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "NotAction": "s3:GetObject", "Resource": "*"}]}"#,
    ),
    (
        "a list of one resource equals it",
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": ["arn:aws:s3:::a"]}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::a"}]}"#,
    ),
    (
        "a list of one not-resource equals it",
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "NotResource": ["arn:aws:s3:::a"]}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::a"}]}"#,
    ),
    (
        "a list of one statement equals it",
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#,
    ),
    (
        "a list of one principal and of one condition value equal them",
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ["AROAEXAMPLEEXAMPLE01"]}, "Condition": {"StringEquals": {"sts:ExternalId": ["x1"]}}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "AROAEXAMPLEEXAMPLE01"}, "Condition": {"StringEquals": {"sts:ExternalId": "x1"}}}}"#,
    ),
    (
        "the order of lists, statements and keys does not matter",
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["a:A", "a:B"], "Resource": ["arn:aws:s3:::a", "arn:aws:s3:::b"]}, {"Effect": "Deny", "Action": "a:C", "Resource": "*"}]}"#,
        r#"{"Statement": [{"Resource": "*", "Action": "a:C", "Effect": "Deny"}, {"Effect": "Allow", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::a"], "Action": ["a:B", "a:A"]}], "Version": "2012-10-17"}"#,
    ),
    (
        "a repeated value adds nothing",
        r#"{"Statement": [{"Effect": "Allow", "Action": ["a:A", "a:A", "A:a"], "Resource": ["*", "*"]}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "a:A", "Resource": "*"}]}"#,
    ),
    (
        "a repeated statement adds nothing, whatever its Sid",
        r#"{"Statement": [{"Sid": "A", "Effect": "Allow", "Action": "a:A", "Resource": "*"}, {"Sid": "B", "Effect": "Allow", "Action": ["a:A"], "Resource": "*"}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "a:A", "Resource": "*"}]}"#,
    ),
    (
        "action names and prefixes ignore case",
        r#"{"Statement": [{"Effect": "Allow", "Action": "s3:getobject", "Resource": "*"}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "S3:GetObject", "Resource": "*"}]}"#,
    ),
    (
        "condition operators and keys ignore case",
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"stringequals": {"AWS:username": "a"}}}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:UserName": "a"}}}]}"#,
    ),
    (
        "an account id equals the ARN of its root",
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}}"#,
    ),
    (
        "an account id equals the ARN of its root in GovCloud",
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws-us-gov:iam::123456789012:root"}}}"#,
    ),
    (
        "an account id equals the ARN of its root in China, beside others and in NotPrincipal",
        r#"{"Statement": {"Effect": "Deny", "Action": "sts:AssumeRole", "NotPrincipal": {"AWS": ["123456789012", "arn:aws-cn:iam::123456789013:role/a"]}}}"#,
        r#"{"Statement": {"Effect": "Deny", "Action": "sts:AssumeRole", "NotPrincipal": {"AWS": ["arn:aws-cn:iam::123456789013:role/a", "arn:aws-cn:iam::123456789012:root"]}}}"#,
    ),
    (
        "an account by id and by root is one account",
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ["123456789012", "arn:aws:iam::123456789012:root"]}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}}"#,
    ),
    (
        "any principal equals any AWS principal",
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ["*"]}}}"#,
    ),
    (
        "a missing Version is 2008-10-17",
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
        r#"{"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
    ),
    (
        "Sid and Id do not matter",
        r#"{"Id": "x", "Statement": [{"Sid": "One", "Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
    ),
    (
        "numbers and booleans equal their string forms in conditions",
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": true}, "NumericLessThan": {"s3:max-keys": [10, 20]}}}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}, "NumericLessThan": {"s3:max-keys": ["20", "10"]}}}]}"#,
    ),
    (
        "an empty Condition equals none",
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
    ),
    (
        "an operator without keys equals none",
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {}}}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
    ),
    (
        "percent-encoding and JSON escapes do not matter",
        "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D",
        r#"{"Statement": [{"Effect": "Allow", "Action": "\u00733:*", "Resource": "*"}]}"#,
    ),
    (
        "a plus stays a plus in percent-encoding",
        "%7B%22Statement%22:%7B%22Effect%22:%22Allow%22,%22Action%22:%22s3:*%22,%22Resource%22:%22arn:aws:s3:::a+b%22%7D%7D",
        r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a+b"}}"#,
    ),
    (
        "plain JSON is not percent-decoded",
        r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a%20b"}}"#,
        "%7B%22Statement%22:%7B%22Effect%22:%22Allow%22,%22Action%22:%22s3:*%22,%22Resource%22:%22arn:aws:s3:::a%2520b%22%7D%7D",
    ),
];

const UNEQUAL: &[(&str, &str, &str)] = &[
    (
        "resources are case sensitive",
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::a"}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::A"}]}"#,
    ),
    (
        "principal ARNs are case sensitive",
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:role/a"}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:role/A"}}}"#,
    ),
    (
        "condition values are case sensitive",
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:username": "a"}}}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:username": "A"}}}]}"#,
    ),
    (
        "the version matters",
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
    ),
    (
        "a wildcard is not the list that it covers",
        r#"{"Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": ["s3:*", "s3:GetObject"], "Resource": "*"}]}"#,
    ),
    (
        "allow is not deny",
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
        r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}"#,
    ),
    (
        "an action is not a not-action",
        r#"{"Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"}]}"#,
    ),
    (
        "a resource is not a not-resource",
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::a"}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::a"}]}"#,
    ),
    (
        "a principal is not a not-principal",
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "NotPrincipal": {"AWS": "123456789012"}}}"#,
    ),
    (
        "an account is not its user of the name root",
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:user/root"}}}"#,
    ),
    (
        "one account is not another",
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789013:root"}}}"#,
    ),
    (
        "a deleted principal is not the one it was",
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "AROAEXAMPLEEXAMPLE01"}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:role/a"}}}"#,
    ),
    (
        "any AWS principal is not any service",
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "*"}}}"#,
    ),
    (
        "a condition is not none",
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:username": "a"}}}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
    ),
    (
        "a condition with no values is not none",
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:username": []}}}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
    ),
    (
        "IfExists is another operator",
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:username": "a"}}}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEqualsIfExists": {"aws:username": "a"}}}]}"#,
    ),
    (
        "two statements are not one that holds both lists",
        r#"{"Statement": [{"Effect": "Allow", "Action": "a:A", "Resource": "*"}, {"Effect": "Allow", "Action": "a:B", "Resource": "*"}]}"#,
        r#"{"Statement": [{"Effect": "Allow", "Action": ["a:A", "a:B"], "Resource": "*"}]}"#,
    ),
];

#[test]
fn policies_should_be_equal_where_iam_cannot_tell_them_apart() {
    for (rule, left, right) in EQUAL {
        let (left, right) = (document(left), document(right));
        assert_eq!(left, right, "{rule}");
        assert_eq!(right, left, "{rule}");
        assert!(left.compare(&right).is_none() && right.compare(&left).is_none(), "{rule}");
    }
}

#[test]
fn policies_should_differ_where_iam_can_tell_them_apart() {
    for (rule, left, right) in UNEQUAL {
        let (left, right) = (document(left), document(right));
        assert_ne!(left, right, "{rule}");
        let comparison = left.compare(&right).unwrap_or_else(|| panic!("{rule}"));
        assert!(!comparison.statements.is_empty(), "{rule}");
    }
}
