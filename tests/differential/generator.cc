// SPDX-License-Identifier: MIT
#include "differential/generator.h"

#include "templating/json.h"

#include <algorithm>

namespace remuda::test {

namespace {

using templating::Members;

constexpr int kDeepest = 4;

constexpr std::string_view kData = R"({
    "s": "alpha", "u": " beta gamma ", "e": "", "n": 7, "m": 2.5, "zero": 0,
    "t": true, "f": false, "z": null,
    "list": ["one", "two", "three"], "none": [], "numbers": [4, 5],
    "items": [
        {"name": "ann", "flag": true, "tags": ["p", "q"]},
        {"name": "bob", "flag": false, "tags": []},
        {"name": "cy", "flag": null, "tags": ["r"]}],
    "o": {"a": "aye", "b": {"c": "see", "d": 9}, "odd key": "odd"}
})";

}  // namespace

const Members& TemplateGenerator::data() {
    static const templating::Value value = *templating::parse_json(kData);
    return *value.members();
}

std::string TemplateGenerator::make() {
    around_ = {{}};
    parameters_.clear();
    return body(0);
}

std::string TemplateGenerator::body(int depth) {
    std::string result;
    const std::size_t count = below(depth == 0 ? 7 : 4) + (depth == 0 ? 1 : 0);
    for (std::size_t i = 0; i < count; ++i)
        result += statement(depth);
    return result;
}

std::string TemplateGenerator::statement(int depth) {
    const std::size_t kind = below(depth < kDeepest ? 16 : 9);
    switch (kind) {
        case 0:
        case 1:
        case 2:
            return text();
        case 3:
            return escaped();
        case 4:
            return below(2) == 0 ? "{{! note }}" : tag("!-- a }} note --");
        case 5:
            return "{{{{raw}}}} {{s}} {{{{/raw}}}}";
        case 6:
        case 7:
        case 8:
            return below(4) == 0 ? "{{{" + scalar(depth) + "}}}"
                                 : tag((below(4) == 0 ? "&" : "") + scalar(depth));
        case 9:
        case 10:
            return choice(depth);
        case 11:
            return chain(depth);
        case 12:
        case 13:
            return loop(depth);
        case 14:
            return with(depth);
        default:
            return section(depth);
    }
}

std::string TemplateGenerator::text() {
    return std::string(one_of({"x", " ", "\n", "\n", "  \n", "\n  ", "a b", "\t", "\r\n", "y\n",
                               "\n\n", "\nz", "{ ", " }", "$(a \"b\" 'c')", "<&>", "\\ "}));
}

// The tag, sometimes with tildes.
std::string TemplateGenerator::tag(std::string_view inside) {
    std::string result = below(8) == 0 ? "{{~" : "{{";
    result += inside;
    return result + (below(8) == 0 ? "~}}" : "}}");
}

std::string TemplateGenerator::open(std::string_view inside) {
    return tag("#" + std::string(inside));
}

std::string TemplateGenerator::escaped() {
    return std::string(one_of({"\\{{s}}", "\\\\{{s}}", "a\\{{#if s}} ", "\n\\{{x}}\n"}));
}

std::string TemplateGenerator::up() const {
    std::string result;
    for (std::size_t i = 1; i < around_.size(); ++i)
        result += "../";
    return result;
}

std::string TemplateGenerator::scalar(int depth) {
    switch (below(9)) {
        case 0:
            return text_value(kDeepest);
        case 1:
            return "@root." + std::string(one_of({"s", "o.b.c", "o/a", "list.[1]", "o.[odd key]"}));
        case 2:
            return up() + std::string(one_of({"n", "m", "t", "f", "z", "missing", "o.b.nothing"}));
        case 3:
            return std::string(one_of({"@index", "@first", "@last", "@key", "@../index"}));
        case 4:
            if (!parameters_.empty()) return parameters_[below(parameters_.size())];
            return "replace " + text_value(depth) + " \"a\" '-\"-'";
        case 5:
            return "lookup " + up() + std::string(one_of({"list 1", "o \"a\"", "list 9", "o s"}));
        case 6:
            return std::string(one_of({"to_upper_case ", "trim "})) + text_value(depth);
        case 7: {
            const std::string whole = condition(depth);
            return whole.starts_with('(') ? whole.substr(1, whole.size() - 2) : "s";
        }
        default:
            break;
    }
    switch (around_.back().context) {
        case Context::scalar:
            return "this";
        case Context::item:
            return std::string(one_of({"name", "this.name", "./name", "tags.[0]", "missing"}));
        case Context::object:
            return std::string(one_of({"a", "b.c", "this/a", "[odd key]"}));
        default:
            return std::string(one_of({"s", "e", "u", "this.s"}));
    }
}

std::string TemplateGenerator::text_value(int depth) {
    if (depth < kDeepest && below(4) == 0) {
        return "(replace " + text_value(depth + 1) + " 'e' \"EE\")";
    }
    return up() + std::string(one_of({"s", "u", "e", "o.a", "list.[2]"}));
}

