// SPDX-License-Identifier: MIT
//
// Anchors: what the names of a file (`&x`) stand for, and how much its aliases (`*x`) may copy of
// it in all, so that a small file cannot become a large tree.
#pragma once

#include "remuda/yaml/node.h"

#include <cstddef>
#include <string>
#include <unordered_map>

namespace remuda::yaml {

class Anchors {
  public:
    /// From here on `name` stands for the node that begins, which cannot be copied before it ends.
    void open(const std::string& name);
    void close(const std::string& name, const Node& node);

    enum class Copy { done, unknown, open, too_much };
    /// Makes `node` a copy of what `name` stands for.
    [[nodiscard]] Copy copy(const std::string& name, Node& node);

    [[nodiscard]] bool is_empty() const { return anchors_.empty(); }

  private:
    struct Size {
        std::size_t nodes = 0;
        std::size_t bytes = 0;
    };
    struct Anchor {
        Node node;
        Size size;
        bool is_complete = false;
    };

    static Size size_of(const Node& node);

    std::unordered_map<std::string, Anchor> anchors_;
    Size copied_;
};

}  // namespace remuda::yaml
