// SPDX-License-Identifier: MIT
#include "remuda/output/hosts.h"

#include "output/grid.h"
#include "output/json_writer.h"
#include "remuda/base/text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace remuda::output {

namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::string_view kIndent = "    ";

using State = ListedHost::State;

std::string_view shown(State state) {
    switch (state) {
        case State::unknown:
            return "";
        case State::ok:
            return "ok";
        case State::down:
            return "DOWN";
        case State::not_authorised:
            return "REFUSED";
        case State::faulty:
            return "FAULTY";
    }
    return "";
}

std::string_view in_json(State state) {
    switch (state) {
        case State::unknown:
            return "unknown";
        case State::ok:
            return "ok";
        case State::down:
            return "down";
        case State::not_authorised:
            return "not_authorised";
        case State::faulty:
            return "faulty";
    }
    return "";
}

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

std::string shown(const std::optional<Duration>& time) {
    if (!time) return "";
    const double milliseconds = seconds(*time) * 1000;
    return milliseconds < 10 ? fmt::format("{:.1f} ms", milliseconds)
                             : fmt::format("{:.0f} ms", milliseconds);
}

std::string clean(std::string_view text) {
    std::string line = sanitised(text, false);
    std::ranges::replace(line, '\n', ' ');
    return line;
}

std::string_view shown_way(const ListedHost& host) {
    return host.way == "ssh" ? "system ssh" : std::string_view(host.way);
}

std::string route_of(const ListedHost& host) {
    std::string text = host.address;
    if (!host.jumps.empty()) text += fmt::format(" via {}", fmt::join(host.jumps, ", "));
    if (!host.proxy_command.empty()) text += " via " + host.proxy_command;
    return clean(text);
}

// What is wrong with the files is the same for many hosts, and told below the first of them.
class ToldFaults {
  public:
    [[nodiscard]] bool is_news(const ListedHost& host) {
        if (host.reason.empty()) return false;
        return host.state != State::faulty || told_.insert(host.reason).second;
    }

  private:
    std::set<std::string> told_;
};

void add_below(std::string& text, std::string_view what) {
    text += fmt::format("{}{}\n", kIndent, clean(what));
}

Grid check_grid() {
    return Grid({"HOST", "STATE", "WAY", "LOGIN", "ROUND TRIP", "ADDRESS", "HOST KEY"});
}

Grid::Row check_cells(const ListedHost& host) {
    const std::string key =
        host.fingerprint.empty() ? "" : host.host_key_type + " " + host.fingerprint;
    const std::string_view state = host.state == State::unknown ? "?" : shown(host.state);
    return {clean(host.name),
            std::string(state),
            std::string(shown_way(host)),
            shown(host.login),
            shown(host.round_trip),
            route_of(host),
            key};
}

// What there is more to say of a host.
std::string check_below(const ListedHost& host, ToldFaults& told, bool with_details) {
    std::string text;
    if (told.is_news(host)) add_below(text, host.reason);
    if (!host.why.empty()) add_below(text, fmt::format("by {}: {}", shown_way(host), host.why));
    if (!with_details) return text;
    for (const std::string& note : host.notes)
        add_below(text, note);
    std::size_t width = 0;
    for (const auto& [name, value] : host.details)
        width = std::max(width, name.size());
    for (const auto& [name, value] : host.details)
        add_below(text, filled(name, width) + "  " + value);
    return text;
}

}  // namespace

std::string hosts_list(const std::vector<ListedHost>& hosts, std::size_t columns) {
    if (hosts.empty()) return "";
    Grid grid({"HOST", "NODES", "SLOTS", "WAY", "ADDRESS", "PLACE"});
    for (const ListedHost& host : hosts) {
        const bool is_listed = host.nodes > 0;
        grid.add({clean(host.name), is_listed ? std::to_string(host.nodes) : "",
                  is_listed ? std::to_string(host.slots) : "", std::string(shown_way(host)),
                  route_of(host), clean(host.place)});
    }
    std::string text = grid.head(columns);
    ToldFaults told;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        text += grid.row(i, columns);
        if (told.is_news(hosts[i])) add_below(text, hosts[i].reason);
        if (!hosts[i].why.empty()) {
            add_below(text, fmt::format("by {}: {}", shown_way(hosts[i]), hosts[i].why));
        }
    }
    return text;
}

