"""Makes an organization of N member accounts in a moto server.

Prints {"management": id, "members": [ids]}. The member accounts hold the admin role, as in AWS.
"""

import argparse
import json

from sessions import client

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("members", type=int, help="how many member accounts")
arguments = parser.parse_args()

organizations = client("organizations")
organization = organizations.create_organization(FeatureSet="ALL")["Organization"]
members = [
    organizations.create_account(Email=f"member-{n}@example.com", AccountName=f"member-{n}")[
        "CreateAccountStatus"
    ]["AccountId"]
    for n in range(arguments.members)
]
print(json.dumps({"management": organization["MasterAccountId"], "members": members}))
