# SPDX-License-Identifier: MIT
"""Runs one tool to its end and says what it has cost.

A runner process of our own lies between us and the tool. It adopts whatever the tool leaves behind
and waits for all of it, so that its RUSAGE_CHILDREN is the whole tree, to the microsecond. Memory
is sampled in runs that are not timed.
"""

import ctypes
import dataclasses
import json
import os
import pathlib
import resource
import select
import signal
import tempfile
import time

import processes

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
SAMPLE_PAUSE_SECONDS = 0.005


@dataclasses.dataclass
class Command:
    """One run of a tool."""

    argv: list
    jobs: int  # commands that the servers have to see
    cwd: pathlib.Path
    env: dict
    stdin: str = "/dev/null"
    # Helpers that serve the tool and were started before it, such as ssh masters.
    helpers: tuple = ()
    # Whether anything on stderr means failure: for tools whose exit code does not tell everything.
    silent: bool = False


@dataclasses.dataclass
class Cost:
    wall_s: float = 0.0
    controller_s: float = 0.0
    sshd_s: float = 0.0
    foreign_cores: float = 0.0  # what others used of the machine meanwhile
    peak_kb: int = 0
    samples: int = 0
    failure: str = ""  # why the figures do not count


def run(bed, command, limit_s, sample_memory=False):
    bed.commands_started()
    sessions = len(bed.session_processes())
    sshd_before = bed.cpu_seconds()
    helpers_before = sum(map(processes.own_cpu_seconds, command.helpers))
    busy_before = processes.machine_busy_seconds()
    began = time.monotonic()
    cost, answer, errors = _supervise(command, limit_s, sample_memory)
    helpers_after = sum(map(processes.own_cpu_seconds, command.helpers))
    settled = bed.settle(sessions)
    cost.sshd_s = bed.cpu_seconds() - sshd_before
    span = time.monotonic() - began
    busy = processes.machine_busy_seconds() - busy_before
    started = bed.commands_started()
    if answer is None:
        cost.failure = f"not done after {limit_s:g} s"
        return cost
    cost.wall_s = answer["wall"]
    cost.controller_s = answer["cpu"] + helpers_after - helpers_before
    cost.foreign_cores = max(0.0, (busy - cost.controller_s - cost.sshd_s) / span)
    if answer["exit"] != 0:
        cost.failure = f"exit code {answer['exit']}: {errors[-400:].strip()}"
    elif command.silent and errors.strip():
        cost.failure = f"said: {errors[-400:].strip()}"
    elif not settled:
        cost.failure = "its sessions on the servers do not end"
    elif started != command.jobs:
        cost.failure = f"{started} commands started, {command.jobs} expected"
    return cost


def _supervise(command, limit_s, sample_memory):
    """Returns the cost so far, what the runner answered (None: past the limit) and stderr."""
    cost = Cost()
    read_end, write_end = os.pipe()
    with tempfile.NamedTemporaryFile(dir=command.cwd, prefix="stderr.") as errors, \
            tempfile.NamedTemporaryFile(dir=command.cwd, prefix="stdout.") as output:
        runner = os.fork()
        if runner == 0:
            _be_runner(command, write_end, output.fileno(), errors.fileno())
        os.close(write_end)
        try:
            deadline = time.monotonic() + limit_s
            while time.monotonic() < deadline:
                pause = SAMPLE_PAUSE_SECONDS if sample_memory else deadline - time.monotonic()
                if select.select([read_end], [], [], max(0.0, pause))[0]:
                    break
                if sample_memory:
                    alive = processes.descendants(runner) + list(command.helpers)
                    cost.peak_kb = max(cost.peak_kb, sum(map(processes.pss_kb, alive)))
                    cost.samples += 1
            else:
                return cost, None, ""
            text = os.read(read_end, 65536)
            errors.seek(0)
            return cost, json.loads(text) if text else None, errors.read().decode(errors="replace")
        finally:
            os.close(read_end)
            _end_tree(runner)


def _end_tree(runner):
    """Ends the runner last: what loses its parent on the way comes to it."""
    deadline = time.monotonic() + 5
    while (left := processes.descendants(runner)) and time.monotonic() < deadline:
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        time.sleep(0.01)
    os.kill(runner, signal.SIGKILL)
    os.waitpid(runner, 0)


def _be_runner(command, answer, output, errors):
    """In the child: never returns."""
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)  # ours are the parent's to handle
        os.setsid()
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        os.chdir(command.cwd)
        stdin = os.open(command.stdin, os.O_RDONLY)
        began = time.monotonic()
        # Spawned, not forked: copying the page tables of Python would be the tool's cost.
        tool = os.posix_spawnp(command.argv[0], [str(word) for word in command.argv], command.env,
                               file_actions=[(os.POSIX_SPAWN_DUP2, stdin, 0),
                                             (os.POSIX_SPAWN_DUP2, output, 1),
                                             (os.POSIX_SPAWN_DUP2, errors, 2)])
        _, status = os.waitpid(tool, 0)
        wall = time.monotonic() - began
        try:
            while True:
                os.wait()
        except ChildProcessError:
            pass
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = {"wall": wall, "cpu": used.ru_utime + used.ru_stime,
                  "exit": os.waitstatus_to_exitcode(status)}
        os.write(answer, json.dumps(result).encode())
        signal.pause()
    except BaseException as error:  # pylint: disable=broad-exception-caught
        os.write(answer, json.dumps({"wall": 0, "cpu": 0, "exit": f"{error}"}).encode())
        signal.pause()
    finally:
        os._exit(1)
