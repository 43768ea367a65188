// SPDX-License-Identifier: MIT
//
// Any bytes as a hosts file: nothing may crash, and what is found can be shown.
#include "remuda/base/check.h"
#include "remuda/inventory/inventory.h"
#include "remuda/yaml/node.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

// Every span lies within the file, and children within their order.
void check_spans(const remuda::yaml::Node& node, const remuda::yaml::Source& source) {
    REMUDA_CHECK(node.span.begin <= node.span.end);
    REMUDA_CHECK(node.span.end <= source.text().size());
    for (const auto& item : node.items)
        check_spans(item, source);
    for (const auto& [key, value] : node.pairs) {
        check_spans(key, source);
        check_spans(value, source);
    }
}

void check_fleet(const remuda::model::Fleet& fleet) {
    REMUDA_CHECK(!fleet.nodes.empty() && fleet.nodes.size() <= remuda::inventory::kMostNodes);
    for (const auto& node : fleet.nodes) {
        const auto& host = fleet.hosts.at(node.host.value);
        REMUDA_CHECK(!host.name.empty() && host.name.front() != '-');
        REMUDA_CHECK(node.slots >= 1);
    }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const remuda::yaml::Source source("hosts.yaml", text);

    remuda::yaml::Diagnostics syntax;
    const auto document = remuda::yaml::parse(source, syntax);
    if (document.has_root) check_spans(document.root, source);

    remuda::yaml::Diagnostics diagnostics;
    const auto fleet = remuda::inventory::parse_hosts(source, diagnostics);
    for (const auto& found : diagnostics.all()) {
        REMUDA_CHECK(found.span.begin <= found.span.end && found.span.end <= text.size());
    }
    if (!diagnostics.has_errors()) check_fleet(fleet);
    (void)diagnostics.render(source, size % 2 == 0);

    // What is no text becomes U+FFFD; everything else is read back as it was.
    const std::string list = "- " + remuda::yaml::emit_scalar(text) + "\n";
    remuda::yaml::Diagnostics none;
    const auto emitted = remuda::yaml::parse(remuda::yaml::Source("emitted", list), none);
    REMUDA_CHECK(none.empty() && emitted.root.items.size() == 1);
    const std::string& read = emitted.root.items[0].text;
    REMUDA_CHECK(read == text || read.find("\xEF\xBF\xBD") != std::string::npos);
    return 0;
}
