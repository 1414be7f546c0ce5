"""The tests of Comanda; docs: CONTRIBUTING.md."""

import pytest

pytest.register_assert_rewrite("tests.support")  # its assertions, too, say what they saw
