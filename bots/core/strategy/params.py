"""The parameters of an indicator, checked against its registry entry."""

from __future__ import annotations

from bots.core.indicators.registry import Indicator, Param, ParamValue
from bots.core.strategy.reading import Faults, join, shown


def read_params(faults: Faults, path: str, value: object, kind: Indicator) -> dict[str, ParamValue]:
    """Every parameter of the type, in its order; those not given take their default."""
    fields = faults.fields(path, {} if value is None else value, kind.params)
    made = {
        name: _read_param(faults, join(path, name), fields[name], param)
        if name in fields
        else param.default
        for name, param in kind.params.items()
    }
    good = {name: found for name, found in made.items() if found is not None}
    for less, more in kind.ordered:
        if less in good and more in good and not good[less] < good[more]:  # type: ignore[operator]  # both are numbers
            faults.add(join(path, less), f"must be below {more} ({good[more]}), not {good[less]}")
    return good


def _read_param(faults: Faults, path: str, value: object, param: Param) -> ParamValue | None:
    if param.kind == "choice":
        return faults.choice(path, value, param.choices)
    if param.kind == "formula":
        return _read_formula(faults, path, value, param)
    assert param.least is not None and param.most is not None
    if param.kind == "int":
        return faults.whole(path, value, int(param.least), int(param.most))
    return faults.number(path, value, param.least, param.most)


def _read_formula(faults: Faults, path: str, value: object, param: Param) -> str | None:
    if not isinstance(value, str):
        faults.add(path, f"must be text such as {param.default}, not {shown(value)}")
        return None
    assert param.check is not None
    try:
        return param.check(value)
    except ValueError as fault:
        faults.add(path, str(fault))
        return None
