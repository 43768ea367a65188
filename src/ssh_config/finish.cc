// SPDX-License-Identifier: MIT
//
// What ssh does with the options when all files are read: defaults that concern us, letters,
// tokens, "none", and options that undo others.
#include "ssh_config/expand.h"
#include "ssh_config/walk.h"
#include "ssh_config/words.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace remuda::ssh_config {

namespace {

// "none" stands for nothing at all.
constexpr std::array<std::string_view, 8> kClearedByNone = {
    "localcommand",    "remotecommand",  "proxycommand",        "controlpath",
    "revokedhostkeys", "pkcs11provider", "securitykeyprovider", "knownhostscommand"};
constexpr std::array<std::string_view, 4> kForwardings = {"localforward", "remoteforward",
                                                          "dynamicforward", "tunnel"};

class Finisher {
  public:
    Finisher(Walk& walk, const Request& request, const Environment& environment)
        : walk_(walk), environment_(environment) {
        tokens_.home = environment.home;
        tokens_.host_name = walk.host();
        tokens_.original_name = request.name;
        tokens_.host_key_alias = walk.find("hostkeyalias") != nullptr
                                     ? lowered(walk.value_of("hostkeyalias"))
                                     : request.name;
        tokens_.user =
            walk.find("user") != nullptr ? std::string(walk.value_of("user")) : environment.user;
        tokens_.local_user = environment.user;
        tokens_.uid = environment.uid;
        tokens_.local_host = environment.host_name;
        if (walk.find("port") != nullptr)
            tokens_.port =
                static_cast<std::uint16_t>(std::stoi(std::string(walk.value_of("port"))));
        clears_forwardings_ = walk.value_of("clearallforwardings") == "yes";
    }

    std::optional<Halt> run() {
        if (auto halt = check()) return halt;
        for (Setting& setting : walk_.settings())
            if (auto halt = put(setting)) return halt;
        // The three that every host has.
        for (const auto& [keyword, text] :
             {std::pair("hostname", walk_.host()), std::pair("user", tokens_.user),
              std::pair("port", std::to_string(tokens_.port))})
            if (walk_.find(keyword) == nullptr)
                options_.add({.keyword = keyword, .value = text, .place = {}});
        return std::nullopt;
    }

    Options take() { return std::move(options_); }

  private:
    static Error invalid(std::string text) { return {Code::invalid_input, std::move(text)}; }
    static Error invalid_at(const Setting& setting, const std::string& text) {
        if (setting.place.file.empty()) return invalid(text);
        return invalid(fmt::format("{} line {}: {}", setting.place.file, setting.place.line, text));
    }

    std::optional<Halt> check() {
        if (const Setting* const found = walk_.find("canonicalizehostname");
            found != nullptr && !found->values.empty() && found->values[0] != "false")
            return Unclear{.place = found->place, .why = "CanonicalizeHostname"};
        if (const Setting* const found = walk_.find("connectionattempts");
            found != nullptr && found->values[0] == "0")
            return invalid_at(*found, "Invalid number of ConnectionAttempts");
        if (const Setting* const found = walk_.find("proxycommand");
            found != nullptr && found->values[0] == "-" &&
            walk_.value_of("proxyusefdpass") == "yes")
            return invalid_at(*found, "ProxyCommand=- and ProxyUseFDPass are incompatible");
        if (const Setting* const found = walk_.find("proxyjump");
            found != nullptr && found->values.size() > 1) {
            const std::string& user = found->values[1].empty() ? tokens_.user : found->values[1];
            const std::string port = found->values[3].empty() ? "22" : found->values[3];
            if (found->values[2] == walk_.host() && user == tokens_.user &&
                port == std::to_string(tokens_.port))
                return invalid_at(*found, fmt::format("jumphost loop via {}", found->values[2]));
        }
        // Where the path is not there ssh gives up.
        if (const Setting* const found = walk_.find("forwardagent");
            found != nullptr && !found->values[1].empty() &&
            walk_.value_of("exitonforwardfailure") == "yes")
            return Unclear{.place = found->place, .why = "ForwardAgent by a path"};
        return std::nullopt;
    }

