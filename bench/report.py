# SPDX-License-Identifier: MIT
"""From costs to figures, tables and verdicts."""

import dataclasses
import statistics


@dataclasses.dataclass
class Figure:
    median: float
    least: float
    most: float

    def text(self):
        return f"{number(self.median)} ({number(self.least)}-{number(self.most)})"


@dataclasses.dataclass
class Row:
    tool: str
    failure: str = ""
    foreign_cores: float = 0.0
    figures: dict = dataclasses.field(default_factory=dict)


HEADINGS = {"wall": "wall s", "rate": "{unit}/s", "controller": "controller ms/{unit}",
            "sshd": "sshd ms/{unit}", "memory_total": "memory MB", "memory": "KB/{unit}",
            "increment": "KB/{unit} more"}
COLUMNS = {"host": ("wall", "controller", "sshd", "memory_total", "memory", "increment"),
           "job": ("rate", "wall", "controller", "sshd", "memory_total"),
           "MB": ("rate", "wall", "controller", "sshd", "memory_total")}


def number(value):
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.2 else f"{value:.3f}"


def ratio(value):
    return f"{value:.0f}x" if value >= 10 else f"{value:.1f}x" if value >= 2 else f"{value:.2f}x"


def figure(values):
    values = list(values)
    return Figure(statistics.median(values), min(values), max(values)) if values else None


def row(case, tool, timed, full, small):
    """Figures of one tool from its timed runs, and its memory runs on all and on two hosts."""
    failures = [cost.failure for cost in timed + full + small if cost.failure]
    if failures:
        runs = len(timed + full + small)
        return Row(tool.name, f"failed ({len(failures)} of {runs} runs): {failures[0]}")
    units = case.units(tool)
    figures = {"wall": figure(cost.wall_s for cost in timed),
               "rate": figure(units / cost.wall_s for cost in timed),
               "controller": figure(1000 * cost.controller_s / units for cost in timed),
               "sshd": figure(1000 * cost.sshd_s / units for cost in timed)}
    if full:
        figures["memory_total"] = figure(cost.peak_kb / 1024 for cost in full)
        figures["memory"] = figure(cost.peak_kb / case.hosts for cost in full)
    if full and small:
        base = statistics.median(cost.peak_kb for cost in small)
        figures["increment"] = figure(max(0, cost.peak_kb - base) / (case.hosts - 2)
                                      for cost in full)
    foreign = statistics.median(cost.foreign_cores for cost in timed)
    return Row(tool.name, foreign_cores=foreign, figures=figures)


def columns(lines):
    """A table of lines of cells, the first of them its head."""
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    ruled = [lines[0], ["-" * width for width in widths], *lines[1:]]
    for line in ruled:
        yield "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |"


def table(case, rows, reference):
    columns = [name for name in COLUMNS[case.unit]
               if any(one.figures.get(name) for one in rows)]
    lines = [["tool", *(HEADINGS[name].format(unit=case.unit) for name in columns), "foreign load"]]
    for one in rows:
        if one.failure:
            lines.append([one.tool, " ".join(one.failure.split()).replace("|", "/")])
            lines[-1] += [""] * (len(lines[0]) - 2)
            continue
        cells = []
        for name in columns:
            value = one.figures.get(name)
            base = reference.figures.get(name) if reference else None
            if name == "wall" and case.unit == "job" and not case.all_run_all_jobs:
                base = None
            text = value.text() if value else "-"
            if value and base and base.median > 0 and one is not reference:
                text += f" {ratio(value.median / base.median)}"
            cells.append(text)
        lines.append([one.tool, *cells, f"{one.foreign_cores:.1f}"])
    # A failure may be longer than a column should be.
    widths = [max(len(line[at]) for line in lines if at == 0 or line[-1])
              for at in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    padded = [[cell.ljust(width) for cell, width in zip(line, widths)] for line in lines]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in padded)


def rates(case, rows):
    """The rate of each tool, and what that is of the base's."""
    found = {one.tool: one.figures["rate"].median for one in rows if not one.failure}
    for tool, rate in found.items():
        sentence = f"{tool}: {rate:.0f} {'MB' if case.unit == 'MB' else case.unit + 's'} a second"
        if tool != case.base and case.base in found:
            sentence += f", {rate / found[case.base]:.2f} of {case.base}"
        yield sentence


def share_of_base(case, rows, reference):
    """remuda's rate over the base's; None without them."""
    base = next((one for one in rows if one.tool == case.base and not one.failure), None)
    if reference is None or base is None:
        return None
    return reference.figures["rate"].median / base.figures["rate"].median


def verdicts(case, rows, reference):
    """(whether it is kept, sentence) for each limit of the case."""
    if reference is None or reference.failure:
        yield False, "remuda failed, so none of its limits was met"
        return
    share = share_of_base(case, rows, reference)
    if case.least_of_base is not None and share is None:
        yield False, f"limit MISSED: without {case.base} nothing can be said of it"
    elif case.least_of_base is not None:
        kept = share >= case.least_of_base
        yield kept, (f"limit {'met' if kept else 'MISSED'}: {share:.2f} of {case.base}, "
                     f"at least {case.least_of_base:g} wanted")
    for limit in case.limits:
        value = reference.figures.get(limit.figure)
        if value is None:
            continue
        kept = value.median <= limit.at_most
        yield kept, (f"limit {'met' if kept else 'MISSED'}: {number(value.median)} {limit.words}, "
                     f"at most {limit.at_most:g} allowed")


def as_json(rows):
    return [dataclasses.asdict(one) for one in rows]
