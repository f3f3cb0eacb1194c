"""Expected deviations: what an entry matches, what is refused, what is red although it was expected, and what is proposed."""

from __future__ import annotations

import platform
import re
import subprocess

import pytest

from samebytes.checks.expected.blessing import proposal
from samebytes.checks.expected.expectation import found_in
from samebytes.checks.expected.expectations import read_expectations
from samebytes.checks.result import Difference, Result, Run, Stage, Verdict
from samebytes.errors import UsageError

PEERS = ("c", "nim")
UNIVERSE = [
    f"{a}/{b}/{program}/{realm}/data"
    for a in PEERS for b in PEERS for program in ("struct", "stamp") for realm in ("linux", "windows")
]  # fmt: skip
FACTS = {"nim": {"version": "1.6.10", "target": "x86_64-linux"}, "c": {"version": "gcc 12.2.0", "target": "i686-linux"}}
ENTRY = {
    "cells": ["nim/c/struct/linux/data"],
    "verdict": "crashed",
    "stage": "store",
    "message": "nim was ended by SIGSEGV",
    "reason": "a bug of theirs",
}


def toml(**changes):
    """An entry as text; None leaves a key out."""
    lines = ["[[expect]]"]
    for key, value in {**ENTRY, **changes}.items():
        if isinstance(value, dict):
            value = "{ " + ", ".join(f"{name} = {word!r}" for name, word in value.items()) + " }"
            lines.append(f"{key} = {value}")
        elif value is not None:
            lines.append(f"{key} = {value!r}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def expecting(tmp_path):
    """The expectations of a text."""

    def read(*texts):
        path = tmp_path / "expectations.toml"
        path.write_text("\n".join(texts), "utf-8")
        return read_expectations(path)

    return read


def cell(identity="nim/c/struct/linux/data", verdict="crashed", stage="store", *messages):
    """A finished cell with two runs that agreed, and one for each message that did not."""
    producer, consumer, program, realm, check = identity.split("/")
    result = Result(producer, consumer, program, realm, check)
    result.runs = [Run("MySharedData", name, producer, consumer) for name in ("seed", "graffiti")]
    for message in messages or ("nim was ended by SIGSEGV",) if verdict != "agreed" else ():
        run = Run("MySharedData", "seed", producer, consumer)
        run.fail(Verdict(verdict), Stage(stage), message)
        result.runs.append(run)
    return result


def judged(expectations, *results):
    for result in results:
        expectations.judge(result, FACTS)
    return results[0]


# --- what matches


def test_a_cell_that_deviates_as_expected_is_known_with_its_reason(expecting):
    result = judged(expecting(toml(link="https://example.org/1")), cell())
    assert result.verdict is Verdict.KNOWN
    assert result.green
    line = result.to_json()
    assert (line["verdict"], line["deviation"], line["stage"]) == ("known", "crashed", "store")
    assert (line["reason"], line["link"]) == ("a bug of theirs", "https://example.org/1")
    assert line["message"] == "nim was ended by SIGSEGV"


def test_without_an_entry_nothing_changes(expecting):
    expectations = expecting("")
    assert judged(expectations, cell()).verdict is Verdict.CRASHED
    assert judged(expectations, cell(verdict="agreed")).verdict is Verdict.AGREED
    assert "reason" not in cell().to_json()


def test_an_unexpected_pass_is_red_and_says_so(expecting):
    result = judged(expecting(toml()), cell(verdict="agreed"))
    assert result.verdict is Verdict.DIFFERS
    assert not result.green
    assert "an unexpected pass: every run agreed" in result.to_json()["message"]
    assert re.search(r"expectations\.toml, entry 1 expects crashed at store: nim was ended", result.worst.message)


@pytest.mark.parametrize(
    "result",
    [
        cell("nim/c/struct/linux/data", "hung", "store"),
        cell("nim/c/struct/linux/data", "crashed", "load"),
        cell("nim/c/struct/linux/data", "crashed", "store", "nim was ended by SIGBUS"),
        cell("nim/c/struct/linux/data", "crashed", "store", "nim was ended by SIGSEGV", "something new"),
    ],
    ids=["verdict", "stage", "message", "a second message"],
)
def test_another_deviation_than_the_expected_one_is_red_and_names_the_entry(expecting, result):
    was = result.verdict
    judged(expecting(toml()), result)
    assert result.verdict is was
    assert not result.green
    assert "entry 1 expects crashed at store: nim was ended by SIGSEGV" in result.to_json()["message"]


def test_the_words_of_a_difference_are_its_first_one_and_how_many_there_are_besides(expecting):
    result = cell(verdict="agreed")
    for path in ("Letter", "Numbers[0]"):
        result.runs[1].differ(Difference(Stage.STORE, "nim", path, "00", "cc", 4))
    words = "Letter at 4: expected bytes 00, in memory cc (written by nim) (and 1 more)"
    assert judged(expecting(toml(verdict="differs", message=words)), result).verdict is Verdict.KNOWN


def test_what_is_random_in_a_name_does_not_matter(expecting):
    result = cell("nim/c/struct/linux/data", "leaked", "close", "Root-4711-0a1b2c3d is still there")
    assert judged(expecting(toml(verdict="leaked", stage="close", message="Root-… is still there")), result).green


def test_process_ids_and_numbers_of_nameless_files_do_not_matter(expecting):
    words = "nim (process 4711) still holds a descriptor of /dev/shm/samebytes-0/#9659903 (deleted)"
    wanted = "nim (process …) still holds a descriptor of /dev/shm/samebytes-0/#… (deleted)"
    result = cell("nim/c/struct/linux/data", "leaked", "close", words)
    assert found_in(result).messages == (wanted,)
    assert judged(expecting(toml(verdict="leaked", stage="close", message=wanted)), result).green


def test_a_gap_stands_for_any_text(expecting):
    text = toml(message="nim was ended by …")
    assert judged(expecting(text), cell()).green
    assert not judged(expecting(text), cell("nim/c/struct/linux/data", "crashed", "store", "c was ended by X")).green


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ({"realm": "linux"}, True),
        ({"realm": "windows"}, False),
        ({"system": platform.system()}, True),
        ({"system": "Plan 9"}, False),
        ({"target": "i686-linux"}, True),
        ({"target": "s390x-linux"}, False),
        ({"peer": "nim", "version": "1.6"}, True),
        ({"peer": "nim", "version": "2."}, False),
        ({"peer": "c", "version": "1.6"}, False),
        ({"peer": "python", "version": "3"}, False),
        ({"realm": "linux", "peer": "nim", "version": "2."}, False),
    ],
)
def test_conditions(expecting, when, holds):
    expectations = expecting(toml(when=when))
    assert judged(expectations, cell()).verdict is (Verdict.KNOWN if holds else Verdict.CRASHED)
    why = [why for _, why in expectations.unjudged(UNIVERSE)]
    assert why == ([] if holds else ["its condition does not hold here"])


