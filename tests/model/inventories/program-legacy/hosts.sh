#!/bin/sh
cat <<'END'
{"lone": {"a": 1, "b": "x"}, "_meta": {"hostvars": {}}}
END
