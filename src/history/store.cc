// SPDX-License-Identifier: MIT
#include "remuda/history/store.h"
