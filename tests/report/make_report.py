"""Makes an audit report page with made-up accounts: `make_report.py COUNT SEED FILE`.

The page is put together from the same sources, in the same way, as the program does it. The same count and
seed give the same file.
"""

import base64
import hashlib
import html
import json
import pathlib
import random
import re
import sys

SOURCES = pathlib.Path(__file__).parents[2] / "crates/daemon/src/report/html"
# One script: what stands earlier is used by what stands later.
SCRIPTS = ["dom.js", "words.js", "model.js", "filters.js", "summary.js", "causes.js", "account.js", "table.js", "print.js", "page.js"]
VERDICTS = ["in_sync", "converged", "drifted", "held", "failed", "unreachable", "not_visited", "skipped"]
# What a text of JSON must not hold inside of HTML, and how it is written there.
ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}

TEAMS = ["payments", "billing", "catalog", "checkout", "logistics", "search", "identity", "data-lake", "ml-platform", "mobile", "web", "支付平台", "データ分析", "логистика", "Zahlungen Österreich", "Søk & Innhold", "O'Brien <legacy>", "תשלומים"]
STAGES = ["prod", "dev", "test", "sandbox", "pci"]
HOSTILE = [
    "<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "<!--<script>", "{{DATA}}", "{{SCRIPT}} {{NOSCRIPT}}", "\u202egnp.exe\u202c", "a\u2066b\u2069\u200f", "🚀👩‍💻🏳️‍🌈",
    "long-" * 60, "w" * 300, "=1+1", "@SUM(A1)", "\"'`${alert(1)}", "javascript:alert(1)", "&lt;b&gt;&amp;", "line\u2028and\u2029paragraph", "two\nlines\tand a tab", "\x1b[31mred\x07", "__proto__", "constructor", " ", "",
]
UNITS_TOP = ["Workloads", "Platform", "Sandbox", "Acquired", "Security", "Data & AI", "R&D <new>"]

MEANINGS = {
    "trust": "Whoever controls that account could use this role to read what DigitalEx reads.",
    "managed": "The role may do what this policy allows, beyond what DigitalEx asks for.",
    "inline": "The role may do what this policy allows, beyond what DigitalEx asks for.",
}
MISSING = [{"effect": "narrows", "aspect": "role", "text": "the role is missing", "meaning": "DigitalEx cannot read this account at all."}]
FINDINGS = [
    MISSING,
    [{"effect": "narrows", "aspect": "managed", "text": "managed policy arn:aws:iam::aws:policy/job-function/ViewOnlyAccess is not attached", "meaning": "DigitalEx reads less of this account than was agreed."},
     {"effect": "cosmetic", "aspect": "tags", "text": "tag digitalex:managed-by = digitalex-rollout is missing", "meaning": None}],
    [{"effect": "cosmetic", "aspect": "description", "text": 'description is ""', "meaning": None}],
    [{"effect": "narrows", "aspect": "inline", "text": "inline policy digitalex-member: statement 2 no longer applies to arn:aws:s3:::cur-<account>", "meaning": None},
     {"effect": "narrows", "aspect": "max_session_duration", "text": "MaxSessionDuration is 3600 s, not 43200 s", "meaning": "Sessions end earlier than DigitalEx needs for a large account."}],
    [{"effect": "narrows", "aspect": "boundary", "text": "permissions boundary is arn:aws:iam::<account>:policy/corp-boundary, and none is declared", "meaning": "What the boundary does not allow, the role cannot do."}],
    [{"effect": "narrows", "aspect": "access_keys", "text": "access key AKIAEXAMPLEEXAMPLE00 is deactivated", "meaning": None},
     {"effect": "cosmetic", "aspect": "path", "text": "path is /, not /digitalex/", "meaning": None}],
]
WIDENING = [
    [{"effect": "cosmetic", "aspect": "tags", "text": "tag owner is nobody, not finops", "meaning": None},
     {"effect": "widens", "aspect": "trust", "text": "trust policy: statement 1 also trusts account 999988887777 (root), and demands no external id", "meaning": MEANINGS["trust"]}],
    [{"effect": "widens", "aspect": "managed", "text": "managed policy arn:aws:iam::aws:policy/AdministratorAccess is attached but not declared", "meaning": MEANINGS["managed"]},
     {"effect": "narrows", "aspect": "inline", "text": "inline policy digitalex-member is missing", "meaning": None}],
    [{"effect": "widens", "aspect": "inline", "text": "inline policy debug: statement 1 also allows s3:GetObject on arn:aws:s3:::backup-<account>/*", "meaning": MEANINGS["inline"]},
     {"effect": "widens", "aspect": "login_profile", "text": "the user has a password for the console", "meaning": "A person could sign in as this user."},
     {"effect": "widens", "aspect": "groups", "text": "the user is a member of group <img src=x onerror=alert(2)>", "meaning": None}],
]
WRITES = ["CreateRole, PutRolePolicy, 6 × AttachRolePolicy", "AttachRolePolicy, TagRole", "UpdateRole", "PutRolePolicy, UpdateRole", "DeleteRolePermissionsBoundary", "UpdateAccessKey", "UpdateAssumeRolePolicy, TagRole", "DetachRolePolicy, PutRolePolicy", "DeleteUserPolicy, DeleteLoginProfile, RemoveUserFromGroup"]

