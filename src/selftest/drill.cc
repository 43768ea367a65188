// SPDX-License-Identifier: MIT
#include "selftest/drill.h"

#include "remuda/base/fd.h"
#include "selftest/verdicts.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace remuda::selftest {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr int kTickMs = 2;
/// Longer than anything is waited for that can come; shorter than --lost-after.
constexpr seconds kRunLimit{28};
constexpr seconds kStragglerLimit{10};
/// Nothing strikes any more, and still something is left: so often it is tried.
constexpr int kMostTries = 10;
/// Exit codes up to it may be right (docs/exit-codes.md).
constexpr int kMostExpected = 4;

void pause() {
    ::poll(nullptr, 0, kTickMs);
}

/// A remuda that works the queue off.
struct Controller {
    pid_t pid = -1;
    Time started;
};

class Drill {
  public:
    Drill(Bed& bed, const Plan& plan, const DrillSettings& settings)
        : bed_(bed), plan_(plan), settings_(settings), diary_(bed.diary(), std::ios::app) {
        result_.seed = plan.seed;
        struck_.receipts.assign(plan.hosts, false);
        struck_.output.assign(plan.hosts, false);
        keepers_.resize(plan.hosts);
    }

    ~Drill() {
        for (Controller& controller : controllers_)
            end(controller);
    }
    Drill(const Drill&) = delete;
    Drill& operator=(const Drill&) = delete;

    Result<RunResult> run() {
        write_files();
        begun_ = clock_.now();
        if (auto done = work_off(); !done) return done.error();
        wait_for_stragglers();
        result_.took = clock_.now() - begun_;
        judge_all();
        return result_;
    }

  private:
    struct Healing {
        Time at;
        Strike strike;
    };
    /// What was killed of a host's shim: both, and receipts may be incomplete.
    struct Keepers {
        bool supervisor = false;
        bool nanny = false;
    };

    void write_files() {
        std::ofstream(bed_.project() + "/hosts.yaml") << bed_.hosts_text(plan_.hosts, plan_.slots);
        std::ofstream(bed_.project() + "/queue.yaml") << queue_text(plan_, bed_.script());
    }

    Result<void> work_off() {
        std::size_t next = 0;
        int tries = 0;
        Time quiet_since = begun_;
        if (auto started = start(controllers_[0]); !started) return started;
        for (;;) {
            if (settings_.is_stopped()) return Error(Code::stopped, "stopped");
            const Time now = clock_.now();
            if (now - begun_ > kRunLimit) {
                result_.faults.emplace_back("it does not come to an end");
                return {};
            }
            while (next < plan_.strikes.size() && begun_ + plan_.strikes[next].at <= now)
                strike(plan_.strikes[next++]);
            if (auto healed = heal(now); !healed) return healed;
            const auto ended = reap(controllers_[0]);
            (void)reap(controllers_[1]);
            const bool is_quiet =
                next == plan_.strikes.size() && healings_.empty() && controllers_[1].pid < 0;
            if (!is_quiet) quiet_since = clock_.now();
            if (controllers_[0].pid < 0) {
                const bool is_last =
                    ended && ended->code >= 0 && is_quiet && ended->started >= quiet_since;
                if (is_last && (ended->code == 0 || ended->code == 1) && is_queue_empty()) {
                    return {};
                }
                if (is_last && ++tries == kMostTries) {
                    result_.faults.push_back(
                        fmt::format("remuda q leaves work undone, with exit code {}", ended->code));
                    return {};
                }
                // Whoever is early has less to do: those who strike may find nobody.
                if (!is_quiet && is_queue_empty() && ended) skip_to_end(next);
                if (auto started = start(controllers_[0]); !started) return started;
            }
            pause();
        }
    }

    /// All is done: what has not struck yet is late.
    void skip_to_end(std::size_t& next) { next = plan_.strikes.size(); }

