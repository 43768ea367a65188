// SPDX-License-Identifier: MIT
#include "templating/blocks.h"

#include "templating/helpers.h"

#include <algorithm>
#include <array>

namespace remuda::templating {

namespace {

using Kind = BlockHelper::Kind;

constexpr std::array kBlocks = {
    BlockHelper{"if", Kind::if_true, 1, "includeZero", 0, "{{#if A}}...{{else}}...{{/if}}"},
    BlockHelper{"unless", Kind::unless, 1, "includeZero", 0,
                "{{#unless A}}...{{else}}...{{/unless}}"},
    BlockHelper{"each", Kind::each, 1, "", 2, "{{#each LIST}}...{{else}}...{{/each}}"},
    BlockHelper{"with", Kind::with, 1, "", 1, "{{#with VALUE}}...{{else}}...{{/with}}"},
    BlockHelper{"raw", Kind::raw, 0, "", 0, "{{{{raw}}}}...{{{{/raw}}}}"},
    BlockHelper{"to_json", Kind::to_json, 0, "format", 0, "{{#to_json}}...{{/to_json}}"},
    BlockHelper{"from_json", Kind::from_json, 0, "format", 0, "{{#from_json}}...{{/from_json}}"}};

constexpr BlockHelper kCondition{"", Kind::condition, 0, "", 0, ""};
constexpr BlockHelper kSection{"", Kind::section, 0, "", 0, ""};

}  // namespace

const BlockHelper* find_block(std::string_view name) {
    const auto* const found =
        std::ranges::find_if(kBlocks, [&](const auto& block) { return block.name == name; });
    return found == kBlocks.end() ? nullptr : found;
}

std::vector<std::string> block_names() {
    std::vector<std::string> names;
    names.reserve(kBlocks.size());
    for (const BlockHelper& block : kBlocks)
        names.emplace_back(block.name);
    return names;
}

BlockMeaning meaning_of(const Expression& head) {
    if (const auto* call = std::get_if<Call>(&head.value)) {
        const BlockHelper* block = find_block(call->helper);
        const Helper* helper = find_helper(call->helper);
        if (block == nullptr && helper != nullptr && helper->is_condition) block = &kCondition;
        return {block, call};
    }
    const auto* path = std::get_if<Path>(&head.value);
    const BlockHelper* block =
        path != nullptr && path->is_plain_name() ? find_block(path->names.front()) : nullptr;
    return {block == nullptr ? &kSection : block, nullptr};
}

}  // namespace remuda::templating
