// SPDX-License-Identifier: MIT
#include "remuda/engine/engine.h"