std::string hosts_check(const std::vector<ListedHost>& hosts, std::size_t columns,
                        bool with_details) {
    if (hosts.empty()) return "";
    Grid grid = check_grid();
    for (const ListedHost& host : hosts)
        grid.add(check_cells(host));
    std::string text = grid.head(columns);
    ToldFaults told;
    for (std::size_t i = 0; i < hosts.size(); ++i)
        text += grid.row(i, columns) + check_below(hosts[i], told, with_details);
    return text;
}

struct CheckRows::Impl {
    Grid grid = check_grid();
    ToldFaults told;
    std::size_t columns = 0;
    bool has_details = false;
};

CheckRows::CheckRows(const std::vector<ListedHost>& hosts, std::size_t columns, bool with_details)
    : impl_(std::make_unique<Impl>()) {
    impl_->columns = columns;
    impl_->has_details = with_details;
    constexpr std::size_t name_column = 0;
    // As wide as what most hosts have there.
    constexpr std::array<std::pair<std::size_t, std::string_view>, 5> usual{
        {{1, "REFUSED"},
         {2, "library"},
         {3, "1234 ms"},
         {4, "12.3 ms"},
         {5, "me@host.example.org"}}};
    for (const ListedHost& host : hosts)
        impl_->grid.reserve(name_column, display_width(clean(host.name)));
    for (const auto& [column, text] : usual)
        impl_->grid.reserve(column, text.size());
    impl_->grid.reserve(check_cells(ListedHost()).size() - 1, 1);
}

CheckRows::~CheckRows() = default;

std::string CheckRows::head() const {
    return impl_->grid.head(impl_->columns);
}

std::string CheckRows::lines_of(const ListedHost& host) {
    impl_->grid.add(check_cells(host));
    return impl_->grid.row(impl_->grid.rows() - 1, impl_->columns) +
           check_below(host, impl_->told, impl_->has_details);
}

std::string summary_of(const std::vector<ListedHost>& hosts) {
    std::string text = fmt::format("{} host{}", hosts.size(), hosts.size() == 1 ? "" : "s");
    std::string_view separator = ": ";
    const auto add = [&](State state, std::string_view word) {
        const auto count = std::ranges::count(hosts, state, &ListedHost::state);
        if (count == 0) return;
        text += fmt::format("{}{} {}", separator, count, word);
        separator = ", ";
    };
    add(State::ok, "ok");
    add(State::down, "down");
    add(State::not_authorised, "refused");
    add(State::faulty, "faulty");
    add(State::unknown, "not known");
    return text;
}

std::string host_as_json(const ListedHost& host) {
    JsonWriter json;
    json.begin_object().field("v", kVersion).field("type", "host");
    json.field("host", host.name).field("state", in_json(host.state));
    const auto add = [&](std::string_view name, std::string_view text) {
        if (!text.empty()) json.field(name, text);
    };
    add("way", host.way);
    add("why", host.why);
    add("reason", host.reason);
    add("user", host.user);
    add("hostname", host.host_name);
    if (host.port != 0) json.field("port", std::uint64_t{host.port});
    if (!host.jumps.empty()) {
        json.key("jumps").begin_array();
        for (const std::string& jump : host.jumps)
            json.value(jump);
        json.end_array();
    }
    add("proxy_command", host.proxy_command);
    add("host_key_type", host.host_key_type);
    add("fingerprint", host.fingerprint);
    if (host.login) json.key("login_seconds").seconds(seconds(*host.login));
    if (host.round_trip) {
        json.key("round_trip_microseconds")
            .value(std::uint64_t(
                std::chrono::duration_cast<std::chrono::microseconds>(*host.round_trip).count()));
    }
    for (const auto& [name, value] : host.details) {
        std::string field = name;
        std::ranges::replace(field, ' ', '_');
        add(field, value);
    }
    if (host.nodes > 0) {
        json.field("nodes", std::uint64_t{host.nodes}).field("slots", std::uint64_t{host.slots});
    }
    add("place", host.place);
    json.end_object();
    return json.text() + "\n";
}

}  // namespace remuda::output
