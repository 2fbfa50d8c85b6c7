"""Runs a Python handler as Lambda does, and reports its CPU time: FOLDER HANDLER EVENT EVENTS.

It prints to file descriptor 3, and waits for a line on standard input before each step.
"""

import sys
import time

folder, handler_name, event_file, events = sys.argv[1:]


def step(report: object) -> None:
    """Report the step that ended, and wait until the next may start."""
    print(report, file=channel, flush=True)
    sys.stdin.readline()


channel = open(3, "w")  # noqa: SIM115 - it stays open until the process ends
handler = None
event = None
if handler_name:
    sys.path[0] = folder
    import importlib
    import json

    module_name, name = handler_name.rsplit(".", 1)
    handler = getattr(importlib.import_module(module_name), name)
    with open(event_file, encoding="utf-8") as file:  # noqa: PTH123 - importing pathlib would be measured, too
        event = json.load(file)
step(time.process_time())
if handler:
    handler(event, None)
step(time.process_time())
seconds = []
if handler:
    for _ in range(int(events)):
        started = time.process_time()
        handler(event, None)
        seconds.append(time.process_time() - started)
step(" ".join(map(str, seconds)))