def test_a_peer_that_told_no_version_meets_no_condition(expecting):
    expectations, result = expecting(toml(when={"peer": "nim", "version": "1"})), cell()
    expectations.judge(result, {"nim": {"toolchain": "nim 1.6"}})
    assert result.verdict is Verdict.CRASHED


# --- wildcards


def test_wildcards_match_whole_parts(expecting):
    expectations = expecting(toml(cells=["nim/*/struct/linux/data"], at_most=2))
    expectations.refuse_wide(UNIVERSE)
    assert judged(expectations, cell("nim/nim/struct/linux/data")).green
    assert not judged(expectations, cell("c/nim/struct/linux/data")).green


def test_every_cell_of_a_wildcard_must_deviate(expecting):
    expectations = expecting(toml(cells=["nim/*/struct/linux/data"], at_most=2))
    judged(expectations, cell())
    assert "unexpected pass" in judged(expectations, cell("nim/nim/struct/linux/data", "agreed")).worst.message


def test_a_wildcard_that_takes_in_more_than_it_says_is_refused(expecting):
    expectations = expecting(toml(cells=["nim/*/struct/*/data"], at_most=3))
    with pytest.raises(UsageError, match=r"entry 1 is about 4 cells, and says at_most = 3"):
        expectations.refuse_wide(UNIVERSE)


