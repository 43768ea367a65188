// SPDX-License-Identifier: MIT
#include "remuda/transport/transport.h"
