# The role that digitalex-rollout runs as, in the management account or in a delegated
# administrator's, with the permissions that it uses and no others.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
}

data "aws_iam_policy_document" "trust" {
  dynamic "statement" {
    for_each = length(var.trusted_principal_arns) > 0 ? [var.trusted_principal_arns] : []

    content {
      actions = ["sts:AssumeRole"]

      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.trusted_services) > 0 ? [var.trusted_services] : []

    content {
      actions = ["sts:AssumeRole"]

      principals {
        type        = "Service"
        identifiers = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = var.oidc_provider[*]

    content {
      actions = ["sts:AssumeRoleWithWebIdentity"]

      principals {
        type        = "Federated"
        identifiers = ["arn:${local.partition}:iam::${local.account}:oidc-provider/${statement.value}"]
      }

      condition {
        test     = "StringEquals"
        variable = "${statement.value}:aud"
        values   = ["sts.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "${statement.value}:sub"
        values   = [var.oidc_subject]
      }
    }
  }
}

resource "aws_iam_role" "hub" {
  name               = var.role_name
  description        = "digitalex-rollout runs as this"
  assume_role_policy = data.aws_iam_policy_document.trust.json

  lifecycle {
    precondition {
      condition     = length(concat(var.trusted_principal_arns, var.trusted_services, var.oidc_provider[*])) > 0
      error_message = "Say who may assume the role: trusted_principal_arns, trusted_services or oidc_provider."
    }
  }
}

resource "aws_iam_role_policy" "hub" {
  name   = "digitalex-rollout"
  role   = aws_iam_role.hub.id
  policy = data.aws_iam_policy_document.hub.json
}

output "hub_role_arn" {
  description = "The ARN of the role, for the AWS profile or the service account's annotation."
  value       = aws_iam_role.hub.arn
}
