// SPDX-License-Identifier: MIT
#include "ssh_config/walk.h"

#include "remuda/ssh_config/pattern.h"
#include "ssh_config/expand.h"
#include "ssh_config/words.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace remuda::ssh_config {

namespace {

constexpr int kDeepest = 16;
constexpr std::size_t kMostFiles = 100;

bool holds(const std::vector<HostPattern>& patterns, std::string_view name) {
    bool matched = false;
    for (const HostPattern& one : patterns) {
        if (!matches(name, one.pattern)) continue;
        if (one.is_negated) return false;
        matched = true;
    }
    return matched;
}

Halt unclear(const File& file, std::size_t line, std::string why) {
    return Unclear{.place = {.file = file.path, .line = line}, .why = std::move(why)};
}

}  // namespace

Walk::Walk(Files& files, const Environment& environment, const Request& request)
    : files_(files), environment_(environment), request_(request) {
    slots_.fill(-1);
    if (!request.user.empty()) set_once(*find_keyword("user"), {request.user}, {});
    if (request.port) set_once(*find_keyword("port"), {std::to_string(*request.port)}, {});
}

std::optional<Halt> Walk::run() {
    if (auto halt = pass()) return halt;
    if (auto halt = find_host()) return halt;
    if (!wants_second_pass_) return std::nullopt;
    is_second_pass_ = true;
    // A HostName that only holds in the second pass comes too late.
    Setting& name = setting(*find_keyword("hostname"), {});
    name.values = {host_};
    // These have had their defaults, since a name is canonicalised between the passes.
    for (const std::string_view keyword :
         {"canonicalizehostname", "canonicalizemaxdots", "canonicalizefallbacklocal"})
        (void)setting(*find_keyword(keyword), {});
    return pass();
}

Setting* Walk::find(std::string_view keyword) {
    const int at = slots_[find_keyword(keyword)->slot];
    return at < 0 ? nullptr : &settings_[static_cast<std::size_t>(at)];
}

std::string_view Walk::value_of(std::string_view keyword) {
    const Setting* const found = find(keyword);
    return found == nullptr || found->values.empty() ? std::string_view() : found->values.front();
}

std::optional<Halt> Walk::pass() {
    const std::string& user = environment_.user_config;
    const File* const first =
        files_.top(user.empty() ? environment_.home + "/.ssh/config" : user, true, true);
    const File* const second = files_.top(environment_.system_config, false, false);
    for (const File* const file : {first, second}) {
        bool is_active = true;
        if (auto halt = read(*file, false, is_active, 0)) return halt;
    }
    return std::nullopt;
}

std::optional<Halt> Walk::find_host() {
    auto name =
        expand_host_name(find("hostname") != nullptr ? value_of("hostname") : "%h", request_.name);
    if (!name) return name.error();
    host_ = normalised_host(*name, value_of("addressfamily"));
    return std::nullopt;
}

std::optional<Halt> Walk::read(const File& file, bool never, bool& is_active, int depth) {
    if (depth > kDeepest)
        return Error(Code::invalid_input,
                     fmt::format("{}: Too many recursive configuration includes", file.path));
    if (file.halt) return file.halt;
    wants_second_pass_ = wants_second_pass_ || file.wants_second_pass;
    for (const Section& section : file.sections) {
        if (never) {
            is_active = false;
        } else if (auto halt = judge_header(file, section, is_active)) {
            return halt;
        }
        if (!is_active && !section.is_looked_at_always) continue;
        if (auto halt = read_section(file, section, never, is_active, depth)) return halt;
    }
    return std::nullopt;
}

std::optional<Halt> Walk::read_section(const File& file, const Section& section, bool never,
                                       bool is_active, int depth) {
    for (const Directive& directive : section.directives) {
        if (directive.keyword == nullptr) {
            if (auto halt = apply_unknown(file, directive)) return halt;
        } else if (directive.keyword->rule == Rule::include) {
            for (const std::string& pattern : directive.values)
                for (const File* const included : files_.included(file, pattern)) {
                    // What the included file ends with does not reach this one.
                    bool is_active_there = is_active;
                    const bool never_there = never || !is_active;
                    if (auto halt = read(*included, never_there, is_active_there, depth + 1))
                        return halt;
                }
        } else if (is_active) {
            if (auto halt = apply(file, directive)) return halt;
        }
    }
    return std::nullopt;
}

std::optional<Halt> Walk::judge_header(const File& file, const Section& section, bool& is_active) {
    if (const auto* const patterns = std::get_if<std::vector<HostPattern>>(&section.header)) {
        is_active = holds(*patterns, is_second_pass_ ? host_ : request_.name);
        return std::nullopt;
    }
    const auto* const match = std::get_if<Match>(&section.header);
    if (match == nullptr) return std::nullopt;
    Circumstances now;
    now.is_second_pass = is_second_pass_;
    now.original_host = request_.name;
    now.user = find("user") != nullptr ? value_of("user") : std::string_view(environment_.user);
    now.local_user = environment_.user;
    if (is_second_pass_) {
        now.host = lowered(host_);
    } else {
        auto host = expand_host_name(find("hostname") != nullptr ? value_of("hostname") : "%h",
                                     request_.name);
        if (!host) return host.error();
        now.host = lowered(*host);
    }
    std::string why;
    const Verdict verdict = judge(*match, now, why);
    if (verdict == Verdict::unclear) return unclear(file, section.line, std::move(why));
    is_active = verdict == Verdict::yes;
    return std::nullopt;
}

