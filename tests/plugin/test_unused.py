"""In a project that has samebytes installed and does not use the plugin, it costs nothing and disturbs nothing."""

from __future__ import annotations

from pathlib import Path

LIGHT = {"samebytes", "samebytes.pytest_plugin"} | {
    f"samebytes.pytest_plugin.{name}" for name in ("fixtures", "options", "state")
}


def test_without_use_nothing_but_the_plugins_own_surface_is_imported(run_pytest):
    Path("test_own.py").write_text(
        "import json, sys\ndef test_own():\n"
        "    names = [name for name in sys.modules if name.partition('.')[0] in ('samebytes', 'jinja2', 'ctypes')]\n"
        "    open('modules.json', 'w').write(json.dumps(names))\n",
        "utf-8",
    )
    ran = run_pytest()
    assert ran.outcomes == {"test_own.py::test_own": "passed"}
    import json

    assert {
        name for name in json.loads(Path("modules.json").read_text("utf-8")) if name.startswith(("samebytes", "jinja2"))
    } == LIGHT


def test_the_fixtures_and_options_explain_themselves(run_pytest):
    fixtures = run_pytest("--fixtures").out
    for name in ("name", "segment", "peer", "compare", "lock", "released"):
        assert f"samebytes_{name}" in fixtures
    assert "no docstring available" not in fixtures
    options = run_pytest("--help").out
    for name in ("matrix", "peer", "realm", "layout", "check", "scenario", "peers-folder", "report", "deadline"):
        assert f"--samebytes-{name}" in options
    for name in ("samebytes_peers", "samebytes_realms", "samebytes_layouts", "samebytes_peers_folders"):
        assert name in options
    assert "samebytes_matrix" in run_pytest("--markers").out


def test_a_run_without_the_matrix_says_nothing_about_it(run_pytest):
    Path("test_own.py").write_text("def test_own(samebytes_name): assert samebytes_name\n", "utf-8")
    ran = run_pytest("-W", "error", "--strict-markers", "-p", "no:xdist")
    assert ran.status == 0
    assert "samebytes matrix" not in ran.out
