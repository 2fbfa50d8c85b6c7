"""Two of Cognito's triggers for an emulator that has neither, as an ASGI middleware.

It stands in front of the emulator's own ASGI application. When a call has confirmed a user
(PostConfirmation) or signed one in (PostAuthentication), it calls the function named in the pool's
`LambdaConfig` the way Cognito does and turns the function's failure into Cognito's error. It uses
the emulator through AWS's public API only.

Sources: "Post confirmation Lambda trigger", "Post authentication Lambda trigger" and "Customizing
user pool workflows with Lambda triggers" (time limit, tries, event) in the Cognito Developer Guide;
the errors of ConfirmSignUp and InitiateAuth in the Cognito API Reference.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from scripts.local.resource_policy import allows

type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Scope, Receive, Send], Awaitable[None]]
type Headers = list[tuple[bytes, bytes]]

RESPONSE_SECONDS = 5.0
TRIES = 3

_TARGET = "AWSCognitoIdentityProviderService."
# The trigger that a call fires, if it comes to that, and why.
_SOURCES = {
    "SignUp": "PostConfirmation_ConfirmSignUp",
    "ConfirmSignUp": "PostConfirmation_ConfirmSignUp",
    "AdminConfirmSignUp": "PostConfirmation_ConfirmSignUp",
    "ConfirmForgotPassword": "PostConfirmation_ConfirmForgotPassword",
    "InitiateAuth": "PostAuthentication_Authentication",
    "AdminInitiateAuth": "PostAuthentication_Authentication",
    "RespondToAuthChallenge": "PostAuthentication_Authentication",
    "AdminRespondToAuthChallenge": "PostAuthentication_Authentication",
}
_CONFIRMING = {"ConfirmSignUp", "AdminConfirmSignUp", "ConfirmForgotPassword"}
_REFRESHING = {"REFRESH_TOKEN", "REFRESH_TOKEN_AUTH"}
# Their ClientMetadata is for triggers before the sign-in alone.
_KEEPS_METADATA = {"InitiateAuth", "AdminInitiateAuth"}
_THREADS = 64
_ARN_PARTS_WITH_QUALIFIER = 8
_REPLACED_HEADERS = {b"content-length", b"content-type", b"x-amz-crc32"}

_log = logging.getLogger(__name__)


class CognitoError(Exception):
    """An answer of Cognito that is an error: `code` is its `__type`, the text its `message`."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status

    @classmethod
    def of_invocation(cls, trigger: str, reason: str) -> "CognitoError":
        """The error for a function that could not be called at all."""
        return cls(
            "UnexpectedLambdaException", f"{trigger} invocation failed due to error {reason}."
        )


@dataclass
class _Response:
    """One whole HTTP response."""

    status: int = 200
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    @classmethod
    def of_error(cls, error: CognitoError, headers: Iterable[tuple[bytes, bytes]]) -> "_Response":
        """The error as Cognito's wire format has it; other `headers` (CORS, ...) are kept."""
        body = json.dumps({"__type": error.code, "message": str(error)}).encode()
        kept = [(name, value) for name, value in headers if name.lower() not in _REPLACED_HEADERS]
        own = [
            (b"content-type", b"application/x-amz-json-1.1"),
            (b"content-length", str(len(body)).encode()),
            (b"x-amzn-errortype", error.code.encode()),
        ]
        return cls(error.status, kept + own, body)

    async def collect(self, message: Message) -> None:
        """ASGI's `send` for an application whose answer is to be looked at first."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    async def send(self, send: Send) -> None:
        """Pass the response on."""
        start = {"type": "http.response.start", "status": self.status, "headers": self.headers}
        await send(start)
        await send({"type": "http.response.body", "body": self.body})


class CognitoTriggers:
    """ASGI middleware that adds the triggers to `app`, the emulator.

    `endpoint_url` is where `app` is served (used for the calls to Cognito and Lambda), `region` and
    `account_id` are the ones it plays. `response_seconds` is Cognito's time limit for one try.
    """

    def __init__(
        self,
        app: App,
        *,
        endpoint_url: str,
        region: str,
        account_id: str,
        response_seconds: float = RESPONSE_SECONDS,
    ) -> None:
        self._app = app
        self._triggers = _Triggers(endpoint_url, region, account_id, response_seconds)
        # Own threads: the emulator serves the calls made in them from the default executor.
        self._threads = ThreadPoolExecutor(_THREADS, "cognito-triggers")
        self._confirming = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection. Only calls that confirm a user or sign one in are touched."""
        action = _action(scope)
        if action is None:
            await self._app(scope, receive, send)
            return
        body = await _read_body(receive)
        if body is not None:
            response = await self._answer(action, scope, body, receive)
            await response.send(send)

    async def _answer(self, action: str, scope: Scope, body: bytes, receive: Receive) -> _Response:
        request = _json_object(body)
        response = _Response()
        try:
            # One confirmation at a time, so that of two for the same user only one succeeds. The
            # function is called outside, and a SignUp may call a PreSignUp function inside.
            async with self._confirming if action in _CONFIRMING else nullcontext():
                if action == "AdminConfirmSignUp":
                    await self._in_thread(self._triggers.refuse_if_confirmed, request)
                await self._app(scope, _replay(body, receive), response.collect)
            answer = _json_object(response.body)
            if response.status == 200 and _fires(action, request, answer):
                await self._in_thread(self._triggers.fire, action, request, answer)
        except CognitoError as error:
            return _Response.of_error(error, response.headers)
        except Exception:  # noqa: BLE001 - a bug in here must reach the client, not hang it
            _log.exception("a trigger of Cognito broke")
            broken = CognitoError("InternalErrorException", "see the local AWS's log", status=500)
            return _Response.of_error(broken, response.headers)
        return response

    async def _in_thread(self, call: Callable[..., None], *arguments: Any) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)


