# These credentials are not valid, so against the real AWS each run fails and creates nothing.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  function_name = "users-test-post-confirmation"
  s3_object     = { bucket = "artifacts", key = "function.zip", version = "abc" } # No test runs the code.
  table_arn     = "arn:aws:dynamodb:eu-central-1:210987654321:table/users-test"
  stored_attributes = {
    Email     = { sources = ["email"] }
    FirstName = { sources = ["custom:firstName", "given_name"], type = "S" }
  }
}

run "trigger" {
  assert {
    condition = jsonencode({
      architectures = aws_lambda_function.this.architectures
      code          = [aws_lambda_function.this.s3_bucket, aws_lambda_function.this.s3_key, aws_lambda_function.this.s3_object_version]
      concurrency   = [aws_lambda_function.this.reserved_concurrent_executions, length(aws_lambda_provisioned_concurrency_config.this)]
      environment   = aws_lambda_function.this.environment[0].variables
      handler       = aws_lambda_function.this.handler
      keys          = [aws_lambda_function.this.kms_key_arn, aws_cloudwatch_log_group.this.kms_key_id]
      log           = [aws_lambda_function.this.logging_config[0], aws_cloudwatch_log_group.this.retention_in_days]
      memory_size   = aws_lambda_function.this.memory_size
      role          = aws_lambda_function.this.role
      runtime       = aws_lambda_function.this.runtime
      timeout       = aws_lambda_function.this.timeout
      }) == jsonencode({
      architectures = ["arm64"]
      code          = ["artifacts", "function.zip", "abc"]
      concurrency   = [-1, 0]
      environment = {
        STORED_ATTRIBUTES = "{\"Email\":{\"sources\":[\"email\"],\"type\":\"S\"},\"FirstName\":{\"sources\":[\"custom:firstName\",\"given_name\"],\"type\":\"S\"}}"
        TABLE_NAME        = "arn:aws:dynamodb:eu-central-1:210987654321:table/users-test"
      }
      handler = "users.post_confirmation.handler"
      keys    = ["", null]
      log = [{
        application_log_level = "INFO", log_format = "JSON", log_group = "/aws/lambda/users-test-post-confirmation", system_log_level = "INFO",
      }, 365]
      memory_size = 512
      role        = aws_iam_role.this.arn
      runtime     = "python3.13"
      timeout     = 5
    })
    error_message = "The function or its log group differs in one of the values listed above."
  }

  # The role has exactly these statements.

  assert {
    condition = jsonencode([
      aws_iam_role.this.permissions_boundary, aws_iam_role_policy.this.role, jsondecode(aws_iam_role.this.assume_role_policy).Statement,
      ]) == jsonencode([
      null, aws_iam_role.this.name, [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }],
    ])
    error_message = "The role differs in one of the values listed above."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.this.policy).Statement == [
      {
        Sid      = "WriteRecord"
        Effect   = "Allow"
        Action   = "dynamodb:PutItem"
        Resource = "arn:aws:dynamodb:eu-central-1:210987654321:table/users-test"
      },
      {
        Sid      = "UseTableKey"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = "arn:aws:kms:eu-central-1:*:key/*"
        Condition = {
          StringLike = { "kms:ViaService" = "dynamodb.*" }
          StringEquals = {
            "kms:EncryptionContext:aws:dynamodb:subscriberId" = "210987654321"
            "kms:EncryptionContext:aws:dynamodb:tableName"    = "users-test"
          }
        }
      },
      {
        Sid      = "WriteLog"
        Effect   = "Allow"
        Action   = ["logs:PutLogEvents", "logs:CreateLogStream"]
        Resource = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/users-test-post-confirmation:*"
      },
    ]
    error_message = "The role's policy is ${aws_iam_role_policy.this.policy}"
  }

  # The alias

  assert {
    condition = jsonencode([
      aws_lambda_alias.this.name, aws_lambda_alias.this.function_name, aws_lambda_alias.this.function_version,
    ]) == jsonencode(["live", "users-test-post-confirmation", aws_lambda_function.this.version])
    error_message = "The alias differs in one of the values listed above."
  }

  assert {
    condition     = output.alias_arn == "arn:aws:lambda:us-east-1:123456789012:function:users-test-post-confirmation:live" && output.function_name == "users-test-post-confirmation"
    error_message = "The outputs are ${output.alias_arn} and ${output.function_name}."
  }

  # Metrics and alarms

  assert {
    condition = { for name, filter in aws_cloudwatch_log_metric_filter.this : name => join(" ", [
      filter.name, filter.log_group_name, filter.pattern, filter.metric_transformation[0].namespace, filter.metric_transformation[0].name,
      filter.metric_transformation[0].value, filter.metric_transformation[0].default_value, filter.metric_transformation[0].unit,
      ]) } == { for name in ["already_stored", "failed", "stored"] : name =>
      "${name} /aws/lambda/users-test-post-confirmation { $.outcome = \"${name}\" } users-test-post-confirmation ${name} 1 0 Count"
    }
    error_message = "The metric filters are ${jsonencode(aws_cloudwatch_log_metric_filter.this)}."
  }

  assert {
    condition = jsonencode([for alarm in aws_cloudwatch_metric_alarm.this : [
      alarm.alarm_name, alarm.namespace, alarm.metric_name, alarm.dimensions, coalesce(alarm.statistic, alarm.extended_statistic),
      alarm.comparison_operator, alarm.threshold, alarm.evaluation_periods, alarm.period, alarm.treat_missing_data, alarm.alarm_actions,
      ]]) == jsonencode([for alarm in [["duration", "Duration", "p99", 2000, 300], ["errors", "Errors", "Sum", 0, 60], ["failed", "failed", "Sum", 0, 60], ["throttles", "Throttles", "Sum", 0, 60]] : [
      "users-test-post-confirmation-${alarm[0]}", alarm[1] == "failed" ? "users-test-post-confirmation" : "AWS/Lambda", alarm[1],
      { for name in ["FunctionName"] : name => "users-test-post-confirmation" if alarm[1] != "failed" }, alarm[2],
      "GreaterThanThreshold", alarm[3], 1, alarm[4], "notBreaching", [],
    ]])
    error_message = "The alarms are ${jsonencode(aws_cloudwatch_metric_alarm.this)}."
  }

  # Each description says what the alarm means and what to do. AWS allows 1,024 characters.
  assert {
    condition = [for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_description
    if !can(regex("^.{40,} What to do: .{40,}\\.$", alarm.alarm_description)) || length(alarm.alarm_description) > 1024] == []
    error_message = "Descriptions of alarms: ${jsonencode(values(aws_cloudwatch_metric_alarm.this)[*].alarm_description)}"
  }
}

