"""Calls a moto server with the access key of the environment, and with the same key and another secret.

From the first call on moto checks signatures, as AWS does, for as long as this runs.
Prints {"caller": arn, "stranger": error code}.
"""

import json
import os
from urllib.request import Request, urlopen

from botocore.exceptions import ClientError

from sessions import client

MOTO = os.environ["AWS_ENDPOINT_URL"]


def check_signatures(after):
    """Makes moto check the signature of each request after so many."""
    plain = {"Content-Type": "text/plain"}
    count = str(after).encode()
    urlopen(Request(f"{MOTO}/moto-api/reset-auth", count, plain), timeout=60).close()


def caller():
    """Who calls, in moto's eyes."""
    return client("sts").get_caller_identity()["Arn"]


check_signatures(after=0)
try:
    called = caller()
    os.environ["AWS_SECRET_ACCESS_KEY"] = os.environ["AWS_SECRET_ACCESS_KEY"][::-1]
    try:
        stranger = caller()
    except ClientError as error:
        stranger = error.response["Error"]["Code"]
finally:
    check_signatures(after="inf")
print(json.dumps({"caller": called, "stranger": stranger}))
