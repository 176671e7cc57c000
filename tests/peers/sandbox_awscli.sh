#!/usr/bin/env bash
# Lists the accounts, enters the first active member and makes a role there,
# with the plain AWS CLI. Prints the same as sandbox_boto3.py. AWS_ENDPOINT_URL and credentials come
# from the environment; `aws` is looked up on the PATH.
set -euo pipefail

# It makes roles, and must never reach AWS.
[[ ${AWS_ENDPOINT_URL-} == http://127.0.0.1:* ]] || {
    echo "AWS_ENDPOINT_URL must name an emulator on 127.0.0.1" >&2
    exit 1
}
export AWS_DEFAULT_REGION=us-east-1 AWS_PAGER=
role=peer-awscli
policy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}'
trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'

management=$(aws sts get-caller-identity --query Account --output text)
accounts=$(aws organizations list-accounts --query 'length(Accounts)' --output json)
members=$(aws organizations list-accounts --output text \
    --query "Accounts[?(State || Status)=='ACTIVE' && Id!='$management'].Id")
member=${members%%[[:space:]]*}

session=$(aws sts assume-role --role-session-name peer --output text \
    --role-arn "arn:aws:iam::$member:role/OrganizationAccountAccessRole" \
    --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]')
read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <<<"$session"
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN

arn=$(aws iam create-role --role-name "$role" --assume-role-policy-document "$trust" \
    --query Role.Arn --output text)
aws iam put-role-policy --role-name "$role" --policy-name peer --policy-document "$policy"
action=$(aws iam get-role-policy --role-name "$role" --policy-name peer --output text \
    --query 'PolicyDocument.Statement[0].Action')
[[ $action == s3:ListBucket ]] || { echo "read back another policy: $action" >&2; exit 1; }
[[ $arn == "arn:aws:iam::$member:role/$role" ]] || { echo "made another role: $arn" >&2; exit 1; }
aws iam delete-role-policy --role-name "$role" --policy-name peer
aws iam delete-role --role-name "$role"
printf '{"accounts": %s, "member": "%s", "role": "%s"}\n' "$accounts" "$member" "$arn"
