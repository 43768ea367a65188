// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/model/event.h"

#include <functional>

namespace remuda::run {

/// Tells what happened. When it returns, all that follows from the event has been decided, asked
/// for and shown, unless the call came from within the telling of another event: then it comes
/// after it.
using Emit = std::function<void(model::Event)>;

}  // namespace remuda::run
