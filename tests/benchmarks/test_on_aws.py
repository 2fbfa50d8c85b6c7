import base64
from typing import Any
from unittest import mock

import pytest

from tests.benchmarks.on_aws import MEMORIES, ColdStart, cold_starts, parse_report, table

COLD = (
    "START RequestId: 1 Version: $LATEST\nEND RequestId: 1\n"
    "REPORT RequestId: 1\tDuration: 21.50 ms\tBilled Duration: 22 ms\tMemory Size: 256 MB\t"
    "Max Memory Used: 44 MB\tInit Duration: 187.25 ms\t\n"
)
WARM = COLD.replace("Init Duration: 187.25 ms\t", "")


def answer(log: str, **more: str) -> dict[str, str]:
    return {"LogResult": base64.b64encode(log.encode()).decode(), **more}


@pytest.fixture
def functions() -> Any:
    client = mock.Mock()
    client.get_function_configuration.return_value = {
        "Runtime": "python3.13",
        "Architectures": ["arm64"],
        "Handler": "users.post_confirmation.handler",
        "Role": "arn:aws:iam::123456789012:role/users",
        "Environment": {"Variables": {"TABLE_NAME": "users", "STORED_ATTRIBUTES": "{}"}},
        "LoggingConfig": {"LogGroup": "/aws/lambda/users"},
    }
    return client


def test_a_report_line_gives_the_figures_of_a_cold_start() -> None:
    assert parse_report(COLD) == ColdStart(187.25, 21.5, 44)
    assert parse_report(WARM) is None
    with pytest.raises(ValueError, match="no REPORT line"):
        parse_report("START RequestId: 1")


def test_only_cold_calls_count_and_copy_and_record_are_deleted(functions: Any) -> None:
    dynamodb = mock.Mock()
    functions.invoke.side_effect = [answer(COLD), answer(WARM), answer(COLD)] * len(MEMORIES)
    found = cold_starts(functions, dynamodb, "users", 3)
    assert {memory: len(starts) for memory, starts in found.items()} == dict.fromkeys(MEMORIES, 2)
    assert "| 256 | 2 | 187 (187) | 22 (22) | 44 |" in table(found)
    created = functions.create_function.call_args.kwargs
    assert created["LoggingConfig"]["LogGroup"] == "/aws/lambda/users"
    functions.delete_function.assert_called_once_with(FunctionName=created["FunctionName"])
    assert created["FunctionName"] != "users"
    dynamodb.delete_item.assert_called_once()


def test_the_copy_is_deleted_when_a_call_fails(functions: Any) -> None:
    functions.invoke.return_value = answer("no such table", FunctionError="Unhandled")
    with pytest.raises(RuntimeError, match="no such table"):
        cold_starts(functions, mock.Mock(), "users", 1)
    functions.delete_function.assert_called_once()
