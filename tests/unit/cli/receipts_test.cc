// SPDX-License-Identifier: MIT
#include "cli/receipts.h"

#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace remuda;
using cli::chosen_receipts;
using cli::distinct_receipts;
using cli::Receipt;

namespace {

/// Hosts a and b, which are one machine; on b two nodes.
model::Fleet two_names() {
    model::Fleet fleet;
    for (const char* name : {"a", "b"}) {
        model::Host& host = fleet.hosts.emplace_back();
        host.id = {fleet.hosts.size() - 1};
        host.name = name;
    }
    for (const auto& [host, label] :
         {std::pair(0, "a"), std::pair(1, "b"), std::pair(1, "b (x)")}) {
        model::Node& node = fleet.nodes.emplace_back();
        node.id = {fleet.nodes.size() - 1};
        node.host = {static_cast<std::uint64_t>(host)};
        node.label = label;
    }
    return fleet;
}

shim::Kept kept(const std::string& key, std::uint64_t time, const run::ReceiptLabel& label) {
    shim::Kept one;
    one.key = key;
    one.label = run::label_text(label);
    one.script = "script of " + key;
    one.time = time;
    one.kept = {7, 1};
    return one;
}

std::vector<Receipt> some_receipts() {
    const std::vector<shim::Kept> all{
        kept("cafe-1-2", 20, {"train", true, 1, 12, "b (x)", "laptop", "/q"}),
        kept("12ab-1-1", 10, {"echo", false, 1, 11, "gone", "other", "/p"}),
        kept("cafe-1-3", 30, {"echo", false, 1, 13, "a", "laptop", "/q"})};
    return distinct_receipts(two_names(),
                             {{{0}, {"boot", "epoch"}, all}, {{1}, {"boot", "epoch"}, all}});
}

std::vector<std::string> keys_of(const Result<std::vector<Receipt>>& receipts) {
    std::vector<std::string> keys;
    if (!receipts) return {receipts.error().text()};
    for (const Receipt& receipt : *receipts)
        keys.push_back(receipt.kept.key);
    return keys;
}

using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("a receipt is found once, where its node is, however many names its machine has") {
    const std::vector<Receipt> receipts = some_receipts();
    CHECK(keys_of(receipts) == Keys{"12ab-1-1", "cafe-1-2", "cafe-1-3"});
    CHECK(receipts[0].node == model::NodeId{0});
    CHECK(receipts[1].node == model::NodeId{2});
    CHECK(receipts[2].node == model::NodeId{0});
}

TEST_CASE("receipts are chosen by numbers of jobs and beginnings of keys") {
    CHECK(keys_of(chosen_receipts(some_receipts(), {})).size() == 3);
    CHECK(keys_of(chosen_receipts(some_receipts(), {"12"})) == Keys{"cafe-1-2"});
    CHECK(keys_of(chosen_receipts(some_receipts(), {"12-20", "11"})).size() == 3);
    CHECK(chosen_receipts(some_receipts(), {"20-12"}).error().text() ==
          "'20-12' is a range from high to low: write 12-20");
    CHECK(keys_of(chosen_receipts(some_receipts(), {"cafe"})) == Keys{"cafe-1-2", "cafe-1-3"});
    CHECK(keys_of(chosen_receipts(some_receipts(), {"12ab"})) == Keys{"12ab-1-1"});
    const auto of_digits = distinct_receipts(
        two_names(),
        {{{0}, {"boot", "epoch"}, {kept("7123456789012345-1-1", 1, {"a", false, 1, 2, "a"})}}});
    CHECK(keys_of(chosen_receipts(of_digits, {"7123456789"})) == Keys{"7123456789012345-1-1"});
    CHECK(keys_of(chosen_receipts(of_digits, {"7"})) ==
          Keys{"no host has a receipt of job 7 (`remuda attach --list` shows what there is)"});
    CHECK(keys_of(chosen_receipts(some_receipts(), {"12", "99"})) ==
          Keys{"no host has a receipt of job 99 (`remuda attach --list` shows what there is)"});
}

TEST_CASE("a whole key is that one alone, also where others begin with it") {
    const std::vector<shim::Kept> all{
        kept("cafe-1-2", 1, {"a", false, 1, 2, "a", "laptop", "/q"}),
        kept("cafe-1-20", 2, {"b", false, 1, 3, "a", "laptop", "/q"})};
    const auto receipts = distinct_receipts(two_names(), {{{0}, {"boot", "epoch"}, all}});
    CHECK(keys_of(chosen_receipts(receipts, {"cafe-1-2"})) == Keys{"cafe-1-2"});
    CHECK(keys_of(chosen_receipts(receipts, {"cafe-1-"})) == Keys{"cafe-1-2", "cafe-1-20"});
}

TEST_CASE("what is to be released must be of one queue, and who is mistakable is told apart") {
    using cli::mistakable;
    const auto of = [](const run::ReceiptLabel& one, const std::string& key,
                       const run::ReceiptLabel& other) {
        const std::vector<shim::Kept> all{kept("cafe-1-2", 1, one), kept(key, 2, other)};
        return distinct_receipts(two_names(), {{{0}, {"boot", "epoch"}, all}});
    };
    const run::ReceiptLabel own{"a", false, 1, 2, "a", "laptop", "/q"};
    const auto same = own;
    CHECK(mistakable(of(own, "cafe-1-3", same), {"2"}, "released").empty());
    CHECK(mistakable(of(own, "cafe-1-3", same), {}, "released").empty());
    CHECK(mistakable(of(own, "cafe-1-3", same), {"7"}, "released").empty());

    auto elsewhere = own;
    elsewhere.machine = "desk";
    CHECK(mistakable(of(own, "cafe-1-3", elsewhere), {"2"}, "released") ==
          Keys{"2 stands for jobs of several queues, so nothing is released; name them by their "
               "keys, or by what those begin with:",
               "  cafe-1-3  of /q on desk", "  cafe-1-2  of /q on laptop"});
    CHECK(mistakable(of(own, "cafe-1-3", elsewhere), {"cafe"}, "released").size() == 3);
    CHECK(mistakable(of(own, "cafe-1-3", elsewhere), {"cafe-1-2"}, "released").empty());

    // A store that was begun anew, and one that was put back to what it was earlier.
    CHECK(mistakable(of(own, "beef-1-2", same), {"9", "2"}, "released").size() == 3);
    auto later = own;
    later.run = 2;
    CHECK(mistakable(of(own, "cafe-2-2", later), {"2"}, "released").size() == 3);
    // A range may be of several runs of one store.
    later.job = 3;
    CHECK(mistakable(of(own, "cafe-2-2", later), {"2-3"}, "released").empty());
    CHECK(mistakable(of(own, "beef-2-2", later), {"2-3"}, "released").size() == 3);
    CHECK(mistakable(of(own, "beef-2-2", later), {"2", "3"}, "released").empty());
}

TEST_CASE("what is followed is never taken for what never started") {
    const std::vector<Receipt> receipts = some_receipts();
    const std::vector<model::JobResumed> jobs = cli::to_follow(receipts, false, 50);
    REQUIRE(jobs.size() == 3);
    CHECK(jobs[1].job.id == model::JobId{2});
    CHECK(jobs[1].job.options.name == "train");
    CHECK(jobs[1].command == "script of cafe-1-2");
    CHECK(jobs[1].durable == model::Durable{"cafe-1-2", "boot", ""});
    CHECK(jobs[1].out == 0);
    CHECK(jobs[1].ran == std::chrono::milliseconds(30));
    CHECK(cli::to_follow(receipts, false, 5)[1].ran == Duration{0});
    CHECK(cli::to_follow(receipts, true, 5)[1].out == 7);
}
