// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <string.h>

namespace remuda {

/// Bytes that are wiped when they are done with. Never grows, so no copies are left behind.
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
    ~Secret() { wipe(); }
    Secret(Secret&& other) noexcept { take(other); }
    Secret& operator=(Secret&& other) noexcept {
        if (this != &other) {
            wipe();
            take(other);
        }
        return *this;
    }
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;

    [[nodiscard]] std::string_view view() const { return bytes_; }

  private:
    void wipe() { ::explicit_bzero(bytes_.data(), bytes_.size()); }
    // Moving a short string copies its bytes.
    void take(Secret& other) {
        bytes_ = std::move(other.bytes_);
        other.bytes_.resize(other.bytes_.capacity());
        other.wipe();
        other.bytes_.clear();
    }

    std::string bytes_;
};

}  // namespace remuda
