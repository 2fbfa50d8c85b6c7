data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.region

  # An execution of a state machine can have 25,000 events, and each call makes 7. With calls of this length a sweep of
  # 7 days, the longest that the state machine allows, stays below that.
  timeout = 300

  # A sweep reads a record's key to see whether the record exists. It reads the stored attributes only to update them.
  read_attributes = concat(["UserID"], var.update_records ? keys(var.stored_attributes) : [])

  statements = concat(
    [
      {
        sid       = "ReadUsers"
        actions   = ["cognito-idp:ListUsers"]
        resources = [var.user_pool_arn]
      },
      # AWS's example of a policy that limits a call to some attributes:
      # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
      {
        sid       = "FindRecords"
        actions   = ["dynamodb:BatchGetItem"]
        resources = [var.table_arn]
        conditions = [
          { test = "ForAllValues:StringEquals", variable = "dynamodb:Attributes", values = local.read_attributes },
          { test = "StringEqualsIfExists", variable = "dynamodb:Select", values = ["SPECIFIC_ATTRIBUTES"] },
        ]
      },
    ],
    [
      for _ in [var.update_records] : {
        sid       = "UpdateRecords"
        actions   = ["dynamodb:UpdateItem"]
        resources = [var.table_arn]
        conditions = [
          { test = "ForAllValues:StringEquals", variable = "dynamodb:Attributes", values = local.read_attributes },
          { test = "StringEqualsIfExists", variable = "dynamodb:ReturnValues", values = ["NONE", "UPDATED_NEW", "UPDATED_OLD"] },
        ]
      } if var.update_records
    ],
  )

  # Composed from the name, because the state machine's role needs the ARN before the state machine exists.
  state_machine_arn = "arn:${local.partition}:states:${local.region}:${local.account_id}:stateMachine:${var.function_name}"
}

module "function" {
  source = "../lambda"

  function_name = var.function_name
  description   = "Sweeps the Cognito user pool and stores confirmed users who have no record in DynamoDB"
  handler       = "users.reconcile.handler"
  memory_size   = 512 # 0.3 of a CPU. A sweep of 15 pages a second needs 0.2 and mostly waits, so more would not help.

  timeout = local.timeout

  stored_attributes = var.stored_attributes
  table_arn         = var.table_arn

  environment = {
    PAGES_PER_SECOND = tostring(var.pages_per_second)
    UPDATE_RECORDS   = tostring(var.update_records)
    USER_POOL_ID     = split("/", var.user_pool_arn)[1] # arn:<partition>:cognito-idp:<region>:<account>:userpool/<id>
  }

  statements = local.statements

  outcomes = ["failed", "stored"]
  alarms = {
    stored = {
      description = "A sweep stored users who had no record. They have one now. This is expected for users that an administrator created or imported, and at the first sweep for users older than this stack. Otherwise the call of the trigger failed or never came. What to do: the lines with outcome \"stored\" in the log of the sweep's function name the users. Look for alarms and for lines with outcome \"failed\" of the trigger at the time when they confirmed."
      metric_name = "stored"
      period      = 300
    }
    not-stored = {
      description = "A sweep could not store some users. They are confirmed and have no record. What to do: read the lines with outcome \"failed\" in the log of the sweep's function. They name the users and the error, for example no access to the table or its key, throttling, or a record that is too large. Correct the cause. The next sweep tries again."
      metric_name = "failed"
      period      = 300
    }
  }
  alarm_topic_arn = var.alarm_topic_arn

  architecture          = var.function.architecture
  filename              = var.function.filename
  kms_key_arn           = var.function.kms_key_arn
  log_retention_in_days = var.function.log_retention_in_days
  permissions_boundary  = var.permissions_boundary
  s3_object             = var.function.s3_object
}
