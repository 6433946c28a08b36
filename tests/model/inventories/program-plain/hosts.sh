#!/bin/sh
cat <<'END'
{"web": {"hosts": ["w1", "w2"], "vars": {"a": 1}}, "_meta": {"hostvars": {"w1": {"b": [1, 2]}, "unknown": {"c": 1}}}}
END
