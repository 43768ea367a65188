// SPDX-License-Identifier: MIT
//
// refuse_calls ERRNO CALL[,CALL] PROGRAM WORD...: runs PROGRAM, for which sendfile or pread64 fail
// with that errno, as they may on another system or a bad disk.
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char** argv) {
    if (argc < 4) return 2;
    const auto error = static_cast<unsigned>(std::atoi(argv[1]));
    const std::string_view calls = argv[2];
    std::vector<sock_filter> filter;
    // Of `size` bytes at least: programs are loaded with small ones.
    const auto refuse = [&](std::string_view name, unsigned number, std::size_t size_at) {
        constexpr unsigned least = 4096;
        if (calls.find(name) == std::string_view::npos) return;
        filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
        filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3));
        filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(size_at)));
        filter.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, least, 0, 1));
        filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error));
    };
    // The lower half of each argument, on little-endian machines.
    refuse("sendfile", SYS_sendfile, offsetof(seccomp_data, args[3]));
    refuse("pread64", SYS_pread64, offsetof(seccomp_data, args[2]));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        return 3;
    }
    ::execv(argv[3], argv + 3);
    return 4;
}
