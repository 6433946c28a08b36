#: summary: The host's package manager knows what its repositories offer.
#: doc: |
#:   By the package manager that the host has: apt (as dpkg.update does it), apk, pacman, or dnf, yum and zypper (rpm.update).
#:   With `max_age` nothing is asked when this was done in that time, unless the repositories' configuration has been changed since.
#: parameters:
#:   max_age: {type: duration, doc: 'How long ago at most, such as 1h.'}
#:   lock_timeout: {type: duration, default: 5m, doc: How long to wait for another program that is at the packages.}
#: main: max_age
#: tools: [find]
#: uses: [manager, apt, rpm, apk, pacman, patience, lists]
#: waits: [lock_timeout]
#: examples:
#:   - doc: At most once an hour.
#:     yaml: |
#:       package.update: {max_age: 1h}
check() { choose_manager && "${manager}_check_update"; }

apply() { "${manager}_update"; }
