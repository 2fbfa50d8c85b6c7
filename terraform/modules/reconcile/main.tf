data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.region

  # An execution of the state machine has at most 25,000 events, and a call makes 7 of them. Calls as long as these are
  # few enough for the 7 days that the state machine allows a sweep.
  timeout = 300

  # Of a record a sweep reads the key, to see that it is there; and what it may update.
  read_attributes = concat(["UserID"], var.update_records ? keys(var.stored_attributes) : [])

  statements = concat(
    [
      {
        sid       = "ReadUsers"
        actions   = ["cognito-idp:ListUsers"]
        resources = [var.user_pool_arn]
      },
      # As AWS's own example limits a call to attributes:
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

  # Made from the name: the state machine's role exists before it.
  state_machine_arn = "arn:${local.partition}:states:${local.region}:${local.account_id}:stateMachine:${var.function_name}"
}

module "function" {
  source = "../lambda"

  function_name = var.function_name
  description   = "Goes through the user pool and stores in DynamoDB who has no record"
  handler       = "users.reconcile.handler"
  memory_size   = 512 # 0.3 of a CPU. A sweep mostly waits: 15 pages a second take 0.2. More costs more and is not faster.

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
      description = "A sweep stored users who had no record: each is a confirmation whose call of the trigger failed or never came, or a user whom an administrator created or imported, or who is older than the stack (the first sweep stores all of those). What to do: look for alarms and outcome \"failed\" of the trigger at the time when the users were confirmed; the lines with outcome \"stored\" in the sweep's log name the users. They have their records now."
      metric_name = "stored"
      period      = 300
    }
    not-stored = {
      description = "A sweep could not store some users: they are confirmed and have no record. What to do: the lines with outcome \"failed\" in the sweep's log name the users and the error; correct what it says (access to the table and its key, throttling, an item that is too large). The next sweep tries again."
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
