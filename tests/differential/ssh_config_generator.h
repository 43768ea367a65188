// SPDX-License-Identifier: MIT
//
// Random ssh_config files over what the reader covers.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace remuda::test {

class SshConfigGenerator {
  public:
    explicit SshConfigGenerator(unsigned seed) : random_(seed) {}

    struct Files {
        std::string main;
        /// Under ~/.ssh/inc, by name.
        std::vector<std::pair<std::string, std::string>> included;
    };
    /// `is_odd`: with constructs that the reader leaves to ssh. `is_faulty`: some values are wrong.
    [[nodiscard]] Files make(bool is_odd, bool is_faulty);
    /// A name to connect to.
    [[nodiscard]] std::string name();
    [[nodiscard]] std::size_t below(std::size_t limit);
    /// Lines with something wrong, though not always wherever they stand.
    [[nodiscard]] static const std::vector<std::string_view>& faults();

  private:
    [[nodiscard]] std::string file(std::size_t lines, bool includes);
    [[nodiscard]] std::string line(bool includes);
    [[nodiscard]] std::string option();
    [[nodiscard]] std::string faulty();
    [[nodiscard]] std::string odd();
    [[nodiscard]] std::string header();
    [[nodiscard]] std::string match();
    [[nodiscard]] std::string patterns(std::string_view between);
    /// `keyword value` in one of the ways to write it.
    [[nodiscard]] std::string written(std::string_view keyword, std::string_view value);
    [[nodiscard]] std::string_view one_of(const std::vector<std::string_view>& choice);

    std::mt19937 random_;
    bool is_odd_ = false;
    bool is_faulty_ = false;
};

}  // namespace remuda::test
