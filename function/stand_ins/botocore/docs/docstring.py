"""Stands for the SDK's documentation of client methods: there is none in Lambda."""

from typing import Any


class ClientMethodDocstring:
    """What a method of a client has in the place of its documentation."""

    def __init__(self, **_: Any) -> None:
        pass


PaginatorDocstring = ClientMethodDocstring
