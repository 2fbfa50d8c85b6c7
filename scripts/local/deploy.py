"""Creates the stack of scripts/local/stack.json in a local AWS.

The file says what Terraform creates (see snapshot.py). Each argument of a resource becomes the
parameter of the same name in the call that creates it. An argument without such a parameter is an
error, and so is an unknown type of resource. So the local stack cannot differ unnoticed.
"""

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from botocore import xform_name

from scripts.local.local_aws import LocalAWS
from scripts.local.snapshot import STACK

type Values = dict[str, Any]
type _Call = Callable[..., Any]
type _Creator = Callable[[_Call, Values], str | None]

# They limit the attributes that a call may read, write and get back. The emulator does not know
# them. The modules' Terraform tests have the whole policies.
_UNKNOWN_CONDITION_KEYS = {"dynamodb:Attributes", "dynamodb:ReturnValues", "dynamodb:Select"}

NOT_RESERVED = -1  # Terraform's way to say that a function has no concurrency of its own


class DeployError(Exception):
    """The stack holds something that cannot be deployed as it is described."""


@dataclass(frozen=True)
class Outputs:
    """Terraform's outputs of the same names."""

    user_pool_id: str
    user_pool_arn: str
    user_pool_client_ids: dict[str, str]
    table_name: str
    table_arn: str
    function_name: str
    alias_arn: str
    reconcile_alias_arn: str
    reconcile_function_name: str
    state_machine_arn: str
    stored_attributes: dict[str, Any]
    region: str

    @property
    def app_client_id(self) -> str:
        """Id of the app client `app`, which the project's own tools use.

        Raises DeployError for a stack without one.
        """
        try:
            return self.user_pool_client_ids["app"]
        except KeyError:
            raise DeployError(
                "The stack has no app client `app` to sign up with. Add it to `clients` in "
                "terraform/environments/local.tfvars, then: make snapshot"
            ) from None


def deploy(aws: LocalAWS, zip_path: Path, stack_path: Path = STACK) -> Outputs:
    """Create the stack of a file, with the function's code from the zip file.

    Raises what `create` raises, and OSError for a file that is not there.
    """
    outputs = create(aws, zip_path, json.loads(stack_path.read_text()))
    return Outputs(**{field.name: outputs[field.name] for field in fields(Outputs)})


def create(aws: LocalAWS, zip_path: Path, stack: Mapping[str, Any]) -> Values:
    """Create all resources of a stack in snapshot.py's form, and return its outputs.

    Raises DeployError for a stack that cannot be deployed, and botocore's ClientError if the local
    AWS refuses a call (with the resource as a note).
    """
    order = list(_CREATORS)
    for resource in stack["resources"]:
        if resource["type"] not in order:
            raise DeployError(
                f"{resource['address']}: no way is known to deploy {resource['type']}"
            )
    ids: dict[str, str] = {}
    waiting = sorted(stack["resources"], key=lambda one: order.index(one["type"]))
    while waiting:
        resource = _first_ready(waiting)
        waiting.remove(resource)
        address = resource["address"]
        call = functools.partial(_call, aws, address)
        values = _resolved(resource["values"], ids)
        if "filename" in values:  # a path from Terraform's folder
            values["filename"] = zip_path
        try:
            made_up = _CREATORS[resource["type"]](call, values)
        except Exception as error:
            error.add_note(f"while deploying {address}")
            raise
        if made_up is not None:
            ids[_token(resource)] = made_up
    outputs: Values = _resolved(stack["outputs"], ids)
    return outputs


def _token(resource: Values) -> str:
    """The reference to the resource's id in the values of other resources."""
    return f"${{{resource['address']}.id}}"


def _first_ready(waiting: list[Values]) -> Values:
    """The first resource that needs no other one that is still waiting."""
    for resource in waiting:
        text = json.dumps(resource["values"])
        # An address such as this["app"] has quotes, which JSON escapes.
        needed = (json.dumps(_token(other))[1:-1] in text for other in waiting)
        if not any(needed) and not _waits_for_its_function(resource, waiting):
            return resource
    raise DeployError(f"{waiting[0]['address']} and others name each other's ids in a circle")


def _waits_for_its_function(resource: Values, waiting: list[Values]) -> bool:
    """Whether the resource, such as an alias, belongs to a function that is still waiting."""
    return any(
        other is not resource
        and other["type"] == "aws_lambda_function"
        and other["values"]["function_name"] == resource["values"].get("function_name")
        for other in waiting
    )


def _resolved(value: Any, ids: Mapping[str, str]) -> Any:
    """The value with every reference to an id that AWS made up replaced by the id."""
    if isinstance(value, dict):
        return {name: _resolved(one, ids) for name, one in value.items()}
    if isinstance(value, list):
        return [_resolved(one, ids) for one in value]
    if isinstance(value, str):
        for token, made_up in ids.items():
            value = value.replace(token, made_up)
    return value


