// SPDX-License-Identifier: MIT
#include "remuda/run/receipt_label.h"

#include <doctest/doctest.h>

using remuda::run::label_text;
using remuda::run::parse_label;
using remuda::run::ReceiptLabel;

TEST_CASE("a receipt's label is a line for people, and then what else is known") {
    const ReceiptLabel label{"train", true, 3, 12, "gpu-1 (c=0)", "laptop", "/home/me/queue.yaml"};
    CHECK(label_text(label) ==
          "train\nhas: name\nrun: 3\njob: 12\nnode: gpu-1 (c=0)\nmachine: laptop\n"
          "queue: /home/me/queue.yaml");
    CHECK(parse_label(label_text(label)) == label);
    const ReceiptLabel bare{"echo a"};
    CHECK(parse_label(label_text(bare)) == bare);
}

TEST_CASE("a label of any text is understood as far as it goes") {
    // A command of several lines does not look like what is known of it.
    const ReceiptLabel of_lines = parse_label(label_text({"echo a\njob: 7"}));
    CHECK(of_lines.title == "echo a job: 7");
    CHECK_FALSE(of_lines.job);
    CHECK(parse_label("").title.empty());
    const ReceiptLabel other = parse_label("x\nrun: -3\njob: 4x\nqueue:\ncolour: red\nnode: n\n");
    CHECK(other == ReceiptLabel{"x", false, {}, {}, "n"});
    CHECK(label_text({std::string(1000, 'x')}).size() < 300);
}
