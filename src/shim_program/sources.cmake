# SPDX-License-Identifier: MIT
# What the program is made of; the build for tests leaves out run_time.cc, which stands for the
# parts of libstdc++ that the small one does without.
set(REMUDA_SHIM_SOURCES
    main.cc front.cc folder.cc nanny.cc nanny_talk.cc supervisor.cc controllers.cc receipts.cc
    starting.cc spawn.cc ahead.cc input.cc output.cc passing.cc ending.cc rest.cc processes.cc taking_over.cc
    journal.cc syncer.cc job.cc connection.cc facts.cc checksums.cc system.cc run_time.cc)
