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
    CHECK_FALSE(window.has_read(Window::kFirstBytes - 1));
    CHECK(window.has_read(1));
    CHECK(window.size() == 2 * Window::kFirstBytes);
    CHECK_FALSE(window.has_read(Window::kFirstBytes));
    while (window.has_read(Window::kMostBytes)) {
    }
    CHECK(window.size() == Window::kMostBytes);
}

TEST_CASE("near by a window stays as it is") {
    Window window(Window::spare_of_connection());
    window.opened_after(1ms);
    CHECK_FALSE(window.has_read(100 * Window::kFirstBytes));
    CHECK(window.size() == Window::kFirstBytes);
}

TEST_CASE("the windows of a connection share what they may grow, and give it back") {
    const auto spare = std::make_shared<std::size_t>(Window::kFirstBytes + 1000);
    {
        Window one(spare);
        Window other(spare);
        one.opened_after(1s);
        other.opened_after(1s);
        CHECK(one.has_read(Window::kFirstBytes));
        CHECK(other.has_read(Window::kFirstBytes));
        CHECK(other.size() == Window::kFirstBytes + 1000);
        CHECK_FALSE(one.has_read(Window::kMostBytes));
        CHECK(*spare == 0);
    }
    CHECK(*spare == Window::kFirstBytes + 1000);
}

}  // namespace
}  // namespace remuda::ssh
