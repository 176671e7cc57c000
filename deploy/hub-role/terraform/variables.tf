variable "role_name" {
  description = "The name of the role. Not digitalex-…, or the program could write to its own role."
  type        = string
  default     = "DigitalExRolloutHub"

  validation {
    condition     = !startswith(lower(var.role_name), "digitalex-")
    error_message = "The program could write to its own role if it were named digitalex-…."
  }
}

variable "trusted_principal_arns" {
  description = "The ARNs of the IAM roles (of a CI, an instance, a person) that may assume it."
  type        = list(string)
  default     = []
}

variable "trusted_services" {
  description = "The AWS services that run the program, as in ec2.amazonaws.com."
  type        = list(string)
  default     = []
}

variable "oidc_provider" {
  description = "The cluster's OIDC issuer without https://. It must be an IAM identity provider of this account."
  type        = string
  default     = null
}

variable "oidc_subject" {
  description = "The service account that may assume the role, where there is an OIDC provider."
  type        = string
  default     = "system:serviceaccount:digitalex-rollout:digitalex-rollout"
}

variable "mode" {
  description = "[daemon] mode of the configuration: observe has no permission to write to IAM. Both can enter member accounts; there the admin role decides."
  type        = string
  default     = "observe"

  validation {
    condition     = contains(["observe", "correct"], var.mode)
    error_message = "The mode is observe or correct."
  }
}

variable "admin_role_names" {
  description = "admin_roles of the configuration: names with their paths, if any. Of a chain, its first role."
  type        = list(string)
  default     = ["OrganizationAccountAccessRole", "AWSControlTowerExecution"]
}

variable "tag_scope" {
  description = "Whether the configuration selects accounts by tag (include_tags, exclude_tags, or an override's tag)."
  type        = bool
  default     = false
}

variable "management_account" {
  description = "Whether this account holds the DigitalEx role too, and is reached with the caller's own credentials. True where the configuration names a bucket and this is the management account, or where this is a delegated administrator's account."
  type        = bool
  default     = false
}

variable "role_path" {
  description = "path of the configuration: writes are confined to roles there."
  type        = string
  default     = "/"
}