class _Triggers:
    """What Cognito does around a trigger, by blocking calls to the public API."""

    def __init__(
        self, endpoint_url: str, region: str, account_id: str, response_seconds: float
    ) -> None:
        make_client: Any = boto3.client  # its stubs want the service's name as a literal

        def client(service: str, read_seconds: float) -> Any:
            return make_client(
                service,
                endpoint_url=endpoint_url,
                region_name=region,
                aws_access_key_id="test",
                aws_secret_access_key="test",  # noqa: S106 - the emulator's own
                config=Config(
                    read_timeout=read_seconds,
                    retries={"total_max_attempts": 1},
                    max_pool_connections=_THREADS,
                    proxies={},
                ),
            )

        self._account_id = account_id
        self._cognito = client("cognito-idp", 60)
        self._lambda = client("lambda", 60)
        self._invoker = client("lambda", response_seconds)
        self._pool_of_client: dict[str, str] = {}

    def refuse_if_confirmed(self, request: dict[str, Any]) -> None:
        """Raise what AdminConfirmSignUp answers for a user who is not UNCONFIRMED.

        A user or pool that does not exist is left to the emulator.
        """
        try:
            user = self._user(request["UserPoolId"], request["Username"])
        except (ClientError, KeyError):
            return
        if user["UserStatus"] != "UNCONFIRMED":
            raise CognitoError(
                "NotAuthorizedException",
                f"User cannot be confirmed. Current status is {user['UserStatus']}",
            )

    def fire(self, action: str, request: dict[str, Any], answer: dict[str, Any]) -> None:
        """Call the pool's function for the user whom `action` has just confirmed or signed in.

        `request` and `answer` are the bodies of that call. Raises CognitoError for whatever Cognito
        would report; a pool without a trigger is left in peace.
        """
        pool_id = request.get("UserPoolId") or self._find_pool(request["ClientId"])
        pool = self._cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
        user = self._user(pool_id, self._username(request, answer))
        attributes = {item["Name"]: item["Value"] for item in user["UserAttributes"]}
        # The code proves the address or number it was sent to; an administrator proves nothing.
        if action == "ConfirmSignUp":
            verified = pool.get("AutoVerifiedAttributes", [])
            self._verify(pool_id, user["Username"], attributes, verified)

        source = _SOURCES[action]
        trigger = source.partition("_")[0]
        arn = pool.get("LambdaConfig", {}).get(trigger)
        if not arn:
            return
        if not self._may_invoke(arn, pool["Arn"]):
            raise CognitoError.of_invocation(trigger, "AccessDeniedException")
        event_request: dict[str, Any] = {
            "userAttributes": {**attributes, "cognito:user_status": user["UserStatus"]}
        }
        if trigger == "PostAuthentication":
            event_request["newDeviceUsed"] = False
        if request.get("ClientMetadata") and action not in _KEEPS_METADATA:
            event_request["clientMetadata"] = request["ClientMetadata"]
        self._invoke(
            trigger,
            arn,
            {
                "version": "1",
                "region": pool_id.partition("_")[0],
                "userPoolId": pool_id,
                "userName": user["Username"],
                "callerContext": {
                    "awsSdkVersion": "aws-sdk-unknown-unknown",
                    "clientId": request.get("ClientId", "CLIENT_ID_NOT_APPLICABLE"),
                },
                "triggerSource": source,
                "request": event_request,
                "response": {},
            },
        )

    def _username(self, request: dict[str, Any], answer: dict[str, Any]) -> str:
        """Whom a call was about: a sign-in tells by the token, which may be that of an alias."""
        if result := answer.get("AuthenticationResult"):
            return str(self._cognito.get_user(AccessToken=result["AccessToken"])["Username"])
        return str(answer.get("UserSub") or request["Username"])

    def _user(self, pool_id: str, username: str) -> dict[str, Any]:
        user: dict[str, Any] = self._cognito.admin_get_user(UserPoolId=pool_id, Username=username)
        return user

    def _verify(
        self, pool_id: str, username: str, attributes: dict[str, str], verified: list[str]
    ) -> None:
        """Mark what the code was sent to as verified: the number, or the address without one.

        https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
        """
        sent_to = [
            name for name in ("phone_number", "email") if name in verified and name in attributes
        ]
        if sent_to and attributes.get(f"{sent_to[0]}_verified") != "true":
            attributes[f"{sent_to[0]}_verified"] = "true"
            self._cognito.admin_update_user_attributes(
                UserPoolId=pool_id,
                Username=username,
                UserAttributes=[{"Name": f"{sent_to[0]}_verified", "Value": "true"}],
            )

    def _find_pool(self, client_id: str) -> str:
        """The pool of an app client. Raises LookupError when this region has none."""
        known = self._pool_of_client.get(client_id)
        if known and self._has_client(known, client_id):
            return known
        pages = self._cognito.get_paginator("list_user_pools").paginate(
            PaginationConfig={"PageSize": 60}
        )
        for pool in (pool for page in pages for pool in page["UserPools"]):
            if self._has_client(pool["Id"], client_id):
                self._pool_of_client[client_id] = pool["Id"]
                return str(pool["Id"])
        raise LookupError(f"no user pool has the app client {client_id}")

    def _has_client(self, pool_id: str, client_id: str) -> bool:
        try:
            self._cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)
        except self._cognito.exceptions.ResourceNotFoundException:
            return False
        return True

    def _may_invoke(self, arn: str, pool_arn: str) -> bool:
        parts = arn.split(":")
        which = {"FunctionName": arn}
        if len(parts) == _ARN_PARTS_WITH_QUALIFIER:
            which = {"FunctionName": ":".join(parts[:-1]), "Qualifier": parts[-1]}
        try:
            policy = json.loads(self._lambda.get_policy(**which)["Policy"])
        except self._lambda.exceptions.ResourceNotFoundException:
            return False
        return allows(
            policy,
            service="cognito-idp.amazonaws.com",
            action="lambda:InvokeFunction",
            resource=arn,
            context={"aws:SourceArn": pool_arn, "aws:SourceAccount": self._account_id},
        )

    def _invoke(self, trigger: str, arn: str, event: dict[str, Any]) -> None:
        """Call the function, again when it does not answer in time, and judge its answer."""
        for _ in range(TRIES):
            try:
                response = self._invoker.invoke(FunctionName=arn, Payload=json.dumps(event))
                payload = response["Payload"].read()
            except (ConnectTimeoutError, ReadTimeoutError):
                continue
            except ClientError as error:
                code = error.response["Error"]["Code"]
                raise CognitoError.of_invocation(trigger, code) from error
            break
        else:
            timeout = "Socket timeout while invoking Lambda function"
            raise CognitoError.of_invocation(trigger, timeout)
        result = _json_object(payload)
        if "FunctionError" in response:
            raise CognitoError(
                "UserLambdaValidationException",
                f"{trigger} failed with error {result.get('errorMessage')}.",
            )
        if not isinstance(result.get("response"), dict):
            raise CognitoError("InvalidLambdaResponseException", "Unrecognizable lambda output")


def _fires(action: str, request: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Whether a call that went well has confirmed a user or signed one in."""
    if _SOURCES[action] == "PostAuthentication_Authentication":
        return "AuthenticationResult" in answer and request.get("AuthFlow") not in _REFRESHING
    return action != "SignUp" or bool(answer.get("UserConfirmed"))


def _action(scope: Scope) -> str | None:
    """The call of Cognito that a request makes, if it may fire a trigger."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    for name, value in scope["headers"]:
        if name.lower() == b"x-amz-target":
            target = value.decode("latin-1")
            action = target.removeprefix(_TARGET)
            return action if target != action and action in _SOURCES else None
    return None


async def _read_body(receive: Receive) -> bytes | None:
    """The request's body, or None when the client went away while sending it."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """ASGI's `receive` that hands out `body` once more before going on with `receive`."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed


def _json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`; an empty one for anything else."""
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
