// SPDX-License-Identifier: MIT
//
// choose_way: what ssh_config says of a host, keyword by keyword, into HostSettings.
#include "remuda/ssh_config/pattern.h"
#include "ssh/algorithms.h"
#include "ssh/keywords.h"
#include "ssh/known_hosts_line.h"
#include "ssh/option_values.h"
#include "ssh/session.h"
#include "ssh/way.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <sys/stat.h>

namespace remuda::ssh {

using ssh_config::Option;
using ssh_config::Options;

namespace {

std::string shown_place(const ssh_config::Place& place, const std::string& home) {
    if (place.file.empty()) return "";
    const bool is_at_home = !home.empty() && place.file.starts_with(home + "/");
    return fmt::format(" ({}:{})", is_at_home ? "~" + place.file.substr(home.size()) : place.file,
                       place.line);
}

bool is_socket(const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode);
}

class Chooser {
  public:
    Chooser(const model::Host& host, const Options& options, const Settings& settings,
            const ssh_config::Environment& environment)
        : host_(host), options_(options), settings_(settings), environment_(environment) {
        way_.settings = plain_settings(host, settings);
    }

    Result<Way> choose() {
        for (const Option& option : options_.list()) {
            if (needs_ssh(option)) need_ssh(option);
        }
        if (const Option* refusal = options_.find("refuseconnection")) {
            return Error(Code::invalid_input,
                         fmt::format("ssh_config refuses connections to {}: {}{}", host_.name,
                                     refusal->value, shown(*refusal)));
        }
        take_address();
        take_tokens();
        take_route();
        take_trust();
        take_keys();
        take_authentications();
        take_deadlines();
        take_algorithms();
        take_environment();
        take_forwardings();
        take_master();
        return std::move(way_);
    }

  private:
    [[nodiscard]] std::string shown(const Option& option) const {
        return shown_place(option.place, environment_.home);
    }

    // The first reason is the one that is told.
    void need_ssh(std::string why) {
        way_.kind = Way::Kind::system_ssh;
        if (way_.why.empty()) way_.why = std::move(why);
    }
    void need_ssh(const Option& option) {
        need_ssh(
            fmt::format("{} {}{}", shown_keyword(option.keyword), option.value, shown(option)));
    }

    // The value, unless it is absent, "none" or the like.
    [[nodiscard]] const Option* active(std::string_view keyword) const {
        const Option* const option = options_.find(keyword);
        return option == nullptr || is_switched_off(option->value) ? nullptr : option;
    }
    [[nodiscard]] bool is_on(std::string_view keyword) const {
        const Option* const option = options_.find(keyword);
        return option != nullptr && (option->value == "yes" || option->value == "true");
    }

    // What cannot be expanded, ssh may know how to.
    std::optional<std::string> expanded(const Option& option, std::string_view text) {
        return accepted(option, ssh_config::expand(text, tokens_, environment_));
    }
    std::optional<std::string> accepted(const Option& option, Result<std::string> result) {
        if (result) return std::move(*result);
        need_ssh(fmt::format("{} {}{}: {}", shown_keyword(option.keyword), option.value,
                             shown(option), result.error().text()));
        return std::nullopt;
    }
    std::vector<std::string> expanded_all(const Option& option,
                                          const std::vector<std::string>& texts) {
        std::vector<std::string> all;
        for (const std::string& text : texts) {
            if (text == "none") continue;
            if (auto one = expanded(option, text)) all.push_back(std::move(*one));
        }
        return all;
    }

    void take_address() {
        HostSettings& to = way_.settings;
        if (const Option* name = options_.find("hostname")) to.host_name = name->value;
        const Option* const user = options_.find("user");
        if (user != nullptr && host_.user.empty()) to.user = user->value;
        const Option* const port = options_.find("port");
        if (port != nullptr && !host_.port) {
            to.port = static_cast<std::uint16_t>(number_of(port->value).value_or(to.port));
        }
        if (const Option* family = options_.find("addressfamily")) {
            if (family->value == "inet") to.address_family = AddressFamily::inet;
            if (family->value == "inet6") to.address_family = AddressFamily::inet6;
        }
        if (const Option* address = active("bindaddress")) to.bind_address = address->value;
        if (const Option* alias = active("hostkeyalias")) to.host_key_alias = alias->value;
    }

