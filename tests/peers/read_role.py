"""Reads one role completely in each of the given accounts, by the admin role.

Prints {account id: role}; the role is null where the account has none of that name.
"""

import argparse
import json

from sessions import iam_in


def read_role(iam, name):
    """Everything that makes the role what it is, the parts without order sorted."""
    try:
        role = iam.get_role(RoleName=name)["Role"]
    except iam.exceptions.NoSuchEntityException:
        return None
    inline = iam.get_paginator("list_role_policies").paginate(RoleName=name)
    attached = iam.get_paginator("list_attached_role_policies").paginate(RoleName=name)
    tags = iam.get_paginator("list_role_tags").paginate(RoleName=name)
    return {
        "arn": role["Arn"],
        "role_id": role["RoleId"],
        "path": role["Path"],
        "description": role.get("Description"),
        "max_session_seconds": role.get("MaxSessionDuration"),
        "boundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "trust": role["AssumeRolePolicyDocument"],
        "inline": {
            policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for page in inline
            for policy in page["PolicyNames"]
        },
        "managed": sorted(
            policy["PolicyArn"] for page in attached for policy in page["AttachedPolicies"]
        ),
        "tags": {tag["Key"]: tag["Value"] for page in tags for tag in page["Tags"]},
    }


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("role", help="the role's name")
parser.add_argument("accounts", nargs="+", help="account ids")
arguments = parser.parse_args()
print(json.dumps({a: read_role(iam_in(a), arguments.role) for a in arguments.accounts}))
