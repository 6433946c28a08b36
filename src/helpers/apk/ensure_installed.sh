#: summary: Alpine packages are installed.
#: doc: |
#:   Missing ones are installed in one go. What is installed is not upgraded unless a version is named, which apk keeps from then
#:   on. A name that only an installed package provides, such as `cmd:bash`, counts as installed, as it does for apk.
#: parameters:
#:   packages: {type: list, required: true, doc: 'Names: `nginx`, `nginx=1.26.2-r0`, or `nginx=~1.26` for any that begins so.'}
#:   lock_timeout: {type: duration, default: 5m, doc: How long to wait for another program that is at the packages.}
#: main: packages
#: positional: packages
#: tools: [apk]
#: uses: [apk, patience, lists]
#: waits: [lock_timeout]
#: examples:
#:   - doc: One by its name, and one of a version.
#:     yaml: |
#:       apk.ensure_installed: [curl, "nginx=~1.26"]
check() { apk_check_installed "$@"; }

apply() { apk_install; }
