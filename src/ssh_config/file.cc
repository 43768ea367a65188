// SPDX-License-Identifier: MIT
#include "ssh_config/file.h"

#include "ssh_config/words.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace remuda::ssh_config {

namespace {

class Parser {
  public:
    Parser(File& file, const Environment& environment) : file_(file), environment_(environment) {
        file_.sections.emplace_back();
    }

    void take_line(std::string_view text) {
        ++line_;
        const auto line = split_line(text);
        if (!line) return;
        if (line->rest.empty())
            return refuse(fmt::format("no argument after keyword \"{}\"", line->keyword));
        auto arguments = split_arguments(line->rest);
        if (!arguments) return refuse("invalid quotes");
        const Keyword* const keyword = find_keyword(line->keyword);
        if (keyword != nullptr && keyword->rule == Rule::host) return start_host(*arguments);
        if (keyword != nullptr && keyword->rule == Rule::match) return start_match(line->rest);
        Directive directive{
            .keyword = keyword, .name = line->keyword, .line = line_, .values = {}, .doubt = {}};
        if (keyword != nullptr) {
            const bool is_foreign = keyword->rule == Rule::newer ||
                                    (keyword->rule == Rule::of_distributions && file_.is_users);
            if (is_foreign) return doubt(line->keyword + ", which not every ssh knows");
            const Input input{.keyword = line->keyword,
                              .arguments = *arguments,
                              .rest = line->rest,
                              .environment = environment_};
            Reading reading = keyword->read(input);
            if (!reading.fault.empty()) return refuse(reading.fault);
            if (!reading.doubt.empty() && reading.concerns_all) return doubt(reading.doubt);
            if (reading.used < arguments->size())
                return refuse(
                    fmt::format("keyword {} extra arguments at end of line", line->keyword));
            if (keyword->rule == Rule::include && !file_.is_users)
                for (const std::string& path : reading.values)
                    if (path.starts_with('~'))
                        return refuse(fmt::format("bad include path {}.", path));
            directive.values = std::move(reading.values);
            directive.doubt = std::move(reading.doubt);
            if (keyword->rule == Rule::checked) return;
        }
        Section& section = file_.sections.back();
        if (keyword == nullptr || keyword->rule == Rule::include)
            section.is_looked_at_always = true;
        section.directives.push_back(std::move(directive));
    }

  private:
    // ssh goes on to the end of the file and tells all faults; the first is enough.
    void refuse(const std::string& what) {
        if (file_.halt && std::holds_alternative<Error>(*file_.halt)) return;
        file_.halt =
            Error(Code::invalid_input, fmt::format("{} line {}: {}", file_.path, line_, what));
    }

    void doubt(const std::string& why) {
        if (!file_.halt)
            file_.halt = Unclear{.place = {.file = file_.path, .line = line_}, .why = why};
    }

    void start_host(const std::vector<std::string>& arguments) {
        std::vector<HostPattern> patterns;
        for (const std::string& argument : arguments) {
            if (argument.empty()) return refuse("keyword host empty argument");
            const bool is_negated = argument.front() == '!';
            patterns.push_back(
                {.is_negated = is_negated, .pattern = argument.substr(is_negated ? 1 : 0)});
        }
        file_.sections.push_back({.header = std::move(patterns), .line = line_, .directives = {}});
    }

    void start_match(const std::string& rest) {
        Match match = parse_match(rest);
        if (!match.fault.empty()) return refuse(match.fault);
        if (!match.doubt.empty()) return doubt(match.doubt);
        file_.wants_second_pass = file_.wants_second_pass || match.wants_second_pass;
        file_.sections.push_back({.header = std::move(match), .line = line_, .directives = {}});
    }

    File& file_;
    const Environment& environment_;
    std::size_t line_ = 0;
};

}  // namespace

File parse_file(const std::string& path, bool is_users, std::string_view text,
                const Environment& environment) {
    File file;
    file.path = path;
    file.is_users = is_users;
    Parser parser(file, environment);
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        parser.take_line(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return file;
}

}  // namespace remuda::ssh_config
