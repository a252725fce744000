"""The functional core: pydantic, python-statemachine and the standard library only.

Everything here is a plain function of (state, event, now). No I/O, no clock, no randomness,
so that the workflow, the simulator and the back-test are three drivers of the same brain.
"""
