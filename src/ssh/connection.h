// SPDX-License-Identifier: MIT
//
// Connection: one SSH connection: a stream, a Session, and the channels and tunnels on it.
//
// Used in three phases: `handshake`, `authenticate`, `serve`. While it serves, each turn fills,
// drains, steps every channel, flushes (never one readiness for one channel: a packet read for one
// may be another's reply).
#pragma once

#include "remuda/base/log.h"
#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "remuda/ssh/host_settings.h"
#include "ssh/authentication.h"
#include "ssh/channel.h"
#include "ssh/identities.h"
#include "ssh/reach.h"
#include "ssh/session.h"
#include "ssh/tunnels.h"
#include "ssh/window.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace remuda::ssh {

class Connection {
  public:
    /// sshd allows 10 by default and frees a place only after it has seen our close.
    static constexpr std::size_t kMostChannels = 8;

    /// What the connection tells its owner while it serves.
    struct Listener {
        virtual ~Listener() = default;
        /// A job was carried out: there is room now.
        virtual void on_done(Connection& connection) = 0;
        /// The server refused a channel: nothing of the job ran. It goes back to the owner.
        virtual void on_refused(Connection& connection, std::shared_ptr<RemoteJob> job) = 0;
    };

    /// `scratch` is working memory that all connections of the loop share.
    Connection(loop::Loop& loop, std::unique_ptr<Stream> stream, std::span<char> scratch,
               std::string name, const Log& log);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Algorithms, keepalives and variables as the host wants them. Before the handshake.
    Result<void> adapt_to(const HostSettings& settings);

    /// Banner and key exchange. `known_types`: see Session::prefer_host_keys.
    /// Code::busy if the server hung up before its banner (as sshd does beyond MaxStartups),
    /// Code::protocol, Code::timed_out, Code::stopped.
    loop::Task<Result<void>> handshake(const std::vector<std::string>& known_types, Time deadline,
                                       loop::Stop& stop);
    [[nodiscard]] std::string host_key() const { return session_.host_key(); }
    /// After a handshake that failed: what the server and we have nothing of in common ("the server
    /// takes no cipher that remuda offers"). Empty: it failed otherwise.
    [[nodiscard]] const std::string& missing_algorithm() const { return missing_algorithm_; }

    /// Offers what has not been refused yet, until the server is content. Code::not_authorised says
    /// what was tried. The connection is of no use unless it is logged in.
    loop::Task<Result<LoginEnd>> authenticate(const Credentials& with, Attempts& attempts,
                                              Time deadline, loop::Stop& stop);

    /// What was agreed on, once logged in.
    struct Description {
        std::string server;
        std::string key_exchange;
        std::string host_key_algorithm;
        std::string cipher;
        /// Empty where the cipher authenticates by itself.
        std::string mac;
        /// Of the key that the server accepted: a path, or the agent's comment.
        std::string identity;
    };
    [[nodiscard]] Description describe() const;
    /// How long the server takes to answer: a channel is opened, and nothing done on it. Instead of
    /// `serve`.
    loop::Task<Result<Duration>> round_trip(Time deadline, loop::Stop& stop);
    /// Ends a connection that does not serve.
    void hang_up() { say_goodbye(); }

    /// Carries out jobs until the connection breaks (the reason is returned), or `stop`
    /// (Code::stopped, after a goodbye). Jobs that still ran have not been told: see `unfinished`.
    loop::Task<Error> serve(Listener& listener, loop::Stop& stop);

    /// Begins a job. Only while there `has_room`.
    void start(std::shared_ptr<RemoteJob> job);
    [[nodiscard]] bool has_room() const {
        return !is_retired_ && !is_broken_ && channels_.size() < capacity_ &&
               loop_.now() >= rests_until_;
    }
    /// Has the server connect to `target`; see Tunnel. Only while it `is_usable`.
    std::shared_ptr<Tunnel> start_tunnel(Tunnel::Target target);
    [[nodiscard]] bool is_usable() const { return !is_broken_; }
    /// When the last byte came from the server.
    [[nodiscard]] Time silent_since() const { return silent_since_; }
    /// See Stream::silent_jump.
    [[nodiscard]] std::string silent_jump(Time since) const { return stream_->silent_jump(since); }
    [[nodiscard]] std::size_t tunnels() const { return tunnels_ ? tunnels_->in_use() : 0; }
    [[nodiscard]] std::size_t active() const { return channels_.size(); }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    /// No further job before then: the server needs a moment.
    void rest_until(Time time) { rests_until_ = time; }
    /// Whether any channel was ever opened on it.
    [[nodiscard]] bool has_served() const { return most_open_ > 0; }
    /// It takes no further job: the server serves one command a connection (tinysshd).
    [[nodiscard]] bool is_retired() const { return is_retired_; }
    /// What ran when the connection broke, and whether it may have started.
    struct Unfinished {
        std::shared_ptr<RemoteJob> job;
        bool may_have_started = false;
    };
    [[nodiscard]] std::vector<Unfinished> unfinished() const;
    /// How long the server may take to answer that a channel is to be opened or a command run.
    void set_answer_time(Duration time) { answer_time_ = time; }

