#!/usr/bin/env python3
"""failures.py RESULTS - prints the end of what each failed test has said, from ctest's JUnit file.

For logs of which only the end is kept: ctest names the failed tests there, and what they said stands far above.
"""

import sys
import xml.etree.ElementTree as ElementTree

LINES = 25  # of each test
TESTS = 20

failed = [case for case in ElementTree.parse(sys.argv[1]).iter("testcase") if case.get("status") == "fail"]
for case in failed[:TESTS]:
    said = (case.findtext("system-out") or "").rstrip().splitlines()
    print(f"\n-- {case.get('name')}, the last of {len(said)} lines:")
    print("\n".join(line[:1000] for line in said[-LINES:]))
if len(failed) > TESTS:
    print(f"\n-- and {len(failed) - TESTS} more")
