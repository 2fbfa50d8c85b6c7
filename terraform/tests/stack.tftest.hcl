# Run in the workspace `local`: TF_WORKSPACE=local terraform test

# Keys of nobody: against the real AWS these runs fail instead of making something.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  environment                 = "local"
  region                      = "us-east-1"
  deletion_protection_enabled = false
  function                    = { s3_object = { bucket = "artifacts", key = "function.zip", version = "abc" } } # The code is not run.
}

run "defaults" {
  assert {
    condition     = output.alias_arn == "arn:aws:lambda:us-east-1:123456789012:function:confirmed-users-local-post-confirmation:live"
    error_message = "alias_arn is not the alias of the environment's function."
  }

  assert {
    condition     = output.function_name == "confirmed-users-local-post-confirmation"
    error_message = "function_name differs."
  }

  assert {
    condition     = output.table_name == "confirmed-users-local" && output.table_arn == "arn:aws:dynamodb:us-east-1:123456789012:table/confirmed-users-local"
    error_message = "table_name or table_arn differs."
  }

  assert {
    condition     = output.user_pool_arn == "arn:aws:cognito-idp:us-east-1:123456789012:userpool/${output.user_pool_id}" && startswith(output.user_pool_id, "us-east-1_")
    error_message = "user_pool_id and user_pool_arn do not belong together."
  }

  assert {
    condition     = keys(output.user_pool_client_ids) == ["app"] && output.region == "us-east-1" && !output.deletion_protection_enabled
    error_message = "user_pool_client_ids, region or deletion_protection_enabled differs."
  }

  assert {
    condition     = output.reconcile_function_name == "confirmed-users-local-reconcile" && output.state_machine_arn == "arn:aws:states:us-east-1:123456789012:stateMachine:confirmed-users-local-reconcile"
    error_message = "reconcile_function_name or state_machine_arn differs."
  }
}

# In place, or the outputs would be unknown until apply and the run would fail.
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
    condition = [
      output.alias_arn, output.function_name, output.table_arn, output.user_pool_id, output.user_pool_client_ids,
      output.reconcile_function_name, output.state_machine_arn,
      ] == [
      run.defaults.alias_arn, run.defaults.function_name, run.defaults.table_arn, run.defaults.user_pool_id, run.defaults.user_pool_client_ids,
      run.defaults.reconcile_function_name, run.defaults.state_machine_arn,
    ]
    error_message = "An added attribute replaces a resource."
  }
}
