// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/awaitable.hpp>

namespace remuda::loop {

/// What a coroutine of ours returns. Awaited once; runs on the loop's thread.
template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace remuda::loop
