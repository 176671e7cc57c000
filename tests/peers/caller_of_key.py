"""Calls a moto server with the access key of the environment, and with the same key and another secret.

While this runs moto checks signatures, as AWS does.
Prints {"caller": arn, "stranger": error code}.
"""

import json
import os
from urllib.request import Request, urlopen

import boto3
from botocore.exceptions import ClientError

import sessions  # noqa: F401, which calls nothing but an emulator

MOTO = os.environ["AWS_ENDPOINT_URL"]
KEY_ID, SECRET = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]


def check_signatures(after):
    """Makes moto check the signature of each request after so many."""
    plain = {"Content-Type": "text/plain"}
    count = str(after).encode()
    urlopen(Request(f"{MOTO}/moto-api/reset-auth", count, plain), timeout=60).close()


def caller(secret):
    """Who calls with this secret, in moto's eyes."""
    keys = {"aws_access_key_id": KEY_ID, "aws_secret_access_key": secret}
    session = boto3.Session(region_name="us-east-1", **keys)
    return session.client("sts").get_caller_identity()["Arn"]


check_signatures(after=0)
try:
    called = caller(SECRET)
    try:
        stranger = caller(SECRET[::-1])
    except ClientError as error:
        stranger = error.response["Error"]["Code"]
finally:
    check_signatures(after="inf")
print(json.dumps({"caller": called, "stranger": stranger}))
