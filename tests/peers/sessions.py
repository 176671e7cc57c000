"""boto3 clients in the accounts of an organization.

The endpoint and the caller's credentials come from AWS's own environment variables. Without an
endpoint on loopback nothing is called: these scripts make and break roles, and must never reach AWS.
"""

import os
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

ADMIN_ROLE = "OrganizationAccountAccessRole"
_CONFIG = Config(
    region_name="us-east-1", connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 1}
)

if urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname != "127.0.0.1":
    raise SystemExit("AWS_ENDPOINT_URL must name an emulator on 127.0.0.1")


def client(service, credentials=None):
    """A client with the caller's own credentials, or with an assumed session's."""
    keys = {}
    if credentials is not None:
        keys = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
        }
    return boto3.client(service, config=_CONFIG, **keys)


def iam_in(account_id, admin_role=ADMIN_ROLE):
    """An IAM client in the account: the caller's own there, the admin role's elsewhere."""
    sts = client("sts")
    if sts.get_caller_identity()["Account"] == account_id:
        return client("iam")
    session = sts.assume_role(
        RoleArn=f"arn:aws:iam::{account_id}:role/{admin_role}", RoleSessionName="peer"
    )
    return client("iam", session["Credentials"])
