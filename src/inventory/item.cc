// SPDX-License-Identifier: MIT
#include "inventory/item.h"

#include "inventory/address.h"
#include "remuda/base/text.h"
#include "remuda/templating/template.h"
#include "remuda/yaml/traps.h"

#include <algorithm>
#include <charconv>
#include <variant>

#include <fmt/format.h>

namespace remuda::inventory {

namespace {

constexpr int kMostSlots = 100'000;

const std::vector<std::string>& reserved_keys() {
    static const std::vector<std::string> keys = {"hostname", "slots", "labels", "host"};
    return keys;
}

const std::vector<std::string>& connection_options() {
    static const std::vector<std::string> options = {"user", "port", "identity_file", "shim_dir"};
    return options;
}

bool uses(const yaml::Node& hostname, const std::string& name) {
    const auto parsed = templating::Template::parse(hostname.text);
    const auto* made = std::get_if<templating::Template>(&parsed);
    if (made == nullptr) return false;
    const std::vector<std::string> names = made->variables();
    return std::find(names.begin(), names.end(), name) != names.end();
}

class ItemReader {
  public:
    ItemReader(const yaml::Source& source, yaml::Diagnostics& diagnostics, const IsUsed& is_used)
        : source_(source), diagnostics_(diagnostics), is_used_(is_used) {}

    std::optional<Item> read(const yaml::Node& node);

  private:
    void read_pair(const yaml::Node& key, const yaml::Node& value);
    void read_connection(const yaml::Node& settings);
    void read_slots(const yaml::Node& value);
    // The scalars of a scalar or a list of scalars.
    std::vector<const yaml::Node*> values(const yaml::Node& key, const yaml::Node& value);
    bool is_value(const yaml::Node& key, const yaml::Node& value);
    void report_missing_hostname(const yaml::Node& mapping);
    void warn_of_stray(const yaml::Node& key);
    void fail(yaml::Span span, std::string message, std::string label = "", std::string help = "") {
        diagnostics_.error(span, std::move(message), std::move(label), std::move(help));
        is_faulty_ = true;
    }