  private:
    enum class Traffic { some, none, ended };

    loop::Task<Error> carry_out(Listener& listener, loop::Stop& stop);
    // In the words of the stream, if it knows more.
    [[nodiscard]] Error broken(const std::string& text) const;

    // Sends what it can without waiting.
    Result<void> flush();
    // Reads what is there without waiting, and feeds the session.
    Result<Traffic> fill();
    // One exchange with the socket: flush, wait, fill.
    loop::Task<Result<void>> exchange(Time deadline, loop::Stop& stop);
    loop::Task<Result<int>> finish(std::function<int()> call, Time deadline, loop::Stop& stop);
    [[nodiscard]] std::string find_missing_algorithm() const;

    // Authentication. How a method ended: with an end of the login, or the next one is to be tried.
    struct MethodEnd {
        std::optional<LoginEnd> end;
        /// What was offered may have been accepted as one of several proofs.
        bool may_want_others = false;
    };
    enum class KeyAnswer { accepted, refused, signed_in_vain, not_signed, locked, security_key };
    [[nodiscard]] bool is_logged_in() const;
    loop::Task<Result<std::string>> ask_methods(const std::string& user, Time deadline,
                                                loop::Stop& stop);
    loop::Task<Result<KeyAnswer>> offer_key(const Credentials& with,
                                            const Identities::Candidate& candidate,
                                            Attempts& attempts, Time deadline, loop::Stop& stop);
    loop::Task<Result<MethodEnd>> offer_keys(const Credentials& with, Attempts& attempts,
                                             Time deadline, loop::Stop& stop);
    loop::Task<Result<MethodEnd>> offer_password(const std::string& method, const Credentials& with,
                                                 Attempts& attempts, Time deadline,
                                                 loop::Stop& stop);
    [[nodiscard]] Result<LoginEnd> cut_or_refused(const Credentials& with, const Attempts& attempts,
                                                  const std::string& wanted) const;
    [[nodiscard]] Error refusal(const Credentials& with, const Attempts& attempts,
                                const std::string& wanted) const;

    void adapt_to_server();
    Result<void> step_channels(Listener& listener);
    void remove_channel(std::size_t index, Listener& listener);
    [[nodiscard]] std::size_t open_channels() const;
    // Channels and tunnels, in whichever state.
    [[nodiscard]] std::size_t users() const;
    void shrink_after_refusal();
    // What waits for room in the session's outgoing buffer.
    [[nodiscard]] bool is_held_back() const;
    [[nodiscard]] Time next_probe() const;
    Result<void> probe();
    [[nodiscard]] Time next_answer_deadline() const;
    // A server that answers, but not this: the connection takes no further job, and what runs goes
    // on.
    void give_up_unanswered(Listener& listener);
    void say_goodbye();
    [[nodiscard]] Error broken_session() const;

    // Set once.
    loop::Loop& loop_;
    const std::unique_ptr<Stream> stream_;
    std::span<char> scratch_;
    std::string name_;
    const Log& log_;
    std::string identity_;
    std::string missing_algorithm_;
    // libssh2's list of methods, which it forgets to free before it asks again.
    char* methods_ = nullptr;

    // Loop thread only.
    Session session_;
    const Window::Spare spare_window_ = Window::spare_of_connection();
    std::vector<std::unique_ptr<Channel>> channels_;
    // Made for the first.
    std::unique_ptr<Tunnels> tunnels_;
    std::size_t capacity_;
    // Most channels that were open at once: a refusal below that passes by itself.
    std::size_t most_open_ = 0;
    Time rests_until_;
    bool is_single_use_ = false;
    bool is_retired_ = false;
    bool is_broken_ = false;
    // Until the first command ran, acknowledgements are hurried: delayed ones cost 40 ms a login.
    bool hurries_acks_ = true;
    // Variables that each command's channel asks for.
    Channel::Environment environment_;
    Duration quiet_before_probe_;
    Duration probe_answer_time_;
    int most_unanswered_probes_;
    // For the probes, which a pause of this process puts off.
    Time last_inbound_;
    // When the last byte came.
    Time silent_since_;
    Duration answer_time_;
    int unanswered_probes_ = 0;
    std::size_t probes_sent_ = 0;
    loop::Notice poke_;
};

}  // namespace remuda::ssh
