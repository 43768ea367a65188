// SPDX-License-Identifier: MIT
#include "templating/jmespath_parser.h"

#include "templating/json.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/core.h>

namespace remuda::templating {

namespace {

using Kind = Query::Kind;

constexpr std::size_t kMostParts = 500;

// How tightly what stands behind an expression binds to it. Below kProjectionEnd a projection ends.
constexpr int kPipe = 1;
constexpr int kOr = 2;
constexpr int kAnd = 3;
constexpr int kCompare = 5;
constexpr int kFlatten = 9;
constexpr int kProjectionEnd = 10;
constexpr int kStar = 20;
constexpr int kFilter = 21;
constexpr int kDot = 40;
constexpr int kNot = 45;
constexpr int kBracket = 55;

bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// A parser whose first fault stays; after it everything is empty.
class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) { advance(); }

    Result<Query> parse() {
        Query query = expression(0);
        if (fault_.empty() && !token_.empty())
            fail("`" + std::string(token_) + "` cannot stand here");
        if (!fault_.empty()) {
            return Error(
                Code::invalid_input,
                fmt::format("this is no JMESPath query: column {}: {}", fault_at_ + 1, fault_));
        }
        return query;
    }

  private:
    void fail(std::string reason) {
        if (!fault_.empty()) return;
        fault_ = std::move(reason);
        fault_at_ = token_at_;
        token_ = {};
        at_ = text_.size();
    }

    // The next token: its text is `token_`, empty at the end.
    void advance() {
        at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
        token_at_ = at_;
        std::size_t length = token_length();
        if (length > text_.size() - at_) length = text_.size() - at_;
        token_ = text_.substr(at_, length);
        at_ += length;
    }

    std::size_t token_length() {
        if (at_ == text_.size()) return 0;
        const char c = text_[at_];
        if (is_name_start(c)) return run([](char x) { return is_name_start(x) || is_digit(x); });
        if (is_digit(c) || c == '-') return 1 + run([](char x) { return is_digit(x); }, 1);
        if (c == '"' || c == '\'' || c == '`') return quoted(c);
        static constexpr std::array<std::string_view, 8> pairs = {
            "||", "&&", "==", "!=", "<=", ">=", "[]", "[?"};
        const std::string_view two = text_.substr(at_, 2);
        return std::ranges::find(pairs, two) != pairs.end() ? 2 : 1;
    }

    template <class Is>
    [[nodiscard]] std::size_t run(Is is, std::size_t from = 0) const {
        std::size_t length = from;
        while (at_ + length < text_.size() && is(text_[at_ + length])) {
            ++length;
        }
        return length - from;
    }

