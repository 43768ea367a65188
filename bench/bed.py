# SPDX-License-Identifier: MIT
"""Throwaway SSH servers on loopback: one sshd process a host, with keys and a home of their own.

All have the same port and an address each. They are configured as OpenSSH is by default
(MaxStartups, MaxSessions and algorithms too) but for what a server started by anybody in a
temporary folder needs. `end()` ends every process and removes the folder.
"""

import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import processes

PORT = 2222
START_SECONDS = 60
SETTLE_SECONDS = 15
PRIVSEP_DIR = pathlib.Path("/run/sshd")


class BedError(Exception):
    pass


def sshd_program():
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/sbin"])
    found = shutil.which("sshd", path=places)
    if found is None:
        raise BedError("no sshd here (Debian: apt-get install openssh-server)")
    return os.path.realpath(found)


class Bed:
    """N servers. `addresses` are their hosts; `home` has what a client needs in .ssh."""

    def __init__(self, hosts):
        self.port = PORT
        self.user = pwd.getpwuid(os.geteuid()).pw_name
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="remuda-bench-"))
        self.home = self.folder / "home"
        self.identity = self.home / ".ssh" / "id_ed25519"
        self.known_hosts = self.home / ".ssh" / "known_hosts"
        self.addresses = []
        self._log = self.folder / "sshd.log"
        self._log_read_bytes = 0
        self._servers = []
        self._made_privsep_dir = False
        try:
            self._write_files(hosts)
            self._start()
        except BaseException:
            self.end()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        sessions = self.session_processes()
        for server in self._servers:
            server.terminate()
        for pid in sessions:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        for server in self._servers:
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        self._servers = []
        if self._made_privsep_dir:
            self._made_privsep_dir = False
            try:
                PRIVSEP_DIR.rmdir()
            except OSError:  # somebody else's server uses it by now
                pass
        shutil.rmtree(self.folder, ignore_errors=True)

    def session_processes(self):
        return [pid for server in self._servers for pid in processes.descendants(server.pid)]

    def server_of(self, address):
        return self._servers[self.addresses.index(address)]

    def cpu_seconds(self):
        """Of all servers and their sessions, those that have ended included."""
        alive = [server.pid for server in self._servers] + self.session_processes()
        return sum(processes.cpu_seconds(pid) for pid in alive)

    def settle(self, sessions=0):
        """Waits until no more than `sessions` processes are left of what clients have opened; false
        if they stay."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while len(self.session_processes()) > sessions:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def commands_started(self):
        """How many commands the servers have started since this was asked last."""
        with open(self._log, "rb") as file:
            file.seek(self._log_read_bytes)
            text = file.read()
        self._log_read_bytes += len(text)
        return text.count(b"Starting session: command")

    def _write_files(self, hosts):
        self.identity.parent.mkdir(parents=True, mode=0o700)
        server_home = self.folder / "server_home"
        server_home.mkdir()
        host_key = self.folder / "host_key"
        for path in (self.identity, host_key):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bench",
                            "-f", path], check=True, stdin=subprocess.DEVNULL)
        shutil.copy(f"{self.identity}.pub", self.folder / "authorized_keys")
        # VERBOSE for the line that a started command gets. sshd takes the first SetEnv line only.
        (self.folder / "sshd_config").write_text(
            f"HostKey {host_key}\n"
            f"AuthorizedKeysFile {self.folder}/authorized_keys\n"
            "StrictModes no\nUsePAM no\nPidFile none\nLogLevel VERBOSE\n"
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
            "PermitRootLogin prohibit-password\n"
            f"AllowUsers {self.user}\n"
            f"SetEnv HOME={server_home}\n", encoding="ascii")
        self.addresses = free_addresses(hosts, self.port)
        key = pathlib.Path(f"{host_key}.pub").read_text(encoding="ascii").split()
        self.known_hosts.write_text(
            "".join(f"[{address}]:{self.port} {key[0]} {key[1]}\n" for address in self.addresses),
            encoding="ascii")

    def _start(self):
        if os.geteuid() == 0 and not PRIVSEP_DIR.exists():
            PRIVSEP_DIR.mkdir(mode=0o755)
            self._made_privsep_dir = True
        program = sshd_program()
        config = self.folder / "sshd_config"
        subprocess.run([program, "-t", "-f", config], check=True, stdin=subprocess.DEVNULL)
        for address in self.addresses:
            # setpriv becomes the server and lets it end with us, however we end.
            self._servers.append(subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", program, "-D", "-f", config, "-E", self._log,
                 "-o", f"ListenAddress={address}:{self.port}"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True))
        deadline = time.monotonic() + START_SECONDS
        while self._listening() < len(self._servers):
            if any(server.poll() is not None for server in self._servers):
                log = self._log.read_text(errors="replace") if self._log.exists() else ""
                raise BedError(f"an sshd has ended:\n{log[-2000:]}")
            if time.monotonic() > deadline:
                raise BedError("the servers do not start to listen")
            time.sleep(0.05)

    def _listening(self):
        try:
            return self._log.read_bytes().count(b"Server listening on")
        except FileNotFoundError:
            return 0


def free_addresses(count, port):
    """Addresses in 127/8 on which nobody listens; where to begin depends on our process id."""
    found = []
    number = os.getpid() * 256
    for _ in range(64 * 1024):
        number += 1
        address = f"127.{64 + (number >> 16) % 128}.{(number >> 8) % 256}.{1 + number % 254}"
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                continue
        if address not in found:
            found.append(address)
        if len(found) == count:
            return found
    raise BedError(f"no {count} free addresses in 127/8 with port {port}")
