// SPDX-License-Identifier: MIT
#include "shim/bootstrap.h"

#include "remuda/base/text.h"
#include "remuda/shim/shim_transport.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace remuda::shim {

namespace {

// What a login shell's own files may write before the script begins is passed over, but not for
// ever.
constexpr std::size_t kMostNoise = std::size_t{64} * 1024;
// What the script says has no longer line.
constexpr std::size_t kMostLine = 4096;

std::string folder_in_sh(std::string_view folder) {
    if (folder.empty()) {
        return "case ${XDG_CACHE_HOME-} in /*) d=$XDG_CACHE_HOME/remuda;; "
               "*) d=$HOME/.cache/remuda;; esac";
    }
    if (folder.starts_with("~/")) return "d=$HOME/" + shell_quote(folder.substr(2));
    return "d=" + shell_quote(folder);
}

// $1 is what cannot be done. Nothing of the script's is left behind.
constexpr std::string_view kCannot = R"sh(
cannot() { rm -f "$t" 2>/dev/null; printf '%s cannot %s\n' MARK "$1"; exit 0; })sh";

// Two at once make two files, and the last rename wins over an equal one. A program that cannot be
// executed ends the shell; what it says of that is on stderr.
constexpr std::string_view kScript = R"sh(
f=$d/shim-$h
ready() { printf '%s ready\n' MARK; exec "$f" serve --dir "$d"; }
if [ -f "$f" ] && [ -x "$f" ] && [ -O "$f" ] && [ -O "$d" ] && [ $(wc -c <"$f") -eq "$n" ]; then
  touch "$f" 2>/dev/null
  ready
fi
dd bs=1 count=HELLO >/dev/null 2>&1
(umask 077 && mkdir -p "$d") 2>/dev/null || cannot "make the folder $d"
[ -O "$d" ] || cannot "use $d, which belongs to another user"
(umask 077 && : >"$t") 2>/dev/null || cannot "write in $d"
printf '%s need %s\n' MARK "${m#Linux }"
head -c "$n" >"$t" 2>/dev/null || cannot "write to $d: is the disk full?"
[ $(wc -c <"$t") -eq "$n" ] || cannot "write to $d: is the disk full?"
chmod 700 "$t" 2>/dev/null
"$t" verify "$h" </dev/null >/dev/null 2>&1
case $? in
0) ;;
126 | 127) cannot "run a program in $d: is it mounted noexec?";;
*) cannot "keep the program in $d: its bytes are not those that were sent";;
esac
mv -f "$t" "$f" || cannot "put the program into $d"
find "$d/" -maxdepth 1 -type f -name 'shim-*' -mtime +30 -exec rm -f {} + 2>/dev/null
ready)sh";

// A version that a shim of this host runs is in use, and one that was used within a day may be by
// another host with the same home. What runs is known by the path without symbolic links.
constexpr std::string_view kCleaningScript = R"sh(
[ -d "$d" ] || exit 0
d=$(cd "$d" 2>/dev/null && pwd -P) || { echo "kept $d: it cannot be entered"; exit 0; }
[ -O "$d" ] || { echo "kept $d: it belongs to another user"; exit 0; }
used=$(ls -l /proc/[0-9]*/exe 2>/dev/null)
for f in "$d"/shim-*; do
  [ -f "$f" ] || continue
  case $used in *"$f"*) echo "kept $f: it is running"; continue;; esac
  case " $ours " in *" ${f##*/} "*) echo "kept $f: it is the one of this remuda"; continue;; esac
  if [ "$(find "$f" -mtime -1 2>/dev/null)" ]; then
    echo "kept $f: it was used within a day"
  elif rm -f "$f" 2>/dev/null; then
    echo "removed $f"
  else
    echo "kept $f: it cannot be removed"
  fi
done
p=$d/$(uname -n)
[ -d "$p" ] || exit 0
[ -L "$p" ] && { echo "kept $p: it is a symbolic link"; exit 0; }
case $used in *"$d"/shim-*) echo "kept $p: it is in use"; exit 0;; esac
if [ "$(find "$p/v1/journal" -mtime -30 2>/dev/null)" ]; then
  echo "kept $p: it was used within 30 days, and may hold receipts of jobs"
  exit 0
fi
if rm -rf "$p" 2>/dev/null; then echo "removed $p"; else echo "kept $p: it cannot be removed"; fi
exit 0)sh";

std::string replaced(std::string text, std::string_view place, std::string_view with) {
    for (std::size_t at = text.find(place); at != std::string::npos;
         at = text.find(place, at + with.size())) {
        text.replace(at, place.size(), with);
    }
    return text;
}

}  // namespace

std::string bootstrap_script(std::span<const Program> programs, std::string_view folder,
                             std::string_view mark, std::size_t hello_bytes) {
    std::string script = folder_in_sh(folder);
    script += "\nt=$d/shim-new.$(uname -n).$$";
    script += replaced(std::string(kCannot), "MARK", mark);
    script += "\nm=$(uname -sm)\ncase $m in\n";
    for (const Program& program : programs) {
        script += fmt::format("'Linux {}') h={} n={};;\n", program.machine, program.sha256,
                              program.bytes.size());
    }
    script += "*) t=; cannot \"serve $m: there is no shim for it\";;\nesac";
    script += replaced(std::string(kScript), "MARK", mark);
    return replaced(std::move(script), "HELLO", std::to_string(hello_bytes));
}  // namespace

std::string receipts_script(const std::string& dir) {
    return folder_in_sh(dir) + "\n[ -s \"$d/$(uname -n)/v1/journal\" ]";
}

std::string cleaning_script(std::span<const Program> programs, std::string_view folder) {
    std::string script = folder_in_sh(folder) + "\nours='";
    for (const Program& program : programs)
        script += fmt::format("shim-{} ", program.sha256);
    script += "'";
    script += kCleaningScript;
    return script;
}

std::optional<BootstrapWords::Word> BootstrapWords::feed(std::string_view bytes) {
    heard_ += bytes;
    const std::size_t at = heard_.find(mark_);
    if (at == std::string::npos) {
        if (heard_.size() > kMostNoise) heard_.erase(0, heard_.size() - mark_.size());
        return std::nullopt;
    }
    const std::size_t end = heard_.find('\n', at);
    if (std::min(end, heard_.size()) - at > mark_.size() + kMostLine) {
        heard_.clear();
        return Word{Word::Kind::cannot, fmt::format("say what it means in {} bytes", kMostLine)};
    }
    if (end == std::string::npos) return std::nullopt;
    const std::string line = heard_.substr(at + mark_.size(), end - at - mark_.size());
    heard_.erase(0, end + 1);
    if (line == " ready") return Word{Word::Kind::ready, ""};
    constexpr std::string_view need = " need ";
    constexpr std::string_view cannot = " cannot ";
    if (line.starts_with(need)) return Word{Word::Kind::need, line.substr(need.size())};
    if (line.starts_with(cannot)) return Word{Word::Kind::cannot, line.substr(cannot.size())};
    return Word{Word::Kind::cannot, "say what it means: " + line};
}

std::string BootstrapWords::take_rest() {
    return std::exchange(heard_, {});
}

}  // namespace remuda::shim
