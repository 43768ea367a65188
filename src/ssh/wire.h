// SPDX-License-Identifier: MIT
//
// The data types of SSH (RFC 4251, section 5): reading and writing, and base64, their printed form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace remuda::ssh {

/// Reads from foreign bytes. The first read past the end makes `ok` false for good; whatever is
/// read from then on is empty or 0. Views point into the bytes given.
class WireReader {
  public:
    explicit WireReader(std::string_view bytes) : rest_(bytes) {}

    std::uint8_t byte();
    std::uint32_t u32();
    std::string_view string();
    /// A number that is not negative, as big-endian bytes without leading zeros. A negative one is
    /// taken as damage.
    std::string_view mpint();
    std::string_view raw(std::size_t length);

    [[nodiscard]] bool ok() const { return ok_; }
    /// Everything was read, and without damage.
    [[nodiscard]] bool is_done() const { return ok_ && rest_.empty(); }
    [[nodiscard]] std::string_view rest() const { return rest_; }

  private:
    std::string_view rest_;
    bool ok_ = true;
};

class WireWriter {
  public:
    WireWriter& byte(std::uint8_t value);
    WireWriter& u32(std::uint32_t value);
    WireWriter& string(std::string_view bytes);
    /// From big-endian bytes; leading zeros do not matter.
    WireWriter& mpint(std::string_view magnitude);

    [[nodiscard]] std::string take() { return std::move(bytes_); }

  private:
    std::string bytes_;
};

/// The content of padded base64, whitespace skipped; nothing if it is none. Never reallocates, so a
/// secret leaves no copies behind.
[[nodiscard]] std::optional<std::string> base64_decoded(std::string_view text);
[[nodiscard]] std::string base64_encoded(std::string_view bytes);

}  // namespace remuda::ssh
