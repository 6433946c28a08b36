#: summary: A service runs, or does not, now and after a reboot.
#: doc: |
#:   Whatever runs the host is asked: systemd, OpenRC or SysV init scripts. `reloaded` and `restarted` are done each time, so they
#:   belong in a stage that listens to a signal; both start a service that does not run, and one that cannot reload is restarted.
#:   systemd reads unit files that have changed again before it does anything else here. A unit that can be neither
#:   enabled nor disabled, because only others ask for it, is left as it is.
#: parameters:
#:   name: {type: string, required: true, doc: 'Its name; with systemd any unit, such as `backup.timer`.'}
#:   state: {type: string, one_of: [started, stopped, reloaded, restarted], doc: What must be so now.}
#:   enabled: {type: boolean, doc: 'Whether it is started when the host starts.'}
#:   masked: {type: boolean, doc: 'Whether systemd refuses to start it, even for others.'}
#:   daemon_reload: {type: boolean, doc: 'true: have systemd read its unit files again when they have changed, even if nothing else is to be done. false: never.'}
#:   scope: {type: string, one_of: [system, user], default: system, doc: 'user: a unit of the user who runs this (with `as`), whose own systemd must run.'}
#: main: name
#: examples:
#:   - doc: A web server, now and after each start of the host.
#:     yaml: |
#:       system.ensure_service: {name: nginx, state: started, enabled: true}
#:   - doc: In a stage that listens to a signal, after its configuration has changed.
#:     yaml: |
#:       system.ensure_service: {name: nginx, state: reloaded}
acted=

# property NAME: sets p to what `systemctl show` told.
property() {
  p=
  case $shown in *"$n_$1="*) p=${shown#*"$n_$1="} p=${p%%"$n_"*} ;; esac
}

# ctl ARG...: systemctl, for the systemd that is meant.
ctl() {
  if [ "$scope" = user ]; then
    XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$(id -u)} systemctl --user "$@"
  else
    systemctl "$@"
  fi
}

look_systemd() {
  require_tool systemctl
  shown=$n_$(ctl show \
    -p Type,LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload "$name")$n_ || fail "systemctl cannot tell about '$name'"
  property LoadState
  [ "$p" != not-found ] || exists=''
  is_masked=false
  [ "$p" != masked ] || is_masked=true
  property NeedDaemonReload
  [ "$p" != yes ] || needs_reload=1
  property ActiveState
  now=$p
  property SubState
  case $now:$p in
    activating:auto-restart*) now=failed ;;
    active:* | reloading:* | refreshing:* | activating:*) now=started ;;
    inactive:*)
      now=stopped
      # What runs to its end and is over has been started.
      property Type
      [ "$p:$acted" != oneshot:1 ] || now=started
      ;;
    *) ;;
  esac
  property UnitFileState
  case $p in
    enabled) is_enabled=true ;;
    static | indirect | alias | transient) is_enabled='' ;;
    generated)
      # Made of an init script: only systemd-sysv-install knows.
      is_enabled=false
      [ -z "$enabled" ] || ! ctl is-enabled "$name" >/dev/null 2>&1 || is_enabled=true
      ;;
    *) is_enabled=false ;;
  esac
}

# has_link RUNLEVELS...: one of these, patterns expanded by the shell, is a link for the service.
has_link() {
  for file; do
    [ ! -L "$file" ] || return 0
  done
  return 1
}

