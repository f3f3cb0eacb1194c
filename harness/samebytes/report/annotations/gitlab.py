"""GitLab's report of code quality: what stands in it is shown at its line in a merge request (docs.gitlab.com, "Code Quality")."""

from __future__ import annotations

import hashlib
import json

from samebytes.report.content import Report
from samebytes.report.findings import findings_of

__all__ = ["FILE", "HELP", "render"]

FILE = "gl-code-quality-report.json"
HELP = f"write {FILE}, which GitLab shows in a merge request"


def render(report: Report) -> str:
    """Return the report: findings whose line is known, for GitLab shows no others."""
    found = [
        {
            "description": f"{one.words} ({one.title})",
            "check_name": f"samebytes/{one.cells[0].verdict}",
            "fingerprint": hashlib.sha256(f"{one.file}\0{one.cells[0].identity}\0{one.words}".encode()).hexdigest(),
            "severity": "major",
            "location": {"path": one.file, "lines": {"begin": one.line}},
        }
        for one in findings_of(report)
        if one.file
    ]
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"