# --- what is refused when the file is read

REFUSED = {
    "unknown key": (toml(verdikt="x"), "unknown key 'verdikt'"),
    "unknown condition": (toml(when={"moon": "full"}), "unknown key 'moon'"),
    "unknown table": ('[[expected]]\nreason = "x"\n', "unknown key 'expected'"),
    "a table, not a list": ("[expect]\n", "begins with"),
    "no TOML": ("[[expect]\n", "Expected ']]'"),
    "no reason": (toml(reason=None), "lacks 'reason'"),
    "an empty reason": (toml(reason=""), "'reason' must be filled in"),
    "a blank reason": (toml(reason="  "), "'reason' must be filled in"),
    "an empty message": (toml(message=""), "'message' must be filled in"),
    "no messages": (toml(message=[]), "'message' must be filled in"),
    "no cells": (toml(cells=[]), "'cells' must be filled in"),
    "cells as one text": (toml(cells="a/b/c/d/e"), "'cells' must be filled in"),
    "no verdict": (toml(verdict="broken"), "'broken' is not a valid Verdict"),
    "no stage": (toml(stage="lunch"), "'lunch' is not a valid Stage"),
    "agreed": (toml(verdict="agreed"), "agreed is no deviation"),
    "known": (toml(verdict="known"), "known is no deviation"),
    "four parts": (toml(cells=["nim/c/struct/linux"]), "is no producer/consumer/program/realm/check"),
    "an empty part": (toml(cells=["nim//struct/linux/data"]), "is no producer/consumer"),
    "half a wildcard": (toml(cells=["n*/c/struct/linux/data"], at_most=4), "whole part only"),
    "too many wildcards": (toml(cells=["*/*/*/linux/data"], at_most=4), "too wide"),
    "a wildcard without a bound": (toml(cells=["nim/*/struct/linux/data"]), "lacks 'at_most'"),
    "a bound above all bounds": (toml(cells=["nim/*/struct/linux/data"], at_most=65), "at_most = 65"),
    "a bound of nothing": (toml(cells=["nim/*/struct/linux/data"], at_most=0), "at_most = 0"),
    "a bound that is a truth": (toml(at_most=None) + "at_most = true\n", "at_most = True"),
    "a message that is a gap": (toml(message="…"), "too wide"),
    "a message that is nearly a gap": (toml(message="nim … by …"), "too wide"),
    "a version of nobody": (toml(when={"version": "1"}), "both 'peer' and 'version'"),
    "a peer of no version": (toml(when={"peer": "nim"}), "both 'peer' and 'version'"),
}


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_refused_with_the_file_and_the_entry(expecting, text, words):
    with pytest.raises(UsageError) as caught:
        expecting(text)
    assert words.lower() in str(caught.value).lower()
    assert "expectations.toml" in str(caught.value)
    if text.startswith("[[expect]]"):
        assert "entry 1" in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match=r"nothing\.toml"):
        read_expectations(tmp_path / "nothing.toml")


