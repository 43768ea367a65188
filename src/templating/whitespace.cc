// SPDX-License-Identifier: MIT
#include "templating/whitespace.h"

#include <algorithm>
#include <string_view>

namespace remuda::templating {

namespace {

constexpr std::string_view kSpace = " \t\r\n\v\f";
constexpr std::string_view kBlank = " \t";

Text* text_at(Statements& body, std::size_t i) {
    return i < body.size() ? std::get_if<Text>(&body[i].value) : nullptr;
}

// The text just before statement `i`.
Text* text_before(Statements& body, std::size_t i) {
    return i == 0 ? nullptr : text_at(body, i - 1);
}

// What is asked about a tag at `i` of a body: is its line blank before it, after it? What was cut
// off for another tag still counts, and so do only the root's own edges.
bool is_line_start(Statements& body, std::size_t i, bool is_root) {
    if (i == 0) return is_root;
    const Text* before = text_before(body, i);
    if (before == nullptr) return false;
    const std::size_t last = before->original.find_last_not_of(kBlank);
    if (last == std::string::npos) return is_root && i == 1;
    return before->original[last] == '\n';
}

// `i`: of the statement after the tag.
bool is_line_end(Statements& body, std::size_t i, bool is_root) {
    if (i >= body.size()) return is_root;
    const Text* after = text_at(body, i);
    if (after == nullptr) return false;
    const std::size_t first = after->original.find_first_not_of(kBlank);
    if (first == std::string::npos) return is_root && i + 1 == body.size();
    const std::string_view rest = std::string_view(after->original).substr(first);
    return rest.starts_with("\n") || rest.starts_with("\r\n");
}

void cut_space_end(Text* text) {
    if (text != nullptr) text->text.erase(text->text.find_last_not_of(kSpace) + 1);
}

void cut_space_start(Text* text) {
    if (text == nullptr) return;
    text->text.erase(0, std::min(text->text.find_first_not_of(kSpace), text->text.size()));
}

// Removes the blanks of the line that the text ends with.
void cut_line_end(Text* text) {
    if (text == nullptr || text->is_cut_at_end) return;
    const std::size_t length = text->text.size();
    text->text.erase(text->text.find_last_not_of(kBlank) + 1);
    text->is_cut_at_end = text->text.size() != length;
}

// Removes the rest of the line that the text begins with, its end included.
void cut_line_start(Text* text) {
    if (text == nullptr || text->is_cut_at_start) return;
    std::string& words = text->text;
    const std::size_t length = words.size();
    words.erase(0, std::min(words.find_first_not_of(kBlank), words.size()));
    if (words.starts_with("\r\n")) {
        words.erase(0, 2);
    } else if (words.starts_with('\n')) {
        words.erase(0, 1);
    }
    text->is_cut_at_start = words.size() != length;
}

void apply(Statements& body, bool is_root);

// The tags within a block, which stand between its branches.
void apply_inside(Block& block) {
    for (Branch& branch : block.branches) {
        apply(branch.body, false);
    }
    for (std::size_t i = 0; i < block.branches.size(); ++i) {
        Statements& body = block.branches[i].body;
        const bool is_last = i + 1 == block.branches.size();
        const Strips& end = is_last ? block.close_strips : block.branches[i + 1].strips;
        if (block.branches[i].strips.after) cut_space_start(text_at(body, 0));
        if (end.before) cut_space_end(text_before(body, body.size()));
        if (is_last) break;
        Statements& next = block.branches[i + 1].body;
        if (is_line_start(body, body.size(), false) && is_line_end(next, 0, false)) {
            cut_line_end(text_before(body, body.size()));
            cut_line_start(text_at(next, 0));
        }
    }
}

void apply_around(Statements& body, std::size_t i, bool is_root) {
    Text* before = text_before(body, i);
    Text* after = text_at(body, i + 1);
    const bool starts_line = is_line_start(body, i, is_root);
    const bool ends_line = is_line_end(body, i + 1, is_root);
    Strips strips = body[i].strips;
    Block* block = std::get_if<Block>(&body[i].value);
    if (block != nullptr) {
        apply_inside(*block);
        strips = {block->branches.front().strips.before, block->close_strips.after};
    }
    if (strips.after) cut_space_start(after);
    if (strips.before) cut_space_end(before);
    if (block != nullptr) {
        Statements& first = block->branches.front().body;
        Statements& last = block->branches.back().body;
        const bool opens_alone = starts_line && is_line_end(first, 0, false);
        const bool closes_alone = ends_line && is_line_start(last, last.size(), false);
        if (opens_alone) {
            cut_line_start(text_at(first, 0));
            cut_line_end(before);
        }
        if (closes_alone) {
            cut_line_start(after);
            cut_line_end(text_before(last, last.size()));
        }
    } else if (std::holds_alternative<Comment>(body[i].value) && starts_line && ends_line) {
        cut_line_start(after);
        cut_line_end(before);
    }
}

void apply(Statements& body, bool is_root) {
    for (std::size_t i = 0; i < body.size(); ++i) {
        if (text_at(body, i) == nullptr) apply_around(body, i, is_root);
    }
}

// Only now, since a comment keeps the texts around it apart.
void erase_comments(Statements& body) {
    std::erase_if(body, [](const Statement& statement) {
        return std::holds_alternative<Comment>(statement.value);
    });
    for (Statement& statement : body) {
        Block* block = std::get_if<Block>(&statement.value);
        if (block == nullptr) continue;
        for (Branch& branch : block->branches)
            erase_comments(branch.body);
    }
}

}  // namespace

void apply_whitespace_control(Statements& statements) {
    apply(statements, true);
    erase_comments(statements);
}

}  // namespace remuda::templating
