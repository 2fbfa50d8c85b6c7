import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.benchmarks import report
from tests.benchmarks.variants import HERE, ROOT


@pytest.fixture
def results() -> Any:
    return json.loads((HERE / "results.json").read_text("utf-8"))


def test_a_ratio_compares_values_of_the_same_round() -> None:
    # Noise in a round slows both values of that round.
    found = report.summary([1.0, 20.0, 3.0], [2.0, 40.0, 6.0])
    assert found == {"median": 3.0, "ratio": {"median": 0.5, "low": 0.5, "high": 0.5}}


def test_the_table_has_a_column_for_each_variant(results: Any) -> None:
    header, _, *rows = report.table(results).splitlines()
    assert "this function" in header
    assert {row.count("|") for row in (header, *rows)} == {8}
    assert rows[0].startswith("| CPU until the first write is answered, ms | ")


def test_the_trend_of_results_against_themselves_is_zero(results: Any) -> None:
    lines = report.trend(results, results).splitlines()
    assert lines
    assert all(line.endswith("(+0%)") for line in lines)


def test_the_committed_chart_shows_the_committed_results(results: Any) -> None:
    chart = report.chart(results)
    assert chart == (HERE / "results.svg").read_text("utf-8")
    assert len(ET.fromstring(chart).findall("{http://www.w3.org/2000/svg}rect")) == 7  # noqa: S314 - our own


def test_the_committed_results_meet_the_goals(results: Any) -> None:
    ours, boto3 = (results["variants"][name]["figures"] for name in ("ours", "boto3"))
    assert ours["first_cpu"]["ratio"]["median"] <= 0.55
    assert ours["first_cpu"]["median"] <= boto3["first_cpu"]["median"] / 5
    assert ours["warm_cpu_p50"]["ratio"]["median"] <= 0.40
    assert ours["peak_memory"]["ratio"]["median"] <= 0.30
    assert ours["zip_size"]["median"] < 1_500_000


def test_it_names_a_missing_tool(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks"],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("No benchmark was run. Node.js or its npm is not installed")
