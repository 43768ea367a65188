// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace remuda::shim::program {

/// CRC-32 as in Ethernet and zip.
std::uint32_t crc32(std::string_view bytes);

/// SHA-256 in hex.
std::string sha256(std::string_view bytes);

/// The same of a file; empty where it cannot be read.
std::string sha256_of_file(const char* path);

}  // namespace remuda::shim::program
