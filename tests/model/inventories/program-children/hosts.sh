#!/bin/sh
cat <<'END'
{"prod": {"children": ["web", "later"], "vars": {"e": "prod"}}, "web": {"hosts": ["w"]}, "_meta": {"hostvars": {}}}
END
