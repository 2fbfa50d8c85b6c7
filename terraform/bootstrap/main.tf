provider "aws" {
  region              = var.region
  allowed_account_ids = var.allowed_account_ids

  default_tags {
    tags = {
      Project   = var.project
      ManagedBy = "Terraform"
    }
  }
}

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  bucket     = "${var.project}-state-${local.account_id}-${var.region}"

  # The keys of each environment's state and of this configuration's own.
  state_keys = merge(
    { for name in var.environments : name => "env:/${name}/${var.project}/terraform.tfstate" },
    { "(bootstrap)" = "${var.project}/bootstrap.tfstate" },
  )

  github_environments = var.github == null ? [] : var.environments
  identity_provider   = "token.actions.githubusercontent.com"
}

# An account has only one, and other projects may use it. So Terraform adopts an existing one and never changes or deletes
# it, whether or not `github` is set.
import {
  for_each = var.identity_provider_exists ? toset(["github"]) : toset([])
  to       = aws_iam_openid_connect_provider.this[each.key]
  id       = "arn:${local.partition}:iam::${local.account_id}:oidc-provider/${local.identity_provider}"
}

resource "aws_iam_openid_connect_provider" "this" {
  for_each = var.github != null || var.identity_provider_exists ? toset(["github"]) : toset([])

  url            = "https://${local.identity_provider}"
  client_id_list = ["sts.amazonaws.com"]

  lifecycle {
    ignore_changes  = all
    prevent_destroy = true
  }
}

check "identity_provider" {
  assert {
    condition     = var.github == null || alltrue([for provider in aws_iam_openid_connect_provider.this : try(contains(provider.client_id_list, "sts.amazonaws.com"), false)])
    error_message = "The account's identity provider ${local.identity_provider} does not list the audience sts.amazonaws.com, so AWS refuses the workflows' tokens. Add it: aws iam add-client-id-to-open-id-connect-provider --client-id sts.amazonaws.com --open-id-connect-provider-arn arn:${local.partition}:iam::${local.account_id}:oidc-provider/${local.identity_provider}"
  }
}

module "environment" {
  source   = "./environment"
  for_each = local.github_environments

  project               = var.project
  environment           = each.key
  region                = var.region
  account_id            = local.account_id
  partition             = local.partition
  identity_provider_arn = one(values(aws_iam_openid_connect_provider.this)[*].arn)
  identity_provider     = local.identity_provider
  github                = var.github
  state = {
    bucket_arn  = "arn:${local.partition}:s3:::${local.bucket}"
    key         = local.state_keys[each.key]
    kms_key_arn = var.state_kms_key_arn
  }
  kms_key_arns        = var.kms_key_arns
  function_s3_buckets = var.function_s3_buckets
}
