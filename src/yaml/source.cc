// SPDX-License-Identifier: MIT
#include "remuda/yaml/source.h"
