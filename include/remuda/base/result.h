// SPDX-License-Identifier: MIT
//
// Result<T> and Error: how a function says that it failed.
//
// A failure that we expect is a value of type Error; an exception is a bug or comes from a third
// party, and is caught where that third party is called. Result has std::expected's member names,
// so that C++23 can replace it. Codes are for branching, texts for reading.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace remuda {

/// What kind of failure it is. Only what some caller branches on has a code of its own.
enum class Code {
    /// The user's file, option or command line is wrong. Exit code 2.
    invalid_input,
    /// A file, host, key or program that was named is not there.
    not_found,
    /// Somebody else holds the lock. Exit code 4.
    locked,
    /// The other side refused our credentials or its host key is not trusted. Exit code 5 or 3.
    not_authorised,
    /// A host could not be reached, or the connection to it broke.
    unreachable,
    /// The other side asks for patience: it is worth trying again in a while.
    busy,
    /// A deadline passed.
    timed_out,
    /// We were told to stop.
    stopped,
    /// The operating system refused something else (ENOSPC, EMFILE ...).
    system,
    /// A remote or local peer broke the protocol.
    protocol,
};

/// What failed, for a person to read, and the code to branch on.
class Error {
  public:
    Error(Code code, std::string text) : code_(code), text_(std::move(text)) {}

    /// The same error with `context` in front: "hosts.yaml: cannot open: ...".
    [[nodiscard]] Error within(const std::string& context) const {
        return {code_, context + ": " + text_};
    }

    [[nodiscard]] Code code() const { return code_; }
    /// One line without a full stop or line break at its end.
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    Code code_;
    std::string text_;
};

/// The error of the system call `what` that just failed. Reads `errno`, so call it at once.
[[nodiscard]] Error sys_error(const std::string& what);
/// The same with an errno value taken earlier.
[[nodiscard]] Error sys_error(const std::string& what, int errno_value);

/// A T or an Error.
template <class T>
class [[nodiscard]] Result {
  public:
    using value_type = T;
    using error_type = Error;

    // NOLINTBEGIN(google-explicit-constructor): `return value;` and `return error;` are the point.
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    /// Undefined unless has_value().
    [[nodiscard]] T& value() & { return *std::get_if<0>(&state_); }
    [[nodiscard]] const T& value() const& { return *std::get_if<0>(&state_); }
    [[nodiscard]] T&& value() && { return std::move(*std::get_if<0>(&state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    /// Undefined if has_value().
    [[nodiscard]] const Error& error() const { return *std::get_if<1>(&state_); }

  private:
    std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
  public:
    using value_type = void;
    using error_type = Error;

    Result() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): `return error;` is the point.
    Result(Error error) : state_(std::move(error)) {}

    [[nodiscard]] bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }
    /// Undefined if has_value().
    [[nodiscard]] const Error& error() const { return *std::get_if<1>(&state_); }

  private:
    std::variant<std::monostate, Error> state_;
};

}  // namespace remuda
