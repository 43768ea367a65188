// SPDX-License-Identifier: MIT
#include "templating/jmespath.h"

namespace remuda::templating {

Result<Value> run_jmespath(std::string_view query, const Value& data) {
    (void)query;
    (void)data;
    return Error(Code::invalid_input, "JMESPath is not supported yet");
}

}  // namespace remuda::templating
