#!/bin/sh
# Writes its other arguments to the file that the first one names.
file=$1
shift
printf "%s\n" "$@" > "$file"
