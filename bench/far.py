# SPDX-License-Identifier: MIT
"""A host that is far away, which is a server of this machine behind a relay that holds every byte up:
round trips a job, one after the other on one slot, and how fast a job's output comes. What is there
once (logging in, pushing the shim, windows that grow) is left out: only what further jobs and further
output add is counted."""

import asyncio
import contextlib
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import threading
import time

import bed as beds
import report
import tools

ONE_WAY_SECONDS = 0.05
FEW, MANY = 10, 30
FEW_MB, MANY_MB = 32, 96


class Relay:
    """Hands bytes on between `address` and a server, each ONE_WAY_SECONDS late. In a thread."""

    def __init__(self, address, port, server):
        self._where = (address, port)
        self._server = server
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, *self._where), self._loop).result()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _serve(self, reader, writer):
        there_reader, there_writer = await asyncio.open_connection(*self._server)
        await asyncio.gather(self._hand_on(reader, there_writer),
                             self._hand_on(there_reader, writer))

    async def _hand_on(self, reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                self._loop.call_later(ONE_WAY_SECONDS, writer.write, data)
        self._loop.call_later(ONE_WAY_SECONDS, writer.close)


class Far:
    def __init__(self, bed, remuda):
        self.bed = bed
        self.remuda = str(pathlib.Path(remuda).resolve())
        self.address = beds.free_addresses(1, bed.port)[0]
        known = bed.known_hosts.read_text(encoding="ascii")
        bed.known_hosts.write_text(known + known.replace(bed.addresses[0], self.address),
                                   encoding="ascii")
        self.control_folder = bed.folder / "c"
        self.control_folder.mkdir()
        self.plain = tools.write_ssh_config(bed, "plain", tools.CURVE25519)
        self.lines = bed.folder / "lines"
        self.lines.write_bytes((b"x" * 99 + b"\n") * (MANY_MB * 10_000))
        self.mux = tools.write_ssh_config(bed, "mux", tools.CURVE25519, self.control_folder)

    def run_remuda(self, folder, jobs, shim):
        tools.write_hosts_yaml(folder / "hosts.yaml", self.bed, [self.address])
        (folder / "queue.yaml").write_text('- "true"\n' * jobs, encoding="ascii")
        return [self.remuda, "q", "--host-key", "strict", "--shim", shim]

    def run_ssh(self, folder, jobs):
        (folder / "hosts").write_text(f"{self.address}\n" * jobs, encoding="ascii")
        xargs, *rest = tools.xargs_ssh(self.mux, 1)
        return [xargs, "-a", "hosts", *rest]

    def write_of(self, megabytes):
        return f"head -c {megabytes * 1_000_000} {self.lines}"

    def output_of_remuda(self, folder, megabytes, shim):
        words = self.run_remuda(folder, 0, shim)
        (folder / "queue.yaml").write_text(f"- {self.write_of(megabytes)}\n", encoding="ascii")
        return words

    def output_of_ssh(self, _folder, megabytes):
        return ["ssh", "-F", self.plain, self.address, self.write_of(megabytes)]

    def seconds(self, words_of, jobs, limit_s):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.bed.folder, prefix="run-"))
        try:
            words = list(map(str, words_of(folder, jobs)))
            began = time.monotonic()
            subprocess.run(words, cwd=folder, env=tools.environment(self.bed), check=True,
                           timeout=limit_s, stdin=subprocess.DEVNULL, capture_output=True)
            return time.monotonic() - began
        except subprocess.SubprocessError as error:
            raise beds.BedError(f"{words[0]} over the relay: {error}") from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def round_trips(self, words_of, limit_s):
        few, many = (self.seconds(words_of, jobs, limit_s) for jobs in (FEW, MANY))
        return (many - few) / (MANY - FEW) / (2 * ONE_WAY_SECONDS)

    def megabytes_a_second(self, words_of, limit_s):
        few, many = (self.seconds(words_of, size, limit_s) for size in (FEW_MB, MANY_MB))
        return (MANY_MB - FEW_MB) / (many - few)

    def measure(self, repeat, limit_s, say):
        """Of each tool its round trips a job, and its output."""
        trips = {"remuda q": lambda *of: self.run_remuda(*of, "auto"),
                 "remuda q, channels": lambda *of: self.run_remuda(*of, "never"),
                 "xargs -P 1 ssh, mux": self.run_ssh}
        outputs = {"remuda q": lambda *of: self.output_of_remuda(*of, "auto"),
                   "remuda q, channels": lambda *of: self.output_of_remuda(*of, "never"),
                   "ssh cat, c25519": self.output_of_ssh}
        found = ({tool: [] for tool in trips}, {tool: [] for tool in outputs})
        with Relay(self.address, self.bed.port, (self.bed.addresses[0], self.bed.port)), \
                tools.Masters(self.bed, [self.address], self.mux, self.control_folder):
            for turn in range(repeat):
                for tool, words_of in trips.items():
                    found[0][tool].append(self.round_trips(words_of, limit_s))
                    say(f"  {turn + 1}/{repeat} {tool:20} {found[0][tool][-1]:.2f} round trips a "
                        "job")
                for tool, words_of in outputs.items():
                    found[1][tool].append(self.megabytes_a_second(words_of, limit_s))
                    say(f"  {turn + 1}/{repeat} {tool:20} {found[1][tool][-1]:.1f} MB/s")
        return found


def print_table(title, unit, found):
    print(f"\n### {title} {2000 * ONE_WAY_SECONDS:.0f} ms away\n")
    for line in report.columns([("tool", unit)] + [
            (tool, report.figure(values).text()) for tool, values in found.items()]):
        print(line)


def run(options, say):
    """Prints the case; returns its result, and whether remuda kept its limit."""
    say("far: starting a server")
    with beds.Bed(1) as bed:
        found = Far(bed, options.remuda).measure(min(options.repeat, 3), options.limit, say)
    trips, outputs = found
    print_table("Jobs one after the other on a host", "round trips a job", trips)
    least = statistics.median(trips["remuda q"])
    # The rest is what both sides take for the job itself.
    kept = least <= 1.25
    print(f"\n- limit {'met' if kept else 'MISSED'}: {report.number(least)} round trips a job, at most "
          "1.25 allowed")
    print_table("Output of one job of a host", "MB/s", outputs)
    ratio = statistics.median(outputs["remuda q"]) / statistics.median(outputs["ssh cat, c25519"])
    is_as_fast = ratio >= 1
    print(f"\n- limit {'met' if is_as_fast else 'MISSED'}: {report.number(ratio)}x of ssh, at least 1 "
          "allowed")
    return found, kept and is_as_fast