    Result<void> start(Controller& controller) {
        ProcessSpec spec;
        spec.arguments = {settings_.program,
                          "q",
                          "--shim",
                          plan_.with_shim ? "always" : "never",
                          "--ssh-config",
                          bed_.ssh_config(),
                          "--color",
                          "never",
                          "--grace",
                          "1",
                          "--connect-timeout",
                          "3",
                          "--lost-after",
                          "30",
                          "-v"};
        spec.environment = bed_.environment();
        spec.directory = bed_.project();
        spec.output = bed_.console();
        const auto pid = start_process(spec);
        if (!pid) return pid.error();
        controller = {*pid, clock_.now()};
        note(fmt::format("remuda {} begins", *pid));
        return {};
    }

    struct End {
        /// -1: killed.
        int code = -1;
        Time started;
    };
    std::optional<End> reap(Controller& controller) {
        int status = 0;
        if (controller.pid < 0 || ::waitpid(controller.pid, &status, WNOHANG) != controller.pid) {
            return std::nullopt;
        }
        note(fmt::format("remuda {} ended: {:#x}", controller.pid, status));
        controller.pid = -1;
        const bool is_killed = WIFSIGNALED(status);
        if (is_killed && WTERMSIG(status) != SIGKILL) {
            result_.faults.push_back(
                fmt::format("remuda was ended by signal {}", WTERMSIG(status)));
        }
        const int code = is_killed ? -1 : WEXITSTATUS(status);
        if (code > kMostExpected) {
            result_.faults.push_back(fmt::format("remuda ended with exit code {}", code));
        }
        return End{code, controller.started};
    }

    void end(Controller& controller) {
        if (controller.pid < 0) return;
        ::kill(controller.pid, SIGKILL);
        ::waitpid(controller.pid, nullptr, 0);
        controller.pid = -1;
    }