    std::size_t quoted(char quote) {
        for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
            if (text_[i] == '\\') {
                ++i;
            } else if (text_[i] == quote) {
                return i + 1 - at_;
            }
        }
        fail("a quote is never closed");
        return 0;
    }

    bool take(std::string_view token) {
        if (token_ != token || token.empty()) return false;
        advance();
        return true;
    }
    void want(std::string_view token) {
        if (!take(token)) fail("`" + std::string(token) + "` is missing");
    }

    Query made(Kind kind, std::vector<Query> parts = {}) {
        if (++parts_ > kMostParts) fail("more than 500 parts");
        Query query;
        query.kind = kind;
        query.parts = std::move(parts);
        return query;
    }

    Query chained(Query first, Query second) {
        std::vector<Query> parts;
        parts.push_back(std::move(first));
        parts.push_back(std::move(second));
        return made(Kind::chain, std::move(parts));
    }

    Query of_all(Kind kind, Query of, Query each) {
        Query query = chained(std::move(of), std::move(each));
        query.kind = kind;
        return query;
    }

    [[nodiscard]] int binding() const {
        if (token_.empty()) return 0;
        if (token_ == "|") return kPipe;
        if (token_ == "||") return kOr;
        if (token_ == "&&") return kAnd;
        if (is_comparison()) return kCompare;
        if (token_ == "[]") return kFlatten;
        if (token_ == "[?") return kFilter;
        if (token_ == ".") return kDot;
        if (token_ == "[") return kBracket;
        return 0;
    }

    [[nodiscard]] bool is_comparison() const {
        static constexpr std::array<std::string_view, 6> all = {"==", "!=", "<", "<=", ">", ">="};
        return std::ranges::find(all, token_) != all.end();
    }

    Query expression(int tightness) {
        // Each level holds a part, or a parenthesis.
        if (++depth_ > static_cast<int>(kMostParts)) fail("more than 500 levels");
        Query left = start();
        while (fault_.empty() && tightness < binding()) {
            left = continued(std::move(left));
        }
        --depth_;
        return left;
    }

    Query start() {
        const char c = token_.empty() ? '\0' : token_.front();
        if (is_name_start(c)) return name_or_call();
        if (c == '"') return field();
        if (c == '\'' || c == '`') return literal();
        if (take("@")) return made(Kind::current);
        if (take("(")) {
            Query inner = expression(0);
            want(")");
            return inner;
        }
        if (take("*")) return of_all(Kind::of_members, made(Kind::current), rest(kStar));
        if (take("!")) return one(Kind::negated, expression(kNot));
        if (take("&")) return one(Kind::reference, expression(0));
        if (take("{")) return object();
        if (token_ == "[]" || token_ == "[?") return continued(made(Kind::current));
        if (take("[")) {
            if (is_index()) return indexed(made(Kind::current));
            if (token_ == "*" && text_.substr(at_).starts_with("]"))
                return items(made(Kind::current));
            return list();
        }
        fail(token_.empty() ? "the query ends where an expression is wanted"
                            : "`" + std::string(token_) + "` cannot stand here");
        return {};
    }

    Query one(Kind kind, Query part) {
        std::vector<Query> parts;
        parts.push_back(std::move(part));
        return made(kind, std::move(parts));
    }

    Query continued(Query left) {
        if (is_comparison()) {
            std::string operation(token_);
            advance();
            Query query = of_all(Kind::comparison, std::move(left), expression(kCompare));
            query.text = std::move(operation);
            return query;
        }
        if (take("|")) return chained(std::move(left), expression(kPipe));
        if (take("||")) return of_all(Kind::any, std::move(left), expression(kOr));
        if (take("&&")) return of_all(Kind::all, std::move(left), expression(kAnd));
        if (take("[]")) {
            Query flat = one(Kind::flatten, std::move(left));
            return of_all(Kind::of_items, std::move(flat), rest(kFlatten));
        }
        if (take("[?")) {
            Query condition = expression(0);
            want("]");
            Query each = token_ == "[]" ? made(Kind::current) : rest(kFilter);
            Query query = of_all(Kind::of_some_items, std::move(left), std::move(each));
            query.parts.push_back(std::move(condition));
            return query;
        }
        if (take(".")) {
            if (take("*")) return of_all(Kind::of_members, std::move(left), rest(kStar));
            return chained(std::move(left), behind_dot(kDot));
        }
        want("[");
        return is_index() ? indexed(std::move(left)) : items(std::move(left));
    }

    // What belongs to a projection.
    Query rest(int tightness) {
        if (binding() < kProjectionEnd) return made(Kind::current);
        if (take(".")) {
            if (take("*")) return of_all(Kind::of_members, made(Kind::current), rest(kStar));
            return behind_dot(tightness);
        }
        Query left = made(Kind::current);
        while (fault_.empty() && tightness < binding()) {
            left = continued(std::move(left));
        }
        return left;
    }

    Query behind_dot(int tightness) {
        if (take("[")) return list();
        if (take("{")) return object();
        const char c = token_.empty() ? '\0' : token_.front();
        if (is_name_start(c) || c == '"') return expression(tightness);
        fail("a name is missing behind `.`");
        return {};
    }

    Query name_or_call() {
        std::string name(token_);
        advance();
        if (!take("(")) {
            Query query = made(Kind::field);
            query.text = std::move(name);
            return query;
        }
        Query query = made(Kind::function);
        query.text = std::move(name);
        if (take(")")) return query;
        do {
            query.parts.push_back(expression(0));
        } while (fault_.empty() && take(","));
        want(")");
        return query;
    }

    Query field() {
        Query query = made(Kind::field);
        query.text = quoted_name();
        return query;
    }

    std::string quoted_name() {
        const auto name = parse_json(token_);
        if (!name || name->text() == nullptr) {
            fail("this is no name");
            return "";
        }
        advance();
        return *name->text();
    }

    Query literal() {
        Query query = made(Kind::literal);
        const char quote = token_.front();
        std::string inside;
        const std::string_view raw = token_.substr(1, token_.size() - 2);
        for (std::size_t i = 0; i < raw.size(); ++i) {
            if (raw[i] == '\\' && i + 1 < raw.size() && raw[i + 1] == quote) ++i;
            inside += raw[i];
        }
        if (quote == '\'') {
            query.value = Value(std::move(inside));
        } else if (auto value = parse_json(inside)) {
            query.value = std::move(*value);
        } else {
            fail("between the backticks " + value.error().text());
            return {};
        }
        advance();
        return query;
    }

    [[nodiscard]] bool is_index() const {
        return !token_.empty() && (is_digit(token_.front()) || token_ == ":" ||
                                   (token_.front() == '-' && token_.size() > 1));
    }

    // Behind `[`: `0]` or `0:1:2]`.
    Query indexed(Query left) {
        std::vector<std::optional<std::int64_t>> numbers(1);
        while (fault_.empty() && token_ != "]") {
            if (token_ == ":") {
                numbers.emplace_back();
                if (numbers.size() > 3) fail("a slice has at most two `:`");
            } else {
                std::int64_t number = 0;
                const char* const begin = token_.data();
                const char* const end = begin + token_.size();
                const auto [stop, error] = std::from_chars(begin, end, number);
                if (error != std::errc() || stop != end || numbers.back()) fail("this is no index");
                numbers.back() = number;
            }
            advance();
        }
        want("]");
        const bool is_slice = numbers.size() > 1;
        if (is_slice && numbers.size() == 3 && numbers[2] == 0) fail("the step of a slice is 0");
        numbers.resize(is_slice ? 3 : 1);
        Query place = made(is_slice ? Kind::slice : Kind::index);
        place.numbers = std::move(numbers);
        Query query = chained(std::move(left), std::move(place));
        return is_slice ? of_all(Kind::of_items, std::move(query), rest(kStar)) : query;
    }

    // Behind `[`: `*]`.
    Query items(Query left) {
        want("*");
        want("]");
        return of_all(Kind::of_items, std::move(left), rest(kStar));
    }

    Query list() {
        Query query = made(Kind::list);
        do {
            query.parts.push_back(expression(0));
        } while (fault_.empty() && take(","));
        want("]");
        return query;
    }

    Query object() {
        Query query = made(Kind::object);
        do {
            const char c = token_.empty() ? '\0' : token_.front();
            if (c == '"') {
                query.names.push_back(quoted_name());
            } else if (is_name_start(c)) {
                query.names.emplace_back(token_);
                advance();
            } else {
                fail("a name is missing");
            }
            want(":");
            query.parts.push_back(expression(0));
        } while (fault_.empty() && take(","));
        want("}");
        return query;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string_view token_;
    std::size_t token_at_ = 0;
    std::size_t parts_ = 0;
    int depth_ = 0;
    std::string fault_;
    std::size_t fault_at_ = 0;
};

}  // namespace

Result<Query> parse_jmespath(std::string_view text) {
    return Parser(text).parse();
}

}  // namespace remuda::templating
