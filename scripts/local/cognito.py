"""Makes the emulator's Cognito behave more like AWS's, as an ASGI middleware.

It stands in front of the emulator's own ASGI application, and uses it only through AWS's public
API. Before a call it applies the rules of cognito_rules.py, after a call it fires the triggers of
cognito_triggers.py.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

from scripts.local.asgi import App, Receive, Response, Scope, Send, read_body, with_body
from scripts.local.cognito_api import CONNECTIONS, CognitoError, Emulator, json_object
from scripts.local.cognito_rules import Rules
from scripts.local.cognito_triggers import Triggers, fires

_TARGET = "AWSCognitoIdentityProviderService."
_CONFIRMING = {"ConfirmSignUp", "AdminConfirmSignUp", "ConfirmForgotPassword"}
_REPLACED_HEADERS = {b"content-length", b"content-type", b"x-amz-crc32"}

_log = logging.getLogger(__name__)


class Cognito:
    """The middleware around `app`, the emulator.

    `endpoint_url` is where `app` is served, `region` and `account_id` are the ones that it plays.
    `response_seconds` is Cognito's time limit for one try of a function.
    """

    def __init__(
        self,
        app: App,
        *,
        endpoint_url: str,
        region: str,
        account_id: str,
        response_seconds: float,
    ) -> None:
        self._app = app
        emulator = Emulator(endpoint_url, region, account_id)
        self._rules = Rules(emulator)
        self._triggers = Triggers(emulator, response_seconds)
        # Own threads: the emulator serves the calls made in them from the default executor.
        self._threads = ThreadPoolExecutor(CONNECTIONS, "cognito")
        self._confirming = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection. Only calls of Cognito are touched."""
        action = _action(scope)
        if action is None:
            await self._app(scope, receive, send)
            return
        body = await read_body(receive)
        if body is not None:
            response = await self._answer(action, scope, body, receive)
            await response.send(send)

    async def _answer(self, action: str, scope: Scope, body: bytes, receive: Receive) -> Response:
        request = json_object(body)
        # As the emulator's answers have it: a page may read an answer that is given here, too.
        response = Response(headers=[(b"access-control-allow-origin", b"*")])
        try:
            if self._rules.concern(action, request):
                await self._in_thread(self._rules.apply, action, request)
                body = json.dumps(request).encode()
            # One confirmation at a time, so that of two for the same user only one succeeds. The
            # function is called outside, and a SignUp may call a PreSignUp function inside.
            async with self._confirming if action in _CONFIRMING else nullcontext():
                if action == "AdminConfirmSignUp":
                    await self._in_thread(self._triggers.refuse_if_confirmed, request)
                await self._app(*with_body(scope, body, receive), response.collect)
            answer = json_object(response.body)
            if response.status == 200 and fires(action, request, answer):
                await self._in_thread(self._triggers.fire, action, request, answer)
        except CognitoError as error:
            return _error(error, response.headers)
        except Exception:  # noqa: BLE001 - a bug in here must reach the client, not hang it
            _log.exception("the local AWS's Cognito broke")
            broken = CognitoError("InternalErrorException", "see the local AWS's log", status=500)
            return _error(broken, response.headers)
        return response

    async def _in_thread(self, call: Callable[..., None], *arguments: Any) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)


def _action(scope: Scope) -> str | None:
    """The call of Cognito that a request makes; None for a request of another kind."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    target = headers.get(b"x-amz-target", "")
    return target.removeprefix(_TARGET) if target.startswith(_TARGET) else None


def _error(error: CognitoError, headers: Iterable[tuple[bytes, bytes]]) -> Response:
    """The error in Cognito's wire format; other `headers` (CORS, ...) are kept."""
    body = json.dumps({"__type": error.code, "message": str(error)}).encode()
    kept = [(name, value) for name, value in headers if name.lower() not in _REPLACED_HEADERS]
    own = [
        (b"content-type", b"application/x-amz-json-1.1"),
        (b"content-length", str(len(body)).encode()),
        (b"x-amzn-errortype", error.code.encode()),
    ]
    return Response(error.status, kept + own, body)
