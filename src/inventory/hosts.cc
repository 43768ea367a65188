// SPDX-License-Identifier: MIT
#include "remuda/inventory/inventory.h"
