// SPDX-License-Identifier: MIT
#include "remuda/base/text.h"
