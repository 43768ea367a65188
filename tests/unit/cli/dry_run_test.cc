// SPDX-License-Identifier: MIT
#include "cli/dry_run.h"

#include "cli/files.h"
#include "remuda/base/fd.h"
#include "support/temp_dir.h"

#include <string>

#include <doctest/doctest.h>

using namespace remuda;
using namespace remuda::cli;

namespace {

class TextSink final : public output::Sink {
  public:
    void write(std::string_view piece) override { text += piece; }
    std::string text;
};

struct Folder {
    Options options;
    test::TempDir folder;

    Folder(const std::string& hosts, const std::string& queue) {
        options.hosts_file = folder.path() + "/hosts.yaml";
        options.queue_file = folder.path() + "/queue.yaml";
        if (!hosts.empty()) REQUIRE(replace_file(options.hosts_file, hosts));
        if (!queue.empty()) REQUIRE(replace_file(options.queue_file, queue));
    }
};

}  // namespace

TEST_CASE("a dry run shows nodes and jobs, with the node's own words left open") {
    const Folder folder("- n[1-2]\n- hostname: big\n  slots: 8\n",
                        "- echo hi from {{ hostname }}\n"
                        "- command: train {{ bs }} {{ lr }}\n  bs: [8, 16]\n  lr: [0.1, 0.2]\n");
    const LoadedFiles loaded = load_files(folder.options, false);
    INFO(loaded.findings);
    REQUIRE(loaded.files);
    TextSink out;
    CHECK(show_dry_run(*loaded.files, false, out) == 0);
    CHECK(out.text ==
          "nodes (3):\n  n1\n  n2\n  big  8 slots\n"
          "jobs (5):\n"
          "       1  echo hi from <hostname>\n"
          "       2  train 8 0.1\n"
          "       3  train 8 0.2\n"
          "       4  train 16 0.1\n"
          "       5  train 16 0.2\n");
}

TEST_CASE("a dry run asks of each job whether its slots fit") {
    const Folder folder("- hostname: n\n  slots: 4\n",
                        "- command: a {{ x }} {{ slots }}\n  slots: [4, 8]\n  x: [1, 2]\n");
    const LoadedFiles loaded = load_files(folder.options, false);
    INFO(loaded.findings);
    REQUIRE(loaded.files);
    TextSink out;
    CHECK(show_dry_run(*loaded.files, false, out) == 0);
    const std::string never = "          ^ never runs: it needs 8 slots, the largest node has 4\n";
    CHECK(
        out.text.ends_with("jobs (4):\n       1  a 1 <slots>\n       2  a 2 <slots>\n"
                           "       3  a 1 <slots>\n" +
                           never + "       4  a 2 <slots>\n" + never));
}

TEST_CASE("a dry run tells of jobs that are too big and of commands that cannot be filled in") {
    const Folder folder("- hostname: n\n  slots: 4\n  gpu: [3]\n",
                        "- command: a\n  slots: 5\n"
                        "- command: b\n  slots: 3\n  allocation_policy: buddy\n"
                        "- command: c {{ gt x 1 }}\n  x: [2, two]\n"
                        "- command: d {{ gt gpu 1 }}\n"
                        "- command: e {{ lt hostname gpu }}\n");
    const LoadedFiles loaded = load_files(folder.options, false);
    INFO(loaded.findings);
    REQUIRE(loaded.files);
    TextSink out;
    CHECK(show_dry_run(*loaded.files, false, out) == 2);
    CHECK(out.text ==
          "nodes (1):\n  n (gpu=3)  4 slots\n"
          "jobs (6):\n"
          "       1  a\n"
          "          ^ never runs: it needs 5 slots, the largest node has 4\n"
          "       2  b\n"
          "          ^ never runs: buddy allocation needs a power of two, not 3 slots\n"
          "       3  c true\n"
          "       4  c {{ gt x 1 }}\n"
          "          ^ cannot run: helper 'gt': 'two' is no number\n"
          "       5  d {{ gt gpu 1 }}\n"
          "       6  e {{ lt hostname gpu }}\n"
          "          ^ cannot run: helper 'lt': 'n' is no number\n");
}

TEST_CASE("the faults of both files are shown together") {
    const Folder folder("- hostnam: x\n", "- command: [a\n");
    const LoadedFiles loaded = load_files(folder.options, false);
    CHECK_FALSE(loaded.files);
    CHECK(loaded.findings.find("hosts.yaml:1") != std::string::npos);
    CHECK(loaded.findings.find("queue.yaml:") != std::string::npos);
}

TEST_CASE("missing files are answered with an example to paste") {
    const Folder folder("", "");
    const LoadedFiles loaded = load_files(folder.options, false);
    CHECK_FALSE(loaded.files);
    CHECK(loaded.findings.find("      - localhost\n") != std::string::npos);
    CHECK(loaded.findings.find("--queue-file FILE") != std::string::npos);
}

TEST_CASE("a dry run of --resume shows what each node catches up with, and what was lost") {
    const Folder folder("- n[1-3]\n", "- later\n");
    const LoadedFiles loaded = load_files(folder.options, false);
    REQUIRE(loaded.files);
    run::LeftOver left;
    CHECK(left_over_text(left, *loaded.files) == "no stopped broadcast has anything left to do\n");
    left.lost.push_back({"a", "n1", "reset; not done again"});
    for (const char* command : {"echo {{ x }} on {{ hostname }}", "b {{ nonsense }}"}) {
        model::Job job;
        job.command = command;
        job.parameters = {{"x", "5"}};
        job.only = {{1}};
        left.items.push_back({{left.items.size()}, "", job});
    }
    left.items[0].job.only.push_back({2});
    CHECK(left_over_text(left, *loaded.files) ==
          "  n1: lost: reset; not done again (a)\n"
          "goes on first with the broadcast that was stopped:\n"
          "  n2 (2 jobs):\n"
          "          echo 5 on n2\n"
          "          b {{ nonsense }}\n"
          "  n3 (1 job):\n"
          "          echo 5 on n3\n");
}
