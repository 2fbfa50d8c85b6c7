"""The local AWS as a process: ministack behind the project's middleware, on 127.0.0.1 only.

    .venv-local/bin/python -m scripts.local.server --port 4566

It runs until SIGINT or SIGTERM. Its Python must be 3.13 and have ministack, because the Lambda
functions run on the same one.
"""

import argparse
import asyncio
import importlib
import os
import shutil
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from scripts.local.cognito import Cognito
from scripts.local.cognito_triggers import RESPONSE_SECONDS
from scripts.local.loopback_only import LoopbackOnly

HOST = "127.0.0.1"
ACCOUNT_ID = "123456789012"
REGION = "us-east-1"


def environment(port: int, scratch: Path) -> dict[str, str]:
    """All variables that the emulator and its Lambda functions get.

    Of the caller's environment they get only PATH.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AUTH": "true",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": HOST,
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "MINISTACK_REGION": REGION,
        "STATE_DIR": str(scratch / "state"),
        "S3_DATA_DIR": str(scratch / "s3"),
        # Each would open a listener on every interface.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # The emulator deletes containers that it takes for its own, so it must find no Docker.
        "DOCKER_HOST": f"unix://{scratch}/no-docker",
    }


async def _serve(listener: socket.socket, response_seconds: float, *, until_eof: bool) -> None:
    """Serve the emulator on `listener` until a signal, or the end of stdin, says to stop."""
    port = listener.getsockname()[1]
    # Imported only now, because ministack reads its settings when it is imported, and because the
    # Python environment for development has neither package.
    emulator = importlib.import_module("ministack.app").app
    serve = importlib.import_module("hypercorn.asyncio").serve
    config = importlib.import_module("hypercorn.config").Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if until_eof:
        loop.add_reader(sys.stdin, stop.set)
    cognito = Cognito(
        emulator,
        endpoint_url=f"http://{HOST}:{port}",
        region=REGION,
        account_id=ACCOUNT_ID,
        response_seconds=response_seconds,
    )
    await serve(LoopbackOnly(cognito), config, shutdown_trigger=stop.wait)


def main() -> int:
    """Run the server; the exit status is 0 after a signal to stop."""
    parser = argparse.ArgumentParser(description="A local AWS, with Cognito's triggers and rules.")
    parser.add_argument("--port", type=int, default=4566, help="port on 127.0.0.1, 0 for any")
    parser.add_argument(
        "--response-seconds",
        type=float,
        default=RESPONSE_SECONDS,
        help="how long Cognito waits for the function (default: %(default)s, as AWS)",
    )
    parser.add_argument("--fd", type=int, help="serve this inherited listening socket instead")
    parser.add_argument("--until-eof", action="store_true", help="stop when stdin is closed")
    options = parser.parse_args()

    if options.fd is None:
        try:
            listener = socket.create_server((HOST, options.port))
        except OSError as error:
            print(f"cannot listen: {error.strerror}", file=sys.stderr)
            return 1
    else:
        listener = socket.socket(fileno=options.fd)
    port = listener.getsockname()[1]
    scratch = Path(tempfile.mkdtemp(prefix="local-aws-"))
    try:
        settings = environment(port, scratch)
        os.environ.clear()
        os.environ.update(settings)
        tempfile.tempdir = str(scratch)
        print(f"local AWS: http://{HOST}:{port}", flush=True)
        with suppress(KeyboardInterrupt):
            asyncio.run(_serve(listener, options.response_seconds, until_eof=options.until_eof))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
