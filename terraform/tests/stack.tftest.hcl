# How to run it: TF_WORKSPACE=local terraform test

# These credentials are not valid, so against the real AWS each run fails and creates nothing.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  environment                 = "local"
  region                      = "us-east-1"
  deletion_protection_enabled = false
  function                    = { s3_object = { bucket = "artifacts", key = "function.zip", version = "abc" } } # No test runs the code.
}

run "defaults" {
  assert {
    condition     = output.alias_arn == "arn:aws:lambda:us-east-1:123456789012:function:confirmed-users-local-post-confirmation:live"
    error_message = "alias_arn is ${output.alias_arn}."
  }

  assert {
    condition     = output.function_name == "confirmed-users-local-post-confirmation"
    error_message = "function_name is ${output.function_name}."
  }

  assert {
    condition     = output.table_name == "confirmed-users-local" && output.table_arn == "arn:aws:dynamodb:us-east-1:123456789012:table/confirmed-users-local"
    error_message = "table_name is ${output.table_name}, table_arn ${output.table_arn}."
  }

  assert {
    condition     = output.user_pool_arn == "arn:aws:cognito-idp:us-east-1:123456789012:userpool/${output.user_pool_id}" && startswith(output.user_pool_id, "us-east-1_")
    error_message = "user_pool_id is ${output.user_pool_id}, user_pool_arn ${output.user_pool_arn}."
  }

  assert {
    condition     = keys(output.user_pool_client_ids) == ["app"] && output.region == "us-east-1" && !output.deletion_protection_enabled
    error_message = "The app clients are ${jsonencode(keys(output.user_pool_client_ids))}, region is ${output.region}, deletion_protection_enabled ${output.deletion_protection_enabled}."
  }

  assert {
    condition     = output.reconcile_function_name == "confirmed-users-local-reconcile" && output.state_machine_arn == "arn:aws:states:us-east-1:123456789012:stateMachine:confirmed-users-local-reconcile"
    error_message = "reconcile_function_name is ${output.reconcile_function_name}, state_machine_arn ${output.state_machine_arn}."
  }
}

# If the plan replaced a resource, its outputs would be unknown and the run would fail.
run "an_added_attribute_replaces_nothing" {
  command = plan

  variables {
    custom_attributes = { firstName = {}, lastName = {}, age = { type = "Number", min_value = 0, max_value = 150 } }
    stored_attributes = {
      Email     = { sources = ["email"] }
      FirstName = { sources = ["custom:firstName", "given_name"] }
      LastName  = { sources = ["custom:lastName", "family_name"] }
      Age       = { sources = ["custom:age"], type = "N" }
    }
  }

  assert {
    condition = [output.alias_arn, output.reconcile_alias_arn, output.state_machine_arn, output.table_arn] == [
      "arn:aws:lambda:us-east-1:123456789012:function:confirmed-users-local-post-confirmation:live",
      "arn:aws:lambda:us-east-1:123456789012:function:confirmed-users-local-reconcile:live",
      "arn:aws:states:us-east-1:123456789012:stateMachine:confirmed-users-local-reconcile",
      "arn:aws:dynamodb:us-east-1:123456789012:table/confirmed-users-local",
    ]
    error_message = "An added attribute replaces a resource."
  }

  assert {
    condition     = startswith(output.user_pool_id, "us-east-1_") && length(output.user_pool_client_ids.app) > 0
    error_message = "An added attribute replaces the pool or its app client."
  }
}
