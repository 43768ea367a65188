// SPDX-License-Identifier: MIT
//
// Pegasus's examples of slots and its test queues, with localhost in place of the machines. Each
// started job is replayed: the slots that it got have to be those that the rules give.
#include "templating/json.h"
#include "user.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using remuda::templating::Value;
using remuda::test::contains;
using remuda::test::Finished;
using remuda::test::lines_of;
using remuda::test::User;
using remuda::test::wait_until;

namespace {

using Slots = std::vector<int>;

struct Started {
    std::string node;
    std::string command;
    Slots slots;
};

std::string field(const Value& event, std::string_view name) {
    const Value* value = event.find(name);
    return value == nullptr ? "" : value->rendered(100000);
}

bool is_block(const std::set<int>& free, int begin, int count) {
    for (int slot = begin; slot < begin + count; ++slot) {
        if (!free.contains(slot)) return false;
    }
    return true;
}

// The slots that a job of `count` gets where `free` are; none if it has to wait.
Slots placed(const std::set<int>& free, int total, int count, bool is_buddy) {
    for (const int step : {is_buddy ? count : 2, is_buddy ? count : 1}) {
        for (int begin = 0; begin + count <= total; begin += step) {
            if (!is_block(free, begin, count)) continue;
            Slots slots;
            for (int slot = begin; slot < begin + count; ++slot)
                slots.push_back(slot);
            return slots;
        }
    }
    if (is_buddy || free.size() < static_cast<std::size_t>(count)) return {};
    return {free.begin(), std::next(free.begin(), count)};
}

// Checks every placement in the events of a run, and gives the jobs in the order of their start.
std::vector<Started> replayed(const std::string& events) {
    std::map<std::string, std::set<int>> free;
    std::map<std::string, int> totals;
    std::map<std::string, Slots> taken;
    std::vector<Started> all;
    for (const std::string& line : lines_of(events)) {
        const auto event = remuda::templating::parse_json(line);
        if (!event) continue;
        const std::string type = field(*event, "type");
        if (type == "run_started") {
            for (const Value& node : *event->find("nodes")->items()) {
                const int total = std::stoi(field(node, "slots"));
                totals[field(node, "node")] = total;
                for (int slot = 0; slot < total; ++slot)
                    free[field(node, "node")].insert(slot);
            }
        } else if (type == "job_sent") {
            Started job{field(*event, "node"), field(*event, "command"), {}};
            for (const Value& slot : *event->find("slots")->items())
                job.slots.push_back(static_cast<int>(*slot.integer()));
            CAPTURE(line);
            const bool is_buddy = contains(job.command, "buddy");
            const int count = static_cast<int>(job.slots.size());
            CHECK(job.slots == placed(free[job.node], totals[job.node], count, is_buddy));
            for (const int slot : job.slots)
                free[job.node].erase(slot);
            taken[field(*event, "attempt")] = job.slots;
            all.push_back(std::move(job));
        } else if (type == "job_ended") {
            for (const int slot : taken[field(*event, "attempt")])
                free[field(*event, "node")].insert(slot);
        }
    }
    return all;
}

// A user whose jobs wait, by reading it, for a FIFO to be opened.
class Gated {
  public:
    Gated(const std::string& hosts, std::string queue) {
        REQUIRE(::mkfifo(user.path("gate").c_str(), 0600) == 0);
        const std::string_view wait = "WAIT";
        for (std::size_t at = queue.find(wait); at != std::string::npos; at = queue.find(wait)) {
            queue.replace(at, wait.size(), "read line <" + user.path("gate") + "; true");
        }
        user.write("hosts.yaml", hosts);
        user.write("queue.yaml", queue);
    }

