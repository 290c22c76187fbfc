"""A handle on one service."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from longboat.api import tries

if TYPE_CHECKING:
    from longboat.engine import Engine
    from longboat.services.differences import Difference
    from longboat.services.tries import Try


class Service:
    """A deployed model; everything is read afresh."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self.name = name

    def __repr__(self) -> str:
        return f"<Service {self.name}>"

    def to_dict(self) -> dict[str, Any]:
        """The stable JSON."""
        return self._engine.services.get(self.name).to_dict()

    def wait(self, timeout: float = 120.0) -> None:
        """Block until the wanted version answers, or the service has stopped.

        Raises Unavailable with the reason when it cannot.
        """
        self._engine.services.wait(self.name, timeout, meanwhile=self._engine.revive)

    def predict(self, instances: Any) -> Any:
        """Ask for predictions: a V1 request body, a list of instances, or an array of them.

        Who gives a numpy array gets one, or one of each output by name; else the answer's JSON.
        """
        answer = self._engine.services.predict(self.name, instances)
        numpy = sys.modules.get("numpy")  # who has an array has imported it
        if numpy is None or not isinstance(instances, numpy.ndarray):
            return answer
        return _arrays(numpy, answer["predictions"])

    def keep(self, instance: Any) -> Try:
        """Ask for one prediction, and keep question and answer for the model's next versions.

        Raises BadInput, TooLarge, and Conflict when as many are kept as can be.
        """
        return tries.keep(self._engine, self.name, instance)

    def replay(self, version: int) -> list[Difference]:
        """Ask another version of the model what was kept, before one switches to it.

        Raises NotFound, and Unavailable when it cannot be loaded.
        """
        return tries.replay(self._engine, self.name, version)

    def undeploy(self, *, wait: bool = True) -> None:
        """Stop it; requests in flight are answered."""
        self._engine.services.undeploy(self.name)
        self._engine.wake()
        if wait:
            self.wait()


def _arrays(numpy: Any, predictions: list[Any]) -> Any:
    """Make an array of rows; rows of several outputs become an array of each."""
    if predictions and isinstance(predictions[0], dict):
        names = predictions[0]
        return {name: numpy.array([row[name] for row in predictions]) for name in names}
    return numpy.array(predictions)
