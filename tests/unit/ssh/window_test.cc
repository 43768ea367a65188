// SPDX-License-Identifier: MIT
#include "ssh/window.h"

#include <chrono>
#include <memory>

#include <doctest/doctest.h>

namespace remuda::ssh {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a window doubles with each of its lengths that is read, up to the most there is") {
    Window window(Window::spare_of_connection());
    window.opened_after(50ms);
    window.has_read(Window::kFirstBytes - 1);
    CHECK(window.size() == Window::kFirstBytes);
    window.has_read(1);
    CHECK(window.size() == 2 * Window::kFirstBytes);
    window.has_read(Window::kFirstBytes);
    CHECK(window.size() == 2 * Window::kFirstBytes);
    for (int i = 0; i < 10; ++i)
        window.has_read(Window::kMostBytes);
    CHECK(window.size() == Window::kMostBytes);
}

TEST_CASE("near by a window stays as it is") {
    Window window(Window::spare_of_connection());
    window.opened_after(1ms);
    window.has_read(100 * Window::kFirstBytes);
    CHECK(window.size() == Window::kFirstBytes);
}

TEST_CASE("the windows of a connection share what they may grow, and give it back") {
    const auto spare = std::make_shared<std::size_t>(Window::kFirstBytes + 1000);
    {
        Window one(spare);
        Window other(spare);
        one.opened_after(1s);
        other.opened_after(1s);
        one.has_read(Window::kFirstBytes);
        other.has_read(Window::kFirstBytes);
        CHECK(one.size() == 2 * Window::kFirstBytes);
        CHECK(other.size() == Window::kFirstBytes + 1000);
        one.has_read(Window::kMostBytes);
        CHECK(one.size() == 2 * Window::kFirstBytes);
        CHECK(*spare == 0);
    }
    CHECK(*spare == Window::kFirstBytes + 1000);
}

}  // namespace
}  // namespace remuda::ssh
