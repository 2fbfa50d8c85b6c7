# These credentials are not valid, so against the real AWS each run fails and creates nothing.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  user_pool_name  = "users-test"
  lambda_triggers = { post_confirmation = { arn = "arn:aws:lambda:us-east-1:123456789012:function:users-test:live" } }
}

run "accepts_the_largest" {
  command = plan

  variables {
    custom_attributes = merge(
      { for number in range(49) : "attribute-${number}" => {} },
      { "a2345678_-.123456789" = {} },
    )
  }
}

run "accepts_every_type" {
  command = plan

  variables {
    custom_attributes = {
      text   = { type = "String", min_length = 2048, max_length = 2048 }
      number = { type = "Number", min_value = -5, max_value = -5 }
      flag   = { type = "Boolean" }
      time   = { type = "DateTime" }
    }
  }

  assert {
    condition = { for attribute in aws_cognito_user_pool.this.schema : attribute.name => {
      text   = try("${attribute.string_attribute_constraints[0].min_length} ${attribute.string_attribute_constraints[0].max_length}", "")
      number = try("${attribute.number_attribute_constraints[0].min_value} ${attribute.number_attribute_constraints[0].max_value}", "")
      } } == {
      text   = { text = "2048 2048", number = "" }
      number = { text = "", number = "-5 -5" }
      flag   = { text = "", number = "" }
      time   = { text = "", number = "" }
    }
    error_message = "An attribute lacks the constraints of its type, or has those of another. Every plan would then show a change."
  }
}

run "refuses_the_prefix" {
  command = plan

  variables {
    custom_attributes = { "custom:firstName" = {} }
  }

  expect_failures = [var.custom_attributes]
}

run "refuses_a_name_of_21_characters" {
  command = plan

  variables {
    custom_attributes = { "a23456789-123456789-1" = {} }
  }

  expect_failures = [var.custom_attributes]
}

run "refuses_an_accent_in_a_name" {
  command = plan

  variables {
    custom_attributes = { "prénom" = {} }
  }

  expect_failures = [var.custom_attributes]
}

run "refuses_a_space_in_a_name" {
  command = plan

  variables {
    custom_attributes = { "first name" = {} }
  }

  expect_failures = [var.custom_attributes]
}

run "refuses_a_length_of_a_boolean" {
  command = plan

  variables {
    custom_attributes = { flag = { type = "Boolean", max_length = 5 } }
  }

  expect_failures = [var.custom_attributes]
}

run "refuses_a_number_without_maximum" {
  command = plan

  variables {
    custom_attributes = { age = { type = "Number", min_value = 0 } }
  }

  expect_failures = [var.custom_attributes]
}

run "refuses_a_value_range_of_a_string" {
  command = plan

  variables {
    custom_attributes = { age = { min_value = 0, max_value = 150 } }
  }

  expect_failures = [var.custom_attributes]
}

run "refuses_a_length_above_2048" {
  command = plan

  variables {
    custom_attributes = { firstName = { max_length = 2049 } }
  }

  expect_failures = [var.custom_attributes]
}

run "refuses_a_negative_length" {
  command = plan

  variables {
    custom_attributes = { firstName = { min_length = -1 } }
  }

  expect_failures = [var.custom_attributes]
}

run "refuses_half_a_number" {
  command = plan

  variables {
    custom_attributes = { age = { type = "Number", min_value = 0, max_value = 1.5 } }
  }

  expect_failures = [var.custom_attributes]
}

run "refuses_a_maximum_length_below_the_minimum" {
  command = plan

  variables {
    custom_attributes = { firstName = { min_length = 2, max_length = 1 } }
  }

  expect_failures = [var.custom_attributes]
}

run "refuses_a_maximum_value_below_the_minimum" {
  command = plan

  variables {
    custom_attributes = { age = { type = "Number", min_value = 2, max_value = 1 } }
  }

  expect_failures = [var.custom_attributes]
}