    void take_tokens() {
        const HostSettings& from = way_.settings;
        tokens_.home = environment_.home;
        tokens_.host_name = from.host_name;
        tokens_.original_name = host_.name;
        tokens_.host_key_alias = from.host_key_alias.empty() ? host_.name : from.host_key_alias;
        tokens_.user = from.user;
        tokens_.local_user = environment_.user;
        tokens_.uid = environment_.uid;
        tokens_.local_host = environment_.host_name;
        tokens_.port = from.port;
        if (const Option* jump = active("proxyjump")) tokens_.jump = jump->value;
    }

    // Of the two keywords the first counts, even if it is "none".
    void take_route() {
        for (const Option& option : options_.list()) {
            const bool is_jump = option.keyword == "proxyjump";
            if (!is_jump && option.keyword != "proxycommand") continue;
            if (is_switched_off(option.value)) return;
            if (is_jump) {
                auto route = jumps_of(option.value);
                if (!route) return need_ssh(option);
                way_.settings.route = std::move(*route);
            } else if (auto command =
                           accepted(option, ssh_config::expand_command(option.value, tokens_))) {
                way_.settings.route = CommandRoute{std::move(*command)};
            }
            return;
        }
    }

    void take_trust() {
        HostSettings& to = way_.settings;
        if (const Option* files = options_.find("userknownhostsfile")) {
            to.user_known_hosts = expanded_all(*files, words_of(files->value));
        }
        if (const Option* files = options_.find("globalknownhostsfile")) {
            to.global_known_hosts = expanded_all(*files, words_of(files->value));
        }
        to.hashes_known_hosts = is_on("hashknownhosts");
        if (settings_.host_key_wins) return;
        const bool is_batch = is_on("batchmode");
        if (is_batch && to.host_key == HostKeyPolicy::ask) to.host_key = HostKeyPolicy::strict;
        const Option* const checking = options_.find("stricthostkeychecking");
        if (checking == nullptr) return;
        const std::string& how = checking->value;
        if (how == "yes" || how == "true") to.host_key = HostKeyPolicy::strict;
        if (how == "accept-new") to.host_key = HostKeyPolicy::accept_new;
        if (is_switched_off(how)) {
            to.host_key = HostKeyPolicy::accept_new;
            way_.notes.push_back(
                fmt::format("StrictHostKeyChecking {}{}: new host keys are accepted; one that "
                            "differs from a known one is refused all the same",
                            how == "false" ? "no" : how, shown(*checking)));
        }
    }

    void take_keys() {
        HostSettings& to = way_.settings;
        to.identities_only = is_on("identitiesonly");
        to.asks_passphrases = !is_on("batchmode");
        for (const Option* option : options_.all("certificatefile")) {
            if (option->value == "none") continue;
            if (auto file = expanded(*option, option->value))
                to.certificate_files.push_back(std::move(*file));
        }
        if (const Option* agent = options_.find("identityagent")) take_agent(*agent);
        if (!host_.identity_files.empty()) return;
        std::vector<std::string> files;
        // ssh -G names the usual ones, too, in ssh's order.
        bool are_usual = true;
        for (const Option* option : options_.all("identityfile")) {
            if (option->value == "none") continue;
            are_usual =
                are_usual && option->place.file.empty() && option->value.starts_with("~/.ssh/id_");
            if (auto file = expanded(*option, option->value)) files.push_back(std::move(*file));
        }
        if (are_usual) return;
        to.identity_files = std::move(files);
        // Which of several keys the host takes shows at the login.
        const auto is_security_key = [](const std::string& file) { return file.ends_with("_sk"); };
        if (!to.agent_socket.empty() || to.identity_files.empty() ||
            !std::ranges::all_of(to.identity_files, is_security_key)) {
            return;
        }
        need_ssh("the security key " + to.identity_files.front() + ", without an agent");
    }

