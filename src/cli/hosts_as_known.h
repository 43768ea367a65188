// SPDX-License-Identifier: MIT
#pragma once

#include "cli/results.h"
#include "remuda/output/hosts.h"

#include <cstddef>
#include <vector>

namespace remuda::cli {

/// Shows hosts that are being checked as they become known, to who watches: a dead one among a
/// hundred holds up the news of no other.
class HostsAsKnown {
  public:
    /// `out` and `hosts`, whose states tell what is known, outlive it. Without `is_watched` nothing
    /// is shown early.
    HostsAsKnown(Results& out, const std::vector<output::ListedHost>& hosts, bool with_details,
                 bool is_watched);

    /// The hosts are being looked at.
    void begin() { was_begun_ = true; }
    [[nodiscard]] bool was_begun() const { return was_begun_; }
    /// From now on those that are known are shown: in the order of the file, then as they come.
    void show();
    /// This one may be known now.
    void look(std::size_t host);
    /// While held nothing is shown: a question is on the screen.
    void hold(bool is_held);
    /// Some were shown.
    [[nodiscard]] bool has_rows() const { return has_rows_; }
    /// Its rest, whatever is known.
    void show_rest();

  private:
    [[nodiscard]] bool may_show() const { return is_watched_ && is_showing_ && !is_held_; }
    void show_known();
    void write(std::size_t host);

    Results& out_;
    const std::vector<output::ListedHost>& hosts_;
    output::CheckRows rows_;
    const bool is_watched_;
    std::vector<bool> was_shown_;
    bool was_begun_ = false;
    bool is_showing_ = false;
    bool is_held_ = false;
    bool has_rows_ = false;
};

}  // namespace remuda::cli
