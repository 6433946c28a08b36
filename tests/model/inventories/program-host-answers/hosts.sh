#!/bin/sh
if [ "$1" = --host ]; then
printf '{"name": "%s"}' "$2"
exit; fi
cat <<'END'
{"web": ["w1", "w2"]}
END
