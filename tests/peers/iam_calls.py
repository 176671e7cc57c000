"""Makes calls of IAM in an account, by the admin role, one after the other.

Takes the calls as JSON, [[operation, request]], and prints the answers, [answer], both as AWS has them.
"""

import argparse
import json

from botocore import xform_name

from sessions import iam_in

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("account", help="account id")
parser.add_argument("calls", type=json.loads, help="[[operation, request]]")
arguments = parser.parse_args()

iam = iam_in(arguments.account)


def answer(operation, request):
    """What the call gives, without what only the transport knows."""
    answered = getattr(iam, xform_name(operation))(**request)
    return {key: value for key, value in answered.items() if key != "ResponseMetadata"}


print(json.dumps([answer(*call) for call in arguments.calls], default=str))
