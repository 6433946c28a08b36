#: summary: pacman knows what the repositories offer.
#: doc: |
#:   With `max_age` nothing is asked when this was done in that time, unless the repositories' configuration has been changed since.
#:   Without it the repositories are always asked, and the operation has changed something when they had anything new.
#:   What is installed after it may need newer versions of what is there: upgrade the host as a whole soon.
#: parameters:
#:   max_age: {type: duration, doc: 'How long ago at most, such as 1h.'}
#:   lock_timeout: {type: duration, default: 5m, doc: How long to wait for another program that is at the packages.}
#: main: max_age
#: tools: [pacman, find]
#: uses: [pacman, patience, lists]
#: waits: [lock_timeout]
#: examples:
#:   - doc: At most once an hour.
#:     yaml: |
#:       pacman.update: {max_age: 1h}
check() { pacman_check_update; }

apply() { pacman_update; }
