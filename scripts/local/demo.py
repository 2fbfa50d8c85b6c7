"""`make demo`: a sign-up in a local AWS, from the form to the record, and what must not happen.

Each step prints what it saw. The exit status is 1 if something is not as expected.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from scripts.local.deploy import DeployError, Outputs, deploy
from scripts.local.local_aws import Call, LocalAWS, LocalAWSError
from scripts.local.terraform import ZIP

EMAIL = "ada@example.com"
PASSWORDS = ("correct-Horse-1-battery", "correct-Horse-2-battery")
OTHER_TABLE = "somebody-elses-table"


class UnexpectedError(Exception):
    """A step did not end as expected."""


def main() -> int:
    """Run the demo; the exit status is 0 if all went as expected."""
    try:
        with LocalAWS() as aws:
            _run(aws)
    except KeyboardInterrupt:
        print("\nThe local AWS has stopped, and what was in it is gone.", file=sys.stderr)
        return 130
    except (
        UnexpectedError,
        LocalAWSError,
        DeployError,
        ClientError,
        BotoCoreError,
        OSError,
    ) as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return 1
    return 0


def _run(aws: LocalAWS) -> None:
    print(f"\nA local AWS is running at {aws.endpoint_url}; IAM is enforced.")
    outputs = deploy(aws, ZIP)
    print(
        "The stack that Terraform describes is in it:\n"
        f"  user pool {outputs.user_pool_id}, table {outputs.table_name},\n"
        f"  function {outputs.function_name} from dist/function.zip"
    )
    sub = _sign_up(aws, outputs)
    item = _item(aws, outputs, sub)
    _expect(item is not None, "The user has a record")
    _print_item(outputs.table_name, item or {})
    _call_again(aws, outputs, sub)
    _expect(_item(aws, outputs, sub) == item, "A second call left the record as it was")
    _reset_password(aws, outputs)
    _expect(_item(aws, outputs, sub) == item, "The reset left the record as it was")
    _try_the_role(aws, outputs, sub)
    print(
        "\nAll as expected. The local AWS has stopped, and what was in it is gone. The folders\n"
        ".venv-local and dist stay: the next run uses them again, and `make clean` deletes them.\n"
        "\nNext: `make local` starts a local AWS that stays, with a page to try it on."
    )


def _sign_up(aws: LocalAWS, outputs: Outputs) -> str:
    """Sign up and confirm with the code from the mail; the new user's `sub`."""
    cognito = aws.client("cognito-idp")
    attributes = {"email": EMAIL, "custom:firstName": "Ada", "custom:lastName": "Lovelace"}
    answer = cognito.sign_up(
        ClientId=outputs.app_client_id,
        Username=EMAIL,
        Password=PASSWORDS[0],
        UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
    )
    sub = str(answer["UserSub"])
    print(f"\n{EMAIL} signs up")
    _expect(_item(aws, outputs, sub) is None, "Not confirmed yet, so there is no record")
    code = aws.latest_code(EMAIL)
    print(f"The mail to {EMAIL} has the code {code} (the local AWS always sends this one)")
    cognito.confirm_sign_up(ClientId=outputs.app_client_id, Username=EMAIL, ConfirmationCode=code)
    print(
        "The user enters the code, Cognito calls the function, and the function stores a record\n"
    )
    return sub


def _call_again(aws: LocalAWS, outputs: Outputs, sub: str) -> None:
    """Call the function again, as Cognito does if it gets no answer; the name is another one."""
    event = {
        "triggerSource": "PostConfirmation_ConfirmSignUp",
        "userPoolId": outputs.user_pool_id,
        "userName": sub,
        "request": {"userAttributes": {"sub": sub, "custom:firstName": "Somebody else"}},
        "response": {},
    }
    answer = aws.client("lambda").invoke(
        FunctionName=outputs.alias_arn, Payload=json.dumps(event).encode()
    )
    print("\nThe function is called a second time, as Cognito does if it gets no answer")
    _expect("FunctionError" not in answer, "It succeeds")


def _reset_password(aws: LocalAWS, outputs: Outputs) -> None:
    """Reset the password, which calls the same function, after a change of the user's name."""
    cognito = aws.client("cognito-idp")
    cognito.admin_update_user_attributes(
        UserPoolId=outputs.user_pool_id,
        Username=EMAIL,
        UserAttributes=[{"Name": "custom:firstName", "Value": "Augusta"}],
    )
    cognito.forgot_password(ClientId=outputs.app_client_id, Username=EMAIL)
    code = aws.latest_code(EMAIL)
    cognito.confirm_forgot_password(
        ClientId=outputs.app_client_id,
        Username=EMAIL,
        ConfirmationCode=code,
        Password=PASSWORDS[1],
    )
    print(f"\n{EMAIL} resets the password with the code {code}, which calls the function again")


def _try_the_role(aws: LocalAWS, outputs: Outputs, sub: str) -> None:
    """Try what the function's role may do, by a function that has the role."""
    aws.client("dynamodb").create_table(
        TableName=OTHER_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "UserID", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "UserID", "KeyType": "HASH"}],
    )
    function = aws.client("lambda").get_function_configuration(FunctionName=outputs.function_name)
    key = {"UserID": {"S": sub}}
    tries: list[tuple[str, Call]] = [
        ("read the record", _call("GetItem", outputs.table_name, Key=key)),
        ("list all records", _call("Scan", outputs.table_name)),
        ("change the record", _call("UpdateItem", outputs.table_name, Key=key)),
        ("delete the record", _call("DeleteItem", outputs.table_name, Key=key)),
        ("write to another table", _call("PutItem", OTHER_TABLE, Item=key)),
    ]
    # This one shows that the others are not refused for another reason.
    allowed = "write to its own table"
    tries.append((allowed, _call("PutItem", outputs.table_name, Item={"UserID": {"S": "probe"}})))
    outcomes = aws.try_as_function(function["Role"], [call for _, call in tries])
    print("\nThe function's role tries to")
    for (what, _), outcome in zip(tries, outcomes, strict=True):
        expected = "ok" if what == allowed else "AccessDeniedException"
        meaning = "allowed" if what == allowed else "refused, as it should be"
        if outcome != expected:
            raise UnexpectedError(f"{what}: {outcome}, and not {meaning}")
        print(f"  ok  {what}: {meaning}")


def _call(operation: str, table_name: str, **parameters: Any) -> Call:
    return Call("dynamodb", operation, {"TableName": table_name, **parameters})


def _item(aws: LocalAWS, outputs: Outputs, sub: str) -> dict[str, dict[str, str]] | None:
    answer = aws.client("dynamodb").get_item(
        TableName=outputs.table_name, Key={"UserID": {"S": sub}}, ConsistentRead=True
    )
    item: dict[str, dict[str, str]] | None = answer.get("Item")
    return item


def _print_item(table_name: str, item: Mapping[str, Mapping[str, str]]) -> None:
    rows = [(name, *value.values()) for name, value in item.items()]
    names, values = (max(map(len, column)) for column in zip(*rows, strict=True))
    rule = f"  +-{'-' * names}-+-{'-' * values}-+"
    print(f"  {table_name}")
    print(rule)
    for name, value in rows:
        print(f"  | {name:{names}} | {value:{values}} |")
    print(rule)


def _expect(met: bool, what: str) -> None:
    if not met:
        raise UnexpectedError(f"this is not so: {what}")
    print(f"  ok  {what}")


if __name__ == "__main__":
    sys.exit(main())
