"""What every part of a program document is made of: frozen values, sources, amounts that may be unknown."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

UnknownValue = Literal["unknown"]
Count = Annotated[int, Field(ge=0)] | UnknownValue
# Nothing here is a hundred billion; a larger number is a slip.
Amount = Annotated[float, Field(ge=0, le=1e11)] | UnknownValue
Crew = dict[str, Annotated[int, Field(ge=1)]]


def _share(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and not 0 <= value <= 1:
        told = f"{value / 100:g} for {value:g} %" if 1 < value <= 100 else "0.9 for 90 %"
        raise ValueError(f"a share lies between 0 and 1: write {told}")
    return value


def _load(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 3:
        raise ValueError("it is a share of pay: write 0.42 for 42 %")
    return value


# A share that may be more than the whole, such as benefits on pay.
Load = Annotated[float, Field(ge=0, le=3), BeforeValidator(_load)]
ShareOf = Annotated[float, Field(ge=0, le=1), BeforeValidator(_share)]


class Thing(BaseModel):
    """Base of everything in a program document: nothing unknown is accepted, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, allow_inf_nan=False)


class Sourced(Thing):
    """Anything that is decided for a reason and from a source."""

    why: str = ""
    source: str = ""
    comment: str = ""
