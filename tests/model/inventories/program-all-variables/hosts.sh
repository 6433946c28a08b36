#!/bin/sh
cat <<'END'
{"all": {"vars": {"a": 1}, "children": ["web"]}, "web": ["w"], "_meta": {"hostvars": {"w": {"a": 2}}}}
END
