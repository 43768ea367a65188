// SPDX-License-Identifier: MIT
#include "run/receipts.h"

#include "run/hosts.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace remuda::run {

std::optional<model::Durable> Receipts::name(model::AttemptId attempt, model::HostId host) {
    if (prefix_.empty()) return std::nullopt;
    auto keeper = hosts_.keeper(host);
    if (!keeper) return std::nullopt;
    std::string key = prefix_ + std::to_string(attempt.value);
    kept_[attempt] = {host, key};
    return model::Durable{std::move(key), std::move(keeper->boot), std::move(keeper->epoch)};
}

void Receipts::adopt(model::AttemptId attempt, model::HostId host, std::string key) {
    kept_[attempt] = {host, std::move(key)};
}

std::vector<model::AttemptId> Receipts::attempts() const {
    std::vector<model::AttemptId> all;
    all.reserve(kept_.size());
    for (const auto& [attempt, where] : kept_)
        all.push_back(attempt);
    std::ranges::sort(all);
    return all;
}

void Receipts::read(const model::Event& event) {
    if (const auto* ended = std::get_if<model::AttemptEnded>(&event)) {
        if (auto found = kept_.extract(ended->attempt); found && releases_) {
            ended_.push_back(std::move(found.mapped()));
        }
    } else if (const auto* refused = std::get_if<model::AttemptRefused>(&event)) {
        kept_.erase(refused->attempt);
    } else if (const auto* left = std::get_if<model::AttemptLeft>(&event)) {
        kept_.erase(left->attempt);
    }
}

void Receipts::release_ended() {
    for (Kept& ended : std::exchange(ended_, {}))
        hosts_.release(ended.host, std::move(ended.key));
}

}  // namespace remuda::run
