// SPDX-License-Identifier: MIT
#include "ssh_config/files.h"
#include "ssh_config/walk.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace remuda::ssh_config {

namespace {

// What ssh refuses on its command line, because names end up in commands.
bool is_name_of_host(std::string_view text) {
    return !text.empty() && text.front() != '-' && std::ranges::none_of(text, [](unsigned char c) {
        return std::iscntrl(c) != 0 || std::isspace(c) != 0 ||
               std::string_view("'`\"$\\;&<>|(){},").find(static_cast<char>(c)) !=
                   std::string_view::npos;
    });
}

bool is_name_of_user(std::string_view text) {
    if (text.starts_with('-') || text.ends_with('\\')) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (std::iscntrl(c) != 0 ||
            std::string_view("'`\";&<>|(){}").find(text[i]) != std::string_view::npos)
            return false;
        if (std::isspace(c) != 0 && i + 1 < text.size() && text[i + 1] == '-') return false;
    }
    return true;
}

}  // namespace

struct Config::Impl {
    explicit Impl(Environment given) : environment(std::move(given)), files(environment) {}

    Environment environment;
    Files files;
};

Config::Config(Environment environment) : impl_(std::make_unique<Impl>(std::move(environment))) {}
Config::~Config() = default;

Result<std::variant<Options, Unclear>> Config::resolve(const Request& request) const {
    if (!is_name_of_host(request.name))
        return Error(Code::invalid_input, "hostname contains invalid characters");
    if (!is_name_of_user(request.user))
        return Error(Code::invalid_input, "remote username contains invalid characters");
    Walk walk(impl_->files, impl_->environment, request);
    if (auto halt = walk.run()) {
        if (auto* const error = std::get_if<Error>(&*halt)) return std::move(*error);
        return std::variant<Options, Unclear>(std::get<Unclear>(std::move(*halt)));
    }
    return finish(walk, request, impl_->environment);
}

}  // namespace remuda::ssh_config
