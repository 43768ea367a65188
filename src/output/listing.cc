// SPDX-License-Identifier: MIT
#include "remuda/output/listing.h"

#include "output/human.h"
#include "output/json_writer.h"
#include "remuda/base/text.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

#include <fmt/format.h>

namespace remuda::output {

namespace {

constexpr std::uint64_t kVersion = 1;

// Foreign text on one line, whole if it is not very long.
std::string clean(std::string_view text) {
    constexpr std::size_t most_columns = 2000;
    return one_line(text, most_columns);
}

std::string jobs_text(const ListedEntry& entry) {
    if (entry.jobs == 1) return "";
    if (entry.jobs == std::numeric_limits<std::size_t>::max()) return "countless jobs";
    return counted(entry.jobs, "job");
}

// "make test ... (and 2 more)".
std::string command_text(const ListedEntry& entry) {
    const std::string& command = entry.commands.front();
    const std::size_t end = command.find_first_of("\r\n");
    const bool has_more_lines = command.find_first_not_of("\r\n", end) != std::string::npos;
    std::string text = clean(std::string_view(command).substr(0, end));
    if (end != std::string::npos && has_more_lines) text += " ...";
    if (entry.commands.size() > 1) text += fmt::format(" (and {} more)", entry.commands.size() - 1);
    return text;
}

// "bs=8,16,32 model=small  2 slots  'train'".
std::string details_text(const ListedEntry& entry) {
    constexpr std::size_t most_values = 8;
    std::string text;
    for (const auto& [name, values] : entry.parameters) {
        if (!text.empty()) text += ' ';
        text += clean(name) + "=";
        for (std::size_t i = 0; i < std::min(values.size(), most_values); ++i) {
            if (i > 0) text += ',';
            text += one_line(values[i], 40);
        }
        if (values.size() > most_values) text += fmt::format(",... ({})", values.size());
    }
    const auto add = [&text](const std::string& more) {
        if (!text.empty()) text += "  ";
        text += more;
    };
    if (entry.slots != std::vector{1}) {
        add(fmt::format("{} slots", fmt::join(entry.slots, ",")));
    }
    if (!entry.name.empty()) add("'" + clean(entry.name) + "'");
    return text;
}

std::string cut(const std::string& text, std::size_t columns) {
    if (display_width(text) <= columns) return text;
    return text.substr(0, prefix_within(text, columns > 1 ? columns - 1 : 1)) + "…";
}

}  // namespace

std::string listing(const std::vector<ListedEntry>& entries, std::size_t columns) {
    if (entries.empty()) return "";
    const std::size_t number_width = std::to_string(entries.back().number).size();
    std::size_t id_width = 0;
    std::size_t jobs_width = 0;
    for (const ListedEntry& entry : entries) {
        id_width = std::max(id_width, entry.id.size());
        jobs_width = std::max(jobs_width, jobs_text(entry).size());
    }
    std::string text;
    for (const ListedEntry& entry : entries) {
        std::string line =
            fmt::format("{:>{}}  {:<{}}  ", entry.number, number_width, entry.id, id_width);
        if (jobs_width > 0) line += fmt::format("{:>{}}  ", jobs_text(entry), jobs_width);
        std::string command = command_text(entry);
        std::string details = details_text(entry);
        if (!details.empty()) details.insert(0, "  ");
        if (columns > 0) {
            // The command gives way to what follows it, but keeps half of the room.
            const std::size_t room = columns > line.size() ? columns - line.size() : 1;
            const std::size_t behind = std::min(display_width(details), room / 2);
            command = cut(command, room - behind);
        }
        line += command + details;
        text += (columns > 0 ? cut(line, columns) : line) + "\n";
    }
    return text;
}

std::string entry_as_json(const ListedEntry& entry) {
    JsonWriter json;
    json.begin_object().field("v", kVersion).field("type", "entry");
    json.field("number", std::uint64_t{entry.number}).field("id", entry.id);
    json.field("jobs", std::uint64_t{entry.jobs}).key("commands").begin_array();
    for (const std::string& command : entry.commands)
        json.value(command);
    json.end_array().key("parameters").begin_object();
    for (const auto& [name, values] : entry.parameters) {
        json.key(name).begin_array();
        for (const std::string& value : values)
            json.value(value);
        json.end_array();
    }
    json.end_object().key("slots");
    if (entry.slots.size() == 1) {
        json.value(std::int64_t{entry.slots.front()});
    } else {
        json.begin_array();
        for (const int slots : entry.slots)
            json.value(std::int64_t{slots});
        json.end_array();
    }
    if (!entry.name.empty()) json.field("name", entry.name);
    json.field("line", std::uint64_t{entry.line}).end_object();
    return json.text() + "\n";
}

}  // namespace remuda::output