    // Runs the queue: `at_once` jobs start, and no other before those may end.
    std::vector<Started> run(std::size_t at_once) {
        const auto running = user.start({"q", "--json"});
        REQUIRE(wait_until([&] { return replayed(running->output()).size() >= at_once; }));
        const auto begun = replayed(running->output());
        // For reading too, so that no job finds the FIFO without a writer until the end.
        const int gate = ::open(user.path("gate").c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
        const std::string words(64, '\n');
        REQUIRE(::write(gate, words.data(), words.size()) == 64);
        finished = running->finish();
        ::close(gate);
        CHECK(begun.size() == at_once);
        return replayed(finished.output);
    }

    User user;
    Finished finished;
};

// The part of a node's label that tells it from others, of each job.
std::vector<std::string> machines(const std::vector<Started>& jobs) {
    std::vector<std::string> all;
    for (const Started& job : jobs) {
        const std::size_t begin = job.node.find('=') + 1;
        all.push_back(job.node.substr(begin, job.node.find_first_of(",)", begin) - begin));
    }
    return all;
}

std::string machine(const std::string& name, int slots) {
    return "- hostname:\n    - localhost\n  machine:\n    - " + name +
           "\n  slots: " + std::to_string(slots) + "\n";
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("queue-simple: one job a machine, the fourth waits for the first that is free") {
    Gated gated("- hostname: localhost\n  machine: [server1, server2, server3]\n",
                "- WAIT train --dataset mnist\n- WAIT train --dataset cifar10\n"
                "- WAIT train --dataset imagenet\n- WAIT evaluate\n");
    const auto jobs = gated.run(3);
    REQUIRE(jobs.size() == 4);
    Names first = machines(jobs);
    first.pop_back();
    CHECK(first == Names{"server1", "server2", "server3"});
    CHECK(contains(jobs[3].command, "evaluate"));
    CHECK(gated.finished.exit_status == 0);
}

TEST_CASE("queue-gpu: jobs of one, two and four slots run side by side") {
    Gated gated(machine("gpu-node-01", 8) + machine("gpu-node-02", 8) + machine("gpu-node-03", 4),
                "- CUDA_VISIBLE_DEVICES={{slots}} WAIT --model small\n"
                "- CUDA_VISIBLE_DEVICES={{slots}} WAIT --model medium\n"
                "- command:\n    - CUDA_VISIBLE_DEVICES={{slots}} WAIT --model large\n"
                "  slots:\n    - 4\n"
                "- command:\n    - CUDA_VISIBLE_DEVICES={{slots}} WAIT --lr {{lr}}\n"
                "  slots:\n    - 2\n  lr:\n    - 0.01\n    - 0.001\n    - 0.0001\n");
    const auto jobs = gated.run(6);
    REQUIRE(jobs.size() == 6);
    CHECK(jobs[2].slots.size() == 4);
    for (const Started& job : jobs) {
        std::string list;
        for (const int slot : job.slots)
            list += (list.empty() ? "" : ",") + std::to_string(slot);
        CHECK(contains(job.command, "CUDA_VISIBLE_DEVICES=" + list + " "));
    }
}

TEST_CASE("queue-heterogeneous: a large job goes where it fits") {
    Gated gated(machine("gpu-server-8x", 8) + machine("gpu-server-4x-01", 4) +
                    machine("gpu-server-4x-02", 4),
                "- command:\n    - WAIT xlarge {{slots}}\n  slots:\n    - 8\n"
                "- command:\n    - WAIT large {{slots}}\n  slots:\n    - 4\n"
                "- WAIT small {{slots}}\n- WAIT medium {{slots}}\n");
    const auto jobs = gated.run(4);
    REQUIRE(jobs.size() == 4);
    CHECK(machines(jobs)[0] == "gpu-server-8x");
    CHECK(jobs[0].slots == Slots{0, 1, 2, 3, 4, 5, 6, 7});
    CHECK(contains(machines(jobs)[1], "gpu-server-4x"));
}

TEST_CASE("host-parametrization: one machine is four nodes with a GPU each") {
    Gated gated("- hostname:\n    - localhost\n  gpu_id:\n    - 0\n    - 1\n    - 2\n    - 3\n",
                "- CUDA_VISIBLE_DEVICES={{gpu_id}} WAIT small\n"
                "- CUDA_VISIBLE_DEVICES={{gpu_id}} WAIT medium\n"
                "- CUDA_VISIBLE_DEVICES={{gpu_id}} WAIT large\n"
                "- CUDA_VISIBLE_DEVICES={{gpu_id}} WAIT xlarge\n");
    const auto jobs = gated.run(4);
    REQUIRE(jobs.size() == 4);
    CHECK(machines(jobs) == Names{"0", "1", "2", "3"});
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        CHECK(contains(jobs[i].command, "CUDA_VISIBLE_DEVICES=" + std::to_string(i) + " "));
    }
}

TEST_CASE("job-parametrization: every combination is a job, in the order of the file") {
    Gated gated("- hostname: localhost\n  machine: [server1, server2, server3]\n",
                "- command:\n    - WAIT --lr {{lr}}\n  lr: [0.001, 0.01, 0.1]\n"
                "- command:\n    - WAIT --lr {{lr}} --batch-size {{bs}} --optimizer {{opt}}\n"
                "  lr: [0.001, 0.01, 0.1]\n  bs: [32, 64]\n  opt: [adam, sgd]\n"
                "- command:\n    - WAIT --model {{model}} --hidden-dim {{dim}}\n"
                "  model: [transformer, lstm]\n  dim: [256, 512]\n");
    const auto jobs = gated.run(3);
    REQUIRE(jobs.size() == 19);
    CHECK(contains(jobs[3].command, "--lr 0.001 --batch-size 32 --optimizer adam"));
    CHECK(contains(jobs[4].command, "--lr 0.001 --batch-size 32 --optimizer sgd"));
    CHECK(contains(jobs[18].command, "--model lstm --hidden-dim 512"));
}

TEST_CASE("combined-parametrization: parameters of jobs and of nodes meet in a command") {
    Gated gated("- hostname: [localhost]\n  gpu_id: [0, 1, 2, 3]\n",
                "- command:\n    - CUDA_VISIBLE_DEVICES={{gpu_id}} WAIT --lr {{lr}} --seed "
                "{{seed}} --log-dir /results/{{hostname}}/lr{{lr}}_seed{{seed}}\n"
                "  lr: [0.001, 0.01, 0.1]\n  seed: [42, 123]\n");
    const auto jobs = gated.run(4);
    REQUIRE(jobs.size() == 6);
    CHECK(contains(jobs[1].command, "--log-dir /results/localhost/lr0.001_seed123"));
}

TEST_CASE("multi-slot-jobs: the queue waits for its head, and buddies keep to their blocks") {
    Gated gated(
        "- hostname: [localhost]\n  machine: [dgx-01, dgx-02]\n  slots: 8\n  node_type: [dgx]\n"
        "- hostname: [localhost]\n  machine: [cloud-01, cloud-02, cloud-03]\n  slots: 4\n"
        "  node_type: [cloud]\n",
        "- command:\n    - |\n      CUDA_VISIBLE_DEVICES={{slots}} \\\n      WAIT \\\n"
        "        --model {{model}} \\\n        --dataset {{dataset}}\n"
        "  slots:\n    - 8\n  model: [qwen3-8b, llama-7b]\n  dataset: [wikitext, c4]\n"
        "- command: WAIT --lr {{lr}} --node-type {{node_type}}\n"
        "  slots: [4]\n  lr: [1e-4, 5e-5]\n"
        "- command: WAIT finetune {{task}} {{slots}}\n  slots: 2\n  task: [sst2, mnli, qqp]\n"
        "- command: WAIT evaluate {{slots}}\n"
        "- command: WAIT {{allocation_policy}} {{slots}}\n  slots: 2\n"
        "  allocation_policy: buddy\n"
        "- command: WAIT {{allocation_policy}} {{slots}}\n  slots: 4\n"
        "  allocation_policy: buddy\n"
        "- command: WAIT scaling {{slots}}\n  slots: [1, 2, 4, 8]\n");
    const auto jobs = gated.run(2);
    REQUIRE(jobs.size() == 16);
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(contains(machines(jobs)[i], "dgx"));
    CHECK(contains(jobs[3].command, "--dataset c4"));
    CHECK(contains(jobs[4].command, "--lr 1e-4"));
    CHECK(contains(jobs[11].command, "buddy"));
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(contains(jobs[12 + i].command, "scaling"));
        CHECK(jobs[12 + i].slots.size() == std::size_t{1} << i);
    }
    CHECK(contains(gated.user.read("consumed.yaml"), "\n  slots: 8\n"));
    CHECK(gated.finished.exit_status == 0);
}

TEST_CASE("terraform: each command runs on every machine before the next one does") {
    const User user;
    user.write("hosts.yaml", "- hostname: localhost\n  machine: [gpu01, gpu02, gpu03, gpu04]\n");
    user.write("queue.yaml",
               "# Update package lists\n- 'true apt-get update'\n\n# Docker\n"
               "- true get-docker | cat\n- 'true usermod $USER'\n"
               "- |\n  distribution=$(echo $ID$VERSION_ID) &&\n  true $distribution &&\n  true\n");
    const Finished finished = user.run({"b", "--json"});
    CHECK(finished.exit_status == 0);
    const auto jobs = replayed(finished.output);
    REQUIRE(jobs.size() == 16);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        CHECK(jobs[i].command == jobs[i / 4 * 4].command);
    }
}

