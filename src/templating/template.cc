// SPDX-License-Identifier: MIT
#include "remuda/templating/template.h"
