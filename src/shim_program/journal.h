// SPDX-License-Identifier: MIT
//
// The receipts on disk (docs/protocol/shim.md, "Receipts"): records that are appended, and read
// again by the next supervisor.
#pragma once

#include "remuda/shim/wire.h"
#include "shim_program/system.h"

#include <string>
#include <string_view>

namespace remuda::shim::program {

enum class RecordType : std::uint8_t {
    opened = 1,    ///< epoch; the first one
    accepted = 2,  ///< about to be started
    spawned = 3,
    exited = 4,  ///< its process ended; others still hold its output
    ended = 5,
    released = 6,
    fed = 7,  ///< all of an input that followed has been written
    cut = 8,  ///< so much of its output is not kept
};

/// Appends fields to a buffer, as Frame does.
class FieldsInto {
  public:
    explicit FieldsInto(std::string& to) : to_(to) {}

    FieldsInto& text(Tag tag, std::string_view value) {
        to_.push_back(static_cast<char>(tag));
        put_number(to_, value.size(), 4);
        to_.append(value);
        return *this;
    }
    FieldsInto& number(Tag tag, std::uint64_t value) {
        to_.push_back(static_cast<char>(tag));
        put_number(to_, 8, 4);
        put_number(to_, value, 8);
        return *this;
    }

  protected:
    std::string& to_;
};

/// Appends one record to a buffer; its head is filled in at the end.
class Record : public FieldsInto {
  public:
    Record(std::string& to, RecordType type) : FieldsInto(to), begin_(to.size()) {
        put_number(to_, 0, 8);
        to_.push_back(static_cast<char>(type));
    }
    ~Record();
    Record(const Record&) = delete;
    Record& operator=(const Record&) = delete;

  private:
    std::size_t begin_;
};

/// Puts the pid into a `spawned` record, whose last field it is.
void complete_spawned(std::string& record, pid_t pid);

/// Reads records one after the other.
class Records {
  public:
    explicit Records(std::string_view bytes) : bytes_(bytes) {}

    /// The next one; false at the end and where it is cut or damaged.
    bool next(RecordType& type, std::string_view& fields);
    /// Bytes that were read as whole records.
    [[nodiscard]] std::size_t sound() const { return at_; }
    /// Something follows that is no mere beginning of a record: it may hide receipts.
    [[nodiscard]] bool is_damaged() const { return is_damaged_; }

  private:
    std::string_view bytes_;
    std::size_t at_ = 0;
    bool is_damaged_ = false;
};

/// The journal as a file. Records gather in `pending` and are written by `flush`.
class Journal {
  public:
    /// Opens the journal of a folder and returns what stands in it, the cut end dropped. On failure
    /// `fault` says why.
    std::string open(int folder, std::string& fault);
    /// Puts `content` in the place of all that is written. False where the disk refuses it; then
    /// the old one stands.
    bool replace(const std::string& content);

    /// Where that is refused: drops what follows the first `sound` bytes, and puts `opened` in its
    /// place, which is empty where nothing was damaged. False: the disk has no room even for that,
    /// and the damage shows as before.
    bool mend(std::uint64_t sound, const std::string& opened);

    /// Where records are put.
    std::string& pending() { return pending_; }
    /// Takes back what was put since `size`.
    void drop_pending(std::size_t size) { pending_.resize(size); }
    /// Keeps disk space for `needed` bytes and for the ends of what runs: 0, or the errno that says
    /// that there is none.
    int reserve(std::uint64_t needed);
    /// Writes what is pending; 0, or an errno: then nothing of it was written, and it is kept.
    int flush();

    /// A child of ours has appended so much.
    void note_written(std::uint64_t size) {
        size_ += size;
        is_unsynced_ = true;
    }

    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] int fd() const { return file_.number(); }
    /// Whether something was written since the last call.
    bool take_unsynced() { return std::exchange(is_unsynced_, false); }

  private:
    int folder_ = -1;
    Fd file_;
    std::string pending_;
    std::uint64_t size_ = 0;
    /// Disk space that is ours already, so that the end of a job can be written on a full disk.
    std::uint64_t reserved_ = 0;
    bool is_unsynced_ = false;
};

}  // namespace remuda::shim::program
