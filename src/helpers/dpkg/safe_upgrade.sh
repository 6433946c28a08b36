#: summary: Installed Debian packages are as new as apt knows.
#: doc: |
#:   Packages are upgraded as far as none must be removed for it; what their new versions need is installed. Packages that are held
#:   stay (dpkg.ensure_held). What is new is known after dpkg.update. Check mode tells each package that would be upgraded.
#: parameters:
#:   lock_timeout: {type: duration, default: 5m, doc: How long to wait for another program that is at the packages.}
#: tools: [apt-get]
#: uses: [apt, patience]
#: waits: [lock_timeout]
#: examples:
#:   - doc: All that dpkg.update has found.
#:     yaml: |
#:       dpkg.safe_upgrade:
check() {
  require_tool apt-get
  plan=$(apt-get -s -q -o Debug::NoLocking=true --with-new-pkgs upgrade 2>&1) || fail "apt-get cannot tell what it would upgrade: ${plan##*"$n_"}"
  set -f
  IFS=$n_
  # shellcheck disable=SC2086 # one line a word
  set -- $plan
  unset IFS
  set +f
  for line; do
    # Inst NAME [OLD] (NEW ORIGIN [ARCHITECTURE]); without OLD for one that comes as new.
    case $line in
      'Inst '*' ['*'] ('*)
        line=${line#Inst } name=${line%% *}
        old=${line#*\[} new=${line#*"("}
        differs "version of package '$name'" "${old%%\]*}" "${new%% *}"
        ;;
      'Inst '*)
        line=${line#Inst }
        differs "package '${line%% *}' is not installed"
        ;;
    esac
  done
}

apply() { apt_get --with-new-pkgs upgrade; }
