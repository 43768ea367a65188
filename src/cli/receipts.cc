// SPDX-License-Identifier: MIT
#include "cli/receipts.h"

#include "cli/records.h"

#include <algorithm>
#include <chrono>
#include <compare>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace remuda::cli {

namespace {

const std::string& command_of(const Receipt& receipt) {
    return receipt.kept.script.empty() ? receipt.label.title : receipt.kept.script;
}

/// The node of `host` that bears the label; else its first one.
std::pair<model::NodeId, bool> node_for(const model::Fleet& fleet, model::HostId host,
                                        const std::string& label) {
    std::optional<model::NodeId> first;
    for (const model::Node& node : fleet.nodes) {
        if (node.host != host) continue;
        if (node.label == label) return {node.id, true};
        if (!first) first = node.id;
    }
    return {first.value_or(model::NodeId{}), false};
}

/// So many digits are more than jobs are counted, and may be the beginning of a key.
constexpr std::size_t kKeyDigits = 10;

/// What a word stands for.
struct Meant {
    /// Where they are among all.
    std::vector<std::size_t> receipts;
    /// It is a number of jobs, and no range of them.
    bool is_one_number = false;
};

Meant meant_by(const std::string& word, const std::vector<Receipt>& all) {
    Meant meant;
    const auto choose = [&](const auto& is_meant) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (is_meant(all[i])) meant.receipts.push_back(i);
        }
        return !meant.receipts.empty();
    };
    if (const auto numbers = parse_numbers({word})) {
        const auto& range = numbers->front();
        const auto has_number = [&](const Receipt& receipt) {
            return receipt.label.job && *receipt.label.job >= range.first &&
                   *receipt.label.job <= range.second;
        };
        meant.is_one_number = choose(has_number) && range.first == range.second;
        // Keys are drawn: what a number means must not hang on how they happen to begin.
        if (!meant.receipts.empty() || word.size() < kKeyDigits) return meant;
    }
    // A whole key is also what other keys begin with.
    if (choose([&](const Receipt& receipt) { return receipt.kept.key == word; })) return meant;
    (void)choose([&](const Receipt& receipt) { return receipt.kept.key.starts_with(word); });
    return meant;
}

/// Who counted the number of a job.
struct Origin {
    std::string machine;
    std::string queue;
    std::string store;
    /// Of one job: a store that was put back to an earlier state gives its numbers again.
    std::optional<std::uint64_t> run = std::nullopt;

    auto operator<=>(const Origin&) const = default;
};

Origin origin_of(const Receipt& receipt, bool with_run) {
    const std::string& key = receipt.kept.key;
    Origin origin{receipt.label.machine, receipt.label.queue, key.substr(0, key.find('-'))};
    if (with_run) origin.run = receipt.label.run;
    return origin;
}

std::string told(const Origin& origin) {
    return fmt::format("of {} on {}", origin.queue.empty() ? "an unknown queue" : origin.queue,
                       origin.machine.empty() ? "an unknown machine" : origin.machine);
}

/// The first ones, which are enough to tell the queue.
std::string shown(const std::vector<std::string>& keys) {
    constexpr std::size_t most = 4;
    std::string text;
    for (std::size_t i = 0; i < std::min(most, keys.size()); ++i)
        text += (i == 0 ? "" : " ") + keys[i];
    if (keys.size() > most) text += fmt::format(" and {} more", keys.size() - most);
    return text;
}

}  // namespace

std::vector<Receipt> distinct_receipts(const model::Fleet& fleet, std::vector<HostReceipts> found) {
    struct Place {
        std::size_t at = 0;
        bool is_exact = false;
    };
    std::map<std::string, Place> places;
    std::vector<Receipt> all;
    for (HostReceipts& host : found) {
        for (shim::Kept& kept : host.kept) {
            Receipt receipt{std::move(kept), {}, {}, host.keeper};
            receipt.label = run::parse_label(receipt.kept.label);
            bool is_exact = false;
            std::tie(receipt.node, is_exact) = node_for(fleet, host.host, receipt.label.node);
            const auto [place, is_new] =
                places.try_emplace(receipt.kept.key, Place{all.size(), is_exact});
            if (is_new) {
                all.push_back(std::move(receipt));
            } else if (is_exact && !std::exchange(place->second.is_exact, true)) {
                all[place->second.at] = std::move(receipt);
            }
        }
    }
    std::ranges::sort(all, [](const Receipt& one, const Receipt& other) {
        return std::tie(one.kept.time, one.kept.key) < std::tie(other.kept.time, other.kept.key);
    });
    return all;
}

