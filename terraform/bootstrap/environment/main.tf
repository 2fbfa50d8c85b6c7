locals {
  name = "${var.project}-${var.environment}"

  # The deploying role may change roles that are named <project>-<environment>-* and have no path. With this path, it
  # cannot change itself, the planning role or the boundary.
  path         = "/bootstrap/"
  boundary_arn = "arn:${var.partition}:iam::${var.account_id}:policy${local.path}${local.name}-boundary"

  # ARNs of the environment's resources that contain a name.
  in_region = "${var.region}:${var.account_id}"
  table     = "arn:${var.partition}:dynamodb:${local.in_region}:table/${local.name}"
  roles     = "arn:${var.partition}:iam::${var.account_id}:role/${local.name}-*"
  functions = "arn:${var.partition}:lambda:${local.in_region}:function:${local.name}-*"
  logs      = "arn:${var.partition}:logs:${local.in_region}:log-group:/aws/lambda/${local.name}-*"
  machines  = "arn:${var.partition}:states:${local.in_region}:stateMachine:${local.name}-*"
  sweeps    = "arn:${var.partition}:states:${local.in_region}:execution:${local.name}-*"
  by_name = [
    local.table,
    "${local.table}/index/*",
    local.roles,
    local.functions,
    local.logs,
    local.machines,
    "arn:${var.partition}:cloudwatch:${local.in_region}:alarm:${local.name}-*",
    "arn:${var.partition}:cloudwatch::${var.account_id}:dashboard/${local.name}",
    "arn:${var.partition}:scheduler:${local.in_region}:schedule/default/${local.name}-*",
    "arn:${var.partition}:sns:${local.in_region}:${local.name}-*",
  ]

  # ARNs of user pools and keys contain no name. The policies recognize them by their tags.
  pools   = "arn:${var.partition}:cognito-idp:${local.in_region}:userpool/*"
  keys    = "arn:${var.partition}:kms:${local.in_region}:key/*"
  our_tag = { Project = var.project, Environment = var.environment }
}

data "aws_iam_policy_document" "trust" {
  for_each = { deploy = var.environment, plan = "${var.environment}-plan" } # The names of the environments on GitHub.

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [var.identity_provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${var.identity_provider}:aud"
      values   = ["sts.amazonaws.com"]
    }

    # An exact value, because a pattern would also admit other environments or repositories.
    condition {
      test     = "StringEquals"
      variable = "${var.identity_provider}:sub"
      values   = ["repo:${var.github}:environment:${each.value}"]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = data.aws_iam_policy_document.trust

  name                 = "${local.name}-${each.key}"
  path                 = local.path
  description          = "GitHub Actions ${each.key == "deploy" ? "deploys" : "plans"} ${local.name} with this role"
  assume_role_policy   = each.value.json
  max_session_duration = 3600
}

# AWS cannot change the description of a policy. A new one would replace the policy, which AWS refuses while it is used.
resource "aws_iam_policy" "boundary" {
  name        = "${local.name}-boundary"
  path        = local.path
  description = "Permissions boundary of the roles of ${local.name}"
  policy      = data.aws_iam_policy_document.boundary.json
}

resource "aws_iam_policy" "this" {
  for_each = {
    plan         = { description = "What a plan of ${local.name} may read", document = data.aws_iam_policy_document.plan }
    deploy       = { description = "What a deployment of ${local.name} may change", document = data.aws_iam_policy_document.deploy }
    deploy-roles = { description = "How a deployment of ${local.name} may change its roles", document = data.aws_iam_policy_document.deploy_roles }
    deploy-tests = { description = "What the tests of ${local.name} may do after a deployment", document = data.aws_iam_policy_document.deploy_tests }
  }

  name        = "${local.name}-${each.key}"
  path        = local.path
  description = each.value.description
  policy      = each.value.document.json
}

resource "aws_iam_role_policy_attachment" "plan" {
  role       = aws_iam_role.this["plan"].name
  policy_arn = aws_iam_policy.this["plan"].arn
}

resource "aws_iam_role_policy_attachment" "deploy" {
  for_each = aws_iam_policy.this

  role       = aws_iam_role.this["deploy"].name
  policy_arn = each.value.arn
}
