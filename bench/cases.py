# SPDX-License-Identifier: MIT
"""What is measured: each case names its tools, how to start them once, and remuda's limits."""

import contextlib
import dataclasses
import pathlib
import shutil
import tempfile
import typing

import measure
import tools

ROUNDS = 20
QUEUE_HOSTS = 10
QUEUE_SLOTS = 8
SHIM_SLOTS = 64  # so that the next jobs arrive before the last have ended
BASTION = "bastion"
BASTION_HOSTS = 50


@dataclasses.dataclass
class Tool:
    """`start` makes a fresh Command for a number of hosts, within a `with`."""

    name: str
    program: str
    start: typing.Callable
    reference: bool = False  # the tool to which the others are compared


@dataclasses.dataclass
class Limit:
    figure: str
    at_most: float
    words: str


@contextlib.contextmanager
def scratch(bed):
    folder = pathlib.Path(tempfile.mkdtemp(dir=bed.folder, prefix="run-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Case:
    """A case measures on `hosts` servers; figures are divided by units: hosts or jobs."""

    name = ""
    unit = ""
    limits = ()
    floor_tool = None  # whose servers do nothing but what every client makes them do
    all_run_all_jobs = False  # so that wall times compare
    base = None  # the tool to whose rate those of the others are set
    least_of_base = None  # remuda's share of it

    def __init__(self, bed, remuda):
        self.bed = bed
        self.remuda = str(pathlib.Path(remuda).resolve())
        self.curve25519 = tools.write_ssh_config(bed, "c25519", kex=tools.CURVE25519)
        self.default = tools.write_ssh_config(bed, "default")

    def command(self, folder, argv, jobs, **more):
        more.setdefault("env", tools.environment(self.bed))
        return measure.Command(argv=argv, jobs=jobs, cwd=folder, **more)

    def run_remuda(self, folder, subcommand, addresses, queue, jobs, slots=None, shim="never"):
        tools.write_hosts_yaml(folder / "hosts.yaml", self.bed, addresses, slots)
        (folder / "queue.yaml").write_text(queue, encoding="ascii")
        argv = [self.remuda, subcommand, "--host-key", "strict", "--shim", shim]
        return self.command(folder, argv, jobs)


class Broadcast(Case):
    name = "broadcast"
    unit = "host"
    limits = (Limit("controller", 2.5, "ms of controller CPU a host"),
              Limit("memory", 120, "KB of memory a host, all of it divided by the hosts"))
    floor_tool = "remuda b"

    def __init__(self, bed, remuda, hosts):
        super().__init__(bed, remuda)
        self.hosts = hosts
        self.title = f"Cold broadcast of `true` to {hosts} servers"
        self.tools = [Tool("remuda b", self.remuda, self.start_remuda, reference=True)]
        for label, config in (("c25519", self.curve25519), ("default", self.default)):
            self.tools += [
                Tool(f"xargs -P N ssh, {label}", "xargs", self.starter(self.start_xargs, config)),
                Tool(f"pdsh -f N, {label}", "pdsh", self.starter(self.start_pdsh, config)),
                Tool(f"clush -f N, {label}", "clush", self.starter(self.start_clush, config))]

    def addresses(self, hosts):
        return self.bed.addresses[:hosts or self.hosts]

    def units(self, _tool):
        return self.hosts

    @staticmethod
    def starter(start, config):
        return lambda hosts=None: start(config, hosts)

    @contextlib.contextmanager
    def start_remuda(self, hosts=None):
        addresses = self.addresses(hosts)
        with scratch(self.bed) as folder:
            yield self.run_remuda(folder, "b", addresses, '- "true"\n', len(addresses))

    @contextlib.contextmanager
    def start_xargs(self, config, hosts=None):
        addresses = self.addresses(hosts)
        with scratch(self.bed) as folder:
            (folder / "hosts").write_text("\n".join(addresses) + "\n", encoding="ascii")
            yield self.command(folder, tools.xargs_ssh(config, len(addresses)), len(addresses),
                               stdin=str(folder / "hosts"))

    @contextlib.contextmanager
    def start_pdsh(self, config, hosts=None):
        addresses = self.addresses(hosts)
        env = tools.environment(self.bed, PDSH_SSH_ARGS_APPEND=f"-F {config}")
        with scratch(self.bed) as folder:
            yield self.command(folder, tools.pdsh(addresses), len(addresses), env=env, silent=True)

    @contextlib.contextmanager
    def start_clush(self, config, hosts=None):
        addresses = self.addresses(hosts)
        with scratch(self.bed) as folder:
            yield self.command(folder, tools.clush(config, addresses), len(addresses), silent=True)


class Queue(Case):
    name = "queue"
    unit = "job"
    limits = (Limit("controller", 0.1, "ms of controller CPU a job"),)
    floor_tool = "remuda q, channels"

    def __init__(self, bed, remuda, jobs):
        super().__init__(bed, remuda)
        self.jobs = jobs
        self.hosts = QUEUE_HOSTS
        self.addresses = bed.addresses[:QUEUE_HOSTS]
        self.title = f"{jobs} no-op jobs over {QUEUE_HOSTS} servers with {QUEUE_SLOTS} slots each"
        self.control_folder = bed.folder / "c"  # short: a socket's path ends at 108 bytes
        self.control_folder.mkdir(exist_ok=True)
        self.mux = tools.write_ssh_config(bed, "mux", tools.CURVE25519, self.control_folder)
        self.master_opening_ms = []
        entries = '- "true"\n' * jobs
        product = (f"- command:\n    - true {{{{ i }}}}\n"
                   f"  i: [{', '.join(map(str, range(jobs)))}]\n")
        self.tools = [
            Tool("remuda q", self.remuda, self.remuda_starter(entries, "auto"), reference=True),
            Tool("remuda q, one entry", self.remuda, self.remuda_starter(product, "auto")),
            Tool("remuda q, channels", self.remuda, self.remuda_starter(entries, "never")),
            Tool("xargs -P 10 ssh, mux", "xargs", lambda hosts=None: self.start_xargs(10)),
            Tool("xargs -P 40 ssh, mux", "xargs", lambda hosts=None: self.start_xargs(40)),
            Tool("pdsh in rounds, mux", "pdsh", lambda hosts=None: self.start_rounds("pdsh")),
            Tool("clush in rounds, mux", "clush", lambda hosts=None: self.start_rounds("clush"))]

    def units(self, tool):
        return ROUNDS * QUEUE_HOSTS if "rounds" in tool.name else self.jobs

    def remuda_starter(self, queue, shim):
        # By the shim, each server starts one command: the shim.
        started = self.jobs if shim == "never" else self.hosts

        @contextlib.contextmanager
        def start(hosts=None):  # pylint: disable=unused-argument
            with scratch(self.bed) as folder:
                yield self.run_remuda(folder, "q", self.addresses, queue, started,
                                      QUEUE_SLOTS, shim)
        return start

    @contextlib.contextmanager
    def masters(self):
        with tools.Masters(self.bed, self.addresses, self.mux, self.control_folder) as masters:
            self.master_opening_ms.append(1000 * masters.opening_s)
            yield masters

    @contextlib.contextmanager
    def start_xargs(self, at_once):
        with scratch(self.bed) as folder, self.masters() as masters:
            hosts = [self.addresses[job % QUEUE_HOSTS] for job in range(self.jobs)]
            (folder / "hosts").write_text("\n".join(hosts) + "\n", encoding="ascii")
            yield self.command(folder, tools.xargs_ssh(self.mux, at_once), self.jobs,
                               stdin=str(folder / "hosts"), helpers=masters.pids)

    @contextlib.contextmanager
    def start_rounds(self, program):
        words = (tools.pdsh(self.addresses) if program == "pdsh"
                 else tools.clush(self.mux, self.addresses))
        env = tools.environment(self.bed, PDSH_SSH_ARGS_APPEND=f"-F {self.mux}")
        # "$@" keeps the words as they are; the shell adds less than a millisecond in all.
        script = f"for round in $(seq {ROUNDS}); do \"$@\" || exit 1; done"
        with scratch(self.bed) as folder, self.masters() as masters:
            yield self.command(folder, ["sh", "-c", script, "sh", *words], ROUNDS * QUEUE_HOSTS,
                               env=env, helpers=masters.pids, silent=True)


class Output(Case):
    """How fast one job's output gets here, line by line, through the eyes of each tool."""

    name = "output"
    unit = "MB"
    base = "ssh cat, c25519"
    all_run_all_jobs = True
    hosts = 1
    megabytes = 512

    def __init__(self, bed, remuda):
        super().__init__(bed, remuda)
        self.title = f"{self.megabytes} MB of lines from one server"
        self.file = bed.folder / "lines"
        line = b"x" * 99 + b"\n"
        self.file.write_bytes(line * (self.megabytes * 1_000_000 // len(line)))
        address = bed.addresses[0]
        self.tools = [
            Tool("remuda q", self.remuda, self.remuda_starter("auto"), reference=True),
            Tool("remuda q, channels", self.remuda, self.remuda_starter("never")),
            Tool("ssh cat, c25519", "ssh", self.starter(
                ["ssh", "-F", self.curve25519, address, f"cat {self.file}"])),
            Tool("clush, c25519", "clush", self.starter(
                ["clush", "-n", "-S", "-o", f"-F {self.curve25519}", "-w", address,
                 f"cat {self.file}"]))]

    def units(self, _tool):
        return self.megabytes

    def remuda_starter(self, shim):
        @contextlib.contextmanager
        def start(hosts=None):  # pylint: disable=unused-argument
            with scratch(self.bed) as folder:
                yield self.run_remuda(folder, "q", self.bed.addresses, f"- cat {self.file}\n", 1,
                                      shim=shim)
        return start

    def starter(self, argv):
        @contextlib.contextmanager
        def start(hosts=None):  # pylint: disable=unused-argument
            with scratch(self.bed) as folder:
                yield self.command(folder, argv, 1)
        return start


class Shim(Case):
    """All jobs on one host, which is this machine: what is above the floor is the way to it."""

    name = "shim"
    unit = "job"
    limits = (Limit("controller", 0.1, "ms of controller CPU a job"),)
    base = "spawn floor"
    least_of_base = 0.85
    hosts = 1

    def __init__(self, bed, remuda, jobs):
        super().__init__(bed, remuda)
        self.jobs = jobs
        # Each runs for some seconds: the fast ones have more to do, parallel has less.
        self.many = 5 * jobs
        self.few = max(1, jobs // 5)
        self.title = (f"{self.many} no-op jobs on one server with {SHIM_SLOTS} slots "
                      f"(channels {jobs}, parallel {self.few})")
        self.floor = bed.folder / "spawn_floor"
        if tools.is_here("cc"):
            tools.compile_c(pathlib.Path(__file__).parent / "spawn_floor.c", self.floor)
        at_once = str(SHIM_SLOTS)
        self.tools = [
            Tool("remuda q, shim", self.remuda, self.remuda_starter("always"), reference=True),
            Tool("remuda q, channels", self.remuda, self.remuda_starter("never")),
            Tool("spawn floor", str(self.floor), self.starter([self.floor, self.many, at_once])),
            Tool("xargs -P sh", "xargs", self.starter(
                ["sh", "-c", f"seq {self.many} | xargs -P {at_once} -n 1 sh -c true"])),
            Tool("parallel -j", "parallel", self.starter(
                ["sh", "-c", f"seq {self.few} | parallel -j {at_once} 'true #'"])),
            Tool("parallel -S, mux", "parallel", self.start_parallel_ssh)]
        self.control_folder = bed.folder / "c"
        self.control_folder.mkdir(exist_ok=True)
        self.mux = tools.write_ssh_config(bed, "mux", tools.CURVE25519, self.control_folder)

    def units(self, tool):
        if "parallel" in tool.name:
            return self.few
        return self.jobs if "channels" in tool.name else self.many

    def remuda_starter(self, shim):
        # By the shim, the server starts one command: the shim.
        jobs, started = (self.many, 1) if shim == "always" else (self.jobs, self.jobs)

        @contextlib.contextmanager
        def start(hosts=None):  # pylint: disable=unused-argument
            with scratch(self.bed) as folder:
                yield self.run_remuda(folder, "q", self.bed.addresses[:1], '- "true"\n' * jobs,
                                      started, SHIM_SLOTS, shim)
        return start

    def starter(self, argv):
        @contextlib.contextmanager
        def start(hosts=None):  # pylint: disable=unused-argument
            with scratch(self.bed) as folder:
                yield self.command(folder, argv, 0)
        return start

    @contextlib.contextmanager
    def start_parallel_ssh(self, hosts=None):  # pylint: disable=unused-argument
        addresses = self.bed.addresses[:1]
        with scratch(self.bed) as folder, \
                tools.Masters(self.bed, addresses, self.mux, self.control_folder) as masters:
            words = (f"seq {self.few} | parallel -j 8 --ssh 'ssh -F {self.mux}' "
                     f"-S {addresses[0]} 'true #'")
            yield self.command(folder, ["sh", "-c", words], self.few, helpers=masters.pids)


class Bastion(Case):
    """The servers are reached through one more, which is the first of the bed."""

    name = "bastion"
    unit = "host"
    limits = (Limit("controller", 4, "ms of controller CPU a host"),)

    def __init__(self, bed, remuda):
        super().__init__(bed, remuda)
        self.hosts = BASTION_HOSTS
        self.title = f"Cold broadcast of `true` to {BASTION_HOSTS} servers behind a bastion"
        self.control_folder = bed.folder / "c"
        self.control_folder.mkdir(exist_ok=True)
        self.master_opening_ms = []
        route = [f"Host {BASTION}", f"HostName {bed.addresses[0]}", f"Host * !{BASTION}",
                 f"ProxyJump {BASTION}"]
        self.config = tools.write_ssh_config(bed, "bastion", tools.CURVE25519, more=route)
        self.mux = tools.write_ssh_config(bed, "bastion-mux", tools.CURVE25519,
                                          self.control_folder, more=route)
        self.tools = [
            Tool("remuda b", self.remuda, self.start_remuda, reference=True),
            Tool("xargs -P 50 ssh, mux to the bastion", "xargs", self.starter(50)),
            Tool("xargs -P 10 ssh, mux to the bastion", "xargs", self.starter(10))]

    def addresses(self, hosts):
        return self.bed.addresses[1:1 + (hosts or self.hosts)]

    def units(self, _tool):
        return self.hosts

    @contextlib.contextmanager
    def start_remuda(self, hosts=None):
        addresses = self.addresses(hosts)
        with scratch(self.bed) as folder:
            command = self.run_remuda(folder, "b", addresses, '- "true"\n', len(addresses))
            command.argv += ["--ssh-config", str(self.config)]
            yield command

    def starter(self, at_once):
        @contextlib.contextmanager
        def start(hosts=None):
            addresses = self.addresses(hosts)
            with scratch(self.bed) as folder, \
                    tools.Masters(self.bed, [BASTION], self.mux, self.control_folder) as masters:
                self.master_opening_ms.append(1000 * masters.opening_s)
                (folder / "hosts").write_text("\n".join(addresses) + "\n", encoding="ascii")
                yield self.command(folder, tools.xargs_ssh(self.mux, at_once), len(addresses),
                                   stdin=str(folder / "hosts"), helpers=masters.pids)
        return start
