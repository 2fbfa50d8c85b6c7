"""Stands for changes to the SDK's documentation, which handlers of other services make."""

from typing import Any


class _Nothing:
    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __getattr__(self, name: str) -> None:
        return None


AppendParamDocumentation = AutoPopulatedParam = _Nothing
DocumentModifiedShape = HideParamFromOperations = _Nothing
