"""Audits every active member account with botocove, for `cargo xtask bench`.

Prints the same as bench_boto3.py.
"""

import sys

from botocove import cove

from bench_role import ADMIN_ROLE, is_as_wanted, print_summary


@cove(rolename=ADMIN_ROLE)
def audit(session):
    """Whether the role is as wanted."""
    return is_as_wanted(session.client("iam"))


outcome = audit()
verdicts = [result["Result"] for result in outcome["Results"]]
failures = outcome["Exceptions"] + outcome["FailedAssumeRole"]
for failure in failures:
    print(f"{failure['Id']}: {failure['ExceptionDetails']}", file=sys.stderr)
print_summary(len(verdicts) + len(failures), verdicts)