Result<std::vector<Receipt>> chosen_receipts(std::vector<Receipt> all,
                                             const std::vector<std::string>& words) {
    if (words.empty()) return all;
    std::vector<bool> is_chosen(all.size());
    for (const std::string& word : words) {
        const std::vector<std::size_t> found = meant_by(word, all).receipts;
        for (const std::size_t i : found)
            is_chosen[i] = true;
        if (found.empty()) {
            const auto numbers = parse_numbers({word});
            const bool is_range = word.find('-') != std::string::npos &&
                                  word.find_first_not_of("0123456789-") == std::string::npos;
            if (!numbers && is_range) return numbers.error();
            return Error(Code::not_found,
                         fmt::format("no host has a receipt of job {} (`remuda attach --list` "
                                     "shows what there is)",
                                     word));
        }
    }
    std::vector<Receipt> chosen;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (is_chosen[i]) chosen.push_back(std::move(all[i]));
    }
    return chosen;
}

std::vector<std::string> mistakable(const std::vector<Receipt>& all,
                                    const std::vector<std::string>& words, std::string_view done) {
    for (const std::string& word : words) {
        const Meant meant = meant_by(word, all);
        std::map<Origin, std::vector<std::string>> keys;
        for (const std::size_t i : meant.receipts)
            keys[origin_of(all[i], meant.is_one_number)].push_back(all[i].kept.key);
        if (keys.size() <= 1) continue;
        std::vector<std::string> lines{fmt::format(
            "{} stands for jobs of several queues, so nothing is {}; name them by their "
            "keys, or by what those begin with:",
            word, done)};
        for (const auto& [origin, of_origin] : keys)
            lines.push_back(fmt::format("  {}  {}", shown(of_origin), told(origin)));
        return lines;
    }
    return {};
}

std::vector<model::JobResumed> to_follow(const std::vector<Receipt>& receipts, bool only_new,
                                         std::int64_t now_ms) {
    std::vector<model::JobResumed> jobs;
    jobs.reserve(receipts.size());
    for (const Receipt& receipt : receipts) {
        model::JobResumed& job = jobs.emplace_back();
        job.job.id = {jobs.size()};
        job.job.command = command_of(receipt);
        if (receipt.label.has_name) job.job.options.name = receipt.label.title;
        job.job.options.grace = receipt.kept.grace;
        job.node = receipt.node;
        job.command = job.job.command;
        // With another epoch, what is not known there any more was not "never started".
        job.durable = {receipt.kept.key, receipt.keeper.boot, ""};
        const auto began_ms = static_cast<std::int64_t>(receipt.kept.time);
        job.ran = std::chrono::milliseconds(std::max<std::int64_t>(now_ms - began_ms, 0));
        if (only_new) {
            job.out = receipt.kept.kept.out;
            job.err = receipt.kept.kept.err;
        }
    }
    return jobs;
}

output::ListedReceipt listed(const Receipt& receipt, const model::Fleet& fleet) {
    output::ListedReceipt item;
    item.key = receipt.kept.key;
    item.node = fleet.nodes[receipt.node.value].label;
    item.run = receipt.label.run;
    item.number = receipt.label.job;
    item.command = command_of(receipt);
    if (receipt.label.has_name) item.name = receipt.label.title;
    item.machine = receipt.label.machine;
    item.queue = receipt.label.queue;
    item.started_ms = static_cast<std::int64_t>(receipt.kept.time);
    item.outcome = receipt.kept.outcome;
    item.out_bytes = receipt.kept.kept.out;
    item.err_bytes = receipt.kept.kept.err;
    return item;
}

}  // namespace remuda::cli
