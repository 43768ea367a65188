// SPDX-License-Identifier: MIT
#include "shim_program/journal.h"

#include "shim_program/checksums.h"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>

namespace remuda::shim::program {

namespace {
constexpr std::size_t kHead = 8;
constexpr std::uint64_t kReserve = std::uint64_t{256} << 10;
constexpr const char* kName = "journal";
constexpr const char* kNewName = "journal.new";
}  // namespace

namespace {
void put_at(std::string& to, std::size_t at, std::uint64_t value) {
    for (std::size_t i = 0; i < sizeof value; ++i) {
        to[at + i] = static_cast<char>(static_cast<std::uint8_t>(value >> (8 * i)));
    }
}

/// 0, or the errno that says that there is none.
int keep_room(int file, std::uint64_t from, std::uint64_t size) {
    if (::fallocate(file, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(from),
                    static_cast<off_t>(size)) == 0) {
        return 0;
    }
    // Some file systems know nothing of it.
    return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? errno : 0;
}

void fill_head(std::string& bytes, std::size_t begin) {
    const std::string_view body = std::string_view(bytes).substr(begin + kHead);
    put_at(bytes, begin, body.size() | std::uint64_t{crc32(body)} << 32);
}
}  // namespace

Record::~Record() {
    fill_head(to_, begin_);
}

void complete_spawned(std::string& record, pid_t pid) {
    put_at(record, record.size() - sizeof(std::uint64_t), static_cast<std::uint64_t>(pid));
    fill_head(record, 0);
}

bool Records::next(RecordType& type, std::string_view& fields) {
    const std::string_view rest = bytes_.substr(at_);
    if (rest.empty()) return false;
    if (rest.size() < kHead) return false;
    const std::uint64_t length = get_number(rest, 4);
    if (length == 0) {
        is_damaged_ = true;
        return false;
    }
    // Cut at the end, or a length that is none.
    if (length > rest.size() - kHead) {
        is_damaged_ = length > kMostPayload + kMostPayload;
        return false;
    }
    const std::string_view body = rest.substr(kHead, static_cast<std::size_t>(length));
    if (crc32(body) != get_number(rest.substr(4), 4)) {
        is_damaged_ = true;
        return false;
    }
    type = static_cast<RecordType>(body[0]);
    fields = body.substr(1);
    at_ += kHead + static_cast<std::size_t>(length);
    return true;
}

std::string Journal::open(int folder, std::string& fault) {
    folder_ = folder;
    file_.reset(::openat(folder, kName, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!file_) {
        fault = std::string(kName) + ": " + error_text(errno);
        return {};
    }
    std::string content = read_file(kName, SIZE_MAX, folder);
    size_ = content.size();
    return content;
}

bool Journal::replace(const std::string& content) {
    Fd file(::openat(folder_, kNewName, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
    if (!file || !write_all(file.number(), content) || ::fdatasync(file.number()) != 0 ||
        ::renameat(folder_, kNewName, folder_, kName) != 0) {
        ::unlinkat(folder_, kNewName, 0);
        return false;
    }
    ::fsync(folder_);
    // The number stays, because the thread that syncs knows it.
    if (file_) {
        ::dup3(file.number(), file_.number(), O_CLOEXEC);
    } else {
        file_ = std::move(file);
    }
    size_ = content.size();
    reserved_ = 0;
    return true;
}

bool Journal::mend(std::uint64_t sound, const std::string& opened) {
    if (!opened.empty()) {
        // At its place, which takes no room that the damaged bytes do not have; the rest goes
        // after.
        const Fd file(::openat(folder_, kName, O_WRONLY | O_CLOEXEC));
        const auto at = static_cast<off_t>(sound);
        if (!file || keep_room(file.number(), sound, opened.size()) != 0) return false;
        if (::pwrite(file.number(), opened.data(), opened.size(), at) !=
            static_cast<ssize_t>(opened.size())) {
            // A length of 0 is damage, as there was; the beginning of a record would be none.
            constexpr char none[kHead] = {};
            (void)!::pwrite(file.number(), none, sizeof none, at);
            return false;
        }
        ::fdatasync(file.number());
    }
    if (::ftruncate(file_.number(), static_cast<off_t>(sound + opened.size())) != 0) return false;
    size_ = sound + opened.size();
    is_unsynced_ = true;
    return true;
}

int Journal::reserve(std::uint64_t needed) {
    if (size_ + needed + kReserve / 2 <= reserved_) return 0;
    const int error = keep_room(file_.number(), size_, needed + kReserve);
    if (error == 0) reserved_ = size_ + needed + kReserve;
    return error;
}

int Journal::flush() {
    if (pending_.empty()) return 0;
    const ssize_t count = ::write(file_.number(), pending_.data(), pending_.size());
    if (count != static_cast<ssize_t>(pending_.size())) {
        const int error = count < 0 ? errno : ENOSPC;
        // A record that is cut would hide those after it.
        if (count > 0 && ::ftruncate(file_.number(), static_cast<off_t>(size_)) != 0) return EIO;
        return error;
    }
    size_ += pending_.size();
    pending_.clear();
    is_unsynced_ = true;
    return 0;
}

}  // namespace remuda::shim::program
