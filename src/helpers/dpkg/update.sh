#: summary: apt knows what its repositories offer.
#: doc: |
#:   With `max_age` nothing is asked while the lists are younger, unless the sources have been changed since.
#:   Without it the repositories are always asked, and the operation has changed something when they had anything new.
#: parameters:
#:   max_age: {type: duration, doc: 'How old the lists may be, such as 1h.'}
#:   lock_timeout: {type: duration, default: 5m, doc: How long to wait for another program that is at the lists.}
#: main: max_age
#: tools: [apt-get, find]
#: uses: [apt, patience, lists]
#: waits: [lock_timeout]
#: examples:
#:   - doc: At most once an hour.
#:     yaml: |
#:       dpkg.update: {max_age: 1h}
check() { apt_check_update; }

apply() { apt_update; }