    const yaml::Source& source_;
    yaml::Diagnostics& diagnostics_;
    const IsUsed& is_used_;
    Item item_;
    // Of the parameters.
    std::vector<const yaml::Node*> keys_;
    bool is_faulty_ = false;
};

std::optional<Item> ItemReader::read(const yaml::Node& node) {
    if (node.is_empty_scalar()) {
        fail(node.span, "this host is empty");
    } else if (node.kind == yaml::Node::Kind::scalar) {
        item_.hostnames.push_back(&node);
    } else if (auto fault = meant_as_text(source_, node, "host", reserved_keys())) {
        diagnostics_.add(std::move(*fault));
        is_faulty_ = true;
    } else {
        for (const auto& [key, value] : node.pairs)
            read_pair(key, value);
        if (node.find("hostname") == nullptr) {
            report_missing_hostname(node);
        } else if (is_used_) {
            for (const yaml::Node* key : keys_)
                warn_of_stray(*key);
        }
    }
    if (is_faulty_) return std::nullopt;
    return std::move(item_);
}

void ItemReader::read_pair(const yaml::Node& key, const yaml::Node& value) {
    if (key.text == "hostname") {
        item_.hostnames = values(key, value);
    } else if (key.text == "slots") {
        read_slots(value);
    } else if (key.text == "labels") {
        for (const yaml::Node* label : values(key, value))
            item_.labels.push_back(label->text);
    } else if (key.text == "host" && value.kind == yaml::Node::Kind::mapping) {
        read_connection(value);
    } else {
        item_.parameters.emplace_back(key.text, values(key, value));
        keys_.push_back(&key);
    }
}

bool ItemReader::is_value(const yaml::Node& key, const yaml::Node& value) {
    if (value.is_empty_scalar()) {
        fail(value.span.begin == value.span.end ? key.span : value.span,
             fmt::format("'{}' has no value", key.text), "", "give it a value, or remove the key");
        return false;
    }
    if (value.text.find('\0') != std::string::npos) {
        fail(value.span, fmt::format("'{}' holds a NUL byte", key.text), "",
             "no command line can hold one");
        return false;
    }
    if (value.kind == yaml::Node::Kind::scalar) return true;
    fail(value.span, fmt::format("'{}' takes a text or a list of texts", key.text), "",
         value.kind == yaml::Node::Kind::mapping ? "quote it if it is meant as text" : "");
    return false;
}

std::vector<const yaml::Node*> ItemReader::values(const yaml::Node& key, const yaml::Node& value) {
    std::vector<const yaml::Node*> found;
    if (value.kind != yaml::Node::Kind::sequence) {
        if (is_value(key, value)) found.push_back(&value);
        return found;
    }
    if (value.items.empty()) {
        fail(value.span, fmt::format("the list of '{}' is empty", key.text), "",
             "give it a value, or remove the key");
    }
    for (const yaml::Node& element : value.items) {
        if (is_value(key, element)) found.push_back(&element);
    }
    return found;
}

void ItemReader::read_slots(const yaml::Node& value) {
    const char* end = value.text.data() + value.text.size();
    const auto [stop, error] = std::from_chars(value.text.data(), end, item_.slots);
    const bool is_good = value.kind == yaml::Node::Kind::scalar && error == std::errc() &&
                         stop == end && item_.slots >= 1 && item_.slots <= kMostSlots;
    if (!is_good) fail(value.span, fmt::format("'slots' takes a number from 1 to {}", kMostSlots));
}

void ItemReader::read_connection(const yaml::Node& settings) {
    Connection& connection = item_.connection;
    for (const auto& [key, value] : settings.pairs) {
        if (key.text == "identity_file") {
            for (const yaml::Node* file : values(key, value)) {
                if (file->text.empty()) fail(file->span, "the name of a key file is empty");
                connection.identity_files.push_back(file->text);
            }
        } else if (key.text == "user" || key.text == "port" || key.text == "shim_dir") {
            if (value.kind == yaml::Node::Kind::sequence) {
                fail(value.span, fmt::format("'{}' takes one value", key.text));
            } else if (!is_value(key, value)) {
                continue;
            } else if (key.text == "user") {
                connection.user = value.text;
                const auto checked = check_login_word(value.text, "the user");
                if (!checked) fail(value.span, checked.error().text());
            } else if (key.text == "shim_dir") {
                connection.shim_dir = value.text;
                if (!value.text.starts_with('/') && !value.text.starts_with("~/")) {
                    fail(value.span, "'shim_dir' takes a path that begins with / or ~/");
                }
            } else if (const auto port = parse_port(value.text)) {
                connection.port = *port;
            } else {
                fail(value.span, port.error().text());
            }
        } else {
            const std::string nearest = nearest_name(key.text, connection_options());
            fail(key.span, fmt::format("unknown option '{}' in 'host'", key.text),
                 nearest.empty() ? "" : fmt::format("did you mean '{}'?", nearest),
                 "'host' takes user, port, identity_file and shim_dir");
        }
    }
}

void ItemReader::report_missing_hostname(const yaml::Node& mapping) {
    const std::string help = "every mapping needs 'hostname'; other keys are parameters";
    for (const auto& [key, value] : mapping.pairs) {
        if (nearest_name(key.text, reserved_keys()) != "hostname") continue;
        fail(key.span, fmt::format("unknown key '{}' in a host entry", key.text),
             "did you mean 'hostname'?", help);
        return;
    }
    const yaml::Span span = mapping.pairs.empty() ? mapping.span : mapping.pairs.front().first.span;
    fail(span, "this host entry has no 'hostname'", "", help);
}

// A parameter that no template uses is fine (it gives a host several nodes), unless it looks as if
// it were meant as one of our keys.
void ItemReader::warn_of_stray(const yaml::Node& key) {
    const std::string near = nearest_name(key.text, reserved_keys());
    const std::vector<std::string>& options = connection_options();
    const bool is_option = std::find(options.begin(), options.end(), key.text) != options.end();
    if (near.empty() && !is_option) return;
    const bool is_in_name =
        std::any_of(item_.hostnames.begin(), item_.hostnames.end(),
                    [&](const yaml::Node* hostname) { return uses(*hostname, key.text); });
    if (is_in_name || is_used_(key.text)) return;
    const std::string message = fmt::format("no command uses the parameter '{}'", key.text);
    if (is_option) {
        diagnostics_.warning(
            key.span, message, "",
            fmt::format("settings of the connection stand under `host:`, as in `host: {{{}: ...}}`",
                        key.text));
    } else if (near == key.text) {
        diagnostics_.warning(key.span, message, "",
                             "`host` is a mapping where it holds settings of the connection; "
                             "names stand under `hostname:`");
    } else {
        diagnostics_.warning(key.span, message, fmt::format("did you mean '{}'?", near));
    }
}

}  // namespace

std::optional<Item> read_item(const yaml::Source& source, const yaml::Node& node,
                              yaml::Diagnostics& diagnostics, const IsUsed& is_used) {
    return ItemReader(source, diagnostics, is_used).read(node);
}

}  // namespace remuda::inventory