    void take_agent(const Option& agent) {
        std::string& socket = way_.settings.agent_socket;
        if (agent.value == "none") {
            socket.clear();
        } else if (agent.value == "SSH_AUTH_SOCK") {
            socket = settings_.agent_socket;
        } else if (agent.value.starts_with('$') && !agent.value.starts_with("${")) {
            const auto found = std::ranges::find(settings_.variables, agent.value.substr(1),
                                                 &std::pair<std::string, std::string>::first);
            socket = found == settings_.variables.end() ? "" : found->second;
        } else if (auto path = expanded(agent, agent.value)) {
            socket = std::move(*path);
        }
    }

    // Without a way in that is ours, ssh may know another.
    void take_methods() {
        auto& methods = way_.settings.authentications;
        const Option* const preferred = options_.find("preferredauthentications");
        if (preferred != nullptr) {
            const std::vector<std::string> ours = std::exchange(methods, {});
            std::string_view rest = preferred->value;
            while (!rest.empty()) {
                const std::string_view method = rest.substr(0, rest.find(','));
                rest.remove_prefix(std::min(method.size() + 1, rest.size()));
                if (std::ranges::find(ours, method) != ours.end()) methods.emplace_back(method);
            }
        }
        const auto switch_off = [&](std::string_view keyword, std::string_view method) {
            const Option* const option = options_.find(keyword);
            if (option == nullptr || !is_switched_off(option->value)) return option;
            std::erase(methods, method);
            return option;
        };
        const Option* const keys = switch_off("pubkeyauthentication", "publickey");
        (void)switch_off("passwordauthentication", "password");
        (void)switch_off("kbdinteractiveauthentication", "keyboard-interactive");
        (void)switch_off("challengeresponseauthentication", "keyboard-interactive");
        const bool has_key = std::ranges::find(methods, "publickey") != methods.end();
        const bool has_one = settings_.password == nullptr ? has_key : !methods.empty();
        if (has_one) return;
        const bool is_by_keys = keys != nullptr && is_switched_off(keys->value);
        if (const Option* reason = is_by_keys ? keys : preferred) need_ssh(*reason);
    }

    void take_authentications() {
        take_methods();
        if (const Option* gssapi = options_.find("gssapiauthentication")) {
            // A system's default says nothing of whether it is wanted: ssh, too, goes on to keys
            // without a ticket.
            const bool is_of_user = !gssapi->place.file.empty() &&
                                    gssapi->place.file != environment_.system_config &&
                                    !gssapi->place.file.starts_with("/etc/");
            const bool is_wanted = settings_.has_ticket || is_of_user;
            if (is_wanted && is_on("gssapiauthentication")) need_ssh(*gssapi);
        }
        // Which signatures the keys may make: the library makes those of SHA-2 alone.
        if (const Option* accepted = options_.find("pubkeyacceptedalgorithms")) {
            constexpr std::string_view ours =
                "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"
                "rsa-sha2-512,rsa-sha2-256,sk-ssh-ed25519@openssh.com,"
                "sk-ecdsa-sha2-nistp256@openssh.com";
            const AlgorithmChoice choice = choose_algorithms(accepted->value, ours, true);
            const bool is_all = choice.list == ours && choice.missing.empty();
            if (!is_all) need_ssh(*accepted);
        }
    }

