"""`make local`: a local AWS with the stack in it, and a page to try it on, until Ctrl-C."""

import argparse
import sys
import threading

from scripts.local.deploy import DeployError, deploy
from scripts.local.local_aws import LocalAWS, LocalAWSError
from scripts.local.page.server import PageServer
from scripts.local.page.stack import Stack
from scripts.local.terraform import ZIP

_LAST_PORT = 65535


def main() -> int:
    """Serve until Ctrl-C; the exit status is 1 if it could not start."""
    parser = argparse.ArgumentParser(description="Run a local AWS with the stack in it.")
    parser.add_argument(
        "--port", type=int, default=4566, help="port on 127.0.0.1; the page is on the next one"
    )
    port = parser.parse_args().port
    if not 0 < port < _LAST_PORT:
        parser.error(f"a port is a number from 1 to {_LAST_PORT - 1}; the page takes the next one")
    taken = port
    try:
        with LocalAWS(port=port) as aws:
            outputs = deploy(aws, ZIP)
            taken = port + 1
            with PageServer(Stack(aws, outputs), aws.endpoint_url, port + 1) as page:
                print(f"\nOpen {page.url} to try it.")
                print(
                    "\nTo use it with the AWS CLI, Terraform or your app, paste this into another "
                    "terminal:\n"
                    f"  export AWS_ENDPOINT_URL={aws.endpoint_url} AWS_REGION={aws.region}\n"
                    f"  export AWS_DEFAULT_REGION={aws.region}\n"
                    "  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n"
                    f"  export USER_POOL_ID={outputs.user_pool_id}\n"
                    f"  export USER_POOL_CLIENT_ID={outputs.app_client_id}\n"
                    f"  export TABLE_NAME={outputs.table_name}\n"
                    f"  export FUNCTION_NAME={outputs.function_name}\n"
                    f"  export STATE_MACHINE_ARN={outputs.state_machine_arn}\n"
                    "\nPress Ctrl-C to stop it.",
                    flush=True,
                )
                threading.Event().wait()
    except KeyboardInterrupt:
        print("\nThe local AWS has stopped, and what was in it is gone.")
    except (LocalAWSError, DeployError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        if error.filename is not None:
            print(f"{error}. Build it first: make package", file=sys.stderr)
            return 1
        print(
            f"Port {taken}: {error.strerror}. Try another: make local PORT=4576 "
            "(the page takes the port after it)",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
