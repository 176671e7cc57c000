"""Reads a secret of Secrets Manager.

Prints {"tags": {key: value}, "stages": {stage: the JSON that its version holds}}.
"""

import argparse
import json

from sessions import client

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("secret", help="the secret's name")
arguments = parser.parse_args()

secrets = client("secretsmanager")
described = secrets.describe_secret(SecretId=arguments.secret)
stages = {stage for stages in described["VersionIdsToStages"].values() for stage in stages}


def held_by(stage):
    """What a reader of this stage is given."""
    value = secrets.get_secret_value(SecretId=arguments.secret, VersionStage=stage)
    return json.loads(value["SecretString"])


print(
    json.dumps(
        {
            "tags": {tag["Key"]: tag["Value"] for tag in described.get("Tags", [])},
            "stages": {stage: held_by(stage) for stage in stages},
        }
    )
)
