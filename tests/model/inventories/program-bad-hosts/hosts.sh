#!/bin/sh
cat <<'END'
{"web": {"hosts": "w1"}, "db": {"hosts": ["d"], "vars": [1]}, "x": 5, "_meta": {"hostvars": []}}
END