std::optional<Halt> Walk::apply_unknown(const File& file, const Directive& directive) {
    if (matches_list(directive.name, value_of("ignoreunknown"), true)) return std::nullopt;
    return unclear(file, directive.line, fmt::format("unknown keyword {}", directive.name));
}

std::optional<Halt> Walk::apply(const File& file, const Directive& directive) {
    const Keyword& keyword = *directive.keyword;
    const Place place{.file = file.path, .line = directive.line};
    const bool adds = keyword.rule == Rule::each || keyword.rule == Rule::each_of_its_file;
    if (!directive.doubt.empty() && (adds || !is_set(keyword)))
        return unclear(file, directive.line, directive.doubt);
    if (directive.values.empty()) return std::nullopt;
    switch (keyword.rule) {
        case Rule::once:
        case Rule::once_joined:
        case Rule::of_distributions:
            set_once(keyword, directive.values, place);
            break;
        case Rule::each:
        case Rule::each_of_its_file:
            add_each(file, directive, place);
            if (keyword.rule == Rule::each_of_its_file &&
                setting(keyword, place).values.size() > kMostFiles)
                return Error(Code::invalid_input,
                             fmt::format("{} line {}: Too many {} entries (max {}).", file.path,
                                         directive.line, keyword.printed, kMostFiles));
            break;
        case Rule::send_env:
            add_names(directive, place);
            break;
        case Rule::proxy_jump:
            // The first of both counts, and "none" settles it, too.
            if (find("proxycommand") == nullptr) set_once(keyword, directive.values, place);
            break;
        case Rule::proxy_command:
            if (find("proxyjump") != nullptr) {
                if (value_of("proxyjump") == "none" && find("proxycommand") == nullptr &&
                    !is_same_word(directive.values[0], "none"))
                    return unclear(file, directive.line, "ProxyCommand after ProxyJump none");
                break;
            }
            set_once(keyword, directive.values, place);
            break;
        case Rule::forward_agent:
            set_forward_agent(directive, place);
            break;
        case Rule::rekey_limit:
            set_rekey_limit(directive, place);
            break;
        default:
            break;
    }
    return std::nullopt;
}

Setting& Walk::setting(const Keyword& keyword, const Place& place) {
    int& at = slots_[keyword.slot];
    if (at < 0) {
        at = static_cast<int>(settings_.size());
        settings_.push_back(
            {.keyword = &keyword, .values = {}, .place = place, .places = {}, .are_users = {}});
    }
    return settings_[static_cast<std::size_t>(at)];
}

void Walk::set_once(const Keyword& keyword, std::vector<std::string> values, const Place& place) {
    if (!is_set(keyword)) setting(keyword, place).values = std::move(values);
}

void Walk::add_each(const File& file, const Directive& directive, const Place& place) {
    Setting& list = setting(*directive.keyword, place);
    const bool is_apart = directive.keyword->rule == Rule::each_of_its_file;
    for (const std::string& value : directive.values) {
        bool is_known = false;
        for (std::size_t i = 0; i < list.values.size(); ++i)
            is_known = is_known || (list.values[i] == value &&
                                    (!is_apart || list.are_users[i] == file.is_users));
        if (is_known) continue;
        list.values.push_back(value);
        list.places.push_back(place);
        list.are_users.push_back(file.is_users);
    }
}

void Walk::add_names(const Directive& directive, const Place& place) {
    Setting& list = setting(*directive.keyword, place);
    for (const std::string& name : directive.values) {
        if (!name.starts_with('-')) {
            list.values.push_back(name);
            list.places.push_back(place);
            continue;
        }
        const std::string_view pattern = std::string_view(name).substr(1);
        for (std::size_t i = list.values.size(); i-- > 0;) {
            if (!matches(list.values[i], pattern)) continue;
            const auto at = static_cast<std::ptrdiff_t>(i);
            list.values.erase(list.values.begin() + at);
            list.places.erase(list.places.begin() + at);
        }
    }
}

// The second value is the path.
void Walk::set_forward_agent(const Directive& directive, const Place& place) {
    const std::string& value = directive.values[0];
    const bool is_flag = value == "yes" || value == "no";
    Setting& agent = setting(*directive.keyword, place);
    if (agent.values.empty()) agent.values = {is_flag ? value : "yes", ""};
    if (!is_flag && agent.values[1].empty()) {
        agent.values[1] = value;
        agent.place = place;
    }
}

void Walk::set_rekey_limit(const Directive& directive, const Place& place) {
    Setting& limit = setting(*directive.keyword, place);
    if (limit.values.empty()) limit.values = {directive.values[0], ""};
    if (limit.values[1].empty()) limit.values[1] = directive.values[1];
}

}  // namespace remuda::ssh_config
