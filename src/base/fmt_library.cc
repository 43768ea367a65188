// SPDX-License-Identifier: MIT
// fmt as a static library, for builds that link no libfmt.so. The functions of its headers that are
// no templates come with the first include; of the templates, those that it declares extern.
// Header-only, fmt would take half of the time that it takes to compile remuda.
#include <fmt/format-inl.h>

static_assert(FMT_VERSION >= 90000 && FMT_VERSION < 110000, "see what its src/format.cc has");

namespace fmt::detail {

template auto dragonbox::to_decimal(float number) noexcept -> dragonbox::decimal_fp<float>;
template auto dragonbox::to_decimal(double number) noexcept -> dragonbox::decimal_fp<double>;
template auto thousands_sep_impl(locale_ref locale) -> thousands_sep_result<char>;
template auto decimal_point_impl(locale_ref locale) -> char;
template void buffer<char>::append(const char* begin, const char* end);
template void vformat_to(buffer<char>& out, string_view format,
                         basic_format_args<buffer_context<char>> arguments, locale_ref locale);

}  // namespace fmt::detail
