"""Reads one user completely in each of the given accounts, by the admin role.

Prints {account id: user}; the user is null where the account has none of that name.
"""

import argparse
import json

from sessions import iam_in


def read_user(iam, name):
    """Everything that makes the user what it is, the parts without order sorted."""
    try:
        user = iam.get_user(UserName=name)["User"]
    except iam.exceptions.NoSuchEntityException:
        return None

    def listed(operation, key):
        pages = iam.get_paginator(operation).paginate(UserName=name)
        return [item for page in pages for item in page[key]]

    try:
        login_profile = "LoginProfile" in iam.get_login_profile(UserName=name)
    except iam.exceptions.NoSuchEntityException:
        login_profile = False
    return {
        "arn": user["Arn"],
        "path": user["Path"],
        "boundary": user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "inline": {
            policy: iam.get_user_policy(UserName=name, PolicyName=policy)["PolicyDocument"]
            for policy in listed("list_user_policies", "PolicyNames")
        },
        "managed": sorted(
            policy["PolicyArn"]
            for policy in listed("list_attached_user_policies", "AttachedPolicies")
        ),
        "tags": {tag["Key"]: tag["Value"] for tag in listed("list_user_tags", "Tags")},
        "keys": {
            key["AccessKeyId"]: key["Status"]
            for key in listed("list_access_keys", "AccessKeyMetadata")
        },
        "groups": [group["GroupName"] for group in listed("list_groups_for_user", "Groups")],
        "login_profile": login_profile,
    }


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("user", help="the user's name")
parser.add_argument("accounts", nargs="+", help="account ids")
arguments = parser.parse_args()
print(json.dumps({a: read_user(iam_in(a), arguments.user) for a in arguments.accounts}))
