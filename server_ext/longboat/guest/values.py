"""Parameters and metrics: values from outside, checked."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, Mapping

_WORDS = {"true": True, "false": False}


class Params(Mapping[str, Any]):
    """Parameters, each an attribute and an item."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        # In __dict__ a parameter called "items" or "keys" still is what p.items gives.
        self.__dict__.update(values)

    def __getitem__(self, name: str) -> Any:
        return self.__dict__[name]

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"There is no parameter {name!r}; these are: {', '.join(self)}.")

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __len__(self) -> int:
        return len(self.__dict__)

    def __repr__(self) -> str:
        return f"Params({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"


def replace(name: str, default: Any, given: Mapping[str, Any]) -> Any:
    """Take ``given[name]`` as the default's type, or the default. Raises ValueError."""
    if name not in given:
        return default
    value, kind = given[name], type(default)
    if default is None or type(value) is kind:
        return value
    try:
        return _CASTS.get(kind, kind)(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            f"Parameter {name!r} must be of type {kind.__name__}, as its default {default!r} is;"
            f" the job gives {value!r}."
        ) from None


def number(name: str, value: Any) -> float:
    """Take a number, also NumPy's and TensorFlow's scalars. Raises ValueError."""
    if type(value) in (int, float):
        return value  # type: ignore[no-any-return]  # just seen to be one
    try:
        if not isinstance(value, (str, bytes)):
            return float(value)
    except (TypeError, ValueError):
        pass
    raise ValueError(
        f"longboat.report takes numbers; {name!r} is {value!r} of type {type(value).__name__}."
    )


def _bool(value: Any) -> bool:
    if isinstance(value, str):
        value = _WORDS.get(value.lower(), value)
    if value not in (True, False):
        raise ValueError(value)
    return bool(value)


def _int(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError(value)
    taken = int(value)
    if not isinstance(value, str) and taken != value:
        raise ValueError(value)
    return taken


def _float(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError(value)
    return float(value)


def _str(value: Any) -> str:
    if isinstance(value, (list, dict)) or value is None:
        raise TypeError(value)
    return str(value)


def _sequence(kind: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def cast(value: Any) -> Any:
        if not isinstance(value, list):
            raise TypeError(value)
        return kind(value)

    return cast


def _dict(value: Any) -> Any:
    if not isinstance(value, dict):
        raise TypeError(value)
    return value


_CASTS: Dict[type, Callable[[Any], Any]] = {
    bool: _bool,
    int: _int,
    float: _float,
    str: _str,
    list: _sequence(list),
    tuple: _sequence(tuple),
    dict: _dict,
}
