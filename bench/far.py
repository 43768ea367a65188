# SPDX-License-Identifier: MIT
"""Round trips a job: one after the other on one slot of a host that is far away, which is a server of
this machine behind a relay that holds every byte up. What is there once (logging in, pushing the
shim) is left out: only what further jobs add is counted."""

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
        self.mux = tools.write_ssh_config(bed, "mux", tools.CURVE25519, self.control_folder)

    def run_remuda(self, folder, jobs, shim):
        tools.write_hosts_yaml(folder / "hosts.yaml", self.bed, [self.address])
        (folder / "queue.yaml").write_text('- "true"\n' * jobs, encoding="ascii")
        return [self.remuda, "q", "--host-key", "strict", "--shim", shim]

    def run_ssh(self, folder, jobs):
        (folder / "hosts").write_text(f"{self.address}\n" * jobs, encoding="ascii")
        xargs, *rest = tools.xargs_ssh(self.mux, 1)
        return [xargs, "-a", "hosts", *rest]

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

    def measure(self, repeat, limit_s, say):
        found = {"remuda q": [], "remuda q, channels": [], "xargs -P 1 ssh, mux": []}
        with Relay(self.address, self.bed.port, (self.bed.addresses[0], self.bed.port)), \
                tools.Masters(self.bed, [self.address], self.mux, self.control_folder):
            starters = dict(zip(found, (lambda *of: self.run_remuda(*of, "auto"),
                                        lambda *of: self.run_remuda(*of, "never"), self.run_ssh)))
            for turn in range(repeat):
                for tool, words_of in starters.items():
                    found[tool].append(self.round_trips(words_of, limit_s))
                    say(f"  {turn + 1}/{repeat} {tool:20} {found[tool][-1]:.2f} round trips a job")
        return found


def run(options, say):
    """Prints the case; returns its result, and whether remuda kept its limit."""
    say("far: starting a server")
    with beds.Bed(1) as bed:
        found = Far(bed, options.remuda).measure(min(options.repeat, 3), options.limit, say)
    print(f"\n### Jobs one after the other on a host {2000 * ONE_WAY_SECONDS:.0f} ms away\n")
    for line in report.columns([("tool", "round trips a job")] + [
            (tool, report.figure(values).text()) for tool, values in found.items()]):
        print(line)
    least = statistics.median(found["remuda q"])
    # The rest is what both sides take for the job itself.
    kept = least <= 1.25
    print(f"\n- limit {'met' if kept else 'MISSED'}: {report.number(least)} round trips a job, at most "
          "1.25 allowed")
    return found, kept
