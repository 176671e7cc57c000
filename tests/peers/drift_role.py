"""Drifts a role away from what it is, in one named way, in each of the given accounts.

Prints {"drift": name, "accounts": [ids]}; fails where the service does not take the change.
"""

import argparse
import json

from sessions import iam_in

STRANGER = "111122223333"
EXTRA_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:DeleteBucket", "Resource": "*"}],
}


def trust_of(iam, role):
    return iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]


def put_trust(iam, role, trust):
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))


def with_principal(iam, role, principal):
    trust = trust_of(iam, role)
    trust["Statement"][0]["Principal"] = {"AWS": principal}
    put_trust(iam, role, trust)


def trust_changed(iam, role):
    """A second statement trusts one more account."""
    trust = trust_of(iam, role)
    more = {**trust["Statement"][0], "Principal": {"AWS": f"arn:aws:iam::{STRANGER}:root"}}
    trust["Statement"].append(more)
    put_trust(iam, role, trust)


def external_id_missing(iam, role):
    trust = trust_of(iam, role)
    del trust["Statement"][0]["Condition"]
    put_trust(iam, role, trust)


def wrong_account_trusted(iam, role):
    with_principal(iam, role, f"arn:aws:iam::{STRANGER}:root")


def principal_deleted(iam, role):
    """What AWS shows once the trusted principal is gone."""
    with_principal(iam, role, "AROAEXAMPLEEXAMPLE123")


def inline_changed(iam, role):
    name = first_inline(iam, role)
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(EXTRA_POLICY))


def inline_missing(iam, role):
    iam.delete_role_policy(RoleName=role, PolicyName=first_inline(iam, role))


def inline_extra(iam, role):
    iam.put_role_policy(
        RoleName=role, PolicyName="drift-extra", PolicyDocument=json.dumps(EXTRA_POLICY)
    )


def first_inline(iam, role):
    return iam.list_role_policies(RoleName=role)["PolicyNames"][0]


def managed_missing(iam, role):
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    iam.detach_role_policy(RoleName=role, PolicyArn=attached[0]["PolicyArn"])


def managed_extra(iam, role):
    iam.attach_role_policy(RoleName=role, PolicyArn=own_policy(iam, "drift-extra"))


def own_policy(iam, name):
    """A new policy of the customer's, so that none of AWS's is needed."""
    document = json.dumps(EXTRA_POLICY)
    return iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"]


def tag_changed(iam, role):
    key = iam.list_role_tags(RoleName=role)["Tags"][0]["Key"]
    iam.tag_role(RoleName=role, Tags=[{"Key": key, "Value": "drifted"}])


def tag_missing(iam, role):
    key = iam.list_role_tags(RoleName=role)["Tags"][0]["Key"]
    iam.untag_role(RoleName=role, TagKeys=[key])


def boundary(iam, role):
    iam.put_role_permissions_boundary(
        RoleName=role, PermissionsBoundary=own_policy(iam, "drift-boundary")
    )


def max_session(iam, role):
    description = iam.get_role(RoleName=role)["Role"].get("Description", "")
    iam.update_role(RoleName=role, Description=description, MaxSessionDuration=7200)


def description(iam, role):
    seconds = iam.get_role(RoleName=role)["Role"]["MaxSessionDuration"]
    iam.update_role(RoleName=role, Description="drifted", MaxSessionDuration=seconds)


def role_missing(iam, role):
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=policy)
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=role)


DRIFTS = [
    trust_changed,
    external_id_missing,
    wrong_account_trusted,
    principal_deleted,
    inline_changed,
    inline_missing,
    inline_extra,
    managed_missing,
    managed_extra,
    tag_changed,
    tag_missing,
    boundary,
    max_session,
    description,
    role_missing,
]

by_name = {drift.__name__: drift for drift in DRIFTS}
parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("drift", choices=by_name, help="which drift")
parser.add_argument("role", help="the role's name")
parser.add_argument("accounts", nargs="+", help="account ids")
arguments = parser.parse_args()

for account in arguments.accounts:
    by_name[arguments.drift](iam_in(account), arguments.role)
print(json.dumps({"drift": arguments.drift, "accounts": arguments.accounts}))
