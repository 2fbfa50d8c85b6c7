"""Keeps web sites out of the local AWS.

Any page in a browser can send requests to 127.0.0.1, and the keys of the local AWS are no secret.
So a link or an image could create a function in it, and run code on this machine. Two checks
prevent that. A request must name the loopback as its host, because anybody can point another name
here. And a browser says in `Sec-Fetch-*` headers, which no page can change, what a request is for:
https://www.w3.org/TR/fetch-metadata/. The local AWS serves scripts of pages on this machine, but no
link, form, image or redirect. It serves programs, which do not send these headers.
"""

from urllib.parse import urlsplit

from scripts.local.asgi import App, Receive, Response, Scope, Send

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
            await Response(_FORBIDDEN, headers, _REFUSAL).send(send)
            return
        await self._app(scope, receive, send)


def _is_from_here(scope: Scope) -> bool:
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if not _is_loopback(headers.get(b"host", "")):
        return False
    origin = headers.get(b"origin")
    if origin is not None:
        is_ours = _is_loopback(origin.partition("://")[2])
    else:
        # Most requests of a browser have no `Origin`, but all say where they come from and what
        # they are for. (Node sends only `Sec-Fetch-Mode`.)
        from_a_browser = b"sec-fetch-site" in headers or b"sec-fetch-dest" in headers
        is_ours = not from_a_browser or headers.get(b"sec-fetch-site") == "same-origin"
    return is_ours and headers.get(b"sec-fetch-mode") != "navigate"


def _is_loopback(host: str) -> bool:
    """Whether a host, with or without port, is this machine; `*.localhost` always is."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name in ("127.0.0.1", "localhost") or name.endswith(".localhost")
