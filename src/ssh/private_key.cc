// SPDX-License-Identifier: MIT
#include "ssh/private_key.h"

#include "remuda/base/fd.h"
#include "remuda/base/secret.h"
#include "remuda/base/text.h"
#include "ssh/certificate.h"
#include "ssh/key_text.h"
#include "ssh/signature.h"
#include "ssh/wire.h"

#include <cerrno>
#include <cstdint>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remuda::ssh {

namespace {

constexpr off_t kMostBytes = 1 << 20;
constexpr std::uint8_t kUserauthRequest = 50;

Result<Secret> read_secret(int fd, off_t size, const std::string& path) {
    std::string bytes(static_cast<std::size_t>(size), '\0');
    std::size_t length = 0;
    while (length < bytes.size()) {
        const ssize_t n = ::read(fd, bytes.data() + length, bytes.size() - length);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return sys_error("cannot read " + path);
        if (n == 0) break;
        length += static_cast<std::size_t>(n);
    }
    bytes.resize(length);
    return Secret(std::move(bytes));
}

struct KeyFile {
    Secret text;
    // As ssh sees it: only our own file's mode is ours to mend.
    bool is_exposed = false;
};

// Opens, looks and reads through one descriptor, so that what was looked at is what is read.
Result<KeyFile> load_key_file(const std::string& path) {
    // O_NONBLOCK: a pipe without a writer must not hang us.
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return sys_error("cannot open " + path);
    struct stat info{};
    if (::fstat(fd.number(), &info) != 0) return sys_error("cannot stat " + path);
    if (!S_ISREG(info.st_mode) || info.st_size > kMostBytes) {
        return Error(Code::invalid_input, path + " is not a private key");
    }
    auto text = read_secret(fd.number(), info.st_size, path);
    if (!text) return text.error();
    KeyFile file;
    file.text = std::move(*text);
    file.is_exposed = info.st_uid == ::geteuid() && (info.st_mode & 077) != 0;
    return file;
}

}  // namespace

struct PrivateKey::Impl {
    std::string path;
    DecodedKey decoded;
};

PrivateKey::PrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

Result<PrivateKey> PrivateKey::load(const std::string& path, std::string_view passphrase,
                                    bool* is_locked) {
    const auto file = load_key_file(path);
    if (!file) return file.error();
    auto decoded = parse_private_key(file->text.view(), passphrase);
    const bool is_private = decoded || decoded.error().code() == Code::not_authorised;
    // A public key named by mistake may be readable by all.
    if (is_private && file->is_exposed) {
        return Error(Code::not_authorised,
                     path + " can be read by others: chmod 600 " + shell_quote(path));
    }
    if (!decoded) {
        std::string told = path + " " + decoded.error().text();
        if (is_private && is_locked != nullptr) *is_locked = true;
        if (is_private) told += ": add it to ssh-agent (ssh-add " + shell_quote(path) + ")";
        return Error(decoded.error().code(), told);
    }
    auto impl = std::make_unique<Impl>();
    impl->path = path;
    impl->decoded = std::move(*decoded);
    return PrivateKey(std::move(impl));
}

const std::string& PrivateKey::public_blob() const {
    return impl_->decoded.public_blob;
}
const std::string& PrivateKey::path() const {
    return impl_->path;
}

Result<std::string> PrivateKey::sign(std::string_view algorithm, std::string_view data) const {
    auto signature = make_signature(impl_->decoded.key.get(), plain_algorithm(algorithm), data);
    if (!signature) return signature.error().within(impl_->path);
    return signature;
}

std::string signing_algorithm(std::string_view request) {
    WireReader reader(request);
    (void)reader.string();  // the session's identifier
    const bool is_request = reader.byte() == kUserauthRequest;
    (void)reader.string();  // the user
    (void)reader.string();  // the service
    const bool is_public_key = reader.string() == "publickey";
    const bool is_signed = reader.byte() == 1;
    std::string algorithm(reader.string());
    (void)reader.string();  // the public key
    if (!is_request || !is_public_key || !is_signed || !reader.is_done()) return {};
    return algorithm;
}

}  // namespace remuda::ssh
