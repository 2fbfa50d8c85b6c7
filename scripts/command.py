"""What the commands share: how they end, and how they ask before they change something."""

import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError


class CommandError(Exception):
    """A command cannot do its work. The message says why, and what to do next."""


def exit_status(
    act: Callable[[], int | None], go_on: str = "To go on, run the same command again."
) -> int:
    """Call `act`, and return the exit status of the command.

    It is what `act` returns (0 for None), 1 after an error, or 130 after Ctrl-C. Prints the error.
    After Ctrl-C, or after an error of AWS other than missing credentials, half of the work may be
    done, so this also prints `go_on`.
    """
    try:
        return act() or 0
    except KeyboardInterrupt:
        print(f"\nStopped. {go_on}", file=sys.stderr)
        return 130
    except NoCredentialsError:
        print(
            "There are no AWS credentials. Sign in, for example with `aws sso login`, or choose a "
            "profile: export AWS_PROFILE=<name>",
            file=sys.stderr,
        )
    except CommandError as error:
        print(error, file=sys.stderr)
    except (ClientError, BotoCoreError) as error:
        print(f"{error}\n{go_on}", file=sys.stderr)
    return 1


def require_terminal(approve: str, *, approved: bool) -> None:
    """Raise CommandError if the command would have to ask, and there is no terminal to ask on.

    `approve` tells the user how to approve beforehand; `approved` says whether that was done.
    """
    if not approved and not sys.stdin.isatty():
        raise CommandError(
            "This command asks before it changes anything, and there is no terminal to ask on. "
            f"To approve beforehand: {approve}"
        )


def confirm(question: str) -> None:
    """Ask on the terminal. Raises CommandError unless the answer is yes."""
    try:
        answer = input(f"{question} Only yes is accepted: ")
    except EOFError:
        answer = ""
    if answer.strip() != "yes":
        raise CommandError("The answer was not yes, so nothing was deleted.")
