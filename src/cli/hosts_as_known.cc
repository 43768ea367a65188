// SPDX-License-Identifier: MIT
#include "cli/hosts_as_known.h"

#include <string>
#include <utility>

namespace remuda::cli {

HostsAsKnown::HostsAsKnown(Results& out, const std::vector<output::ListedHost>& hosts,
                           bool with_details, bool is_watched)
    : out_(out),
      hosts_(hosts),
      rows_(hosts, out.columns(), with_details),
      is_watched_(is_watched),
      was_shown_(hosts.size(), false) {}

void HostsAsKnown::show() {
    is_showing_ = true;
    show_known();
}

void HostsAsKnown::look(std::size_t host) {
    if (may_show() && hosts_[host].state != output::ListedHost::State::unknown) write(host);
}

void HostsAsKnown::hold(bool is_held) {
    is_held_ = is_held;
    show_known();
}

void HostsAsKnown::show_known() {
    for (std::size_t i = 0; i < hosts_.size() && may_show(); ++i)
        look(i);
}

void HostsAsKnown::show_rest() {
    for (std::size_t i = 0; i < hosts_.size(); ++i)
        write(i);
}

void HostsAsKnown::write(std::size_t host) {
    if (was_shown_[host]) return;
    was_shown_[host] = true;
    const std::string lines = rows_.lines_of(hosts_[host]);
    out_.write(std::exchange(has_rows_, true) ? lines : rows_.head() + lines);
}

}  // namespace remuda::cli