std::string TemplateGenerator::condition(int depth) {
    if (depth < kDeepest) {
        switch (below(6)) {
            case 0:
                return "(not " + condition(depth + 1) + ")";
            case 1:
                return "(and " + condition(depth + 1) + " " + condition(depth + 1) + ")";
            case 2:
                return "(or " + condition(depth + 1) + " " + condition(depth + 1) + ")";
            case 3:
                return "(" + std::string(one_of({"eq", "ne"})) + " " + text_value(depth) + " " +
                       std::string(one_of({"\"alpha\"", "'aye'", "\"\""})) + ")";
            case 4:
                return "(" + std::string(one_of({"gt", "lte"})) + " " + up() + "n " +
                       std::string(one_of({"7", "3", "-1", "7.5"})) + ")";
            default:
                break;
        }
    }
    return up() +
           std::string(one_of({"s", "e", "n", "zero", "t", "f", "z", "list", "none", "missing"}));
}

std::string TemplateGenerator::inside(int depth, Around around) {
    around_.push_back(std::move(around));
    std::string result = body(depth + 1);
    around_.pop_back();
    return result;
}

std::string TemplateGenerator::choice(int depth) {
    const std::string name(one_of({"if", "unless"}));
    std::string head = name + " " + condition(depth);
    if (below(6) == 0) head += " includeZero=true";
    std::string result = open(head) + body(depth + 1);
    if (below(2) == 0) result += tag(below(3) == 0 ? "^" : "else") + body(depth + 1);
    return result + tag("/" + name);
}

std::string TemplateGenerator::chain(int depth) {
    if (below(3) == 0) {
        const std::string path = up() + std::string(one_of({"t", "f", "none", "z", "missing"}));
        return "{{^" + path + "}}x" + body(depth + 1) + "x{{else}}x{{/" + path + "}}";
    }
    std::string result = "{{#if " + condition(depth) + "}}x" + body(depth + 1) + "x";
    const std::size_t count = below(3) + 1;
    for (std::size_t i = 0; i < count; ++i) {
        result += "{{else if " + condition(depth) + "}}x" + body(depth + 1) + "x";
    }
    if (below(2) == 0) result += "{{else}}x" + body(depth + 1) + "x";
    return result + "{{/if}}";
}

std::string TemplateGenerator::loop(int depth) {
    struct Source {
        std::string_view path;
        Context context;
    };
    static const std::vector<Source> sources = {
        {"list", Context::scalar}, {"numbers", Context::scalar}, {"none", Context::scalar},
        {"items", Context::item},  {"missing", Context::scalar}, {"s", Context::scalar},
        {"o.b", Context::scalar}};
    const Source source = sources[below(sources.size())];
    std::string path = up() + std::string(source.path);
    Context context = source.context;
    std::string name(source.path);
    if (around_.back().context == Context::item && below(2) == 0) {
        path = name = "tags";
        context = Context::scalar;
    }
    const auto is_same = [&](const Around& around) { return around.source == name; };
    if (std::ranges::any_of(around_, is_same)) return text();
    std::string head = "each " + path;
    const std::size_t outer = parameters_.size();
    if (below(4) == 0) {
        const std::string number = std::to_string(around_.size());
        head += " as |v" + number;
        if (context == Context::scalar) parameters_.push_back("v" + number);
        if (below(2) == 0) {
            head += " k" + number;
            parameters_.push_back("k" + number);
        }
        head += "|";
    }
    std::string result = open(head) + inside(depth, {context, name, true});
    parameters_.resize(outer);
    if (below(3) == 0) result += tag("else") + body(depth + 1);
    return result + tag("/each");
}

std::string TemplateGenerator::with(int depth) {
    struct Source {
        std::string_view path;
        Context context;
    };
    static const std::vector<Source> sources = {{"o", Context::object},
                                                {"s", Context::scalar},
                                                {"items.[0]", Context::item},
                                                {"missing", Context::scalar},
                                                {"e", Context::scalar}};
    const Source source = sources[below(sources.size())];
    const std::string path(source.path);
    // An item of a list counts as the list.
    const std::string name = path.substr(0, path.find(".["));
    const auto is_same = [&](const Around& around) { return around.source == name; };
    if (std::ranges::any_of(around_, is_same)) return text();
    std::string result = open("with " + up() + path) + inside(depth, {source.context, name, false});
    if (below(3) == 0) result += tag("else") + body(depth + 1);
    return result + tag("/with");
}

std::string TemplateGenerator::section(int depth) {
    struct Source {
        std::string_view path;
        Context context;
    };
    static const std::vector<Source> sources = {
        {"o", Context::object},       {"n", Context::scalar},    {"items", Context::item},
        {"missing", Context::scalar}, {"none", Context::scalar}, {"f", Context::scalar},
        {"list", Context::scalar}};
    const Source source = sources[below(sources.size())];
    const std::string name(source.path);
    const auto is_same = [&](const Around& around) { return around.source == name; };
    if (std::ranges::any_of(around_, is_same)) return text();
    const std::string path = up() + name;
    if (below(4) == 0) return tag("^" + path) + body(depth + 1) + tag("/" + path);
    std::string result = open(path) + inside(depth, {source.context, name, false});
    if (below(3) == 0) result += tag("else") + body(depth + 1);
    return result + tag("/" + path);
}

}  // namespace remuda::test
