#!/usr/bin/env bash
# Lists the payer's Cost and Usage Reports with the plain AWS CLI, and prints how many there are.
# AWS_ENDPOINT_URL and credentials come from the environment; `aws` is looked up on the PATH.
set -euo pipefail

export AWS_DEFAULT_REGION=us-east-1 AWS_PAGER=
reports=$(aws cur describe-report-definitions --output text \
    --query "ReportDefinitions[?Format=='textORcsv' && TimeUnit!='MONTHLY'].S3Bucket")
[[ $reports == example-cur-bucket* ]] || { echo "other reports: $reports" >&2; exit 1; }
aws cur describe-report-definitions --query '{reports: length(ReportDefinitions)}' --output json
