// SPDX-License-Identifier: MIT
#include "queue/canonical.h"

#include "queue/product.h"
#include "remuda/yaml/node.h"

namespace remuda::queue {

namespace {

class Writer {
  public:
    Writer(std::size_t indent, std::string_view line_break)
        : indent_(indent, ' '), line_break_(line_break) {}

    void line(std::string_view lead, std::string_view text) {
        text_.append(indent_).append(lead).append(text).append(line_break_);
    }
    void list(std::string_view lead, std::string_view name,
              const std::vector<Entry::Value>& values) {
        line(lead, yaml::emit_scalar(name) + ":");
        // Of parameters numbers are texts, and quoted; here they are numbers.
        const bool is_of_numbers = name == "slots";
        for (const Entry::Value& value : values) {
            line("    - ", is_of_numbers ? value.text : yaml::emit_scalar(value.text));
        }
    }
    [[nodiscard]] std::string text() && { return std::move(text_); }

  private:
    std::string indent_;
    std::string_view line_break_;
    std::string text_;
};

}  // namespace

std::string canonical_text(const Entry& entry, std::size_t indent, std::string_view line_break) {
    Writer writer(indent, line_break);
    writer.list("- ", "command", entry.commands);
    for (const Entry::Parameter& parameter : entry.parameters) {
        writer.list("  ", parameter.name, parameter.values);
    }
    if (entry.needs.slots != 1) writer.line("  slots: ", std::to_string(entry.needs.slots));
    if (entry.needs.policy == model::AllocationPolicy::buddy) {
        writer.line("  allocation_policy: ", "buddy");
    }
    const model::JobOptions& options = entry.options;
    if (!options.name.empty() || !options.written.empty()) writer.line("  job:", "");
    if (!options.name.empty()) writer.line("    name: ", yaml::emit_scalar(options.name));
    std::string_view rest = options.written;
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        writer.line("    ", rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
    return std::move(writer).text();
}

std::string canonical_entry(const model::Job& job) {
    return canonical_text(entry_of(job));
}

}  // namespace remuda::queue
