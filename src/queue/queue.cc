// SPDX-License-Identifier: MIT
#include "remuda/queue/queue.h"
