// SPDX-License-Identifier: MIT
//
// The supervisor: one epoll loop that serves all controllers of a user on a host
// (docs/protocol/shim.md).
//
// Invariants: a durable command is not started before its receipt is written; nothing is told of a
// job that the journal does not hold, unless the disk refuses it; a process is waited for only
// after its end stands in the journal, so that whoever takes over after a crash finds one or the
// other.
//
// A turn of the loop: what is ready, timers, starts, signals, the journal, what goes out.
#pragma once

#include "remuda/shim/wire.h"
#include "shim_program/connection.h"
#include "shim_program/facts.h"
#include "shim_program/job.h"
#include "shim_program/journal.h"
#include "shim_program/nanny.h"
#include "shim_program/processes.h"
#include "shim_program/spawn.h"
#include "shim_program/syncer.h"
#include "shim_program/system.h"

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace remuda::shim::program {

class Supervisor {
  public:
    Supervisor(const Settings& settings, Fd nanny, HeldJobs held);

    /// False if it cannot work here at all.
    bool open();
    /// Until there is nothing to do.
    void run();

  private:
    /// What a descriptor in the epoll set is; with the serial of the job or connection.
    enum class Watch : std::uint8_t {
        fronts,
        children,
        nanny,
        control,
        channel_in,
        channel_out,
        output,
        errors,
        input,
        process,
        ahead,
        facts,
    };

    // supervisor.cc: the loop.
    void turn();
    void dispatch(Watch what, std::uint64_t serial, std::uint32_t events);
    [[nodiscard]] int wait_ms() const;
    [[nodiscard]] std::uint64_t linger_us() const;
    [[nodiscard]] bool is_idle() const;
    bool try_leave();
    bool listen();
    void accept_front();
    void watch(int fd, Watch what, std::uint64_t serial, std::uint32_t events);
    void rewatch(int fd, Watch what, std::uint64_t serial, std::uint32_t events);
    void unwatch(int fd);
    void set_timer(Job& job, std::uint64_t at);
    void run_timers();

    // controllers.cc: connections and what is asked over them.
    void greet_front(Connection& connection);
    void read_channel(Connection& connection);
    void answer(Connection& connection, const FrameView& frame);
    void on_hello(Connection& connection, const FrameView& frame);
    void cut_others(const Connection& connection, std::string_view controller);
    void on_cancel(Connection& connection, const FrameView& frame);
    void on_credit(Connection& connection, const FrameView& frame);
    void fault(Connection& connection, std::string_view reason);
    void close_connection(Connection& connection);
    void detach(Connection& connection, Job& job);
    void on_facts(Connection& connection, std::uint64_t id);
    void answer_facts();
    void send_out();
    void note_unread(const Connection& connection) const;

    // starting.cc
    void on_run(Connection& connection, const FrameView& frame);
    void start_waiting();
    void start(Job& job);
    void hear_ahead_of(Job& job);
    bool accept(Job& job);
    void begin(Job& job, const Spawned& spawned, std::size_t receipt_size);
    void refuse(Job& job, std::string_view reason, bool has_no_room = false);
    static void put_accepted(std::string& to, const Job& job);
    static void put_spawned(std::string& to, const Job& job);
    static void put_cut(std::string& to, const Job& job);
    static void put_exited(std::string& to, const Job& job);

    // receipts.cc: what is asked of them.
    void on_attach(Connection& connection, const FrameView& frame);
    void on_release(Connection& connection, const FrameView& frame);
    void continue_listing(Connection& connection);

    // input.cc
    void on_input(Connection& connection, const FrameView& frame, bool is_end);
    void write_input(Job& job);
    void close_input(Job& job);

    // output.cc: streams from pipes to files and controllers.
    void read_stream(Job& job, int index);
    bool keep(Job& job, int index);
    bool open_output(Job& job, int index);
    void record_cut(Job& job, int index, std::uint64_t more);
    void close_stream(Job& job, int index);
    void watch_stream(Job& job, int index);
    void unwatch_stream(Job& job, int index);
    void want_to_send(Job& job);
    void pump(Connection& connection);
    void queue(Job& job, Attachment& attachment);
    void close_files(Job& job);
    ssize_t copy_to_file(Job& job, int index, std::size_t most);
    static bool has_all(const Job& job, const Attachment& attachment);
    bool send_kept(Job& job, Attachment& attachment);

    // passing.cc: streams from pipes to controllers.
    bool pass_by(Job& job, int index);
    void pass_on(Job& job, int index);

    // ending.cc
    void reap();
    void on_exit(Job& job, int status, const Usage& usage);
    void close_ended_streams(Job& job);
    void try_finish(Job& job);
    void finish_now(Job& job);
    static void settle_kind(Job& job);
    void finish(Job& job);
    void lose(Job& job, std::string_view reason);
    void begin_ending(Job& job, EndKind why, int signal, bool has_grace, std::uint64_t grace_ms);
    void on_timer(Job& job);
    void release(Job& job);
    void remove_output(const Job& job, int index);
    /// Whether it is worth trying once more what failed with this errno.
    bool make_room(int error);
    void forget(Job& job);

    // rest.cc: the processes of jobs that are to end.
    [[nodiscard]] std::vector<pid_t> roots() const;
    [[nodiscard]] std::vector<pid_t> processes_of(const Job& job, const Processes& processes,
                                                  std::set<pid_t>* keyless = nullptr) const;
    [[nodiscard]] bool is_orphan(pid_t pid, const Processes& processes) const;
    void send_signals();
    void watch_ending(Job& job, Ending ending);
    void look_soon();
    void look_for_rest();

    // taking_over.cc: what an earlier supervisor left.
    bool replay();
    void replay_record(RecordType type, std::string_view payload);
    void settle_receipts();
    void adopt(Job& job, pid_t pid);
    void adopt_foreign(Job& job, pid_t pid);
    void go_on_ending(Job& job);
    void watch_adopted();
    void on_foreign_end(Job& job);
    void end_strays(const std::vector<std::pair<pid_t, std::string>>& left);
    void compact();
    [[nodiscard]] std::string receipts_as_records() const;
    void remove_stray_files();

    // nanny_talk.cc
    void hear_nanny(bool waits_for_answer);
    void hand_to_nanny();

    Job& add_job();
    [[nodiscard]] Job* job_by_serial(std::uint64_t serial) const;
    [[nodiscard]] Job* job_by_key(std::string_view key) const;
    [[nodiscard]] Connection* connection_by_serial(std::uint64_t serial) const;
    static std::string output_name(const Job& job, int index);

    // Set once.
    Settings settings_;
    std::string boot_;
    std::string machine_;
    std::string epoch_;
    std::string host_name_;
    Fd epoll_;
    Fd fronts_;
    Fd children_;
    Fd null_;
    Fd out_folder_;

    Fd nanny_;
    pid_t nanny_pid_ = 0;
    HeldJobs held_;

    std::uint64_t next_serial_ = 1;
    std::unordered_map<std::uint64_t, std::unique_ptr<Job>> jobs_;
    std::map<std::string, Job*, std::less<>> by_key_;
    std::unordered_map<pid_t, Job*> by_pid_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
    std::size_t running_count_ = 0;

    /// Serials of jobs that are to be started, in order.
    std::deque<std::uint64_t> waiting_;
    struct Signal {
        std::uint64_t serial = 0;
        int number = 0;
    };
    std::vector<Signal> signals_;
    /// Serials of jobs that are being ended: over as soon as nothing of them lives.
    std::vector<std::uint64_t> ending_;
    /// When to look what is left of them: as planned, and for whatever reason; and the next pause.
    std::uint64_t next_look_us_ = UINT64_MAX;
    std::uint64_t soonest_look_us_ = 0;
    std::uint64_t pause_us_ = 0;
    /// What showed no key at the last look.
    std::set<pid_t> keyless_;
    std::set<std::pair<std::uint64_t, std::uint64_t>> timers_;
    /// Serials of jobs whose pipes the nanny was too busy to take.
    std::deque<std::uint64_t> to_hand_;
    /// Processes that the nanny need not know any more.
    std::vector<pid_t> to_forget_;

    Journal journal_;
    /// Of the journal, what belongs to receipts that were released; roughly.
    std::uint64_t released_bytes_ = 0;
    Syncer syncer_;
    Facts facts_;
    std::uint64_t idle_since_us_ = 0;
    bool has_more_to_send_ = false;
    bool has_served_ = false;
    bool has_left_ = false;
};

}  // namespace remuda::shim::program
