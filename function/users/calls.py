"""Calls AWS for the sweep. Any failure becomes one kind of error, which quotes no attribute."""

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
    """A call to AWS failed, and so did its retries.

    `code` is the service's error code, or the name of the exception's class if the error is not the
    service's. The message also names the operation. `throttled` means that the service asks to try
    again later. `refused` means that it rejects the request as it is (status 400 to 499).
    """

    def __init__(
        self, code: str, operation: str = "", *, throttled: bool = False, refused: bool = False
    ) -> None:
        super().__init__(f"{operation}: {code}" if operation else code)
        self.code = code
        self.throttled = throttled
        self.refused = refused


def call[Answer](operation: Callable[..., Answer], **parameters: object) -> Answer:
    """Call an operation of a boto3 client, and return the answer. Any failure raises CallError."""
    name = getattr(operation, "__name__", "")
    try:
        return operation(**parameters)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "ClientError")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        throttled = code in _THROTTLED
        refused = 400 <= status < 500 and not throttled
        failure = CallError(code, name, throttled=throttled, refused=refused)
    except Exception as error:  # noqa: BLE001 - the text of any error may quote the answer
        failure = CallError(type(error).__name__, name)
    # Raised outside of `except`, because the text of a chained cause may quote the item.
    raise failure
