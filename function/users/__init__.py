"""The functions of the stack."""

from contextlib import suppress
from importlib import import_module

with suppress(ModuleNotFoundError):  # only the zip has it, where it must come before the SDK
    import_module("start_up")
