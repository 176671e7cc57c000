"""Makes a role by hand in each of the given accounts, from JSON as read_role.py prints it.

`inline`, `managed`, `tags`, `path`, `description`, `boundary` and `max_session_seconds` may be left
out. Prints {account id: arn}.
"""

import argparse
import json

from sessions import iam_in


def put_role(iam, name, role):
    """Creates the role with all that belongs to it; its ARN."""
    optional = {
        "Path": role.get("path"),
        "Description": role.get("description"),
        "MaxSessionDuration": role.get("max_session_seconds"),
        "PermissionsBoundary": role.get("boundary"),
    }
    arn = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps(role["trust"]),
        Tags=[{"Key": key, "Value": value} for key, value in role.get("tags", {}).items()],
        **{key: value for key, value in optional.items() if value is not None},
    )["Role"]["Arn"]
    for policy, document in role.get("inline", {}).items():
        iam.put_role_policy(
            RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document)
        )
    for policy_arn in role.get("managed", []):
        iam.attach_role_policy(RoleName=name, PolicyArn=policy_arn)
    return arn


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("json", help="the role, as JSON")
parser.add_argument("role", help="the role's name")
parser.add_argument("accounts", nargs="+", help="account ids")
arguments = parser.parse_args()

wanted = json.loads(arguments.json)
print(json.dumps({a: put_role(iam_in(a), arguments.role, wanted) for a in arguments.accounts}))
