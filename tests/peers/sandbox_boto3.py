"""Lists the accounts, enters the first active member and makes a role there, with plain boto3.

Prints {"accounts": count, "member": id, "role": arn}. Cleans up what it made.
"""

import json

from sessions import client, iam_in

ROLE = "peer-boto3"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}

management = client("sts").get_caller_identity()["Account"]
pages = client("organizations").get_paginator("list_accounts").paginate()
accounts = [account for page in pages for account in page["Accounts"]]
member = next(
    account["Id"]
    for account in accounts
    if account["Id"] != management and account.get("State", account.get("Status")) == "ACTIVE"
)

iam = iam_in(member)
role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
iam.put_role_policy(RoleName=ROLE, PolicyName="peer", PolicyDocument=json.dumps(POLICY))
read_back = iam.get_role_policy(RoleName=ROLE, PolicyName="peer")["PolicyDocument"]
assert read_back == POLICY, read_back
assert iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"] == TRUST
assert f"::{member}:" in role["Arn"], role["Arn"]
iam.delete_role_policy(RoleName=ROLE, PolicyName="peer")
iam.delete_role(RoleName=ROLE)
print(json.dumps({"accounts": len(accounts), "member": member, "role": role["Arn"]}))
