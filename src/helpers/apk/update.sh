#: summary: apk knows what the repositories offer.
#: doc: |
#:   With `max_age` nothing is asked when this was done in that time, unless the repositories' configuration has been changed since.
#:   Without it the repositories are always asked, and the operation has changed something when they had anything new.
#: parameters:
#:   max_age: {type: duration, doc: 'How long ago at most, such as 1h.'}
#:   lock_timeout: {type: duration, default: 5m, doc: How long to wait for another program that is at the packages.}
#: main: max_age
#: tools: [apk, find]
#: uses: [apk, patience, lists]
#: waits: [lock_timeout]
#: examples:
#:   - doc: At most once an hour.
#:     yaml: |
#:       apk.update: {max_age: 1h}
check() { apk_check_update; }

apply() { apk_update; }
