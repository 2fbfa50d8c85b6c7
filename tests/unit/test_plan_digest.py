from typing import Any

import pytest

from scripts.plan_digest import digest


def resource(address: str, actions: list[str], **change: Any) -> dict[str, Any]:
    return {"address": address, "change": {"actions": actions, **change}}


PLAN = {
    "timestamp": "2026-11-27T10:00:00Z",
    "resource_changes": [
        resource("a", ["no-op"], before={"x": 1}, after={"x": 1}),
        resource("b", ["update"], before={"x": 1, "y": 2}, after={"x": 2, "y": 2}),
    ],
    "output_changes": {"o": {"actions": ["update"], "before": 1, "after": 2}},
}


def changed(**parts: Any) -> dict[str, Any]:
    return PLAN | parts


def test_plans_with_the_same_changes_have_the_same_digest() -> None:
    same = changed(
        timestamp="2026-11-27T11:00:00Z",
        resource_changes=[
            resource("b", ["update"], after={"y": 2, "x": 2}, before={"y": 2, "x": 1}),
        ],
    )
    assert digest(PLAN) == digest(same)
    assert digest({}) == digest({"resource_changes": [], "output_changes": {}})


@pytest.mark.parametrize(
    "other",
    [
        changed(resource_changes=[]),
        changed(resource_changes=[resource("b", ["update"], before={"x": 1}, after={"x": 3})]),
        changed(resource_changes=[*PLAN["resource_changes"], resource("c", ["delete"])]),
        changed(output_changes={}),
        changed(output_changes={"o": {"actions": ["update"], "before": 1, "after": 3}}),
    ],
)
def test_plans_with_other_changes_have_another_digest(other: dict[str, Any]) -> None:
    assert digest(other) != digest(PLAN)


def test_the_digest_is_32_bytes_whatever_the_plan_says() -> None:
    secret = resource("b", ["update"], before={}, after={"secret": "hush"})
    assert len(bytes.fromhex(digest({"resource_changes": [secret]}))) == 32
