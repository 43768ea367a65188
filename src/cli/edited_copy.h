// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/fd.h"
#include "remuda/base/result.h"

#include <string>

namespace remuda::cli {

/// The copy of a queue that a user edits, in the folder for temporary files. Removed with the
/// object unless it is kept.
class EditedCopy {
  public:
    /// For nobody else to read. What was left there more than ten days ago, by an edit that was
    /// killed or whose text was kept, and is not being edited, is removed.
    [[nodiscard]] static Result<EditedCopy> make(const std::string& text);
    EditedCopy(EditedCopy&& other) noexcept;
    EditedCopy& operator=(EditedCopy&&) = delete;
    ~EditedCopy();

    [[nodiscard]] const std::string& path() const { return path_; }
    /// Leaves the file where it is.
    std::string keep();

  private:
    EditedCopy(std::string path, Fd lock);

    std::string path_;
    /// Tells others that it is being edited.
    Fd lock_;
};

}  // namespace remuda::cli
