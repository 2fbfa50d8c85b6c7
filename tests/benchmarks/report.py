"""The figures of a benchmark as a table, a trend and a chart."""

import statistics
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

type Results = dict[str, Any]

BASELINE = "node"


class Figure(NamedTuple):
    """A figure: its key in the results, its title, and how its value is shown."""

    key: str
    title: str
    factor: float
    unit: str
    digits: int = 0


FIGURES = (
    Figure("first_cpu", "CPU until the first write is answered", 1000, "ms"),
    Figure("first_wall", "wall until the first write is answered", 1000, "ms"),
    Figure("call_wall", "first call at {memory} MB's share of a core, wall", 1000, "ms"),
    Figure("warm_cpu", "warm CPU per event, mean", 1000, "ms", 2),
    Figure("warm_cpu_p50", "warm CPU per event, p50", 1000, "ms", 2),
    Figure("warm_cpu_p99", "warm CPU per event, p99", 1000, "ms", 2),
    Figure("peak_memory", "peak memory", 1 / 2**20, "MB"),
    Figure("zip_size", "zip", 1e-3, "kB"),
    Figure("unpacked_size", "unpacked", 1e-3, "kB"),
    Figure("instructions", "instructions until the first write is answered", 1e-6, "million"),
)


def summary(values: Sequence[float], baseline: Sequence[float]) -> dict[str, Any]:
    """Median of a figure's rounds; median and quartiles of its ratio to the baseline, by round."""
    result: dict[str, Any] = {"median": statistics.median(values)}
    ratios = sorted(value / base for value, base in zip(values, baseline, strict=True) if base)
    if len(ratios) > 1:
        low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
        result["ratio"] = {"median": middle, "low": low, "high": high}
    elif ratios:
        result["ratio"] = {"median": ratios[0], "low": ratios[0], "high": ratios[0]}
    return result


def table(results: Results) -> str:
    """A Markdown table: for each figure the medians, with their ratio to the baseline."""
    variants: Mapping[str, Any] = results["variants"]
    rows = [
        ["", *(variant["title"] for variant in variants.values())],
        ["---"] * (len(variants) + 1),
    ]
    for figure in FIGURES:
        cells = [_cell(figure, variant["figures"].get(figure.key)) for variant in variants.values()]
        if any(cells):
            title = figure.title.format(memory=results["memory"])
            rows.append([f"{title}, {figure.unit}", *cells])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(figure: Figure, value: Any) -> str:
    if value is None:
        return ""
    text = f"{value['median'] * figure.factor:,.{figure.digits}f}"
    ratio = value.get("ratio")
    if ratio is None or ratio["low"] == ratio["median"] == ratio["high"] == 1:
        return text
    if ratio["low"] == ratio["high"]:
        return f"{text} ({ratio['median']:.2f})"
    return f"{text} ({ratio['median']:.2f}; {ratio['low']:.2f}-{ratio['high']:.2f})"


def trend(results: Results, before: Results) -> str:
    """One line for each figure: this function's ratio to Node, now and in the committed run.

    It compares ratios, because times of another machine or another day cannot be compared.
    """
    lines = []
    for figure in FIGURES:
        now, then = (
            run["variants"]["ours"]["figures"].get(figure.key, {}).get("ratio")
            for run in (results, before)
        )
        if now and then:
            change = now["median"] / then["median"] - 1
            title = figure.title.format(memory=results["memory"])
            lines.append(
                f"{title}: {now['median']:.2f} of Node's, committed {then['median']:.2f}"
                f" ({change:+.0%})"
            )
    return "\n".join(lines)


def chart(results: Results) -> str:
    """An SVG with a bar for the CPU time of each variant."""
    variants = [(entry["title"], entry["figures"]) for entry in results["variants"].values()]
    widest = max(figures["first_cpu"]["median"] for _, figures in variants)
    bars = []
    for row, (title, figures) in enumerate(variants):
        milliseconds = figures["first_cpu"]["median"] * 1000
        top = 44 + row * 30
        width = 380 * figures["first_cpu"]["median"] / widest
        color = "#c2410c" if row == 0 else "#94a3b8"
        bars.append(
            f'<text x="260" y="{top + 15}" text-anchor="end">{escape(title)}</text>'
            f'<rect x="270" y="{top}" width="{width:.1f}" height="20" fill="{color}"/>'
            f'<text x="{276 + width:.1f}" y="{top + 15}">{milliseconds:,.0f} ms</text>'
        )
    height = 54 + len(variants) * 30
    heading = "CPU time from the start of the process until the first write is answered"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{height}" '
        f'viewBox="0 0 720 {height}" font-family="sans-serif" font-size="13" role="img">\n'
        f"<title>{heading}</title>\n"
        f'<rect width="720" height="{height}" fill="#ffffff"/>\n'
        f'<text x="20" y="26" font-weight="bold">{heading}</text>\n'
        + "\n".join(bars)
        + "\n</svg>\n"
    )
