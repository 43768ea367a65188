// SPDX-License-Identifier: MIT
#include "cli/examples.h"

#include <array>
#include <utility>

namespace remuda::cli {

namespace {

constexpr std::string_view kProgram = R"(Examples:
  remuda q                    work off queue.yaml on the machines of hosts.yaml
  remuda q -d                 and then wait for more, until ctrl-c
  remuda b                    run every command of queue.yaml on every node
  remuda add -- make test     add a command to the queue, also while it runs
  remuda edit                 edit the queue while it is being worked off
  remuda q --dry-run          show nodes and jobs; open and change nothing
  remuda hosts check          log in to every machine, and say what is wrong
  remuda status               what runs where; then: logs, show, history, retry

)";

constexpr std::string_view kQueue = R"(Examples:
  remuda q                    work off queue.yaml on the machines of hosts.yaml
  remuda q -H lab.yaml -Q jobs.yaml
  remuda q -e                 take no further job once one has failed
  remuda q --timeout 2h --retries 2 --retry-on lost,timeout
  remuda q --halt now,success=1            until one has succeeded
  remuda q -d                 wait for more when the queue is empty
  remuda q --json | jq -c 'select(.type == "job_ended")'

)";

constexpr std::string_view kBroadcast = R"(Examples:
  remuda b                    run each command on every node, in step
  remuda b -Q up.yaml -e      stop after the first command that fails anywhere
  remuda b --retries 3 --retry-delay 10s   each node by itself
  remuda b --resume           go on where the last one was stopped
  remuda b --dry-run          show nodes and commands; open and change nothing

)";

constexpr std::string_view kLock = R"(Examples:
  remuda l                    nothing is taken while your editor is open
  remuda l --editor nano
  remuda l -- sort -o queue.yaml queue.yaml
  remuda l --no-wait          exit with 4 if somebody else holds the lock

)";

constexpr std::string_view kEdit = R"(Examples:
  remuda edit                 the queue goes on; your changes are merged
  remuda edit -Q jobs.yaml --editor nano

)";

constexpr std::string_view kAdd = R"(Examples:
  remuda add -- make test
  remuda add --front -- ./urgent.sh
  remuda add -p lr=0.1 -p lr=0.01 -- 'python train.py --lr {{ lr }}'

One word behind -- is the command as it stands. Several words are quoted for the
shell where they need it, but for {{ templates }}, which stay as they are.

)";

constexpr std::string_view kList = R"(Examples:
  remuda list                 the entries of queue.yaml, numbered
  remuda list --json | jq .jobs

)";

constexpr std::string_view kRemove = R"(Examples:
  remuda rm 3                 take out entry 3 of `remuda list`
  remuda rm 5-7 9
  remuda rm kfmtrb            by the id that `remuda list` shows, which stays right
                              when jobs were taken meanwhile

)";

constexpr std::string_view kHosts = R"(Examples:
  remuda hosts list           the machines of hosts.yaml, and how each is reached
  remuda hosts check          log in to all of them, side by side
  remuda hosts check gpu-1 me@gpu-2:2222 -v
  remuda hosts facts          processors, memory, disk, load and GPUs of each
  remuda hosts check --json | jq -r 'select(.state != "ok") | .host'

)";

constexpr std::string_view kStatus = R"(Examples:
  remuda status               what runs where since when, and what has just ended
  watch remuda status
  remuda status --json | jq -r 'select(.state == "running") | .number'

)";

constexpr std::string_view kShow = R"(Examples:
  remuda show 12              its entry, and where it ran when, to what end
  remuda show 3-7 --json | jq .attempts

)";

constexpr std::string_view kLogs = R"(Examples:
  remuda logs 12              what it wrote: on stdout its stdout, on stderr the rest
  remuda logs -f 12           and what it writes until it ends
  remuda logs --stderr 12 | tail

)";

constexpr std::string_view kHistory = R"(Examples:
  remuda history              the last jobs, with their numbers
  remuda history --failed --since 1d
  remuda history --node 'gpu*' --grep train.py -n 10
  remuda history export --format csv > jobs.csv
  remuda history prune --older-than 30d

)";

constexpr std::string_view kRetry = R"(Examples:
  remuda retry --failed       all that failed in the last run, to the end of the queue
  remuda retry --front 12     next
  remuda retry 3-7 9

)";

constexpr std::string_view kCancel = R"(Examples:
  remuda cancel 12            TERM to all of it, KILL after its `grace`
  remuda cancel 3-7

What waits in the queue is taken out of it by: remuda rm

)";

constexpr std::string_view kSelftest = R"(Examples:
  remuda selftest             does it work here? A queue over a throwaway sshd
  remuda selftest --chaos     20 queues, while what works them off is killed, cut
                              off, restarted and filled; is every verdict true?
  remuda selftest --chaos --runs 1 --seed 4711 --keep /tmp/drill

All on loopback and in a private folder; nothing is left behind.

)";

constexpr std::string_view kAttach = R"(Examples:
  remuda attach               follow all that goes on on the machines of hosts.yaml,
                              with its output from the beginning, and tell what ended
  remuda attach --list        what runs there, what has ended, and who started it
  remuda attach --new 12      job 12, with what it writes from now on
  remuda attach --host gpu-1 --json
  remuda attach --release     and have the hosts forget what has ended
  remuda attach --cancel 12   end job 12 there

Ctrl-c leaves the jobs running. It needs hosts.yaml alone, on any machine of
yours: jobs leave receipts on their hosts, until the remuda that started them
has heard their ends. They are left to it unless you say --release.

)";

constexpr std::string_view kVersion = R"(Examples:
  remuda version

)";

constexpr std::string_view kHelp = R"(Examples:
  remuda help
  remuda help queue           the same as remuda queue --help

)";

constexpr std::string_view kCompletion = R"(Examples:
  source <(remuda completion bash)      in ~/.bashrc
  source <(remuda completion zsh)       in ~/.zshrc, behind compinit
  remuda completion fish | source       in ~/.config/fish/config.fish

)";

constexpr std::array<std::pair<std::string_view, std::string_view>, 20> kAll{{
    {"remuda", kProgram},      {"queue", kQueue},
    {"broadcast", kBroadcast}, {"lock", kLock},
    {"edit", kEdit},           {"add", kAdd},
    {"list", kList},           {"rm", kRemove},
    {"hosts", kHosts},         {"version", kVersion},
    {"status", kStatus},       {"show", kShow},
    {"logs", kLogs},           {"history", kHistory},
    {"retry", kRetry},         {"cancel", kCancel},
    {"selftest", kSelftest},   {"attach", kAttach},
    {"help", kHelp},           {"completion", kCompletion},
}};

}  // namespace

std::string_view examples_of(std::string_view command) {
    for (const auto& [name, examples] : kAll) {
        if (name == command) return examples;
    }
    return "";
}

}  // namespace remuda::cli