    void take_deadlines() {
        HostSettings& to = way_.settings;
        const auto seconds = [&](std::string_view keyword) {
            const Option* const option = options_.find(keyword);
            return option == nullptr ? 0 : number_of(option->value).value_or(0);
        };
        // A day is for ever, and far from where a Duration overflows.
        constexpr long most = 86'400;
        if (const long timeout = seconds("connecttimeout");
            timeout > 0 && !settings_.connect_timeout_wins) {
            to.connect_timeout = std::chrono::seconds(std::min(timeout, most));
        }
        // 0 is what ssh has by default, with which a dead peer is never found.
        if (const long interval = seconds("serveraliveinterval"); interval > 0) {
            to.alive_interval = std::chrono::seconds(std::min(interval, most));
            constexpr int count_of_ssh = 3;
            to.alive_count = count_of_ssh;
            constexpr long most_questions = 1000;
            if (const long count = seconds("serveralivecountmax"); count > 0) {
                to.alive_count = static_cast<int>(std::min(count, most_questions));
            }
        }
    }

    void take_algorithms() {
        const Session::Algorithms& usual = Session::usual_algorithms();
        take_list("ciphers", usual.ciphers, way_.settings.ciphers);
        take_list("macs", usual.macs, way_.settings.macs);
        take_list("kexalgorithms", usual.key_exchanges, way_.settings.key_exchanges);
        take_list("hostkeyalgorithms", usual.host_keys, way_.settings.host_key_algorithms);
    }

    void take_list(std::string_view keyword, const std::string& usual, std::string& list) {
        const Option* const option = options_.find(keyword);
        if (option == nullptr) return;
        // Without a place it is the whole list of ssh, defaults and all.
        const AlgorithmChoice choice =
            choose_algorithms(option->value, usual, option->place.file.empty());
        if (choice.list.empty() || !choice.missing.empty()) return need_ssh(*option);
        if (choice.list != usual) list = choice.list;
    }

    // As ssh does: what SetEnv gives is asked for behind what SendEnv sends.
    void take_environment() {
        auto& to = way_.settings.environment;
        std::vector<std::string> patterns;
        for (const Option* option : options_.all("sendenv")) {
            for (const std::string& word : words_of(option->value)) {
                if (word.starts_with('-')) {
                    std::erase_if(patterns, [&](const std::string& pattern) {
                        return ssh_config::matches(pattern, std::string_view(word).substr(1));
                    });
                } else if (std::ranges::find(patterns, word) == patterns.end()) {
                    patterns.push_back(word);
                }
            }
        }
        for (const auto& [name, value] : settings_.variables) {
            const bool is_sent = std::ranges::any_of(patterns, [&](const std::string& pattern) {
                return ssh_config::matches(name, pattern);
            });
            if (is_sent) to.emplace_back(name, value);
        }
        for (const Option* option : options_.all("setenv")) {
            const std::size_t at = option->value.find('=');
            if (at == std::string::npos || at == 0) continue;
            const std::string name = option->value.substr(0, at);
            std::erase_if(to, [&](const auto& variable) { return variable.first == name; });
            to.emplace_back(name, option->value.substr(at + 1));
        }
    }

    // A command on the other side may count on its end of a forwarding; on ours there is nobody.
    void take_forwardings() {
        const Option* const forward = options_.find("remoteforward");
        if (forward == nullptr || is_on("clearallforwardings")) return;
        way_.notes.push_back(fmt::format("RemoteForward {}{}: forwardings are not set up",
                                         forward->value, shown(*forward)));
    }

    // Its login is not ours: what ssh would reach over it may refuse us.
    void take_master() {
        const Option* const path = active("controlpath");
        if (path == nullptr) return;
        const auto socket = ssh_config::expand(path->value, tokens_, environment_);
        if (!socket || !is_socket(*socket)) return;
        way_.notes.push_back(
            fmt::format("ControlPath {}{}: the master connection there is not "
                        "used; remuda logs in itself",
                        path->value, shown(*path)));
    }

    const model::Host& host_;
    const Options& options_;
    const Settings& settings_;
    const ssh_config::Environment& environment_;
    ssh_config::Tokens tokens_;
    Way way_;
};

}  // namespace

Result<Way> choose_way(const model::Host& host, const Options& options, const Settings& settings,
                       const ssh_config::Environment& environment) {
    return Chooser(host, options, settings, environment).choose();
}

}  // namespace remuda::ssh
