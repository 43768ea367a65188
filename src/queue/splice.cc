// SPDX-License-Identifier: MIT
#include "queue/splice.h"

#include "queue/canonical.h"
#include "queue/layout.h"
#include "remuda/queue/new_entry.h"

#include <algorithm>
#include <utility>

namespace remuda::queue {

namespace {

std::string applied(std::string_view text, const std::vector<Splice>& splices) {
    const std::string_view line_break = line_break_of(text);
    std::string result;
    std::size_t kept_from = 0;
    for (const Splice& splice : splices) {
        result += text.substr(kept_from, splice.replaced.begin - kept_from);
        if (!splice.text.empty()) {
            end_line(result, line_break);
            result += splice.text;
        }
        kept_from = splice.replaced.end;
    }
    result += text.substr(kept_from);
    return result;
}

bool holds(const std::string& name, const std::string& text, const std::vector<Entry>& wanted) {
    const yaml::Source source(name, text);
    yaml::Diagnostics diagnostics;
    const std::vector<Entry> found = parse_queue(source, diagnostics);
    return !diagnostics.has_errors() && std::ranges::equal(found, wanted, is_same_content);
}

}  // namespace

std::string_view line_break_of(std::string_view text) {
    return text.find("\r\n") == std::string_view::npos ? "\n" : "\r\n";
}

Result<Change> spliced(const yaml::Source& source, const std::vector<std::vector<Splice>>& ways,
                       std::vector<Entry> wanted) {
    const std::string_view text = source.text();
    for (const std::vector<Splice>& way : ways) {
        std::string result = applied(text, way);
        if (holds(source.name(), result, wanted)) {
            return Change{std::move(result), std::move(wanted), false};
        }
    }
    const std::string_view line_break = line_break_of(text);
    std::string entries;
    for (const Entry& entry : wanted)
        entries += canonical_text(entry, 0, line_break);
    std::string with_comments(text.substr(0, leading_comments(text)));
    end_line(with_comments, line_break);
    with_comments += entries;
    for (std::string* result : {&with_comments, &entries}) {
        if (holds(source.name(), *result, wanted)) {
            return Change{std::move(*result), std::move(wanted), true};
        }
    }
    return Error(Code::invalid_input, "no way was found to write " + source.name() +
                                          " without changing other entries; please report this");
}

}  // namespace remuda::queue