def _call(
    aws: LocalAWS,
    address: str,
    service: str,
    operation: str,
    values: Values,
    renames: Mapping[str, str] | None = None,
) -> Any:
    """Make an API call with a resource's arguments and return the answer.

    `renames` has each parameter whose name differs from the argument's, by the path of the argument
    (`name`, `attribute.name`). Raises DeployError for an argument without a parameter.
    """
    client = aws.client(service)
    model = client.meta.service_model.operation_model(operation)
    parameters = _parameters(address, "", values, model.input_shape, renames or {})
    return getattr(client, xform_name(operation))(**parameters)


def _parameters(
    address: str, path: str, values: Values, shape: Any, renames: Mapping[str, str]
) -> Values:
    """The arguments of one block as members of a structure of AWS's API model."""
    members = {name.lower(): name for name in shape.members}
    parameters = {}
    for argument, value in values.items():
        where = f"{path}.{argument}" if path else argument
        # Terraform says max_length and kms_key_arn where AWS says MaxLength and KMSKeyArn.
        name = renames.get(where) or members.get(argument.replace("_", "").lower())
        if name is None:
            raise DeployError(f"{address}: the argument {where} is not carried over")
        parameters[name] = _parameter(address, where, value, shape.members[name], renames)
    return parameters


def _parameter(address: str, path: str, value: Any, shape: Any, renames: Mapping[str, str]) -> Any:
    """One argument as a value of a shape of AWS's API model."""
    if shape.type_name == "string" and isinstance(value, dict):  # a policy and the like
        return json.dumps(value)
    if shape.type_name == "double":  # Terraform has some as text
        return float(value)
    if shape.type_name == "structure":
        # A block is a list in Terraform, although there can be only one.
        (block,) = value
        return _parameters(address, path, block, shape, renames)
    if shape.type_name == "list" and isinstance(value, dict):
        key, text = shape.member.members  # tags and dimensions
        return [{key: name, text: one} for name, one in value.items()]
    if shape.type_name == "list" and shape.member.type_name == "structure":
        return [_parameters(address, path, block, shape.member, renames) for block in value]
    return value


def _key(call: _Call, values: Values) -> str:
    rotated = values.pop("enable_key_rotation", False)
    key_id = str(call("kms", "CreateKey", values)["KeyMetadata"]["KeyId"])
    if rotated:
        call("kms", "EnableKeyRotation", {"key_id": key_id})
    return key_id


def _topic(call: _Call, values: Values) -> None:
    values["attributes"] = {"KmsMasterKeyId": values.pop("kms_master_key_id")}
    call("sns", "CreateTopic", values)


def _topic_policy(call: _Call, values: Values) -> None:
    values["attribute_name"] = "Policy"
    renames = {"arn": "TopicArn", "policy": "AttributeValue"}
    call("sns", "SetTopicAttributes", values, renames)


def _log_group(call: _Call, values: Values) -> None:
    retention = values.pop("retention_in_days", None)
    call("logs", "CreateLogGroup", values, {"name": "logGroupName"})
    if retention is not None:
        group = {"log_group_name": values["name"], "retention_in_days": retention}
        call("logs", "PutRetentionPolicy", group)


def _table(call: _Call, values: Values) -> None:
    recovery = values.pop("point_in_time_recovery", None)
    values["key_schema"] = [
        {"attribute_name": values.pop(argument), "key_type": kind}
        for argument, kind in (("hash_key", "HASH"), ("range_key", "RANGE"))
        if argument in values
    ]
    stream = {
        name: values.pop(name) for name in ("stream_enabled", "stream_view_type") if name in values
    }
    if stream.get("stream_enabled"):
        values["stream_specification"] = [stream]
    for index in values.get("global_secondary_index", []):
        index["projection"] = [{"projection_type": index.pop("projection_type")}]
        # On demand AWS decides these; in a dynamic block they look like arguments.
        for computed in ("read_capacity", "warm_throughput", "write_capacity"):
            index.pop(computed, None)
    renames = {
        "name": "TableName",
        "attribute": "AttributeDefinitions",
        "attribute.name": "AttributeName",
        "attribute.type": "AttributeType",
        "global_secondary_index": "GlobalSecondaryIndexes",
        "global_secondary_index.name": "IndexName",
        "server_side_encryption": "SSESpecification",
        "server_side_encryption.kms_key_arn": "KMSMasterKeyId",
    }
    call("dynamodb", "CreateTable", values, renames)
    if recovery is not None:
        backups = {"table_name": values["name"], "point_in_time_recovery": recovery}
        renames = {
            "point_in_time_recovery": "PointInTimeRecoverySpecification",
            "point_in_time_recovery.enabled": "PointInTimeRecoveryEnabled",
        }
        call("dynamodb", "UpdateContinuousBackups", backups, renames)


