#!/bin/sh
# 20-cloud.sh --list - the hosts that the cloud has right now. This one has always the same.
set -eu

case ${1:-} in
  --list) ;;
  *) echo "usage: $0 --list" >&2; exit 2 ;;
esac
cat << 'END'
{
  "db": {"hosts": ["db1.example.org"], "vars": {"backup": true}},
  "_meta": {"hostvars": {"db1.example.org": {"ansible_host": "192.0.2.10"}}}
}
END