STACK_SET = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Description": "The role that the rollout comes through", "Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {
    "RoleName": "OrganizationAccountAccessRole", "ManagedPolicyArns": ["arn:aws:iam::aws:policy/IAMFullAccess"],
    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}]}}}}}, indent=2)
SCP = json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "DenyIamWrites", "Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/OrganizationAccountAccessRole"}}}]}, indent=2)
# Code, title, remedy, link, documents, message, verdict.
CAUSES = [
    ("admin_role_not_assumable", "No admin role can be assumed", "Create an admin role that trusts the calling account (an invited account has none), or name the right one under admin_roles. The stack set below creates it in every account of the organization.",
     "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html",
     [{"name": "admin-role.json", "about": "A CloudFormation template: deploy it as a stack set to the accounts named below.", "text": STACK_SET},
      {"name": "deploy.sh", "about": "The commands that do so.", "text": "aws cloudformation create-stack-set --stack-set-name digitalex-admin-role \\\n  --template-body file://admin-role.json --capabilities CAPABILITY_NAMED_IAM\n"}],
     "AssumeRole in account <account>: no admin role could be assumed; tried OrganizationAccountAccessRole (AccessDenied: User: arn:aws:iam::111122223333:root is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::<account>:role/OrganizationAccountAccessRole)", "unreachable"),
    ("denied_by_scp", "A service control policy denies the writes", "Exempt the admin role from the service control policy, or exclude the account.", None,
     [{"name": "scp.json", "about": "The statement with the exemption.", "text": SCP}], "CreateRole in account <account>: denied by a service control policy", "failed"),
    ("foreign_role", "A role of that name belongs to somebody else", "Set adopt = true to take it over where it is yours, or rename it.", None, [], "the role was made by hand: it trusts DigitalEx but carries no tag of ours", "held"),
    ("throttled", "AWS throttles the calls", "Run again later, or lower the rates under [limits].", None, [], "ListRolePolicies in account <account>: throttled for longer than the deadline", "unreachable"),
    ("interrupted", "The run was stopped", "Run again.", None, [], "the run was stopped before this account's turn", "not_visited"),
    ("suspended", "The account is suspended", "Nothing has to be done: an account that is not ACTIVE takes no part.", None, [], "the account is SUSPENDED; only ACTIVE ones take part", "skipped"),
    ("excluded", "Left out by the configuration", "Nothing has to be done: the configuration says so.", "javascript:alert(3)", [], "account <account> is excluded by the tag digitalex=no", "skipped"),
]


class Texts:
    """Texts that accounts share, each once, by its place."""

    def __init__(self):
        self.places = {}

    def place(self, text):
        if text is None:
            return -1
        return self.places.setdefault(json.dumps(text), len(self.places))

    def all(self):
        return [json.loads(text) for text in self.places]


