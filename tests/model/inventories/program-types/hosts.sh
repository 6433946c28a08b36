#!/bin/sh
cat <<'END'
{"g": {"hosts": ["h"], "vars": {"yes": "yes", "n": 5, "f": 1.5, "t": true, "z": null, "o": {"a": [1]}, "m": "0644"}}, "_meta": {"hostvars": {"h": {"u": "\u00e9"}}}}
END
