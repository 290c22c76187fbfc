"""What ``fit`` reports by itself."""

import math
import sys
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longboat.guest import context, distributed, keras_report, wire


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def heard():
    return []


@pytest.fixture
def emit(heard):
    return lambda kind, **fields: heard.append((kind, fields))


def run(report, clock, *, epochs, steps, params, seconds_a_step=0.1, first=0):
    report.begin(params)
    for epoch in range(first, epochs):
        report.epoch_begins(epoch)
        for batch in range(steps):
            clock.now += seconds_a_step
            report.batch_ends(batch, {"loss": 1.0})
        report.epoch_ends({"loss": 0.5, "val_loss": 0.6})
    report.end()


def progress(heard):
    return [(f["done"], f["total"]) for kind, f in heard if kind == "progress"]


def test_progress_counts_over_all_epochs(heard, emit):
    clock = Clock()
    report = keras_report.FitReport(emit, clock)
    run(report, clock, epochs=2, steps=20, params={"epochs": 2, "steps": 20})
    assert {total for _, total in progress(heard)} == {40}
    assert progress(heard) == sorted(progress(heard))
    assert progress(heard)[-1] == (40, 40)


def test_at_most_two_reports_a_second_inside_an_epoch(heard, emit):
    clock = Clock()
    report = keras_report.FitReport(emit, clock)
    run(report, clock, epochs=1, steps=1000, seconds_a_step=0.01, params={"epochs": 1})
    assert 15 <= len([kind for kind, _ in heard if kind == "metrics"]) <= 22


def test_each_epoch_ends_with_its_values(heard, emit):
    clock = Clock()
    report = keras_report.FitReport(emit, clock)
    run(report, clock, epochs=3, steps=5, params={"epochs": 3, "steps": 5})
    ends = [f for kind, f in heard if kind == "metrics" and "val_loss" in f["values"]]
    assert [f["step"] for f in ends] == [5, 10, 15]
    assert all(f["source"] == "fit" and f["values"]["loss"] == 0.5 for f in ends)


def test_steps_of_a_generator_are_learnt_from_the_first_epoch(heard, emit):
    clock = Clock()
    report = keras_report.FitReport(emit, clock)
    run(report, clock, epochs=4, steps=10, params={"epochs": 4, "steps": None})
    assert progress(heard)[0] == (10, 40)
    assert progress(heard)[-1] == (40, 40)


def test_a_resumed_fit_goes_on_where_it_was(heard, emit):
    clock = Clock()
    report = keras_report.FitReport(emit, clock)
    run(report, clock, epochs=4, steps=10, first=3, params={"epochs": 4, "steps": 10})
    assert progress(heard)[0][0] > 30
    assert progress(heard)[-1] == (40, 40)


def test_an_early_stop_ends_complete(heard, emit):
    clock = Clock()
    report = keras_report.FitReport(emit, clock)
    run(report, clock, epochs=1, steps=10, params={"epochs": 9, "steps": 10})
    assert progress(heard)[-2:] == [(10, 90), (10, 10)]


@given(st.dictionaries(st.text(), st.floats() | st.integers() | st.text() | st.none()))
def test_only_finite_numbers_are_sent(logs):
    for name, number in keras_report.numbers(logs).items():
        assert name in logs
        assert number is None or math.isfinite(number)


@pytest.mark.parametrize("name", ["keras.src.callbacks.callback_list", "tf_keras.src.callbacks"])
def test_one_callback_joins_the_list_of_fit_only(monkeypatch, heard, emit, name):
    """Both Keras' lists in outline: their own tests run with the real one (the digits notebook)."""

    class Callback:
        params = None

        def set_model(self, model):
            self.model = model

        def set_params(self, params):
            self.params = params

        def on_train_batch_end(self, batch, logs=None): ...

    class CallbackList:
        def __init__(self, callbacks=None, add_history=False, model=None, **params):
            self.callbacks, self.model, self.params = list(callbacks or []), model, params
            self._should_call_train_batch_hooks = False

    module = ModuleType(name)
    module.Callback, module.CallbackList = Callback, CallbackList
    monkeypatch.setitem(sys.modules, name, module)
    keras_report.install(emit)
    of_fit = module.CallbackList(add_history=True, model="model", epochs=2, steps=3)
    assert module.CallbackList(model="model").callbacks == []
    (callback,) = of_fit.callbacks
    assert callback.async_safe and callback.model == "model"
    assert of_fit._should_call_train_batch_hooks
    callback.on_train_begin()
    callback.on_epoch_begin(0)
    callback.on_train_batch_end(0, {"loss": 2.0})
    assert heard[0] == ("metrics", {"step": 1, "values": {"loss": 2.0}, "source": "fit"})
    assert heard[1] == ("progress", {"done": 1, "total": 6, "unit": "step"})


@pytest.mark.parametrize(("switch", "reports"), [({}, True), ({wire.AUTOREPORT: "0"}, False)])
def test_one_switch_turns_it_off(monkeypatch, switch, reports):
    installed = []
    monkeypatch.setattr(keras_report, "install", installed.append)
    monkeypatch.setattr(distributed.keras_mend, "install", lambda _: None)
    distributed.install_hooks(context.read(switch))
    assert bool(installed) is reports
