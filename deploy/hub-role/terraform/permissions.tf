data "aws_iam_policy_document" "hub" {
  source_policy_documents = concat(
    [
      data.aws_iam_policy_document.read_the_organization.json,
      data.aws_iam_policy_document.enter_the_accounts.json,
      data.aws_iam_policy_document.read_the_cost_report_definitions.json,
    ],
    var.tag_scope ? [data.aws_iam_policy_document.read_account_tags.json] : [],
    var.management_account ? [data.aws_iam_policy_document.read_the_management_role.json] : [],
    var.management_account && var.mode == "correct" ? [data.aws_iam_policy_document.write_the_management_role.json] : [],
  )
}

data "aws_iam_policy_document" "read_the_organization" {
  statement {
    sid = "ReadTheOrganization"
    actions = [
      "organizations:DescribeAccount",
      "organizations:DescribeOrganization",
      "organizations:DescribePolicy",
      "organizations:ListAccounts",
      "organizations:ListAccountsForParent",
      "organizations:ListOrganizationalUnitsForParent",
      "organizations:ListParents",
      "organizations:ListPoliciesForTarget",
      "organizations:ListRoots",
    ]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "read_account_tags" {
  statement {
    sid       = "ReadAccountTags"
    actions   = ["organizations:ListTagsForResource"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "enter_the_accounts" {
  statement {
    sid       = "EnterTheAccounts"
    actions   = ["sts:AssumeRole"]
    resources = [for role in var.admin_role_names : "arn:${local.partition}:iam::*:role/${role}"]
  }
}

data "aws_iam_policy_document" "read_the_cost_report_definitions" {
  statement {
    sid       = "ReadTheCostReportDefinitions"
    actions   = ["cur:DescribeReportDefinitions"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "read_the_management_role" {
  statement {
    sid = "ReadTheManagementRole"
    actions = [
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListRolePolicies",
    ]
    resources = [
      "arn:${local.partition}:iam::${local.account}:role/digitalex-*",
      "arn:${local.partition}:iam::${local.account}:role/*/digitalex-*",
    ]
  }
}

data "aws_iam_policy_document" "write_the_management_role" {
  statement {
    sid = "WriteTheManagementRole"
    actions = [
      "iam:AttachRolePolicy",
      "iam:CreateRole",
      "iam:DeleteRolePermissionsBoundary",
      "iam:DeleteRolePolicy",
      "iam:DetachRolePolicy",
      "iam:PutRolePermissionsBoundary",
      "iam:PutRolePolicy",
      "iam:TagRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
    ]
    resources = ["arn:${local.partition}:iam::${local.account}:role${var.role_path}digitalex-*"]
  }
}
