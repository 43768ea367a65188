// SPDX-License-Identifier: MIT
#pragma once

#include "templating/helpers.h"

namespace remuda::templating {

// Words in one of the cases of programming. What is neither letter nor digit separates words, and
// is dropped at the end; only ASCII letters change.

// These break before a capital letter or a digit beside a small letter: gpu0 -> gpu_0.
Result<std::string> to_snake_case(Arguments arguments);
Result<std::string> to_screaming_snake_case(Arguments arguments);
Result<std::string> to_kebab_case(Arguments arguments);

// These break before a capital letter behind a small one, and behind digits: gpu0x -> Gpu0X.
Result<std::string> to_camel_case(Arguments arguments);
Result<std::string> to_pascal_case(Arguments arguments);
Result<std::string> to_train_case(Arguments arguments);
Result<std::string> to_sentence_case(Arguments arguments);
Result<std::string> to_title_case(Arguments arguments);

/// Pascal case, its last word in the singular.
Result<std::string> to_class_case(Arguments arguments);
/// Snake case, its last word in the plural.
Result<std::string> to_table_case(Arguments arguments);
/// Of the last word, without what stands before it.
Result<std::string> to_plural(Arguments arguments);
Result<std::string> to_singular(Arguments arguments);

}  // namespace remuda::templating
