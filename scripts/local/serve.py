"""`make local`: a local AWS with the stack in it, until Ctrl-C."""

import argparse
import sys
import threading

from scripts.local.deploy import deploy
from scripts.local.local_aws import LocalAWS, LocalAWSError
from scripts.local.terraform import ZIP


def main() -> int:
    """Serve until interrupted; 1 if it could not start."""
    parser = argparse.ArgumentParser(description="Run a local AWS with the stack in it.")
    parser.add_argument("--port", type=int, default=4566, help="port on 127.0.0.1")
    port = parser.parse_args().port
    if not 0 < port < 65536:
        parser.error("a port is a number from 1 to 65535")
    try:
        with LocalAWS(port=port) as aws:
            outputs = deploy(aws, ZIP)
            print(f"\nA local AWS is running at {aws.endpoint_url}, with the stack in it:")
            for name, value in vars(outputs).items():
                print(f"  {name:20} {value}")
            print(
                "\nTo point the AWS CLI, Terraform or an app at it, in another terminal:\n"
                f"  export AWS_ENDPOINT_URL={aws.endpoint_url} AWS_REGION={aws.region}\n"
                "  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n"
                "\nCtrl-C ends it.",
                flush=True,
            )
            threading.Event().wait()
    except KeyboardInterrupt:
        print("\nStopped; nothing is left running.")
    except LocalAWSError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Port {port}: {error.strerror}. Try another: make local PORT=4567", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
