// SPDX-License-Identifier: MIT
//
// A throwaway Kerberos realm on loopback: its key distribution centre, a ticket for the user who
// runs the test, and servers that let in who has one. Everything is in one folder.
#pragma once

#include "support/program.h"
#include "support/sshd.h"
#include "support/temp_dir.h"

#include <string>
#include <vector>

#include <sys/types.h>

namespace remuda::test {

/// Ends the program with 77, which ctest shows as skipped, if no Kerberos server is installed here.
void require_kerberos();

class Kerberos {
  public:
    Kerberos();
    ~Kerberos();
    Kerberos(const Kerberos&) = delete;
    Kerberos& operator=(const Kerberos&) = delete;

    /// For an Sshd that lets in nobody without a ticket.
    [[nodiscard]] SshdOptions server() const;
    /// Makes the server known to the realm, by its address.
    void add(const Sshd& server);
    /// For who wants to use the ticket. KRB5_TRACE can be added to it.
    [[nodiscard]] Environment ticket_holder() const;
    /// For who has none.
    [[nodiscard]] Environment stranger() const;

  private:
    // Throws with what the program complains of.
    void run(const std::vector<std::string>& words) const;
    void write_configuration() const;
    void start();
    [[nodiscard]] Environment environment() const;

    TempDir folder_;
    std::string address_;
    pid_t pid_ = -1;
};

}  // namespace remuda::test
