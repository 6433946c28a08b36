#!/bin/sh
cat <<'END'
{"web": ["w1", "w2"], "db": {"hosts": ["d"], "children": ["web"]}, "_meta": {"hostvars": {}}}
END
