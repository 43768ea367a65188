#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scripts/check-layers finds each kind of fault, and nothing in a sound tree."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/check-layers"
TABLE = """
| layer | room | holds | outside library, only here |
|---|---|---|---|
| 0 | `base` | basics | fmt (everywhere), utf8proc |
| 1 | `loop` | the loop | Boost.Asio |
| 1 | `model` | values | |
| 2 | `queue` | a queue | |
"""


def check(files):
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder)
        for name, text in {"docs/design.md": TABLE, **files}.items():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(text)
        return subprocess.run([sys.executable, SCRIPT, tree], capture_output=True, text=True)


class CheckLayers(unittest.TestCase):
    def finds(self, path, line, words):
        result = check({path: "\n" + line + "\n"})
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn(f"{path}:2: ", result.stderr)
        self.assertIn(words, result.stderr)

    def test_a_sound_tree_passes(self):
        result = check({
            "include/remuda/loop/loop.h": "#include <boost/asio/awaitable.hpp>\n#include <string>\n",
            "include/remuda/model/job.h": '#include <fmt/core.h>\n#include "remuda/base/fd.h"\n',
            "src/loop/loop.cc": "#include <boost/asio/post.hpp>\n#include <sys/socket.h>\n",
            "src/queue/queue.cc": '#include "remuda/model/job.h"\n#include "queue/lock.h"\n'
                                  "#include <fmt/format.h>\n#include <unistd.h>\n",
        })
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_an_include_upwards(self):
        self.finds("src/model/job.cc", '#include "remuda/queue/queue.h"', "must not include queue")

    def test_an_include_within_a_layer(self):
        self.finds("src/model/job.cc", '#include "remuda/loop/loop.h"', "must not include loop")

    def test_a_private_header_of_another_room(self):
        self.finds("src/queue/queue.cc", '#include "model/secret.h"', "not private to queue")

    def test_a_library_in_a_room_that_does_not_own_it(self):
        self.finds("src/queue/queue.cc", "#include <boost/asio/post.hpp>", "belongs to loop")

    def test_a_library_that_the_table_does_not_name(self):
        self.finds("src/queue/queue.cc", "#include <absl/base.h>", "no library that the table")

    def test_a_library_in_a_public_header(self):
        self.finds("include/remuda/base/text.h", "#include <utf8proc.h>", "in a public header")
        self.finds("include/remuda/loop/loop.h", "#include <boost/asio/post.hpp>", "public header")

    def test_a_room_that_the_table_does_not_have(self):
        result = check({"src/attic/old.cc": "\n"})
        self.assertEqual(result.returncode, 1)
        self.assertIn("no room attic", result.stderr)


if __name__ == "__main__":
    unittest.main()
