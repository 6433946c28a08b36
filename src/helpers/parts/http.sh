# For helpers that speak HTTP: with curl, or with wget where there is no curl. Their parameters: url, headers.

# Sets client, and shown_url: the URL without the user and the password that it may hold.
choose_client() {
  case $url in
    *["$n_ "]*) fail "'$url' is not a URL such as https://example.com/file" ;;
    http://* | https://* | ftp://* | file://*) ;;
    *) fail "'$url' is not a URL such as https://example.com/file" ;;
  esac
  shown_url=${url#*://} shown_url=${shown_url%%[/?#]*}
  shown_url=${url%%://*}://${shown_url##*@}${url#*"://$shown_url"}
  if command -v curl >/dev/null; then
    client=curl
  elif command -v wget >/dev/null; then
    case $(wget --version 2>&1) in
      *'GNU Wget'*) client=wget ;;
      *) client=busybox ;;
    esac
  else
    fail "the host has neither the command 'curl' nor 'wget'"
  fi
  [ "$client" = busybox ] || return 0
  # It takes them as arguments only, which everybody at the host can read.
  [ -z "$headers" ] || fail "headers need the command 'curl' or GNU wget on the host"
  [ "$shown_url" = "$url" ] || fail "a password in the URL needs the command 'curl' or GNU wget on the host"
}

# setting NAME VALUE: a line for curl -K.
setting() {
  left=$2 text=
  while :; do
    case $left in
      *[\\\""$n_"]*) ;;
      *) break ;;
    esac
    part=${left%%[\\\""$n_"]*}
    left=${left#"$part"}
    case $left in
      "$n_"*) text="$text$part\\n" ;;
      *) text="$text$part\\${left%"${left#?}"}" ;;
    esac
    left=${left#?}
  done
  say "$1 = \"$text$left\"$n_"
}

# COMMAND...: runs it with the URL and the headers, where others cannot read them: curl takes both from stdin; GNU wget the
# URL from stdin, and the headers from descriptor 3, which must be of a file.
with_request() {
  if [ "$client" = curl ]; then
    { setting url "$url" && say "$extra" && tell_headers; } | "$@"
  elif [ "$client" = busybox ]; then
    # Without -T, with which that of Debian 12 crashes.
    "$@" "$url"
  else
    settings=$(umask 077 && mktemp -- "${TMPDIR:-/tmp}/.espresso-XXXXXX") || fail "cannot make a file in '${TMPDIR:-/tmp}'"
    tell_headers >"$settings"
    # mksh hands on only what stands at the command itself.
    # shellcheck disable=SC2094 # it is open when it is removed
    { rm -f -- "$settings" && say "$url$n_" | "$@" 3<&4; } 4<"$settings"
  fi
}
tell_headers() { eval "for header in $headers; do tell_header \"\${header%%=*}: \${header#*=}\"; done"; }
tell_header() {
  if [ "$client" = curl ]; then
    setting header "$1"
  else
    say "header = $1$n_"
  fi
}

# fetch_to FILE: what is at the URL comes into the file.
fetch_to() {
  extra=
  case $client in
    curl) with_request curl -K - -g -f -sS -L --connect-timeout 30 -o "$1" ;;
    wget) with_request wget --config=/dev/fd/3 -i - -nv -T 30 -t 1 -O "$1" ;;
    *) with_request wget -q -O "$1" ;;
  esac
}

# Asks about what is at the URL: sets h_size and h_modified (seconds since 1970), as far as the server tells them.
read_head() {
  h_size='' h_modified='' extra=
  case $client in
    curl) said=$(with_request curl -K - -g -f -sS -L -I --connect-timeout 30 2>&1) || return ;;
    wget) said=$(with_request wget --config=/dev/fd/3 -i - -S --spider -T 30 -t 1 2>&1) || return ;;
    *) said=$(with_request wget -S --spider 2>&1) || return ;;
  esac
  set -f
  IFS=$n_$(printf '\r')
  for head in $said; do
    head=${head#"${head%%[! ]*}"}
    value=${head#*: }
    case $head in
      HTTP/*) h_size='' h_modified='' ;;
      [Cc]ontent-[Ll]ength:*) h_size=$value ;;
      [Ll]ast-[Mm]odified:*) h_modified=$value ;;
    esac
  done
  unset IFS
  case $h_size in *[!0-9]*) h_size= ;; esac
  # shellcheck disable=SC2086
  [ -z "$h_modified" ] || seconds_since_1970 $h_modified
  set +f
}

# Of "Sun, 06 Nov 1994 08:49:37 GMT", as words: sets h_modified, empty when it is no such date.
seconds_since_1970() {
  h_modified=
  case $1:$2:$4:$5 in
    ???,:[0-3][0-9]:[12][0-9][0-9][0-9]:[0-2][0-9]:[0-5][0-9]:[0-6][0-9]) ;;
    *) return ;;
  esac
  month=0
  for name in Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec; do
    month=$((month + 1))
    [ "$name" != "$3" ] || break
  done
  hours=${5%%:*} seconds=${5##*:} minutes=${5#*:}
  minutes=${minutes%:*}
  early=$(((14 - month) / 12))
  years=$(($4 + 4800 - early))
  days=$((${2#0} + (153 * (month + 12 * early - 3) + 2) / 5 + 365 * years + years / 4 - years / 100 + years / 400 - 2472633))
  h_modified=$((((days * 24 + ${hours#0}) * 60 + ${minutes#0}) * 60 + ${seconds#0}))
}
