// SPDX-License-Identifier: MIT
//
// The bootstrap: a script of sh that starts the shim on a host, or asks for its program first.
#pragma once

#include "remuda/shim/programs.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace remuda::shim {

/// The script. On its stdin come `hello_bytes` of the protocol first, which the shim reads if it is
/// there. If it is not, the script passes over them, says `need` and takes the program; then the
/// protocol begins anew. What it says is a line that begins with `mark`; on a line that says
/// `ready` follows the protocol. `folder`: the shim's on the host; empty: the usual one. "~/" at
/// its beginning is the home.
[[nodiscard]] std::string bootstrap_script(std::span<const Program> programs,
                                           std::string_view folder, std::string_view mark,
                                           std::size_t hello_bytes);

/// A script that removes what no shim on the host uses: programs of other versions than
/// `programs`, and the host's own folder if nobody used it for 30 days. It says what it did, one
/// `removed <path>` or `kept <path>: <why>` a line, and nothing where nothing is there.
[[nodiscard]] std::string cleaning_script(std::span<const Program> programs,
                                          std::string_view folder);

/// Takes the script's words out of what it writes.
class BootstrapWords {
  public:
    struct Word {
        enum class Kind { ready, need, cannot };
        Kind kind = Kind::cannot;
        /// `need`: for which machine; `cannot`: why.
        std::string text;
    };

    explicit BootstrapWords(std::string_view mark) : mark_(mark) {}

    /// The next word of all that has come up to and with `bytes`. After `ready`, `rest` is the
    /// protocol's.
    [[nodiscard]] std::optional<Word> feed(std::string_view bytes);
    [[nodiscard]] std::string take_rest();

  private:
    std::string mark_;
    std::string heard_;
};

}  // namespace remuda::shim
