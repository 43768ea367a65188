# SPDX-License-Identifier: MIT
"""What /proc tells of processes and their descendants."""

import os

TICKS = os.sysconf("SC_CLK_TCK")


def _words(path):
    try:
        with open(path, encoding="ascii") as file:
            return file.read().split()
    except OSError:  # ended
        return []


def children(pid):
    """Of all its threads: each has a list of its own."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:  # ended
        return []
    return [int(word) for thread in threads
            for word in _words(f"/proc/{pid}/task/{thread}/children")]


def descendants(pid):
    found = children(pid)
    for child in found:  # the list grows while it is walked
        found.extend(children(child))
    return found


def cpu_seconds(pid):
    """User and system time of a process and of the children that it has reaped, in clock ticks."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[11:15]) / TICKS


def own_cpu_seconds(pid):
    """Time on a CPU of the main thread alone, exact to the nanosecond."""
    words = _words(f"/proc/{pid}/schedstat")
    return int(words[0]) / 1e9 if words else 0.0


def pss_kb(pid):
    """Proportional set size: private pages, and of each shared page the process's part."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            for line in file:
                if line.startswith("Pss:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def machine_busy_seconds():
    """Time that all CPUs of the machine have worked, for whomever."""
    with open("/proc/stat", encoding="ascii") as file:
        # user, nice, system, idle, iowait, irq, softirq, steal
        fields = [int(word) for word in file.readline().split()[1:9]]
    return (sum(fields[:3]) + sum(fields[5:])) / TICKS
