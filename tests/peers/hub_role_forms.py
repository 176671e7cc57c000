"""What the hub role's CloudFormation and Terraform forms allow with their defaults, all parts
switched on, in partition aws and any account: (Sid, value) pairs, sorted. First argument: the folder."""

import json
import re
import sys
from pathlib import Path

import hcl2
from cfnlint.decode import decode

FOLDER = Path(sys.argv[1])


def listed(value):
    return value if isinstance(value, list) else [value]


def pairs(statements):
    """`statements`: (Sid, actions, resources)."""
    return {
        "Action": sorted((sid, action) for sid, actions, _ in statements for action in actions),
        "Resource": sorted((sid, resource) for sid, _, resources in statements for resource in resources),
    }


def filled(text, values):
    """The text with its references replaced; one without a value is an error."""
    return re.sub(r"\$\{([^}]+)\}", lambda found: values[found[1]], text)


def cloudformation():
    template, problems = decode(str(FOLDER / "hub-role.cloudformation.yaml"))
    assert not problems, problems
    parameters = {name: it["Default"] for name, it in template["Parameters"].items()}
    values = parameters | {"AWS::Partition": "aws", "AWS::AccountId": "*"}

    def resources(value):
        match value:
            case {"Ref": name}:
                return values[name].split(",")
            case {"Fn::Sub": text}:
                return [filled(text, values)]
            case [*several]:
                return [it for one in several for it in resources(one)]
        return [value]

    statements = []
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::IAM::RolePolicy":
            for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
                assert statement["Effect"] == "Allow" and "Condition" not in statement
                actions = listed(statement["Action"])
                statements.append((statement["Sid"], actions, resources(statement["Resource"])))
        else:
            # A policy anywhere else would go unseen.
            assert set(resource["Properties"]) == {"RoleName", "Description", "AssumeRolePolicyDocument"}
    return pairs(statements)


def unquoted(value):
    if isinstance(value, str) and value[:1] == value[-1:] == '"':
        return value[1:-1]
    return value


def loaded(file):
    with open(FOLDER / "terraform" / file, encoding="utf-8") as text:
        return hcl2.load(text)


def terraform():
    variables = {
        unquoted(name): value.get("default")
        for it in loaded("variables.tf")["variable"]
        for name, value in it.items()
    }
    values = {
        "local.partition": "aws",
        "local.account": "*",
        "var.role_path": unquoted(variables["role_path"]),
    }
    each_admin_role = re.compile(r'\$\{\[for role in var\.admin_role_names : "(.*)"\]\}')

    def resources(value):
        if isinstance(value, list):
            return [filled(unquoted(it), values) for it in value]
        pattern = each_admin_role.fullmatch(value)[1]
        return [filled(pattern, values | {"role": unquoted(role)}) for role in variables["admin_role_names"]]

    documents = {
        unquoted(name): document
        for it in loaded("permissions.tf")["data"]
        for name, document in it['"aws_iam_policy_document"'].items()
    }
    whole = documents.pop("hub")["source_policy_documents"]
    statements = []
    for name, document in documents.items():
        assert f"data.aws_iam_policy_document.{name}.json" in whole, f"{name} is in no policy"
        for statement in document["statement"]:
            assert set(statement) == {"sid", "actions", "resources", "__is_block__"}
            actions = [unquoted(action) for action in statement["actions"]]
            statements.append((unquoted(statement["sid"]), actions, resources(statement["resources"])))
    return pairs(statements)


print(json.dumps({"cloudformation": cloudformation(), "terraform": terraform()}))
