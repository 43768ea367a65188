// SPDX-License-Identifier: MIT
#include "ssh/trust.h"

#include "remuda/base/text.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace remuda::ssh {

namespace {

constexpr std::uint16_t kUsualPort = 22;

// What the host is called in known_hosts. An alias stands there without a port, as for ssh.
struct KnownName {
    const std::string& name;
    std::uint16_t port;

    explicit KnownName(const HostSettings& host)
        : name(host.host_key_alias.empty() ? host.host_name : host.host_key_alias),
          port(host.host_key_alias.empty() ? host.port : kUsualPort) {}

    [[nodiscard]] std::string text() const {
        return port == kUsualPort ? name : fmt::format("[{}]:{}", name, port);
    }
};

std::string shown_name(const HostSettings& host) {
    return host.port == kUsualPort ? host.name : fmt::format("[{}]:{}", host.name, host.port);
}

}  // namespace

Trust::Trust(loop::Loop& loop, const Settings& settings, const Log& log)
    : loop_(loop), settings_(settings), log_(log) {}

KnownHosts& Trust::known(const HostSettings& host) {
    std::vector<std::string> files = host.user_known_hosts;
    files.insert(files.end(), host.global_known_hosts.begin(), host.global_known_hosts.end());
    const auto it = known_.find(files);
    if (it != known_.end()) return it->second;
    KnownHosts read = KnownHosts::load(files);
    return known_.emplace(std::move(files), std::move(read)).first->second;
}

std::vector<std::string> Trust::known_types(const HostSettings& host) {
    const KnownName known_as(host);
    return known(host).key_types(known_as.name, known_as.port);
}

bool Trust::is_certificate_only(const HostSettings& host) {
    const KnownName known_as(host);
    return known(host).is_certificate_only(known_as.name, known_as.port);
}

Result<Trust::Answer> Trust::judge(const HostSettings& host, const std::string& key) {
    const KnownName known_as(host);
    const KnownHosts::Answer answer = known(host).check(known_as.name, known_as.port, key);
    switch (answer.verdict) {
        case KnownHosts::Verdict::trusted:
            return Answer::trusted;
        case KnownHosts::Verdict::revoked:
            return Error(
                Code::not_authorised,
                fmt::format("host key refused: {} ({}) is revoked by {}:{}", fingerprint(key),
                            shown_key_type(key), answer.file, answer.line));
        case KnownHosts::Verdict::changed:
            return Error(
                Code::not_authorised,
                fmt::format("HOST KEY CHANGED: {} expects {}, the server showed {} ({}). Somebody "
                            "may be listening in, or the machine was set up anew; if you know that "
                            "it was: ssh-keygen -R {}",
                            fmt::format("{}:{}", answer.file, answer.line),
                            answer.expected_fingerprint, fingerprint(key), shown_key_type(key),
                            shell_quote(known_as.text())));
        case KnownHosts::Verdict::certificate_only:
            return Error(Code::not_authorised,
                         fmt::format("known_hosts trusts {} by a certificate authority only, which "
                                     "the library cannot check; add its plain key to known_hosts",
                                     shown_name(host)));
        case KnownHosts::Verdict::unknown:
            break;
    }
    switch (host.host_key) {
        case HostKeyPolicy::accept_new: {
            // It holds for this run in any case.
            if (auto added = remember(host, key); !added) {
                log_(LogLevel::note, added.error().text());
            }
            return Answer::trusted;
        }
        case HostKeyPolicy::ask:
            return Answer::ask_first;
        case HostKeyPolicy::strict:
            break;
    }
    return Error(Code::not_authorised,
                 fmt::format("host key not known: {} {}. Check it, then connect once with ssh, or "
                             "run with --host-key accept-new",
                             shown_key_type(key), fingerprint(key)));
}

Result<void> Trust::remember(const HostSettings& host, const std::string& key) {
    // Without a file it holds for this run.
    const std::string file =
        host.user_known_hosts.empty() || host.user_known_hosts.front() == "/dev/null"
            ? ""
            : host.user_known_hosts.front();
    const KnownName known_as(host);
    auto added = known(host).add(file, known_as.name, known_as.port, key, host.hashes_known_hosts);
    if (!added) return added.error().within("cannot remember the host key");
    if (!file.empty()) {
        log_(LogLevel::note, fmt::format("{}: new host key {} {} added to {}", shown_name(host),
                                         shown_key_type(key), fingerprint(key), file));
    }
    return {};
}

void Trust::Arrival::settle() {
    if (std::exchange(is_settled_, true)) return;
    if (--trust_.on_their_way_ == 0) trust_.all_arrived_.notify();
}

void Trust::Arrival::set_out_again() {
    if (!std::exchange(is_settled_, false)) return;
    ++trust_.on_their_way_;
}

loop::Task<Result<void>> Trust::ask(const HostSettings& host, std::string key, loop::Stop& stop) {
    Question question{.host = &host, .key = std::move(key), .answered = {}};
    questions_.push_back(&question);
    while (!question.is_answered && !stop.is_requested()) {
        // The first to find that all have arrived asks for all.
        if (on_their_way_ == 0 && !is_asking_) {
            co_await put_questions(stop);
        } else if (is_asking_ || questions_.front() != &question) {
            co_await loop_.wait(question.answered, kNever, stop);
        } else {
            co_await loop_.wait(all_arrived_, kNever, stop);
        }
    }
    std::erase(questions_, &question);
    // Somebody else must take up the wait for those on their way.
    if (!questions_.empty()) questions_.front()->answered.notify();
    if (!question.is_answered) co_return Error(Code::stopped, "stopped");
    if (!question.is_accepted) {
        co_return Error(Code::not_authorised,
                        fmt::format("host key {} {} was not accepted", shown_key_type(question.key),
                                    fingerprint(question.key)));
    }
    co_return Result<void>();
}

loop::Task<> Trust::put_questions(loop::Stop& stop) {
    is_asking_ = true;
    const std::vector<Question*> asked = questions_;
    std::vector<NewHost> hosts;
    hosts.reserve(asked.size());
    for (const Question* question : asked) {
        hosts.push_back({question->host->name, question->host->port, shown_key_type(question->key),
                         fingerprint(question->key), question->host->place});
    }
    const std::vector<bool> answers = co_await settings_.ask(std::move(hosts), stop);
    for (std::size_t i = 0; i < asked.size(); ++i) {
        Question& question = *asked[i];
        // Those who were stopped meanwhile have left.
        if (std::find(questions_.begin(), questions_.end(), &question) == questions_.end())
            continue;
        question.is_answered = true;
        question.is_accepted = i < answers.size() && answers[i];
        if (question.is_accepted) {
            if (auto added = remember(*question.host, question.key); !added) {
                log_(LogLevel::note, added.error().text());
            }
        }
        question.answered.notify();
    }
    is_asking_ = false;
}

}  // namespace remuda::ssh
