"""The manifests that a folder's kustomization.yaml names, each checked against the schemas of Kubernetes (the
oldest and the newest version that this is for), or, of the Prometheus Operator, against what is used of its
own schemas (prometheus_operator.json): {"problems": [...], "documents": [...]}. First argument: the folder."""

import json
import sys
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

VERSIONS = ["1.29", "1.37"]
OPERATOR = json.loads(Path(__file__).with_name("prometheus_operator.json").read_text(encoding="utf-8"))
FOLDER = Path(sys.argv[1])


def problems_of(document):
    if document["apiVersion"] == "monitoring.coreos.com/v1":
        errors = jsonschema.Draft202012Validator(OPERATOR[document["kind"]]).iter_errors(document["spec"])
        return [f"{error.json_path}: {error.message}" for error in errors]
    found = []
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            found.append(f"Kubernetes {version}: {list(error.path)}: {error.message}")
    return found


kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
named = set(kustomization["resources"])
there = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
problems = [f"{name} is not in kustomization.yaml, or not there" for name in sorted(named ^ there)]
for generator in kustomization.get("configMapGenerator", []):
    problems += [f"{name} is not there" for name in generator["files"] if not (FOLDER / name).exists()]

documents = []
for name in sorted(named & there):
    for document in yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8")):
        problems += [f"{name}: {problem}" for problem in problems_of(document)]
        documents.append(document)
print(json.dumps({"problems": problems, "documents": documents}))