    std::optional<Halt> put(Setting& setting) {
        const std::string_view keyword = setting.keyword->printed;
        const auto is_among = [&](const auto& names) {
            return std::ranges::find(names, keyword) != names.end();
        };
        std::vector<std::string>& values = setting.values;
        if (values.empty()) return std::nullopt;
        if (is_among(kClearedByNone) && is_same_word(values[0], "none")) return std::nullopt;
        if (is_among(kForwardings) && clears_forwardings_) return std::nullopt;
        if (keyword == "proxyusefdpass" && walk_.find("proxyjump") != nullptr &&
            walk_.value_of("proxyjump") != "none")
            return std::nullopt;

        if (keyword == "hostname") {
            values = {walk_.host()};
        } else if (keyword == "hostkeyalias") {
            values = {tokens_.host_key_alias};
        } else if (keyword == "proxyjump") {
            if (values[0] == "none" && values.size() == 1) return std::nullopt;
            values.resize(1);
        } else if (keyword == "forwardagent") {
            if (!values[1].empty()) return put_expanded(setting, {values[1]}, true, {});
            values.resize(1);
        } else if (keyword == "rekeylimit") {
            values = {values[0] + " " + (values[1].empty() ? "0" : values[1])};
        } else if (keyword == "identityagent") {
            return put_expanded(setting, values, true, {});
        } else if (keyword == "userknownhostsfile") {
            if (is_same_word(values[0], "none")) return put_text(setting, "none");
            return put_expanded(setting, values, true, {});
        } else if (keyword == "globalknownhostsfile") {
            if (is_same_word(values[0], "none")) return put_text(setting, "none");
        } else if (keyword == "controlpath") {
            return put_expanded(setting, values, true, {.leaves_hash = true});
        } else if (keyword == "remotecommand") {
            return put_expanded(setting, values, false, {.variables = false, .leaves_hash = true});
        }
        return put_values(setting, values);
    }

    std::optional<Halt> put_text(const Setting& setting, std::string text) {
        options_.add({.keyword = std::string(setting.keyword->printed),
                      .value = std::move(text),
                      .place = setting.place});
        return std::nullopt;
    }

    std::optional<Halt> put_values(const Setting& setting, const std::vector<std::string>& values) {
        if (setting.keyword->rule == Rule::once_joined) {
            std::string line;
            for (const std::string& value : values)
                line += line.empty() ? value : " " + value;
            return put_text(setting, std::move(line));
        }
        for (std::size_t i = 0; i < values.size(); ++i)
            options_.add({.keyword = std::string(setting.keyword->printed),
                          .value = values[i],
                          .place = i < setting.places.size() ? setting.places[i] : setting.place});
        return std::nullopt;
    }

    std::optional<Halt> put_expanded(const Setting& setting, std::vector<std::string> values,
                                     bool has_home, Expansion kind) {
        for (std::string& value : values) {
            for (std::size_t at = value.find('%'); at != std::string::npos && at + 1 < value.size();
                 at = value.find('%', at + 2)) {
                const bool is_hash = value[at + 1] == 'C' && !kind.leaves_hash;
                if (is_hash || value[at + 1] == 'j')
                    return Unclear{
                        .place = setting.place,
                        .why = fmt::format("%{} in {}", value[at + 1], setting.keyword->printed)};
            }
            if (has_home) {
                auto path = expand_home(value, environment_.home);
                if (!path) return invalid_at(setting, path.error().text());
                value = std::move(*path);
            }
            auto expanded = expand_with(value, tokens_, environment_, kind);
            if (!expanded) return invalid_at(setting, expanded.error().text());
            value = std::move(*expanded);
        }
        return put_values(setting, values);
    }

    Walk& walk_;
    const Environment& environment_;
    Tokens tokens_;
    bool clears_forwardings_ = false;
    Options options_;
};

}  // namespace

Result<std::variant<Options, Unclear>> finish(Walk& walk, const Request& request,
                                              const Environment& environment) {
    Finisher finisher(walk, request, environment);
    if (auto halt = finisher.run()) {
        if (auto* const error = std::get_if<Error>(&*halt)) return std::move(*error);
        return std::variant<Options, Unclear>(std::get<Unclear>(std::move(*halt)));
    }
    return std::variant<Options, Unclear>(finisher.take());
}

}  // namespace remuda::ssh_config