TWICE = {
    "the same cell": ({}, {}, False),
    "a wildcard over it": ({}, {"cells": ["nim/*/struct/linux/data"], "at_most": 2}, False),
    "wildcards that cross": (
        {"cells": ["nim/*/struct/linux/data"], "at_most": 2},
        {"cells": ["*/c/struct/linux/data"], "at_most": 2},
        False,
    ),
    "one condition": ({}, {"when": {"system": "Linux"}}, False),
    "conditions on other things": ({"when": {"target": "a"}}, {"when": {"target": "b"}}, False),
    "versions of which one begins the other": (
        {"when": {"peer": "nim", "version": "1"}},
        {"when": {"peer": "nim", "version": "1.6"}},
        False,
    ),
    "versions of two peers": (
        {"when": {"peer": "nim", "version": "1"}},
        {"when": {"peer": "c", "version": "2"}},
        False,
    ),
    "other cells": ({}, {"cells": ["c/nim/struct/linux/data"]}, True),
    "other systems": ({"when": {"system": "Linux"}}, {"when": {"system": "Windows"}}, True),
    "other versions": (
        {"when": {"peer": "nim", "version": "1"}},
        {"when": {"peer": "nim", "version": "2"}},
        True,
    ),
}


@pytest.mark.parametrize(("one", "other", "fine"), TWICE.values(), ids=TWICE)
def test_two_entries_for_one_cell_are_refused(expecting, one, other, fine):
    texts = (toml(**one), toml(**other))
    if fine:
        assert len(expecting(*texts).entries) == 2
        return
    with pytest.raises(UsageError, match="entries 1 and 2 can be about one cell"):
        expecting(*texts)


# --- what is stale, and what cannot be judged


def test_a_cell_that_there_is_not_is_stale(expecting):
    expectations = expecting(toml(cells=["nim/c/struct/linux/data", "nimm/c/struct/linux/data"]))
    (words,) = expectations.nowhere(UNIVERSE)
    assert "entry 1 is about nimm/c/struct/linux/data, and there is no such cell" in words


def test_a_message_that_no_cell_gave_is_stale_once_all_its_cells_ran(expecting):
    both = ["nim was ended by SIGSEGV", "nim was ended by SIGBUS"]
    expectations = expecting(toml(cells=["nim/c/struct/linux/data", "nim/nim/struct/linux/data"], message=both))
    assert judged(expectations, cell()).green
    assert expectations.stale(UNIVERSE) == []
    judged(expectations, cell("nim/nim/struct/linux/data"))
    (words,) = expectations.stale(UNIVERSE)
    assert "lists a message that no cell gave: nim was ended by SIGBUS" in words


def test_an_entry_whose_cells_did_not_run_is_neither_matched_nor_stale(expecting):
    texts = (toml(), toml(cells=["nim/c/stamp/linux/data"]), toml(cells=["nim/c/struct/windows/data"]))
    expectations = expecting(*texts)
    judged(expectations, cell())
    assert expectations.stale(UNIVERSE) == []
    assert dict(expectations.unjudged(["nim/c/struct/linux/data", "nim/c/struct/windows/data"])) == {
        2: "its cells were not selected, or are of a realm that is not here",
        3: "its cells could not run here",
    }


# --- what is proposed

HEAD = "# What is known.\n\n"


def blessed(expecting, tmp_path, texts, results):
    """The file as the proposal would have it, made by `patch` itself."""
    expectations = expecting(*texts)
    path = tmp_path / "expectations.toml"
    before = path.read_bytes()
    judged(expectations, *results)
    diff = proposal(expectations, UNIVERSE)
    assert path.read_bytes() == before
    lines = diff.splitlines(keepends=True)
    if not lines:
        return before.decode()
    lines[:2] = ["--- a/expectations.toml\n", "+++ b/expectations.toml\n"]
    subprocess.run(["git", "apply", "-"], input="".join(lines), text=True, cwd=tmp_path, check=True)
    return path.read_text("utf-8")


def test_nothing_is_proposed_where_all_is_as_expected(expecting, tmp_path):
    assert blessed(expecting, tmp_path, [HEAD, toml()], [cell()]) == f"{HEAD}\n{toml()}"


