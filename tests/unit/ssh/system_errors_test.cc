// SPDX-License-Identifier: MIT
#include "ssh/system_errors.h"

#include <string>

#include <doctest/doctest.h>

using remuda::Code;
using remuda::Error;
using remuda::ssh::login_error;
using remuda::ssh::Passage;
using remuda::ssh::passage_of;

TEST_CASE("what ssh says when it cannot log in becomes an error of its kind") {
    struct Case {
        std::string said;
        Code code;
        std::string text;
    };
    const Case cases[] = {
        {"Host key verification failed.\r\n", Code::not_authorised,
         "host key not known; check it and accept it with `ssh gpu` once"},
        {"@@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\n"
         "Offending ED25519 key in /home/u/.ssh/known_hosts:3\nHost key verification failed.\n",
         Code::not_authorised,
         "the host key has changed: Offending ED25519 key in /home/u/.ssh/known_hosts:3. If that "
         "is right, remove the line; if not, somebody may be in between"},
        {"u@gpu: Permission denied (publickey).\r\n", Code::not_authorised,
         "ssh: u@gpu: Permission denied (publickey)"},
        {"ssh: Could not resolve hostname gpu: Name or service not known\r\n", Code::unreachable,
         "ssh: Could not resolve hostname gpu: Name or service not known"},
        {"ssh: connect to host gpu port 22: Connection refused\r\n", Code::unreachable,
         "ssh: connect to host gpu port 22: Connection refused"},
        {"ssh: connect to host gpu port 22: Connection timed out\r\n", Code::timed_out,
         "ssh: connect to host gpu port 22: Connection timed out"},
        {"kex_exchange_identification: Connection closed by remote host\r\n"
         "Connection closed by 10.0.0.1 port 22\r\n",
         Code::busy, "ssh: kex_exchange_identification: Connection closed by remote host"},
        // A jump host that cannot go on is not busy.
        {"channel 0: open failed: connect failed: Connection refused\r\n"
         "kex_exchange_identification: Connection closed by remote host\r\n",
         Code::unreachable, "ssh: channel 0: open failed: connect failed: Connection refused"},
        {"Unable to negotiate with 10.0.0.1 port 22: no matching cipher found. Their offer: x\r\n",
         Code::protocol,
         "ssh: Unable to negotiate with 10.0.0.1 port 22: no matching cipher found. Their offer: "
         "x"},
        {"/h/c: line 1: Bad configuration option: foo\r\n/h/c: terminating, 1 bad configuration "
         "options\r\n",
         Code::invalid_input, "ssh: /h/c: line 1: Bad configuration option: foo"},
        {"something new\r\n\r\n", Code::unreachable, "ssh: something new"},
        {"", Code::unreachable, "ssh ended with exit code 255 and said nothing"},
    };
    for (const Case& each : cases) {
        CAPTURE(each.said);
        const Error error = login_error(each.said, "gpu", 255);
        CHECK(error.code() == each.code);
        CHECK(error.text() == each.text);
    }
    CHECK(login_error("sh: 1: ssh: not found\n", "gpu", 127).code() == Code::not_found);
}

TEST_CASE("a command is known not to have been sent only where ssh went on without its master") {
    CHECK(passage_of("") == Passage::unknown);
    CHECK(passage_of("mux_client_request_session: session request failed: x\r\n") ==
          Passage::unknown);
    CHECK(passage_of("mux_client_request_session: session request failed: Session open refused by "
                     "peer\r\nremuda-unsent\n") == Passage::refused);
    CHECK(passage_of("remuda-unsent\n") == Passage::no_master);
    CHECK(passage_of("Control socket connect(/t/s): Connection refused\r\nremuda-unsent\n") ==
          Passage::no_master);
    CHECK(passage_of("mux_client_request_session: read from master failed: Broken pipe\r\n"
                     "remuda-unsent\n") == Passage::unknown);
}
