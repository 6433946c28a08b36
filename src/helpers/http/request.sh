#: summary: A server answers a request as expected.
#: doc: |
#:   The host itself sends the request, with curl (or, for GET and HEAD, wget). GET and HEAD change nothing: they are sent in
#:   check mode too. What other methods change is unknown in check mode. URL, headers and body do not stand in arguments of commands
#:   where others at the host could read them (the URL does with busybox's wget). `register: x` gives x.status and x.body.
#: parameters:
#:   url: {type: string, required: true, doc: The URL.}
#:   method: {type: string, default: GET, one_of: [GET, HEAD, POST, PUT, PATCH, DELETE], doc: The method.}
#:   headers: {type: map, doc: 'Of the request.'}
#:   body: {type: string, doc: 'Of the request. Say in `headers` what it is (Content-Type).'}
#:   status: {type: list, doc: 'The statuses that are expected. By default 200 to 299.'}
#:   matches: {type: string, doc: 'An extended regular expression (grep -E) that a line of the answer must fit.'}
#:   follow: {type: boolean, default: true, doc: Go where the server says that it is now; GET and HEAD only.}
#:   insecure: {type: boolean, default: false, doc: Talk to a server whose certificate is not to be trusted.}
#:   up_to: {type: duration, default: 30s, doc: How long it may take.}
#: main: url
#: uses: [http]
#: waits: up_to
#: examples:
#:   - doc: The application says that it is well.
#:     yaml: |
#:       http.request: {url: 'http://127.0.0.1:8080/health', matches: '"status": *"up"'}
#:   - doc: Others are told.
#:     yaml: |
#:       http.request:
#:         url: https://chat.example.com/hooks/deploy
#:         method: POST
#:         headers: {Content-Type: application/json}
#:         body: '{"text": "deployed"}'
#:         status: 204
ask_curl() {
  set -- curl -K - -g -sS --max-time "$up_to" -w "$n_%{http_code}"
  extra=
  if [ "$method" = HEAD ]; then
    set -- "$@" -I -o /dev/null
  else
    set -- "$@" -X "$method"
  fi
  case $method$follow in GETtrue | HEADtrue) set -- "$@" -L ;; esac
  [ "$insecure" != true ] || set -- "$@" -k
  if given body; then
    extra=$(setting data-raw "$body")$n_
  fi
  answer=$(with_request "$@" && say x) || return
  answer=${answer%x}
  code=${answer##*"$n_"}
  answer=${answer%"$n_"*}
}

# Where there is no curl. The status is among what is told on stderr.
ask_wget() {
  { [ "$method" = GET ] || [ "$method" = HEAD ]; } || fail "$method needs the command 'curl' on the host"
  make_temp "${TMPDIR:-/tmp}"
  extra=
  set -- wget -S -O -
  [ "$method" = GET ] || set -- "$@" --spider
  [ "$insecure" != true ] || set -- "$@" --no-check-certificate
  if [ "$client" = wget ]; then
    set -- "$@" --config=/dev/fd/3 -i - -T "$up_to" -t 1 --content-on-error
    [ "$follow" = true ] || set -- "$@" --max-redirect=0
  elif [ "$follow" != true ]; then
    fail "follow: false needs the command 'curl' or GNU wget on the host"
  fi
  [ "$client" = wget ] || ! command -v timeout >/dev/null || set -- timeout "$up_to" "$@"
  answer=$(with_request "$@" 2>"$r_temp" && say x)
  answer=${answer%x}
  code=
  while read -r first second rest; do
    case $first in HTTP/*) code=$second ;; esac
  done <"$r_temp"
  [ -n "$code" ] || { cat <"$r_temp" >&2 && return 1; }
}

ask() {
  if [ "$client" = curl ]; then ask_curl; else ask_wget; fi || fail "no answer from '$shown_url'"
  tell_number status "$code"
  tell body "$answer"
  expected=" $(eval "say_words $status")"
  case $expected in
    ' ') case $code in 2??) ;; *) fail "the status is $code" ;; esac ;;
    *" $code "*) ;;
    *) fail "the status is $code" ;;
  esac
  [ -z "$matches" ] || say "$answer$n_" | line_fits "$matches" -q || fail "nothing in the answer fits '$matches'"
}
say_words() { for one; do say "$one "; done; }

check() {
  choose_client
  if [ -n "$matches" ]; then
    echo | line_fits "$matches" -q
    code=$?
    [ "$code" -le 1 ] || fail "'matches' is no extended regular expression: '$matches'"
  fi
  case $method in
    GET | HEAD) [ "$r_way" != run ] || ask ;;
    *) unknown "a $method may change what the server holds" ;;
  esac
}

apply() { ask; }
