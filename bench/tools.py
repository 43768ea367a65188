# SPDX-License-Identifier: MIT
"""How remuda and its peers are started on a bed of servers."""

import os
import shutil
import subprocess
import time

import bed as beds
import processes

CURVE25519 = "curve25519-sha256"
MASTER_SECONDS = 60


def environment(bed, **more):
    """No agent, no settings of the user; programs are found as the user finds them."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "HOME": str(bed.home), "USER": bed.user, "LOGNAME": bed.user, **more}


def version(argv):
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=10,
                              stdin=subprocess.DEVNULL)
    except OSError:
        return "not here"
    return ((done.stdout + done.stderr).strip().splitlines() or ["?"])[0]


def versions(remuda):
    return {"remuda": version([remuda, "--version"]), "ssh": version(["ssh", "-V"]),
            "pdsh": version(["pdsh", "-V"]), "clush": version(["clush", "--version"])}


def is_here(program):
    return shutil.which(program) is not None


def write_ssh_config(bed, name, kex=None, control_folder=None, more=()):
    path = bed.folder / f"ssh_config.{name}"
    lines = [f"User {bed.user}", f"Port {bed.port}", f"IdentityFile {bed.identity}",
             "IdentitiesOnly yes", "IdentityAgent none", f"UserKnownHostsFile {bed.known_hosts}",
             "GlobalKnownHostsFile none", "StrictHostKeyChecking yes", "BatchMode yes",
             "LogLevel ERROR"]
    if kex:
        lines.append(f"KexAlgorithms {kex}")
    if control_folder:
        lines.append(f"ControlPath {control_folder}/%h")
    lines += more
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    return path


def write_hosts_yaml(path, bed, addresses, slots=None):
    items = []
    for address in addresses:
        items.append(f"- hostname: {bed.user}@{address}:{bed.port}\n")
        if slots:
            items.append(f"  slots: {slots}\n")
        items.append(f"  host:\n    identity_file: {bed.identity}\n"
                     f"    shim_dir: {bed.folder}/shim\n")
    path.write_text("".join(items), encoding="ascii")


def xargs_ssh(config, at_once):
    """Takes a list of hosts on stdin, one a line, and runs `true` on each."""
    return ["xargs", "-P", str(at_once), "-I", "{}", "ssh", "-n", "-F", config, "{}", "true"]


def pdsh(addresses):
    """The ssh configuration comes by PDSH_SSH_ARGS_APPEND. -S: fail if a command has failed."""
    return ["pdsh", "-R", "ssh", "-S", "-f", str(len(addresses)), "-w", ",".join(addresses), "true"]


def clush(config, addresses):
    return ["clush", "-n", "-S", "-f", str(len(addresses)), "-o", f"-F {config}",
            "-w", ",".join(addresses), "true"]


def compile_c(source, program):
    subprocess.run(["cc", "-O2", "-o", program, source], check=True)


class Masters:
    """An open ssh ControlMaster to each host, for the length of a `with`."""

    def __init__(self, bed, addresses, config, control_folder):
        self._bed = bed
        self._control_folder = control_folder
        self._addresses = addresses
        self._config = config
        self._masters = []
        self.opening_s = 0.0  # what opening them has cost the controller

    def __enter__(self):
        # A socket that is left over keeps a new master from listening.
        for socket in self._control_folder.iterdir():
            socket.unlink()
        for address in self._addresses:
            self._masters.append(subprocess.Popen(
                ["ssh", "-F", self._config, "-M", "-N", address], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(self._bed)))
        deadline = time.monotonic() + MASTER_SECONDS
        for address, master in zip(self._addresses, self._masters):
            while not self._answers(address):
                if time.monotonic() > deadline or master.poll() is not None:
                    said = "" if master.poll() is None else master.stderr.read().decode().strip()
                    self.__exit__()
                    raise beds.BedError(f"no ControlMaster to {address}: {said or 'no answer'}")
                time.sleep(0.05)
        self.opening_s = sum(map(processes.own_cpu_seconds, self.pids))
        return self

    def __exit__(self, *_):
        for master in self._masters:
            master.terminate()
        for master in self._masters:
            master.wait()
            master.stderr.close()
        self._masters = []
        self._bed.settle()

    @property
    def pids(self):
        return tuple(master.pid for master in self._masters)

    def _answers(self, address):
        return subprocess.run(["ssh", "-F", self._config, "-O", "check", address],
                              stdin=subprocess.DEVNULL, capture_output=True, check=False,
                              env=environment(self._bed)).returncode == 0
