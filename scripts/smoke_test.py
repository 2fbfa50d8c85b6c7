"""Runs what is about to be zipped against a server of its own: python -S smoke_test.py FOLDER.

Stores a user, meets an error of each kind, and lists users. Prints a Python literal: the regular
expressions that modules in the folder compiled. Ends with a message if anything is amiss.
"""

import json
import os
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

ERROR = "com.amazonaws.dynamodb.v20120810#"
ANSWERS: list[tuple[int, dict[str, Any]]] = []
EVENT = {
    "triggerSource": "PostConfirmation_ConfirmSignUp",
    "request": {"userAttributes": {"sub": "1", "email": "somebody@example.com"}},
}


class Server(BaseHTTPRequestHandler):
    """Gives the answers, in order."""

    def do_POST(self) -> None:
        """Answer one call."""
        self.rfile.read(int(self.headers["Content-Length"]))
        status, answer = ANSWERS.pop(0)
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Nothing."""


def record_patterns(folder: str) -> dict[tuple[Any, int], None]:
    """The expressions that modules in `folder` compile from now on, in order."""
    compiler = re._compiler  # type: ignore[attr-defined] # behind re.compile
    compile_pattern = compiler.compile
    patterns: dict[tuple[Any, int], None] = {}

    def record(pattern: Any, flags: int) -> re.Pattern[Any]:
        caller = sys._getframe(3)  # over re._compile and re's function
        if caller.f_code.co_filename.startswith(folder):
            patterns[pattern, flags] = None
        compiled: re.Pattern[Any] = compile_pattern(pattern, flags)
        return compiled

    compiler.compile = record
    return patterns


def check(is_met: bool, finding: str) -> None:
    """End with `finding` unless all is well."""
    if not is_met:
        sys.exit(finding)


def call(handler: Any, expected: type[Exception] | None, *answers: tuple[int, Any]) -> None:
    """One event, for which there must be just as many calls as answers."""
    ANSWERS[:] = answers
    raised: type[Exception] | None = None
    try:
        handler(EVENT, None)
    except Exception as error:  # noqa: BLE001 - any may be the finding
        raised = type(error)
    check(raised is expected, f"{answers} ended with {raised} instead of {expected}")
    check(not ANSWERS, f"{len(ANSWERS)} of {answers} were not asked for")


def main() -> None:
    """Run all calls."""
    folder = sys.argv[1]
    sys.path[0] = folder
    patterns = record_patterns(folder)
    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_address[1]}",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "TABLE_NAME": "users",
        "STORED_ATTRIBUTES": json.dumps({"Email": {"sources": ["email"], "type": "S"}}),
    }
    from users.post_confirmation import UserNotStoredError, handler

    check("start_up" in sys.modules, "start_up.py did not run")
    throttled = 400, {"__type": ERROR + "ThrottlingException"}
    broken = 500, {"__type": ERROR + "InternalServerError"}
    call(handler, None, (200, {}))
    call(handler, None, (400, {"__type": ERROR + "ConditionalCheckFailedException"}))
    call(handler, None, throttled, (200, {}))
    call(handler, UserNotStoredError, (400, {"__type": ERROR + "AccessDeniedException"}))
    call(handler, UserNotStoredError, broken, broken, broken)

    import botocore.session

    ANSWERS[:] = [(200, {"Users": [{"Username": "1", "UserCreateDate": 1.5}]})]
    cognito: Any = botocore.session.get_session().create_client("cognito-idp")
    (user,) = cognito.list_users(UserPoolId="eu-west-1_aBcDeFgHi")["Users"]
    check(user["UserCreateDate"].timestamp() == 1.5, f"users were listed as {user}")
    print(list(patterns), file=sys.__stdout__)


if __name__ == "__main__":
    with open(os.devnull, "w") as sys.stdout:  # noqa: PTH123 - the function's log, before any import
        main()
