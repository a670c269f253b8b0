"""Settings of the environment: each has its variable, and everything that is wrong is named at once."""

from __future__ import annotations

from dataclasses import fields

import pytest

from dashboard.settings import VARIABLES, Settings
from surveillance.errors import ConfigurationError


def test_every_wrong_variable_is_named_at_once():
    wrong = {"PORT": "0", "CHHLANG_HTTPS": "perhaps", "CHHLANG_PROXIES": "6", "CHHLANG_WORKERS": "many"}
    with pytest.raises(ConfigurationError) as refused:
        Settings.read(wrong)
    for name, text in wrong.items():
        assert f"{name} is '{text}': give " in str(refused.value)


def test_every_setting_has_its_variable_and_what_is_blank_is_not_set():
    assert sorted(variable.field for variable in VARIABLES) == sorted(one.name for one in fields(Settings))
    assert Settings.read({variable.name: "" for variable in VARIABLES}) == Settings.read({})
