"""Numbers in the form that DynamoDB accepts."""

import decimal
import re

# Precision and range:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
_NUMBERS = decimal.Context(
    prec=38,
    Emin=-130,
    Emax=125,
    traps=[decimal.Inexact, decimal.InvalidOperation, decimal.Overflow, decimal.Subnormal],
)
# Decimal also accepts "NaN", "1_000" and digits of other scripts. DynamoDB does not.
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def to_number(value: str) -> str:
    """`value` as DynamoDB's type N. Raises ValueError, whose message does not quote the value."""
    if not _NUMBER.fullmatch(value):
        raise ValueError("not a number")
    try:
        number = _NUMBERS.create_decimal(value)
    except decimal.DecimalException:
        raise ValueError("beyond DynamoDB's 38 digits or its range") from None
    return str(number) if number else "0"
