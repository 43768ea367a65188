# SPDX-License-Identifier: MIT
# What the program is made of; the build for tests leaves out run_time.cc, which stands for the
# parts of libstdc++ that the small one does without.
set(REMUDA_SHIM_SOURCES main.cc run_time.cc)
