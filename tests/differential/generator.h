// SPDX-License-Identifier: MIT
#pragma once

#include "templating/value.h"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::test {

/// Makes templates that every implementation of Handlebars renders alike, for the data that it also
/// makes. It stays clear of what implementations differ in on purpose:
/// - lists and objects are not rendered, empty objects and 0 not tested by `with`;
/// - texts and numbers are not compared with each other, and no literal stands alone in a tag;
/// - blocks do not enter what is entered already, since the reference has no `../` out of that;
/// - chains of `else` and inverted blocks with `else` have text at all their edges, since the
///   reference's rules of white space do not follow them to their ends.
class TemplateGenerator {
  public:
    explicit TemplateGenerator(std::uint32_t seed) : random_(seed) {}

    /// The same for all templates.
    [[nodiscard]] static const templating::Members& data();
    [[nodiscard]] std::string make();

  private:
    /// What is known of a context.
    enum class Context { root, scalar, item, object };
    struct Around {
        Context context = Context::root;
        /// How it was come by; "" for the root.
        std::string source;
        bool is_loop = false;
    };

    [[nodiscard]] std::size_t below(std::size_t limit) { return random_() % limit; }
    [[nodiscard]] std::string_view one_of(const std::vector<std::string_view>& all) {
        return all[below(all.size())];
    }

    [[nodiscard]] std::string body(int depth);
    [[nodiscard]] std::string statement(int depth);
    [[nodiscard]] std::string text();
    [[nodiscard]] std::string tag(std::string_view inside);
    [[nodiscard]] std::string open(std::string_view inside);
    [[nodiscard]] std::string escaped();

    /// An expression that can be rendered.
    [[nodiscard]] std::string scalar(int depth);
    /// A path to a text, at least in the root; empty elsewhere.
    [[nodiscard]] std::string text_value(int depth);
    [[nodiscard]] std::string condition(int depth);
    /// The way from the innermost context to the root: "", "../" ...
    [[nodiscard]] std::string up() const;

    [[nodiscard]] std::string choice(int depth);
    [[nodiscard]] std::string chain(int depth);
    [[nodiscard]] std::string loop(int depth);
    [[nodiscard]] std::string with(int depth);
    [[nodiscard]] std::string section(int depth);
    [[nodiscard]] std::string inside(int depth, Around around);

    std::mt19937 random_;
    std::vector<Around> around_;
    std::vector<std::string> parameters_;
};

}  // namespace remuda::test
