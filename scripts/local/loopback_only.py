"""Keeps web sites out of the local AWS.

Any page in a browser may send requests to 127.0.0.1. So the name a request is for must be the
loopback's own (not one that was pointed here), and a page that says where it comes from must come
from this machine, too. Else a web site could create a function in the local AWS, whose keys are no
secret, and so run its code here.
"""

from urllib.parse import urlsplit

from scripts.local.cognito_triggers import App, Receive, Scope, Send

_FORBIDDEN = 403
_REFUSAL = (
    b"Only for programs and pages on this machine: use http://127.0.0.1 or http://localhost\n"
)


class LoopbackOnly:
    """ASGI middleware that answers 403 to requests from anywhere else."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] in ("http", "websocket") and not _is_from_here(scope):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close"})
                return
            headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(_REFUSAL))]
            start = {"type": "http.response.start", "status": _FORBIDDEN, "headers": headers}
            await send(start)
            await send({"type": "http.response.body", "body": _REFUSAL})
            return
        await self._app(scope, receive, send)


def _is_from_here(scope: Scope) -> bool:
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    origin = headers.get(b"origin")
    return _is_loopback(headers.get(b"host", "")) and (
        origin is None or _is_loopback(origin.partition("://")[2])
    )


def _is_loopback(host: str) -> bool:
    """Whether a host, with or without port, is this machine; `*.localhost` always is."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name in ("127.0.0.1", "localhost") or name.endswith(".localhost")
