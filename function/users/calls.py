"""How the sweep calls AWS: one kind of error, whose text holds no attribute of a user."""

from collections.abc import Callable

from botocore.exceptions import ClientError

# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_THROTTLED = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)


class CallError(Exception):
    """A call to AWS failed, retries included.

    `code` is the service's error code, or the class of an error that is not the service's; the
    message has the operation, too. `throttled` says that the service asks to come back later,
    `refused` that it will not take the call as it is (400 to 499).
    """

    def __init__(
        self, code: str, operation: str = "", *, throttled: bool = False, refused: bool = False
    ) -> None:
        super().__init__(f"{operation}: {code}" if operation else code)
        self.code = code
        self.throttled = throttled
        self.refused = refused


def call[Answer](operation: Callable[..., Answer], **parameters: object) -> Answer:
    """The answer of a client's operation. Raises CallError, whatever goes wrong."""
    name = getattr(operation, "__name__", "")
    try:
        return operation(**parameters)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "ClientError")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        throttled = code in _THROTTLED
        refused = 400 <= status < 500 and not throttled
        failure = CallError(code, name, throttled=throttled, refused=refused)
    except Exception as error:  # noqa: BLE001 - whatever it is, its text may quote the answer
        failure = CallError(type(error).__name__, name)
    # Raised out here, so that the cause, whose text may quote the item, is not chained to it.
    raise failure