class Organization:
    """Accounts of an organization, in every state that there is."""

    def __init__(self, count, seed):
        self.chance = random.Random(seed)
        self.texts = {name: Texts() for name in ["units", "findings", "writes", "messages", "remedies", "identities"]}
        self.profiles = ["member", "billing"]
        self.used_causes = {}
        self.units = self.make_units(max(3, min(400, count // 25)))
        self.accounts = [self.account(index, str(account)) for index, account in enumerate(self.chance.sample(range(100_000_000_000, 999_999_999_999), count))]

    def make_units(self, count):
        units = ["Root"]
        while len(units) < count:
            path = [self.chance.choice(UNITS_TOP), self.chance.choice(TEAMS), self.chance.choice(STAGES)]
            units.append(" / ".join(path[: self.chance.choice([1, 2, 2, 3])]) + (f" {len(units)}" if len(units) > 60 else ""))
        return units

    def unit(self):
        # Few are large, most are small.
        return self.units[min(int(self.chance.paretovariate(0.8)) - 1, len(self.units) - 1)]

    def name(self, index):
        if index < len(HOSTILE):
            return HOSTILE[index]
        return f"{self.chance.choice(TEAMS)}-{self.chance.choice(STAGES)}" + (f"-{index}" if index > 500 else "")

    def account(self, index, account):
        verdict = self.chance.choices(VERDICTS, [60, 1, 26, 3, 2, 4, 1, 3])[0]
        of = {"findings": None, "writes": None, "messages": None, "remedies": None, "identities": "arn:aws:iam::<account>:role/digitalex-finops"}
        cause, key, adopted = -1, None, 0
        if verdict in ("drifted", "held"):
            of["findings"], of["writes"] = self.findings(verdict)
        if verdict not in ("in_sync", "converged", "drifted"):
            cause, of["messages"], of["remedies"] = self.cause(verdict)
        if verdict in ("unreachable", "not_visited", "skipped") or of["findings"] == MISSING:
            of["identities"] = None
        elif self.chance.random() < 0.05:
            of["identities"] = "arn:aws:iam::<account>:user/digitalex/digitalex-finops"
            key = f"AKIA{self.chance.randrange(36**9):016d}"
        if verdict == "drifted" and self.chance.random() < 0.03:
            adopted = 1
        profile = -1 if verdict == "skipped" else int(self.chance.random() < 0.02)
        place = {name: self.texts[name].place(text) for name, text in of.items()}
        unit = None if verdict == "not_visited" else self.unit()
        return [account, self.name(index), self.texts["units"].place(unit), VERDICTS.index(verdict), profile, place["identities"], key, adopted,
                place["findings"], place["writes"], cause, place["messages"], place["remedies"]]

    def findings(self, verdict):
        if self.chance.random() < 0.02:
            index = self.chance.randrange(len(WIDENING))
            findings, writes = WIDENING[index], WRITES[len(FINDINGS) + index]
        elif verdict == "drifted" and self.chance.random() < 0.1:
            # Some accounts differ as no other does.
            findings, writes = [{"effect": "narrows", "aspect": "tags", "text": f"tag cost-center is {self.chance.randrange(10_000)}, not 4711", "meaning": None}], "TagRole"
        else:
            index = self.chance.choices(range(len(FINDINGS)), [6, 3, 2, 2, 1, 1])[0]
            findings, writes = FINDINGS[index], WRITES[index]
        return findings, writes if verdict == "drifted" else None

    def cause(self, verdict):
        index = self.chance.choice([index for index, cause in enumerate(CAUSES) if cause[6] == verdict])
        self.used_causes.setdefault(index, len(self.used_causes))
        remedy = None if verdict == "skipped" else CAUSES[index][2].split(".")[0].lower()
        return self.used_causes[index], CAUSES[index][5], remedy

    def causes(self):
        for index, place in self.used_causes.items():
            code, title, remedy, link, documents, _, _ = CAUSES[index]
            accounts = sum(account[10] == place for account in self.accounts)
            yield {"code": code, "title": title, "accounts": accounts, "remedy": remedy, "link": link, "documents": documents}

    def counts(self):
        counts = [sum(account[3] == index for account in self.accounts) for index in range(len(VERDICTS))]
        return [[verdict, count] for verdict, count in zip(VERDICTS, counts) if count]


def report_of(count, seed):
    """What is embedded in the page."""
    organization = Organization(count, seed)
    shared = {name: texts.all() for name, texts in organization.texts.items()}
    widens = [any(finding["effect"] == "widens" for finding in findings) for findings in shared["findings"]]
    head = {
        "command": "audit", "organization": "o-exampleorg1", "management_account": "111122223333", "caller": "111122223333",
        "caller_arn": "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Onboarding_0123456789abcdef/ana@example.com", "run": "20261123T200000Z-abcdef",
        "started_at": "2026-11-23T20:00:00Z", "finished_at": "2026-11-23T20:04:03Z", "tool_version": "0.1.0", "config_digest": hashlib.sha256(b"configuration").hexdigest(),
    }
    return {
        "head": head, "listing_incomplete": None, "total": count,
        "widened": sum(account[8] >= 0 and widens[account[8]] for account in organization.accounts),
        "adopted": sum(account[7] for account in organization.accounts),
        "verdicts": organization.counts(),
        "calls": {"ListAccounts": count // 20 + 1, "AssumeRole": count, "GetRole": count, "ListRolePolicies": count * 9 // 10, "GetRolePolicy": count * 9 // 10, "ListAttachedRolePolicies": count * 9 // 10},
        "causes": list(organization.causes()), "profiles": organization.profiles, **shared, "accounts": organization.accounts,
    }


def page_of(report):
    """The page that shows the report."""
    style = (SOURCES / "page.css").read_text("utf-8")
    script = "".join((SOURCES / name).read_text("utf-8") for name in SCRIPTS)
    parts = {
        "TITLE": html.escape(f"Audit of {report['head']['organization']}, {report['head']['finished_at']}"),
        "STYLE_HASH": digest(style), "SCRIPT_HASH": digest(script), "STYLE": style, "SCRIPT": script,
        "NOSCRIPT": f"<p>{report['total']} accounts. This report needs JavaScript.</p>", "DATA": escaped(report),
    }
    # In one go, so that what an account is called is never taken for a mark.
    return re.sub(r"\{\{([A-Z_]+)\}\}", lambda mark: parts[mark[1]], (SOURCES / "page.html").read_text("utf-8"))


def digest(text):
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def escaped(report):
    return json.dumps(report, ensure_ascii=False, separators=(",", ":")).translate(ESCAPES)


if __name__ == "__main__":
    count, seed, file = sys.argv[1:]
    pathlib.Path(file).write_text(page_of(report_of(int(count), int(seed))), "utf-8")
