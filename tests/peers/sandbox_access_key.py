"""Makes a user with an access key in the first active member, and calls with that key, with plain boto3.

Prints {"user": arn, "caller": arn, "stranger": error code, "used": service}. Cleans up what it made.
"""

import json

import boto3
from botocore.exceptions import ClientError

from sessions import client, iam_in

USER = "peer-boto3"


def caller(key_id, secret):
    keys = {"aws_access_key_id": key_id, "aws_secret_access_key": secret}
    session = boto3.Session(region_name="us-east-1", **keys)
    return session.client("sts").get_caller_identity()["Arn"]


management = client("sts").get_caller_identity()["Account"]
pages = client("organizations").get_paginator("list_accounts").paginate()
member = next(
    account["Id"]
    for page in pages
    for account in page["Accounts"]
    if account["Id"] != management and account.get("State", account.get("Status")) == "ACTIVE"
)

iam = iam_in(member)
user = iam.create_user(UserName=USER)["User"]
key = iam.create_access_key(UserName=USER)["AccessKey"]
called = caller(key["AccessKeyId"], key["SecretAccessKey"])
try:
    stranger = caller(key["AccessKeyId"], key["SecretAccessKey"][::-1])
except ClientError as error:
    stranger = error.response["Error"]["Code"]
used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
iam.delete_access_key(UserName=USER, AccessKeyId=key["AccessKeyId"])
iam.delete_user(UserName=USER)
print(
    json.dumps(
        {"user": user["Arn"], "caller": called, "stranger": stranger, "used": used["ServiceName"]}
    )
)