    bool is_queue_empty() const {
        const auto text = load_file(bed_.project() + "/queue.yaml");
        if (!text) return false;
        std::string_view rest(*text);
        while (!rest.empty()) {
            const std::string_view line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(rest.size(), line.size() + 1));
            if (!line.empty() && line.front() != '#' && line != "[]") return false;
        }
        return true;
    }

    void strike(const Strike& strike) {
        const bool has_struck = try_strike(strike);
        note(fmt::format("{} host {}, {} ms{}", name_of(strike.fault), strike.host + 1,
                         std::chrono::duration_cast<milliseconds>(strike.lasts).count(),
                         has_struck ? "" : ": nothing there"));
        if (!has_struck) return;
        ++result_.strikes[index_of(strike.fault)];
        if (strike.fault != Fault::second_controller) struck_.connections = true;
    }

    bool try_strike(const Strike& strike) {
        Server& server = bed_.server(strike.host);
        Keepers& keepers = keepers_[strike.host];
        switch (strike.fault) {
            case Fault::controller_killed:
                return kill_controllers();
            case Fault::second_controller:
                return controllers_[1].pid < 0 && start(controllers_[1]);
            case Fault::shim_killed:
                return server.kill_shim();
            case Fault::supervisor_killed:
                return note_keepers(strike.host, server.kill_supervisor(), keepers.supervisor);
            case Fault::nanny_killed:
                return note_keepers(strike.host, server.kill_nanny(), keepers.nanny);
            case Fault::keepers_killed:
                keepers = {true, true};
                return note_keepers(strike.host, server.kill_keepers(), keepers.nanny);
            case Fault::session_killed:
                return server.kill_sessions();
            case Fault::server_killed:
                return heal_later(strike, server.kill_server());
            case Fault::stalled:
                return heal_later(strike, server.stop_sessions());
            case Fault::rebooted:
                struck_.receipts[strike.host] = true;
                struck_.output[strike.host] = true;
                return heal_later(strike, server.reboot());
            case Fault::disk_full_here:
                bed_.disk_here()->fill();
                struck_.all_output = true;
                return heal_later(strike, true);
            case Fault::disk_full_there:
                bed_.disk_there(strike.host)->fill();
                struck_.output[strike.host] = true;
                struck_.receipts[strike.host] = true;
                return heal_later(strike, true);
        }
        return false;
    }

    bool kill_controllers() {
        bool has_struck = false;
        for (const Controller& controller : controllers_)
            has_struck |= controller.pid > 0 && ::kill(controller.pid, SIGKILL) == 0;
        return has_struck;
    }

    bool note_keepers(std::size_t host, bool has_struck, bool& flag) {
        flag |= has_struck;
        if (keepers_[host].supervisor && keepers_[host].nanny) {
            struck_.receipts[host] = true;
            struck_.output[host] = true;
        }
        return has_struck;
    }

    bool heal_later(const Strike& strike, bool has_struck) {
        if (has_struck) healings_.push_back({clock_.now() + strike.lasts, strike});
        return has_struck;
    }

    Result<void> heal(Time now) {
        for (std::size_t i = 0; i < healings_.size();) {
            if (healings_[i].at > now) {
                ++i;
                continue;
            }
            const Strike strike = healings_[i].strike;
            healings_.erase(healings_.begin() + static_cast<std::ptrdiff_t>(i));
            if (auto healed = heal(strike); !healed) return healed;
            note(fmt::format("{} host {} is over", name_of(strike.fault), strike.host + 1));
        }
        return {};
    }

    Result<void> heal(const Strike& strike) {
        switch (strike.fault) {
            case Fault::server_killed:
            case Fault::rebooted:
                return bed_.server(strike.host).start_again();
            case Fault::stalled:
                bed_.server(strike.host).resume_sessions();
                return {};
            case Fault::disk_full_here:
                bed_.disk_here()->free();
                return {};
            case Fault::disk_full_there:
                bed_.disk_there(strike.host)->free();
                return {};
            default:
                return {};
        }
    }

    /// Jobs that were told as lost may still run.
    void wait_for_stragglers() {
        const Time given_up = clock_.now() + kStragglerLimit;
        for (std::size_t host = 0; host < plan_.hosts; ++host) {
            while (bed_.server(host).has_jobs()) {
                if (clock_.now() > given_up) {
                    result_.faults.push_back(
                        fmt::format("a job on host {} does not end", host + 1));
                    return;
                }
                pause();
            }
        }
    }

    void judge_all() {
        std::vector<std::string> addresses;
        addresses.reserve(plan_.hosts);
        for (std::size_t host = 0; host < plan_.hosts; ++host)
            addresses.push_back(bed_.server(host).address());
        auto told = read_verdicts(bed_.project(), bed_.script(), addresses);
        if (!told) {
            result_.faults.push_back("remuda's store cannot be read: " + told.error().text());
            return;
        }
        for (const PlannedJob& job : plan_.jobs) {
            const auto record = load_file(fmt::format("{}/{}", bed_.records(), job.number));
            const Told& item = (*told)[job.number];
            result_.add(item,
                        judge(job, record ? parse_record(*record) : Recorded(), item, struck_));
        }
    }

    void note(const std::string& what) {
        const auto at = std::chrono::duration<double>(clock_.now() - begun_).count();
        diary_ << fmt::format("{:.3f} {}\n", at, what) << std::flush;
    }

    Bed& bed_;
    const Plan& plan_;
    const DrillSettings& settings_;
    SteadyClock clock_;
    std::ofstream diary_;
    Time begun_;
    RunResult result_;
    Struck struck_;
    std::vector<Keepers> keepers_;
    std::array<Controller, 2> controllers_;
    std::vector<Healing> healings_;
};

}  // namespace

Result<RunResult> run_drill(Bed& bed, const Plan& plan, const DrillSettings& settings) {
    if (auto cleared = bed.clear(plan.hosts); !cleared) return cleared.error();
    return Drill(bed, plan, settings).run();
}

}  // namespace remuda::selftest
