"""What both benchmark peers do in an account: read the role completely and compare it.

Importing it ends the program unless AWS_ENDPOINT_URL is on loopback, as sessions.py says.
"""

import json
from pathlib import Path

from sessions import ADMIN_ROLE

__all__ = ["ADMIN_ROLE", "is_as_wanted", "print_summary"]

ROLE = "digitalex-finops"
WANTED = json.loads(Path(__file__).with_name("bench_wanted.json").read_text())


def is_as_wanted(iam):
    """Whether the account's role is, in every part, what bench_wanted.json says."""
    role = iam.get_role(RoleName=ROLE)["Role"]
    inline = iam.get_paginator("list_role_policies").paginate(RoleName=ROLE)
    attached = iam.get_paginator("list_attached_role_policies").paginate(RoleName=ROLE)
    found = {
        "path": role["Path"],
        "description": role.get("Description"),
        "max_session_seconds": role["MaxSessionDuration"],
        "boundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "tags": {tag["Key"]: tag["Value"] for tag in role.get("Tags", [])},
        "trust": role["AssumeRolePolicyDocument"],
        "inline": {
            name: iam.get_role_policy(RoleName=ROLE, PolicyName=name)["PolicyDocument"]
            for page in inline
            for name in page["PolicyNames"]
        },
        "managed": sorted(
            policy["PolicyArn"] for page in attached for policy in page["AttachedPolicies"]
        ),
    }
    return found == WANTED


def print_summary(accounts, verdicts):
    """One line of JSON; an account without a verdict is a failure."""
    summary = {
        "accounts": accounts,
        "in_sync": sum(verdicts),
        "different": len(verdicts) - sum(verdicts),
        "failures": accounts - len(verdicts),
    }
    print(json.dumps(summary))
