// SPDX-License-Identifier: MIT
#include "remuda/output/output.h"
