"""Answers predictions from a SavedModel, by TensorFlow Serving's V1 REST API.

A parent owns the listening socket and lends it to one child per model version (``parent``); the
child loads the model, warms it and answers (``child``). Run as ``python -m longboat.predictor``; it
needs the extra ``longboat[serve]`` and TensorFlow, and of Longboat only ``spec`` and ``errors``.
"""
