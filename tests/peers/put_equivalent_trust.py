"""Writes a role's trust policy anew, so that it reads otherwise and means the same.

Account root ARNs become account ids, scalars become lists, lists and keys change their order.
Prints {account id: the trust policy written}.
"""

import argparse
import json
import re

from sessions import iam_in

ROOT = re.compile(r"arn:aws:iam::(\d{12}):root")


def as_list(value):
    """A scalar as its one-element list; a list in the reverse order."""
    return list(reversed(value)) if isinstance(value, list) else [value]


def reversed_keys(mapping):
    """The same members, in the reverse order."""
    return dict(reversed(mapping.items()))


def rewritten(document):
    """An equivalent document."""
    statements = []
    for statement in as_list(document["Statement"]):
        other = dict(statement)
        other["Action"] = as_list(statement["Action"])
        if isinstance(statement.get("Principal"), dict):
            other["Principal"] = {
                kind: [ROOT.sub(r"\1", value) for value in as_list(values)]
                for kind, values in statement["Principal"].items()
            }
        if "Condition" in statement:
            other["Condition"] = {
                operator: {key.lower(): as_list(value) for key, value in keys.items()}
                for operator, keys in statement["Condition"].items()
            }
        statements.append(reversed_keys(other))
    return reversed_keys({**document, "Statement": statements})


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("role", help="the role's name")
parser.add_argument("accounts", nargs="+", help="account ids")
arguments = parser.parse_args()

written = {}
for account in arguments.accounts:
    iam = iam_in(account)
    trust = iam.get_role(RoleName=arguments.role)["Role"]["AssumeRolePolicyDocument"]
    written[account] = rewritten(trust)
    iam.update_assume_role_policy(
        RoleName=arguments.role, PolicyDocument=json.dumps(written[account])
    )
print(json.dumps(written))
