// SPDX-License-Identifier: MIT
#include "output/node_names.h"

#include "output/fold.h"
#include "output/human.h"

#include <algorithm>
#include <cstddef>
#include <unordered_set>

#include <fmt/format.h>

namespace remuda::output {

namespace {

constexpr std::size_t kMostName = 200;
constexpr std::size_t kMostLines = 5;

}  // namespace

std::string names_text(const std::vector<const model::Node*>& nodes) {
    if (nodes.size() == 1) return one_line(nodes.front()->label, kMostName);
    std::vector<std::string> names;
    std::unordered_set<std::string> seen;
    for (const model::Node* node : nodes) {
        if (seen.insert(node->hostname).second) names.push_back(node->hostname);
    }
    return fmt::format("{} ({})", one_line(folded_names(names), kMostName),
                       counted(nodes.size(), "node"));
}

std::string places_text(const std::vector<const model::Node*>& nodes) {
    std::vector<std::size_t> lines;
    lines.reserve(nodes.size());
    for (const model::Node* node : nodes)
        lines.push_back(node->place.line);
    std::sort(lines.begin(), lines.end());
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
    std::string text = nodes.front()->place.file;
    for (std::size_t i = 0; i < lines.size() && i < kMostLines; ++i)
        text += fmt::format("{}{}", i == 0 ? ':' : ',', lines[i]);
    if (lines.size() > kMostLines) text += ",...";
    return text;
}

}  // namespace remuda::output
