// SPDX-License-Identifier: MIT
#include "cli/ask.h"

#include "cli/fd_sink.h"
#include "cli/read_answer.h"
#include "remuda/base/text.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace remuda::cli {

namespace {

constexpr std::size_t kLongestAnswer = 4096;

std::string padded(const std::string& text, std::size_t columns) {
    const std::size_t width = display_width(text);
    return text + std::string(columns > width ? columns - width : 0, ' ');
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

std::optional<std::size_t> number_in(std::string_view text, std::size_t most) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (number < 1 || number > most) return std::nullopt;
    return number;
}

// "3" or "2-4".
bool choose(std::vector<bool>& chosen, std::string_view item) {
    const std::size_t dash = item.find('-');
    const auto first = number_in(item.substr(0, dash), chosen.size());
    const auto last =
        dash == std::string_view::npos ? first : number_in(item.substr(dash + 1), chosen.size());
    if (!first || !last || *first > *last) return false;
    for (std::size_t i = *first; i <= *last; ++i)
        chosen[i - 1] = true;
    return true;
}

}  // namespace

std::string question_text(const std::vector<NewHost>& hosts) {
    const bool one = hosts.size() == 1;
    std::string text =
        one ? std::string("The authenticity of this host is not known yet:\n")
            : fmt::format("The authenticity of {} hosts is not known yet:\n", hosts.size());
    std::size_t name_columns = 0;
    std::size_t type_columns = 0;
    for (const NewHost& host : hosts) {
        name_columns = std::max(name_columns, display_width(sanitised(host.name, false)));
        type_columns = std::max(type_columns, display_width(sanitised(host.key_type, false)));
    }
    const std::size_t number_columns = std::to_string(hosts.size()).size();
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        const NewHost& host = hosts[i];
        text += "  ";
        if (!one) text += fmt::format("{:>{}}  ", i + 1, number_columns);
        text +=
            fmt::format("{}  {}  {}  ({}:{})\n", padded(sanitised(host.name, false), name_columns),
                        padded(sanitised(host.key_type, false), type_columns),
                        sanitised(host.fingerprint, false), host.place.file, host.place.line);
    }
    text += one ? "Trust it and remember its key? [y/N] "
                : fmt::format("Trust them all and remember their keys? [y/N/1,{}] ", hosts.size());
    return text;
}

std::optional<std::vector<bool>> understand_answer(std::string_view answer, std::size_t count) {
    std::string word(trimmed(answer));
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (word == "y" || word == "yes") return std::vector<bool>(count, true);
    if (word.empty() || word == "n" || word == "no") return std::vector<bool>(count, false);
    std::vector<bool> chosen(count, false);
    std::string_view rest = word;
    while (!rest.empty()) {
        const std::size_t end = rest.find_first_of(", ");
        const std::string_view item = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (item.empty()) continue;
        if (!choose(chosen, item)) return std::nullopt;
    }
    return chosen;
}

loop::Task<std::vector<bool>> ask_on_terminal(loop::Loop& loop, loop::Stop& stop, int terminal,
                                              std::vector<NewHost> hosts) {
    const std::vector<bool> none(hosts.size(), false);
    if (hosts.empty()) co_return none;
    FdSink screen(terminal, nullptr);
    std::vector<bool> chosen = none;
    constexpr int most_tries = 3;
    for (int tries = 0; tries < most_tries; ++tries) {
        screen.write(tries == 0 ? question_text(hosts)
                                : std::string("Please answer y, n, or numbers as in 1,3: "));
        const ReadAnswer answer =
            co_await read_answer(loop, stop, terminal, AnswerEnd::line_break, kLongestAnswer);
        if (!answer.text) {
            if (!answer.was_stopped) screen.write("\n");
            break;
        }
        if (const auto understood = understand_answer(answer.text->view(), hosts.size())) {
            chosen = *understood;
            break;
        }
    }
    co_return chosen;
}

}  // namespace remuda::cli
