"""What happens with a Keras whose source nobody has tested; a few lines stand for it."""

import inspect
from types import SimpleNamespace

import pytest

from longboat.guest import keras_mend

MANY = object()
"""Stands for a multi-worker strategy."""


class Base:
    def compile(self, optimizer="rmsprop", loss=None, steps_per_execution=1, jit_compile="auto"):
        self.compiled = (steps_per_execution, jit_compile)


class TensorFlowTrainer(Base):
    _distribute_strategy = None

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        return "of another version"


def reduce_per_replica(values, strategy, reduction):
    return values


@pytest.fixture
def trainer(monkeypatch):
    monkeypatch.setattr(Base, "compile", Base.compile)  # put back afterwards
    return SimpleNamespace(
        TensorFlowTrainer=TensorFlowTrainer,
        reduce_per_replica=reduce_per_replica,
        base_trainer=SimpleNamespace(Trainer=Base),
        _collective_all_reduce_multi_worker=lambda strategy: strategy is MANY,
    )


@pytest.fixture
def warnings():
    return []


def test_untested_source_is_left_alone_and_named(trainer, warnings):
    keras_mend._mend(trainer, warnings.append)
    assert trainer.reduce_per_replica is reduce_per_replica
    assert TensorFlowTrainer()._maybe_symbolic_build() == "of another version"
    model = TensorFlowTrainer()
    model._distribute_strategy = MANY
    model.compile()
    assert len(warnings) == 1
    assert "fit may fail" in warnings[0] and keras_mend.TESTED_VERSIONS in warnings[0]


def test_without_peers_compile_is_as_ever(trainer, warnings):
    keras_mend._mend(trainer, warnings.append)
    model = TensorFlowTrainer()
    model.compile("sgd", steps_per_execution=4, jit_compile=True)
    assert model.compiled == (4, True)
    assert warnings == []


@pytest.mark.parametrize(
    ("options", "sentences"),
    [
        ({}, 0),
        ({"steps_per_execution": 8}, 1),
        ({"jit_compile": True}, 1),
        ({"jit_compile": "auto"}, 0),
        ({"jit_compile": False, "steps_per_execution": 1}, 0),
        ({"jit_compile": True, "steps_per_execution": 2}, 2),
    ],
)
def test_what_fails_with_peers_is_replaced(trainer, warnings, options, sentences):
    keras_mend._guard_compile(trainer, warnings.append, tested=True)
    model = TensorFlowTrainer()
    model._distribute_strategy = MANY
    model.compile(loss="mse", **options)
    assert model.compiled == (1, False)
    assert len(warnings) == sentences


def test_compile_still_counts_as_not_overridden(trainer, warnings):
    keras_mend._guard_compile(trainer, warnings.append, tested=True)
    assert TensorFlowTrainer.compile == Base.compile
    assert "steps_per_execution" in inspect.signature(Base.compile).parameters
