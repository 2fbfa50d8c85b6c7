"""Keeps web sites out of the local AWS.

Any page in a browser can send requests to 127.0.0.1, and the keys of the local AWS are no secret: a
link or an image could create a function in it and so run code on this machine. So a request must be
for the loopback's own name, not for a name that somebody points here. A browser says in its
`Sec-Fetch-*` headers what a request is for, and no page can change them:
https://www.w3.org/TR/fetch-metadata/. The local AWS serves scripts of pages on this machine, and no
link, form, image or redirect. Programs do not send these headers, and are served.
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
        # A browser leaves `Origin` out of most requests that fetch something, but always says from
        # which site and for what they are. (Node sends `Sec-Fetch-Mode` as well, and no other.)
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
