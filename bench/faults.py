# SPDX-License-Identifier: MIT
"""Whether hosts that are down hold up the others: how long until the last healthy host has answered,
alone, and with three more of which one drops every packet, one never says a word (its sshd is
stopped), and one refuses connections."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time

import bed as beds
import report
import tools

FAULTY = 3
ANSWER = "healthy-and-done"


@contextlib.contextmanager
def full_listener(address, port):
    """An address whose port neither accepts nor refuses: its backlog is full, so what else comes is
    dropped, as by a dead host."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, port))
        server.listen(0)
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex((address, port))
        time.sleep(0.05)
        yield


@contextlib.contextmanager
def stopped(server):
    server.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.send_signal(signal.SIGCONT)


def until_all_answered(command, healthy, limit_s):
    """Seconds until `healthy` lines with the answer have come on stdout; None past the limit."""
    argv, cwd, env = command
    with tempfile.TemporaryFile() as errors:
        began = time.monotonic()
        tool = subprocess.Popen(argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, text=True,
                                stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
        timer = time.monotonic() + limit_s
        answered = 0
        try:
            for line in tool.stdout:
                answered += line.rstrip().endswith(ANSWER)
                if answered == healthy:
                    return time.monotonic() - began
                if time.monotonic() > timer:
                    return None
            return None
        finally:
            os.killpg(tool.pid, signal.SIGKILL)
            tool.stdout.close()
            tool.wait()


class Faults:
    title = "One dead, one silent and one refusing host among {hosts}"

    def __init__(self, bed, remuda, hosts):
        self.bed = bed
        self.remuda = str(pathlib.Path(remuda).resolve())
        self.healthy = bed.addresses[:hosts - FAULTY]
        self.silent = bed.addresses[hosts - FAULTY]
        self.dead, self.refusing = beds.free_addresses(2, bed.port)

    def one_run(self, with_faulty, limit_s):
        addresses = list(self.healthy)
        if with_faulty:
            # Where they would hold up others: first.
            addresses = [self.dead, self.silent, self.refusing] + addresses
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.bed.folder, prefix="run-"))
        try:
            tools.write_hosts_yaml(folder / "hosts.yaml", self.bed, addresses)
            (folder / "queue.yaml").write_text(f"- echo {ANSWER}\n", encoding="ascii")
            command = ([self.remuda, "b", "--host-key", "strict", "--shim", "never"], folder,
                       tools.environment(self.bed))
            seconds = until_all_answered(command, len(self.healthy), limit_s)
            self.bed.settle()
            return seconds
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def measure(self, repeat, limit_s, say):
        """Pairs in turn: [alone], [with the faulty]."""
        alone, among = [], []
        with full_listener(self.dead, self.bed.port), stopped(self.bed.server_of(self.silent)):
            self.one_run(False, limit_s)
            for turn in range(repeat):
                for with_faulty, into in ((False, alone), (True, among)):
                    seconds = self.one_run(with_faulty, limit_s)
                    if seconds is None:
                        raise beds.BedError("not all healthy hosts have answered")
                    into.append(seconds)
                    say(f"  {turn + 1}/{repeat} {'with the faulty' if with_faulty else 'alone':16} "
                        f"{seconds:.2f} s")
        return alone, among


def run(options, say):
    """Prints the case; returns its result, and whether the healthy hosts were not held up."""
    say(f"faults: starting {options.hosts} servers")
    with beds.Bed(options.hosts) as bed:
        case = Faults(bed, options.remuda, options.hosts)
        alone, among = case.measure(options.repeat, options.limit, say)
    lines = [("until the last healthy host answered", "s"),
             (f"{len(case.healthy)} healthy hosts", report.figure(alone).text()),
             ("the same and three faulty ones", report.figure(among).text())]
    print(f"\n### {case.title.format(hosts=options.hosts)}\n")
    for line in report.columns(lines):
        print(line)
    delay = statistics.median(with_faulty / without for without, with_faulty in zip(alone, among))
    # Three more logins that hang cost their share of work, no more.
    kept = delay <= 1.1
    print(f"\n- limit {'met' if kept else 'MISSED'}: {report.ratio(delay)} of the time alone (median "
          "of the pairs), at most 1.1x allowed")
    return {"alone_s": alone, "among_s": among}, kept
