// SPDX-License-Identifier: MIT
#include "remuda/output/receipts.h"

#include "output/human.h"
#include "output/json_writer.h"
#include "output/outcome_json.h"
#include "output/table.h"
#include "remuda/base/text.h"
#include "remuda/output/jobs.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

namespace remuda::output {

namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kWidest = 32;
constexpr std::size_t kColumns = 6;

using Row = std::array<std::string, kColumns>;

std::string age(std::int64_t from_ms, std::int64_t now_ms) {
    // Clocks of machines differ.
    return human_duration(std::chrono::milliseconds(std::max<std::int64_t>(0, now_ms - from_ms)));
}

std::string state_of(const ListedReceipt& receipt) {
    if (!receipt.outcome) return "running";
    return model::is_success(*receipt.outcome) ? "ok" : model::describe(*receipt.outcome);
}

/// "laptop:/home/me/queue.yaml".
std::string origin_of(const ListedReceipt& receipt) {
    if (receipt.machine.empty() && receipt.queue.empty()) return "-";
    return receipt.machine + ":" + receipt.queue;
}

}  // namespace

std::string receipts_table(const std::vector<ListedReceipt>& receipts, std::size_t columns,
                           std::int64_t now_ms) {
    if (receipts.empty()) return "";
    std::vector<Row> rows{{"JOB", "NODE", "BEGAN", "STATE", "FROM", "COMMAND"}};
    for (const ListedReceipt& receipt : receipts) {
        rows.push_back(
            {receipt.number ? std::to_string(*receipt.number) : "-",
             one_line(receipt.node, kWidest), age(receipt.started_ms, now_ms) + " ago",
             one_line(state_of(receipt), kWidest), one_line(origin_of(receipt), kMostTableColumns),
             one_line(receipt.name.empty() ? receipt.command : receipt.name, kMostTableColumns)});
    }
    std::array<std::size_t, kColumns> widths{};
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < kColumns; ++i)
            widths[i] = std::max(widths[i], display_width(row[i]));
    }
    std::string text;
    for (const Row& row : rows) {
        std::string line;
        for (std::size_t i = 0; i + 1 < kColumns; ++i)
            line += filled(row[i], widths[i] + 2);
        line += row.back();
        text += (columns > 0 ? elided(line, columns) : line) + "\n";
    }
    return text;
}

std::string receipt_as_json(const ListedReceipt& receipt) {
    JsonWriter json;
    json.begin_object().field("v", kVersion).field("type", "receipt").field("key", receipt.key);
    json.field("node", receipt.node);
    if (receipt.number) json.field("number", *receipt.number);
    if (receipt.run) json.field("run", *receipt.run);
    json.field("command", receipt.command);
    if (!receipt.name.empty()) json.field("name", receipt.name);
    if (!receipt.machine.empty()) json.field("machine", receipt.machine);
    if (!receipt.queue.empty()) json.field("queue", receipt.queue);
    json.field("started_at", utc_time(receipt.started_ms));
    json.field("state", receipt.outcome ? "ended" : "running");
    if (receipt.outcome) add_outcome(json, *receipt.outcome);
    json.field("stdout_bytes", receipt.out_bytes).field("stderr_bytes", receipt.err_bytes);
    json.end_object();
    return json.text() + "\n";
}

}  // namespace remuda::output