# If the plan replaced the alias, its ARN would be unknown and the run would fail.
run "options_replace_nothing" {
  command = plan

  variables {
    alarm_topic_arn                   = "arn:aws:sns:us-east-1:123456789012:users-test-alarms"
    alarms                            = { swept = { description = "Swept.", metric_name = "swept", period = 300, threshold = 1 } }
    architecture                      = "x86_64"
    description                       = "Sweeps"
    environment                       = { PAGES = "1" }
    handler                           = "users.reconcile.handler"
    kms_key_arn                       = "arn:aws:kms:us-east-1:123456789012:key/99999999-2222-3333-4444-555555555555"
    log_level                         = "WARN"
    log_retention_in_days             = 30
    memory_size                       = 1024
    outcomes                          = ["swept"]
    permissions_boundary              = "arn:aws:iam::123456789012:policy/boundary"
    provisioned_concurrent_executions = 2
    reserved_concurrent_executions    = 2
    statements = [{
      sid        = "ReadUsers"
      actions    = ["cognito-idp:ListUsers"]
      resources  = ["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Abc123"]
      conditions = [{ test = "Bool", variable = "aws:SecureTransport", values = ["true"] }]
    }]
    timeout = 300
  }

  assert {
    condition     = output.alias_arn == "arn:aws:lambda:us-east-1:123456789012:function:users-test-post-confirmation:live"
    error_message = "The alias would be replaced: for a moment Cognito could not call it."
  }
}