def _without_unknown_conditions(statement: Values) -> Values:
    """The statement without conditions on keys that the emulator does not know.

    With such a condition the emulator allows every call, or denies every call.
    """
    conditions = {
        operator: kept
        for operator, keys in statement.get("Condition", {}).items()
        if (kept := {key: one for key, one in keys.items() if key not in _UNKNOWN_CONDITION_KEYS})
    }
    bare = {name: value for name, value in statement.items() if name != "Condition"}
    return bare | ({"Condition": conditions} if conditions else {})


def _role_policy(call: _Call, values: Values) -> None:
    values["policy"]["Statement"] = [
        _without_unknown_conditions(statement) for statement in values["policy"]["Statement"]
    ]
    renames = {"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"}
    call("iam", "PutRolePolicy", values, renames)


def _function(call: _Call, values: Values) -> None:
    values["code"] = [{"zip_file": values.pop("filename").read_bytes()}]
    reserved = values.pop("reserved_concurrent_executions", NOT_RESERVED)
    call("lambda", "CreateFunction", values)
    if reserved != NOT_RESERVED:
        limit = {
            "function_name": values["function_name"],
            "reserved_concurrent_executions": reserved,
        }
        call("lambda", "PutFunctionConcurrency", limit)


def _user_pool(call: _Call, values: Values) -> str:
    policies = ("password_policy", "sign_in_policy")
    values["policies"] = [{name: values.pop(name) for name in policies if name in values}]
    # CreateUserPool takes neither MFA nor passkeys. Another call switches them on.
    mfa = {
        name: values.pop(name)
        for name in (
            "mfa_configuration",
            "software_token_mfa_configuration",
            "web_authn_configuration",
        )
        if name in values
    }
    renames = {
        "name": "PoolName",
        "tags": "UserPoolTags",
        "account_recovery_setting.recovery_mechanism": "RecoveryMechanisms",
        "email_configuration.from_email_address": "From",
    }
    pool_id = str(call("cognito-idp", "CreateUserPool", values, renames)["UserPool"]["Id"])
    if mfa:
        call("cognito-idp", "SetUserPoolMfaConfig", {"user_pool_id": pool_id} | mfa)
    return pool_id


def _user_pool_client(call: _Call, values: Values) -> str:
    answer = call("cognito-idp", "CreateUserPoolClient", values, {"name": "ClientName"})
    return str(answer["UserPoolClient"]["ClientId"])


def _by(service: str, operation: str, renames: Mapping[str, str] | None = None) -> _Creator:
    """Create a resource by one call, which makes up no id."""

    def create_it(call: _Call, values: Values) -> None:
        call(service, operation, values, renames)

    return create_it


_METRIC_FILTER = {
    "name": "filterName",
    "pattern": "filterPattern",
    "metric_transformation": "metricTransformations",
    "metric_transformation.name": "metricName",
    "metric_transformation.namespace": "metricNamespace",
    "metric_transformation.value": "metricValue",
}
_ROLE = {"name": "RoleName", "assume_role_policy": "AssumeRolePolicyDocument"}

# Resources are created in this order, except those that wait for an id: a pool names the function
# that it triggers, a permission names the pool. scripts/README.md lists what the emulator creates
# and does not use, such as metric filters.
_CREATORS: dict[str, _Creator] = {
    "aws_kms_key": _key,
    "aws_sns_topic": _topic,
    "aws_sns_topic_policy": _topic_policy,
    "aws_cloudwatch_log_group": _log_group,
    "aws_cloudwatch_log_metric_filter": _by("logs", "PutMetricFilter", _METRIC_FILTER),
    "aws_dynamodb_table": _table,
    "aws_iam_role": _by("iam", "CreateRole", _ROLE),
    "aws_iam_role_policy": _role_policy,
    "aws_lambda_function": _function,
    "aws_lambda_alias": _by("lambda", "CreateAlias"),
    "aws_cognito_user_pool": _user_pool,
    "aws_cognito_identity_provider": _by("cognito-idp", "CreateIdentityProvider"),
    "aws_cognito_user_pool_domain": _by("cognito-idp", "CreateUserPoolDomain"),
    "aws_cognito_user_pool_client": _user_pool_client,
    "aws_lambda_permission": _by("lambda", "AddPermission"),
    "aws_sfn_state_machine": _by("stepfunctions", "CreateStateMachine"),
    "aws_scheduler_schedule": _by("scheduler", "CreateSchedule"),
    "aws_cloudwatch_metric_alarm": _by("cloudwatch", "PutMetricAlarm"),
    "aws_cloudwatch_dashboard": _by("cloudwatch", "PutDashboard"),
}