def test_a_new_deviation_is_proposed_with_a_reason_to_be_filled_in(expecting, tmp_path):
    results = [cell(), cell("nim/nim/struct/linux/data"), cell("c/c/struct/linux/data", "agreed")]
    after = blessed(expecting, tmp_path, [HEAD], results)
    assert after.startswith("# What is known.\n")
    assert '"nim/c/struct/linux/data",\n  "nim/nim/struct/linux/data",\n]' in after
    with pytest.raises(UsageError, match="'reason' must be filled in"):
        expecting(after)
    expectations = expecting(after.replace('reason = ""', 'reason = "x"'))
    assert judged(expectations, cell()).green
    assert judged(expectations, cell("nim/nim/struct/linux/data")).green


def test_an_entry_that_is_no_longer_true_is_removed_with_its_comment(expecting, tmp_path):
    texts = [HEAD, "# stays\n" + toml(cells=["c/c/stamp/linux/data"]), "# goes\n" + toml()]
    after = blessed(expecting, tmp_path, texts, [cell(verdict="agreed")])
    assert after == f"{HEAD}\n# stays\n{toml(cells=['c/c/stamp/linux/data'])}"


def test_a_deviation_that_changed_gets_a_new_entry_that_remembers_the_old_reason(expecting, tmp_path):
    after = blessed(expecting, tmp_path, [toml()], [cell("nim/c/struct/linux/data", "hung", "load", "no answer")])
    assert after == (
        "# expected until now: crashed at store: nim was ended by SIGSEGV, because a bug of theirs\n"
        '[[expect]]\ncells = ["nim/c/struct/linux/data"]\nverdict = "hung"\nstage = "load"\n'
        'message = "no answer"\nreason = ""\n'
    )


def test_of_a_wildcard_the_cells_that_still_deviate_are_kept(expecting, tmp_path):
    texts = [toml(cells=["nim/*/struct/*/data"], at_most=4, when={"system": platform.system()}, link="x")]
    results = [cell("nim/nim/struct/linux/data", "agreed"), cell()]
    after = blessed(expecting, tmp_path, texts, results)
    expectations = expecting(after)
    (entry,) = expectations.entries
    assert entry.cells == ("nim/c/struct/linux/data", "nim/c/struct/windows/data", "nim/nim/struct/windows/data")
    assert (entry.reason, entry.link, dict(entry.when)) == ("a bug of theirs", "x", {"system": platform.system()})


def test_cells_that_there_are_not_are_removed(expecting, tmp_path):
    texts = [toml(cells=["nim/c/struct/linux/data", "nimm/c/struct/linux/data"])]
    (entry,) = expecting(blessed(expecting, tmp_path, texts, [cell()])).entries
    assert entry.cells == ("nim/c/struct/linux/data",)


def test_a_message_that_no_cell_gave_is_removed(expecting, tmp_path):
    texts = [toml(message=["nim was ended by SIGSEGV", "nim was ended by SIGBUS"])]
    (entry,) = expecting(blessed(expecting, tmp_path, texts, [cell()])).entries
    assert entry.found.messages == ("nim was ended by SIGSEGV",)


def test_what_another_condition_covers_is_told(expecting, tmp_path):
    after = blessed(expecting, tmp_path, [toml(when={"system": "Plan 9"})], [cell()])
    assert "# an entry with another condition is about it too: give this one a `when`\n[[expect]]" in after
    with pytest.raises(UsageError, match="can be about one cell"):
        expecting(after.replace('reason = ""', 'reason = "x"'))


def test_words_of_any_kind_survive_the_file(expecting, tmp_path):
    words = 'a "quoted" \\ back\x7fslash\tand é中 …'
    after = blessed(expecting, tmp_path, [""], [cell("nim/c/struct/linux/data", "refused", "load", words)])
    expectations = expecting(after.replace('reason = ""', 'reason = "x"'))
    assert expectations.entries[0].found.messages == (words,)


def test_entries_written_another_way_are_not_cut_up_wrongly(expecting):
    inline = 'expect = [{cells = ["nim/c/struct/linux/data"], verdict = "hung", stage = "load", message = "m", reason = "r"}]'
    expectations = expecting(inline)
    with pytest.raises(UsageError, match=r"begin with \[\[expect\]\]"):
        proposal(expectations, UNIVERSE)
