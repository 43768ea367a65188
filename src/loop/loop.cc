// SPDX-License-Identifier: MIT
#include "remuda/loop/loop.h"
