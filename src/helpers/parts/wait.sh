# For helpers that wait until something is so. Their parameters: up_to, delay, every.

# wait_until WHAT: looks, with is_so, until that succeeds. WHAT says what is so as long as it does not. Check mode looks once.
wait_until() {
  [ "$r_way" = run ] || return 0
  case $r_flags in
    *c*)
      is_so || unknown "$1; a run waits for it"
      return
      ;;
  esac
  [ "$delay" = 0 ] || sleep "$delay"
  if is_so; then
    tell_number waited "$delay"
    return
  fi
  begun=$(($(date +%s) - delay))
  while :; do
    [ "$every" = 0 ] || sleep "$every"
    waited=$(($(date +%s) - begun))
    ! is_so || break
    [ "$waited" -lt "$((delay + up_to))" ] || fail "$1, after $waited seconds"
  done
  tell_number waited "$waited"
}
