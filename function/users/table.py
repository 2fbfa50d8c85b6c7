"""The one write: put a user's item into the table unless it is there."""

import logging
from typing import TYPE_CHECKING, Literal, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from users.configuration import PARTITION_KEY

if TYPE_CHECKING:  # the stubs are not in the zip
    from mypy_boto3_dynamodb import DynamoDBClient

    from users.item import Item

MAX_CONNECTIONS = 16  # a sweep writes in as many threads

# Cognito waits 5 s for the function, a cold start included. Three attempts that each use up both
# time-outs end after 3 * (0.5 + 0.8) s, and the waits between them add 0.1 s (3 s if throttled,
# which is answered at once). https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
_CONFIG = Config(
    parameter_validation=False,  # an item is made of the right types, and checking costs 4 %
    user_agent="confirmed-users",  # the SDK's own is made anew for each call, which costs 3 %
    connect_timeout=0.5,
    read_timeout=0.8,
    max_pool_connections=MAX_CONNECTIONS,
    retries={"mode": "standard", "total_max_attempts": 3},
)

# At INFO it reports where it found credentials, which would be a second line for one call.
logging.getLogger("botocore").setLevel(logging.WARNING)


class WriteError(Exception):
    """The item could not be written; `code` is the service's error code or the error's class."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Table:
    """A DynamoDB table of users, keyed by their `sub`."""

    def __init__(self, name: str) -> None:
        """Make the client; nothing is sent. `name` is the table's name."""
        self._name = name
        session = botocore.session.get_session()
        self._client = cast("DynamoDBClient", session.create_client("dynamodb", config=_CONFIG))

    def put_if_absent(self, item: "Item") -> bool:
        """Write `item`; False if a user with its key is there already, which is left as it is.

        Raises WriteError when it cannot be written, 4 s later at most.
        """
        return self._put(item, f"attribute_not_exists({PARTITION_KEY})", "NONE") is None

    def has(self, user_id: str) -> bool:
        """Whether the user has an item, found out with the right to write alone.

        A put whose condition can never hold writes nothing, and its refusal brings the item along.
        Raises WriteError as `put_if_absent` does.
        """
        never = f"attribute_exists({PARTITION_KEY}) AND attribute_not_exists({PARTITION_KEY})"
        return bool(self._put({PARTITION_KEY: {"S": user_id}}, never, "ALL_OLD"))

    def _put(
        self, item: "Item", condition: str, on_failure: Literal["ALL_OLD", "NONE"]
    ) -> "Item | None":
        """None if `item` was written; if `condition` did not hold, what is returned on failure."""
        try:
            self._client.put_item(
                TableName=self._name,
                Item=item,
                ConditionExpression=condition,
                ReturnValuesOnConditionCheckFailure=on_failure,
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            return cast("Item", error.response.get("Item", {}))
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "ClientError")
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller must learn of it
            code = type(error).__name__
        else:
            return None
        # Raised out here, so that the cause, whose text may quote the item, is not chained to it.
        raise WriteError(code)
