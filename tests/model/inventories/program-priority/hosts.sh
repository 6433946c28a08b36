#!/bin/sh
cat <<'END'
{"a": {"hosts": ["h"], "vars": {"v": "a", "ansible_group_priority": 5}}, "b": {"hosts": ["h"], "vars": {"v": "b"}}, "_meta": {"hostvars": {}}}
END
