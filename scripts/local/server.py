"""The local AWS as a process: ministack behind the project's middleware, on 127.0.0.1 only.

LocalAWS starts it. Its Python must be 3.13 and have ministack, because the Lambda functions run on
the same one.
"""

import argparse
import asyncio
import importlib
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path

from scripts.local.cognito import Cognito
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


async def _serve(listener: socket.socket, response_seconds: float) -> None:
    """Serve the emulator on `listener` until SIGTERM or the end of stdin."""
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
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_reader(sys.stdin, stop.set)
    cognito = Cognito(
        emulator,
        endpoint_url=f"http://{HOST}:{port}",
        region=REGION,
        account_id=ACCOUNT_ID,
        response_seconds=response_seconds,
    )
    await serve(LoopbackOnly(cognito), config, shutdown_trigger=stop.wait)


def main() -> None:
    """Run the server. Its files are in the folder for temporary files, which LocalAWS deletes."""
    parser = argparse.ArgumentParser(description="The local AWS.")
    parser.add_argument("--fd", type=int, required=True, help="the listening socket to inherit")
    parser.add_argument(
        "--response-seconds",
        type=float,
        required=True,
        help="how long Cognito waits for a function",
    )
    options = parser.parse_args()
    listener = socket.socket(fileno=options.fd)
    settings = environment(listener.getsockname()[1], Path(tempfile.gettempdir()))
    os.environ.clear()
    os.environ.update(settings)
    asyncio.run(_serve(listener, options.response_seconds))


if __name__ == "__main__":
    main()