TEST_CASE("a job that fits nowhere is skipped and reported at the end") {
    const User user;
    user.write("hosts.yaml", machine("small", 4) + machine("odd", 6));
    user.write("queue.yaml",
               "- command: echo too big\n  slots: 8\n- echo fits\n"
               "- command: echo no buddy\n  slots: 3\n  allocation_policy: buddy\n- echo last\n");
    const Finished finished = user.run({"q"});
    CHECK(finished.exit_status == 1);
    CHECK(contains(finished.output, "fits"));
    CHECK(contains(finished.output, "last"));
    CHECK(contains(finished.errors, "echo too big"));
    CHECK(contains(finished.errors, "echo no buddy"));
    CHECK(contains(finished.errors, "2 ok, 2"));
}

TEST_CASE("Pegasus's test queue: nine jobs on three nodes, two of them alike") {
    const User user;
    user.write("hosts.yaml",
               "- hostname:\n    - localhost\n    - localhost\n  laziness:\n    - 0.03\n"
               "- hostname:\n    - localhost\n  laziness:\n    - 0.05\n");
    user.write(
        "queue.yaml",
        "- echo hi from {{ hostname }}\n"
        "- command:\n"
        "    - for i in $(seq {{ low }} {{ high }}); do echo $i; sleep {{ laziness }}; done\n"
        "    - echo bye from {{ hostname }}\n"
        "  low:\n    - 1\n    - 2\n  high:\n    - 3\n    - 4\n");
    const Finished finished = user.run({"q"});
    CAPTURE(finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(contains(finished.errors, ": 9 ok"));
    CHECK(remuda::test::count_of(finished.output, "] hi from localhost\n") == 1);
    CHECK(remuda::test::count_of(finished.output, "] bye from localhost\n") == 4);
    CHECK(remuda::test::count_of(finished.output, "] 4\n") == 2);
    CHECK(remuda::test::count_of(finished.output, "] 1\n") == 2);
    CHECK(remuda::test::count_of(user.read("consumed.yaml"), "- command:") == 9);
}

TEST_CASE("Pegasus's queue of long lines: none is lost or broken in a pipe") {
    const User user;
    const std::string long_line = std::string(400, 'a') + " " + std::string(900, 'b');
    user.write("hosts.yaml", "- localhost\n");
    user.write("queue.yaml", "- echo \"SHORT from {{ hostname }}\"\n- echo \"" + long_line +
                                 " from {{ hostname }}\"\n- |\n  echo \"1. short\"\n  echo \"2. " +
                                 long_line + "\"\n  echo \"3. short again\"\n");
    const Finished finished = user.run({"q"});
    CHECK(finished.exit_status == 0);
    CHECK(contains(finished.output, "[localhost] " + long_line + " from localhost\n"));
    CHECK(contains(finished.output, "[localhost] 1. short\n[localhost] 2. " + long_line +
                                        "\n[localhost] 3. short again\n"));
}
