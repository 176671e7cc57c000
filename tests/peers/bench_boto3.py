"""Audits every active member account with plain boto3 and a pool of 32 threads, for `cargo xtask bench`.

Prints {"accounts": count, "in_sync": count, "different": count, "failures": count}.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from bench_role import ADMIN_ROLE, is_as_wanted, print_summary

THREADS = 32
CONFIG = Config(retries={"mode": "standard"}, max_pool_connections=THREADS)

session = boto3.Session()
sts = session.client("sts", config=CONFIG)
# boto3's clients are safe to share between threads; making one is not.
making_a_client = Lock()


def audit(account_id):
    """Whether the role is as wanted; None where that cannot be told."""
    try:
        credentials = sts.assume_role(
            RoleArn=f"arn:aws:iam::{account_id}:role/{ADMIN_ROLE}", RoleSessionName="bench-boto3"
        )["Credentials"]
        with making_a_client:
            iam = session.client(
                "iam",
                config=CONFIG,
                aws_access_key_id=credentials["AccessKeyId"],
                aws_secret_access_key=credentials["SecretAccessKey"],
                aws_session_token=credentials["SessionToken"],
            )
        return is_as_wanted(iam)
    except (BotoCoreError, ClientError) as error:
        print(f"{account_id}: {error}", file=sys.stderr)
        return None


management = sts.get_caller_identity()["Account"]
pages = session.client("organizations", config=CONFIG).get_paginator("list_accounts").paginate()
members = [
    account["Id"]
    for page in pages
    for account in page["Accounts"]
    if account["State"] == "ACTIVE" and account["Id"] != management
]
with ThreadPoolExecutor(THREADS) as pool:
    verdicts = [verdict for verdict in pool.map(audit, members) if verdict is not None]
print_summary(len(members), verdicts)