run "every_option_is_set" {
  variables {
    alarm_topic_arn                   = "arn:aws:sns:us-east-1:123456789012:users-test-alarms"
    alarms                            = { stored = { description = "Stored.", metric_name = "stored", period = 300, threshold = 1 } }
    architecture                      = "x86_64"
    description                       = "Sweeps"
    environment                       = { PAGES = "1" }
    handler                           = "users.reconcile.handler"
    kms_key_arn                       = "arn:aws:kms:us-east-1:123456789012:key/99999999-2222-3333-4444-555555555555"
    log_level                         = "WARN"
    log_retention_in_days             = 30
    memory_size                       = 1024
    outcomes                          = ["stored"]
    permissions_boundary              = "arn:aws:iam::123456789012:policy/boundary"
    provisioned_concurrent_executions = 2
    reserved_concurrent_executions    = 2
    statements = [{
      sid        = "ReadUsers"
      actions    = ["cognito-idp:ListUsers"]
      resources  = ["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Abc123"]
      conditions = [{ test = "Bool", variable = "aws:SecureTransport", values = ["true"] }]
    }]
    timeout = 300
  }

  assert {
    condition = jsonencode({
      alarms           = [for alarm in aws_cloudwatch_metric_alarm.this : [alarm.alarm_name, alarm.namespace, alarm.metric_name, alarm.dimensions == null ? {} : alarm.dimensions, alarm.threshold, alarm.period, alarm.alarm_actions]]
      architectures    = aws_lambda_function.this.architectures
      boundary         = aws_iam_role.this.permissions_boundary
      description      = aws_lambda_function.this.description
      environment      = aws_lambda_function.this.environment[0].variables.PAGES
      handler          = aws_lambda_function.this.handler
      keys             = [aws_lambda_function.this.kms_key_arn, aws_cloudwatch_log_group.this.kms_key_id]
      log_levels       = [aws_lambda_function.this.logging_config[0].application_log_level, aws_lambda_function.this.logging_config[0].system_log_level]
      log_retention    = aws_cloudwatch_log_group.this.retention_in_days
      memory_size      = aws_lambda_function.this.memory_size
      outcomes         = keys(aws_cloudwatch_log_metric_filter.this)
      provisioned      = [for config in aws_lambda_provisioned_concurrency_config.this : [config.qualifier, config.provisioned_concurrent_executions]]
      reserved         = aws_lambda_function.this.reserved_concurrent_executions
      statements_after = slice(jsondecode(aws_iam_role_policy.this.policy).Statement, 3, 5)
      timeout          = aws_lambda_function.this.timeout
      }) == jsonencode({
      alarms        = [["users-test-post-confirmation-stored", "users-test-post-confirmation", "stored", {}, 1, 300, [var.alarm_topic_arn]]]
      architectures = ["x86_64"]
      boundary      = var.permissions_boundary
      description   = "Sweeps"
      environment   = "1"
      handler       = "users.reconcile.handler"
      keys          = [var.kms_key_arn, var.kms_key_arn]
      log_levels    = ["WARN", "INFO"]
      log_retention = 30
      memory_size   = 1024
      outcomes      = ["stored"]
      provisioned   = [["live", 2]]
      reserved      = 2
      statements_after = [
        { Action = "kms:Decrypt", Effect = "Allow", Resource = var.kms_key_arn, Sid = "ReadEnvironment" },
        {
          Action   = "cognito-idp:ListUsers", Condition = { Bool = { "aws:SecureTransport" = "true" } }, Effect = "Allow",
          Resource = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Abc123", Sid = "ReadUsers",
        },
      ]
      timeout = 300
    })
    error_message = "One of the values listed above differs; the alarms are ${jsonencode([for name, alarm in aws_cloudwatch_metric_alarm.this : [name, alarm.metric_name, alarm.alarm_actions]])}."
  }
}

run "options_are_removed" {
  assert {
    condition = jsonencode({
      alarms        = keys(aws_cloudwatch_metric_alarm.this)
      alarm_actions = [for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions]
      boundary      = aws_iam_role.this.permissions_boundary
      keys          = [aws_lambda_function.this.kms_key_arn, aws_cloudwatch_log_group.this.kms_key_id]
      provisioned   = length(aws_lambda_provisioned_concurrency_config.this)
      reserved      = aws_lambda_function.this.reserved_concurrent_executions
      statements    = jsondecode(aws_iam_role_policy.this.policy).Statement[*].Sid
      }) == jsonencode({
      alarms        = ["duration", "errors", "failed", "throttles"]
      alarm_actions = [[], [], [], []]
      boundary      = null
      keys          = ["", null]
      provisioned   = 0
      reserved      = -1
      statements    = ["WriteRecord", "UseTableKey", "WriteLog"]
    })
    error_message = "One of the values listed above differs; the alarms are ${jsonencode([for name, alarm in aws_cloudwatch_metric_alarm.this : [name, alarm.metric_name, alarm.alarm_actions]])}."
  }
}

run "zip_from_a_path" {
  command = plan

  variables {
    filename  = "main.tf" # Any file works, because the run only plans.
    s3_object = null
  }

  assert {
    condition     = jsonencode([aws_lambda_function.this.filename, aws_lambda_function.this.source_code_hash, aws_lambda_function.this.s3_key]) == jsonencode(["main.tf", filebase64sha256("main.tf"), null])
    error_message = "Lambda does not get the code from the given path."
  }
}
