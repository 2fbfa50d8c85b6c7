"""Runs one variant in a new process and measures it."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from tests.benchmarks.variants import ROOT, Variant

EVENT = ROOT / "tests" / "events" / "confirm_sign_up.json"

# Lambda gives a function a whole core at 1,769 MB and a part of one in proportion below that.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MEMORY_OF_A_CORE = 1769
PERIOD = 0.02  # seconds; in each, the process runs for its share and then waits

CGROUP_1 = Path("/sys/fs/cgroup/cpu")
CGROUP_2 = Path("/sys/fs/cgroup")


class Run(NamedTuple):
    """Times in seconds, and memory in bytes."""

    import_cpu: float
    first_cpu: float
    first_wall: float
    call_wall: float
    warm: list[float]
    peak_memory: int
    throttled_by: str


def run(variant: Variant, events: int = 0, memory: int | None = None) -> Run:
    """One cold start and its first event, and then so many more events.

    With `memory`, in MB, the events have the share of a core that a function of that size has. The
    start has a whole core, as in Lambda.
    """
    reading, writing = os.pipe()
    command = ["/bin/sh", "-c", f'exec "$@" 3>&{writing} {writing}>&-', "sh", *variant.command]
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, str(EVENT), str(events)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=variant.environment,
        pass_fds=[writing],
    )
    os.close(writing)
    with ExitStack() as stack:
        stack.callback(process.wait)
        stack.callback(process.kill)
        reports = stack.enter_context(os.fdopen(reading))
        import_cpu = float(_report(variant, reports))
        throttled_by = "nothing"
        if memory is not None:
            share = memory / MEMORY_OF_A_CORE
            throttled_by = stack.enter_context(_throttled(process.pid, share))
        called = time.perf_counter()
        _next(process)
        first_cpu = float(_report(variant, reports))
        answered = time.perf_counter()
        _next(process)
        warm = list(map(float, _report(variant, reports).split()))
        peak_memory = _peak_memory(process.pid)
        _next(process)
        process.wait()
    walls = answered - started, answered - called
    return Run(import_cpu, first_cpu, *walls, warm, peak_memory, throttled_by)


def _next(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.write(b"\n")
        process.stdin.flush()


def _report(variant: Variant, reports: IO[str]) -> str:
    line = reports.readline()
    if not line:
        raise RuntimeError(f"{variant.title} ended early; its own message is above.")
    return line


def _peak_memory(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("This system does not say what a process's peak memory is.")


@contextmanager
def _throttled(pid: int, share: float) -> Iterator[str]:
    """Give a process that share of a core for a while; yields how it is done."""
    with ExitStack() as stack:
        try:
            way = stack.enter_context(_quota(pid, share))
        except OSError:
            way = stack.enter_context(_stop_and_continue(pid, share))
        yield way


@contextmanager
def _quota(pid: int, share: float) -> Iterator[str]:
    """Have the kernel do it. Raises OSError if it does not allow that."""
    is_first = (CGROUP_1 / "cgroup.procs").exists()
    root = CGROUP_1 if is_first else CGROUP_2
    if not (root / "cgroup.procs").exists():
        raise FileNotFoundError(root)
    group = root / f"benchmark-{pid}"
    group.mkdir()
    try:
        period, quota = int(PERIOD * 1e6), int(PERIOD * 1e6 * share)
        if is_first:
            (group / "cpu.cfs_period_us").write_text(str(period))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (group / "cpu.max").write_text(f"{quota} {period}")
        (group / "cgroup.procs").write_text(str(pid))
        yield f"a CPU quota (cgroups v{1 if is_first else 2})"
    finally:
        with suppress(OSError):  # the process may have ended
            (root / "cgroup.procs").write_text(str(pid))
        _remove(group)


def _remove(group: Path) -> None:
    for _ in range(100):  # the group is busy until its process has ended
        with suppress(OSError):
            group.rmdir()
            return
        time.sleep(0.01)


@contextmanager
def _stop_and_continue(pid: int, share: float) -> Iterator[str]:
    """Do it with signals, if there is no quota."""
    ended = threading.Event()

    def alternate() -> None:
        with suppress(ProcessLookupError):
            while not ended.is_set():
                os.kill(pid, signal.SIGSTOP)
                ended.wait(PERIOD * (1 - share))
                os.kill(pid, signal.SIGCONT)
                ended.wait(PERIOD * share)

    thread = threading.Thread(target=alternate)
    thread.start()
    try:
        yield "stopping and continuing the process"
    finally:
        ended.set()
        thread.join()