look_openrc() {
  is_enabled=false
  ! has_link /etc/runlevels/*/"$name" || is_enabled=true
  [ -n "$exists" ] && [ -n "$state" ] || return 0
  rc-service "$name" status >/dev/null 2>&1
  case $? in
    0 | 8) now=started ;;
    32) now=failed ;;
    *) now=stopped ;;
  esac
}

look_sysv() {
  is_enabled=false
  ! has_link /etc/rc[S2345].d/S[0-9][0-9]"$name" || is_enabled=true
  [ -n "$exists" ] && [ -n "$state" ] || return 0
  if run_script status >/dev/null 2>&1; then
    now=started
  else
    now=stopped
    grep -q status "$script" || fail "cannot tell whether '$name' runs: '$script' has no action 'status'"
  fi
}

# run_script ACTION: of the init script, in an environment of its own.
run_script() {
  if command -v service >/dev/null 2>&1; then
    service "$name" "$1"
  else
    (cd / && env -i PATH="$PATH" LANG=C "$script" "$1")
  fi
}

check() {
  case $name in '' | -* | *[!A-Za-z0-9:_.@\\-]*) fail "'$name' is not the name of a service" ;; esac
  [ -n "$state$enabled$masked$daemon_reload" ] || fail "say what is wanted of '$name': state, enabled, masked or daemon_reload"
  exists=1 now=stopped is_enabled=false is_masked=false needs_reload='' script=/etc/init.d/$name
  if [ -d /run/systemd/system ]; then
    init=systemd
  else
    init=sysv
    [ ! -e /run/openrc/softlevel ] || init=openrc
    [ "$scope" = system ] || fail 'only systemd has units of users, and this host does not run it'
    [ "$masked" != true ] || fail 'only systemd can mask a service, and this host does not run it'
    [ -x "$script" ] || exists=''
  fi
  "look_$init"
  if [ -z "$exists" ]; then
    case $state:$enabled in
      started:* | re*:* | *:true) differs "no service '$name'" ;;
    esac
    [ "$masked" != true ] || differs masked false true
    return 0
  fi
  [ -z "$masked" ] || [ "$is_masked" = "$masked" ] || differs masked "$is_masked" "$masked"
  [ -z "$enabled" ] || [ "${is_enabled:-$enabled}" = "$enabled" ] || differs enabled "$is_enabled" "$enabled"
  [ "$daemon_reload$needs_reload" != true1 ] || differs 'the unit files have changed'
  [ -n "$state" ] || return 0
  case $state:$now:$acted in
    started:started:* | stopped:stopped:* | stopped:failed:* | re*:started:1) ;;
    reloaded:*:) differs reload ;;
    restarted:*:) differs restart ;;
    re*:1) differs state "$now" started ;;
    *) differs state "$now" "$state" ;;
  esac
}

# must COMMAND ARG...: runs it; when it fails so does the operation.
must() {
  quietly "$@" && return
  [ "$1" != ctl ] || { shift && set -- systemctl "$@"; }
  fail "$1 $2 exited $r_status"
}

apply_systemd() {
  [ -z "$needs_reload$absent" ] || [ "$daemon_reload" = false ] || must ctl daemon-reload
  if [ -n "$absent" ]; then
    exists=1
    look_systemd
    [ -n "$exists" ] || fail "the host has no service '$name'"
  fi
  [ "$masked:$is_masked" != false:true ] || must ctl unmask "$name"
  case ${is_enabled:-$enabled}:$enabled in
    false:true) must ctl enable "$name" ;;
    true:false) must ctl disable "$name" ;;
  esac
  case $verb in
    reload) must ctl reload-or-restart "$name" ;;
    ?*) must ctl "$verb" "$name" ;;
  esac
  [ "$masked:$is_masked" != true:false ] || must ctl mask "$name"
}

apply_openrc() {
  case $is_enabled:$enabled in
    false:true) must rc-update add "$name" default ;;
    true:false) must rc-update -a del "$name" ;;
  esac
  [ -z "$verb" ] || must rc-service "$name" "$verb"
}

apply_sysv() {
  case $is_enabled:$enabled in
    false:true) set -- defaults enable on ;;
    true:false) set -- '' disable off ;;
    *) set -- ;;
  esac
  if [ $# = 0 ]; then
    :
  elif command -v update-rc.d >/dev/null 2>&1; then
    [ -z "$1" ] || must update-rc.d "$name" "$1"
    must update-rc.d "$name" "$2"
  elif command -v chkconfig >/dev/null 2>&1; then
    must chkconfig "$name" "$3"
  else
    fail "cannot make '$name' start with the host or not: there is neither update-rc.d nor chkconfig"
  fi
  [ -z "$verb" ] || quietly run_script "$verb" || fail "'$script $verb' exited $r_status"
}

apply() {
  acted=1 absent=''
  if [ -z "$exists" ]; then
    [ "$init" = systemd ] || fail "the host has no service '$name'"
    # Its unit file may have come since systemd read them.
    absent=1
  fi
  verb=
  case $state:$now in
    started:started | stopped:stopped | stopped:failed | :*) ;;
    started:* | reloaded:stopped | reloaded:failed) verb=start ;;
    stopped:*) verb=stop ;;
    reloaded:*)
      verb=reload
      [ "$init" = systemd ] || grep -q reload "$script" || verb=restart
      ;;
    restarted:*) verb=restart ;;
  esac
  "apply_$init"
}
