// SPDX-License-Identifier: MIT
#include "remuda/ssh_config/ssh_config.h"
#include "ssh_config/words.h"

#include <algorithm>

namespace remuda::ssh_config {

const Option* Options::find(std::string_view keyword) const {
    const auto found = std::ranges::find(options_, keyword, &Option::keyword);
    return found == options_.end() ? nullptr : &*found;
}

std::vector<const Option*> Options::all(std::string_view keyword) const {
    std::vector<const Option*> found;
    for (const Option& option : options_)
        if (option.keyword == keyword) found.push_back(&option);
    return found;
}

Result<Options> parse_ssh_g(std::string_view output) {
    Options options;
    while (!output.empty()) {
        const std::size_t end = output.find('\n');
        const std::string_view line = output.substr(0, end);
        output.remove_prefix(end == std::string_view::npos ? output.size() : end + 1);
        if (line.empty()) continue;
        const std::size_t blank = line.find(' ');
        // One keyword is printed with a capital in it.
        options.add({.keyword = lowered(line.substr(0, blank)),
                     .value = blank == std::string_view::npos ? std::string()
                                                              : std::string(line.substr(blank + 1)),
                     .place = {}});
    }
    for (const std::string_view keyword : {"hostname", "user", "port"})
        if (options.find(keyword) == nullptr)
            return Error(Code::protocol,
                         "the output of ssh -G has no line " + std::string(keyword));
    return options;
}

}  // namespace remuda::ssh_config
