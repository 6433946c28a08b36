#include "cli/doc_entries.h"

#include "cli/command.h"
#include "cli/environment.h"
#include "cli/exit_status.h"
#include "cli/help.h"
#include "core/text.h"
#include "model/keys.h"
#include "run/connection_variables.h"

#include <fmt/format.h>

namespace espresso {

namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

std::vector<Page::Item> items_of(const Keys& keys) {
  std::vector<Page::Item> items;
  for (const auto& key : keys)
    items.push_back({.name = std::string(key.name), .traits = {}, .text = std::string(key.doc)});
  return items;
}

Page commands(const DocSources& sources) {
  return Page()
      .table({"command", "does"}, command_list(sources.program))
      .prose("More about one: espresso COMMAND --help");
}

Page components(const DocSources&) {
  return Page()
      .prose(
          "Components are operations that you give a name and parameters, below `components:` of a stage file. They "
          "are "
          "called like helpers, from stages and from other components:")
      .code(R"(components:
  web.site:
    doc: One virtual host.
    parameters:
      name: {type: string, required: true, doc: Its server name.}
      port: {type: integer, default: 80}
    main: name
    run:
      - fs.ensure_file: {path: "/etc/nginx/sites-enabled/{{ params.name }}", template: site.tmpl}
      - shell.run: nginx -t
stages:
  web:
    doc: What we serve.
    run:
      - web.site: example.org
      - web.site: {name: example.net, port: 8080})")
      .items(items_of(component_keys()))
      .prose("A parameter takes these keys. The types are those of helpers (`espresso doc types`), but for conditions.")
      .items(items_of(parameter_keys()))
      .prose(
          R"(Inside, `params` holds what the call gives, also in templates; of what it does not give, the default, else null. It
also sees what its caller sees. What it registers is known after it, as if the stage had registered it itself.

Beside a call of a component, `when` is asked once, for all of it; `for_each` repeats the whole of it, item by item;
`name` stands before the titles of its operations; `as`, `delegate`, `timeout`, `retries`, `delay`, `ignore_errors` and `sensitive`
hold for each of them; `register` keeps their results as a list, `results`.)");
}

Page configuration(const DocSources& sources) {
  Rows rows;
  for (const auto& [name, settings] : sources.project.workspace.configuration.values().as_map())
    rows.emplace_back("config." + name, settings.is_map() ? join(settings.as_map().keys(), ", ") : "");
  Page page;
  page.prose(
      R"(Settings are kept in `config/NAMESPACE.yaml` beside the stage files and read as `config.NAMESPACE.…` in expressions and
templates. Over it lie, each above those before:

- `config/NAMESPACE.local.yaml`, for one workstation and for no repository: `espresso config set` writes it, and leaves one
  alone that a person wrote;
- `config:` among the variables of groups and hosts, parents before their children: `config: {web: {http: {port: 81}}}`;
- `-e web.http.port=81` on the command line.

Mappings are merged, all else is replaced; a mapping and another value cannot take each other's place.
`espresso config list` tells where each setting comes from, `espresso config explain NAME --hosts HOST` all that is said of one.

INI files `config/NAMESPACE.conf` are read, too, as Python's configparser reads them, but with values typed as in YAML (80 is an
integer, what stands in quotes is text), with `[a.b]` as a section within `[a]`, and without `%(name)s`.)");
  if (!rows.empty()) page.table({"namespace", "holds"}, rows);
  return page;
}

Page confirmed_changes(const DocSources&) {
  return Page()
      .prose(
          R"(A stage with `confirm: 30s` changes what can lock you out. Before its first change the host starts a process that takes
back what the stage changes, unless it hears otherwise. When the stage and what listens to it on that host has got
through, Espresso connects anew, with all that belongs to it (jump hosts, keys, `become`), and confirms through that
connection; until then no later stage begins. Where nothing was changed, nothing is confirmed and no connection made.)")
      .code(R"(sshd:
  confirm: 30s
  run:
    - fs.ensure_file: {path: /etc/ssh/sshd_config, template: sshd_config.tmpl}
      signal: sshd-config
reload-sshd:
  on: sshd-config
  run: [{system.ensure_service: {name: ssh, state: reloaded}}])")
      .prose(
          R"(The time, from 1s to 1h, does not run while an operation does. When it is over, and at once when an operation fails (and
is not rescued) or the run is interrupted, the host:)")
      .code(R"(puts back       each file, link, tree, mode and owner as it was, the last change first
runs again      what listens, but for operations that changed files themselves: those are put back; and for those
                whose content was sent apart (beyond some KB)
forgets         that it was done and raised signals: the next run does it again
tells           whoever connects next: when, why, which files, and what could not be put back)")
      .prose(
          R"(The stage has failed there, and the run ends with status 2; `espresso run --format json` has an event `taken_back` with
`operations` and `files`. All this happens also when the program was killed, and when the connection is lost. A
connection that was lost and made again has got in, and confirms. A host that restarts meanwhile, or whose process is
killed, takes it back before the next run that gets in does anything.)")
      .prose(
          R"(Kept are files, links and directories that helpers write, link, make, remove or give other modes and owners, and kernel
parameters and the host's name as they are in force. Not taken back is what others do: packages and their keys' lists,
services that were started, enabled or stopped, users and groups, mounts, crontabs of users, alternatives, and what
commands, scripts and programs such as `git` do elsewhere than in the directory they are about. More than 64 MB in a file
or tree, a tree in which something is mounted, what lies in a directory that belongs to a user (who could lead elsewhere
what is put back), and what runs `as` another user cannot be kept: the operation fails and changes nothing.)")
      .prose(
          R"(Stages that come between it and what listens to it are part of it. What listens on other hosts is not run again. Before
the host waits for others (`rolling`, `throttle`, a stage that it requires elsewhere), it confirms what there is. In a
helper of your own, `keep PATH` before a change has the file kept, `keep_tree PATH` all below it.)");
}

Page environment(const DocSources& sources) {
  return Page()
      .prose(
          "Each option can stand in the environment; what the command line says stands above it. There, an option that "
          "is "
          "repeatable takes one value a line.")
      .table({"variable", "meaning"}, environment_list(sources.program));
}

Page exit_statuses(const DocSources&) {
  Rows rows;
  for (const auto& [status, meaning] : exit_status_meanings()) rows.emplace_back(std::to_string(status), meaning);
  return Page().prose("The worst that happened is told.").table({"status", "meaning"}, rows);
}

Page expressions(const DocSources&) {
  std::vector<Page::Item> functions;
  for (const auto& function : expression_functions())
    functions.push_back({.name = function.signature, .traits = {}, .text = function.doc});
  return Page()
      .prose("Expressions stand in {{ }}, and bare in `when`: Lua 5.4, with what users of Jinja write beside it.")
      .code(R"(x | f(y)                            f(x, y); also f(x, key=y), with the names of the signatures below
a if c else b    a ~ b    2 ** 8    a choice; the texts of both, joined; a power
[1, 2]    {'key': 1}                a list, a mapping; Lua's {1, 2} and {key = 1} too
x is defined, is none, is match('a.*'), is version('2.0', '>='), … and x is not …
x in list    x != y                 as they read
xs[1]    xs[-1]    xs[1:]           lists count from 1, -1 is the last; slices count as in Python, from 0
text.upper()    mapping.items()     methods of Python's strings and mappings)")
      .prose(
          "`x or y` and `x | default(y)` say what holds when x does not exist; else that is a mistake. Null counts as "
          "not "
          "existing. `espresso doc NAME` tells about one of these functions:")
      .items(functions);
}

Page facts(const DocSources& sources) {
  Page page;
  page.prose(
      R"(Facts are what hosts say of themselves: `facts.os.id` in expressions and templates. Hosts are asked for those that
are used, no others; `espresso facts HOST` shows all. A fact that a host cannot tell is not there:
`facts.virtualization | default("none")` asks for one without failing.)");
  for (const auto& group : sources.project.workspace.facts.groups()) {
    std::vector<Page::Item> told;
    for (const auto& fact : group->facts) told.push_back({.name = fact.path, .traits = fact.type, .text = fact.doc});
    page.prose(fmt::format("{}: {}", group->is_user ? "facts/" + group->name + ".sh" : group->name,
                           group->summary.empty() ? "A fact of your own." : group->summary));
    if (!group->is_user) page.items(told);
  }
  return page.prose(
      R"(A fact of your own is a file `facts/<name>.sh` beside the stage files, run by the host's sh as `facts.<name>`. What it
writes is the fact: JSON where it begins with { or [, a mapping where every line is key=value, else text. Whoever uses
one that ends with another status than 0 fails, and is told what it wrote to its error output.)");
}

Page helpers(const DocSources& sources) {
  Rows rows;
  for (const auto& helper : sources.project.workspace.catalog.all()) rows.emplace_back(helper->name, helper->summary);
  return Page().table({"helper", "what is so once it has run"}, rows);
}

Page inventory(const DocSources&) {
  Rows rows;
  for (const auto& variable : connection_variables()) rows.emplace_back(variable.name(), variable.doc);
  std::vector<std::string> unheeded;
  for (const auto& variable : unheeded_variables()) unheeded.emplace_back(variable.name);
  return Page()
      .prose("An inventory is a mapping of groups, `all` first. A group takes:")
      .items(items_of(group_keys()))
      .prose("These variables of hosts and groups say how to connect; any others are yours.")
      .table({"variable", "meaning"}, rows)
      .prose("Ansible's names for them are understood, too: `espresso doc port` tells those of `port`.")
      .prose(fmt::format("These of Ansible's have no effect, and a run says so: {}.", enumerate(unheeded)));
}

Page secrets(const DocSources&) {
  return Page()
      .prose("In stage files, configuration, inventories and files of -e, these stand for a text that is never shown:")
      .code(R"(!secret db.password                    the entry 'password' of secrets/db.yaml.secret
!secret {file: token.txt}              a file beside this one, encrypted or not
!secret {command: pass show web}       what a command writes: a line for sh, or a list of words; run once
!vault |                               what 'ansible-vault encrypt_string' wrote)")
      .prose(
          "Whole files may be encrypted, too: by `ansible-vault encrypt`, or by `espresso secret encrypt`. "
          "`espresso secret create|edit|show|rekey FILE` keeps the files of `secrets/`. A passphrase opens them, or a "
          "key of 32 bytes (`--secret-key-file`); what opens texts of Ansible Vault is named as `ansible-vault` has it "
          "named. Nobody is asked before a file needs it, and no host is touched before.")
      .prose(
          "Secrets, and the passwords to connect with, are told as ***: in plain, quoted, escaped, percent-encoded, in "
          "base64 and hexadecimal, whoever says them. What an expression makes of one in another way (its hash, half "
          "of "
          "it) is not known as a secret: `sensitive: true` withholds all of an operation.")
      .prose(
          "At the host a new file that holds one has mode 0600 if no other is given. Words of commands hold none, "
          "since "
          "everybody at the host can read these: a secret goes into `stdin`, `env` or a `line`, where it is up to you "
          "not to make it an argument.");
}

Page locks(const DocSources&) {
  return Page()
      .prose(
          "While a run works on a host it holds a lock there, in the host's state folder: no other run does anything "
          "on that host meanwhile, whoever started it and wherever. Looking around (`exec`, `facts`, check mode) needs "
          "none.")
      .prose(
          "Whoever finds a host held waits for two seconds, or as long as `--wait-lock` says, and is then told which "
          "run holds it, who started it, on which machine, when, and what for: the words of that call, or what its "
          "`--reason` says.")
      .code(
          "espresso run web --reason 'kernel 6.1'    is told to whoever finds a host held by this run\n"
          "espresso run web --wait-lock 10m          waits for its turn\n"
          "espresso run web --break-lock             takes the hosts: what the other run does there is ended")
      .prose(
          "A lock ends when its run is through with the host, or has ended in whatever way; when the host was started "
          "anew; and when nothing has been heard of the run for five minutes while it does nothing there: its "
          "workstation "
          "has vanished without a word. The program gives each host a sign of life every half minute. An operation "
          "under "
          "way holds the host up to its end, or that of its `timeout`.");
}

Page runs(const DocSources&) {
  return Page()
      .prose(
          "Each run keeps a journal: the file `ID.jsonl` in `$XDG_STATE_HOME/espresso/runs`, by default in "
          "`~/.local/state/espresso/runs`, for its owner only. The ID is the time when the run began, in UTC. The "
          "first line tells the words of the command line, the folder and who ran it; the others are what `--format "
          "json` tells, but for facts and for what is about to begin. Lines are written as things happen, masked as "
          "all "
          "that is told: what is there when the program is killed or the machine loses power is all but the last "
          "moment. `--no-journal` writes none; `--keep-runs` says of how many runs they are kept. `facts` and what "
          "connects nowhere keep none.")
      .code(
          "espresso runs                             all of them, the latest first\n"
          "espresso runs show ID 'web*'              operations, times and diffs on these hosts; -v: all output\n"
          "espresso runs show ID --format json       the lines themselves\n"
          "espresso runs prune --keep-runs 20        removes the oldest")
      .prose(
          "For ID stands as much of its beginning as is needed, or `last`, the latest run from this folder. A run "
          "whose "
          "program was killed is told as `killed`, its hosts that had not ended as `unfinished`.")
      .prose(
          "`espresso resume ID` gives the words of a run again, in its folder, for the hosts that are not through with "
          "it. What the environment says counts as it is now; options given to `resume` count besides. Stages that a "
          "host "
          "is through with are left out, unless a stage file has changed or an operation of the stage registers its "
          "result; the others begin anew: their checks find what is done already.")
      .prose(
          "`--rerun HOW` leaves of the selected hosts those that ended so in the last run from this folder, or with "
          "`HOW@ID` in that one: `failed`, `unreachable`, `changed` (or would change, in check mode), `unfinished` "
          "(not "
          "through, for whatever reason); several with commas.")
      .prose(
          "`espresso plan STAGE --out FILE` checks the hosts and writes what would change on each to a file of the "
          "same "
          "kind. `espresso apply FILE` checks them once more before it changes any, and fails those of which an "
          "operation ends otherwise than planned, has other reasons, or would change other lines. Of what is "
          "sensitive, and of files that are too large for a diff, only the reasons are compared. What changes at a "
          "host between that check and its operations is not seen.");
}

Page signals(const DocSources&) {
  return Page()
      .prose(
          "An operation, or a stage, raises a signal with `signal: NAME` when it changed something; a stage that lists "
          "it "
          "with `on: NAME` runs on that host after the stages that raise it, once, however often it was raised. "
          "`STAGE.changed` is raised by every stage.")
      .code(
          R"(espresso signals                          what hosts keep, and who will hear it; looks, and changes nothing
espresso signals drop conf --hosts web1   it is forgotten there: nobody will hear it; --all: whatever it is
espresso graph main                       whom the signals of its stages reach)")
      .prose(
          "A signal is kept at the host from before the change until the stages that listen have succeeded: after a "
          "run "
          "that failed, was killed, or in which such a stage was skipped, the next run there delivers it first, "
          "whatever "
          "stages it is for. One that nothing listens to any more is kept, and each run says so, until it is dropped.")
      .prose(
          "Dropping takes the host's lock, as a run does (`--wait-lock`, `--break-lock`), and leaves alone what else a "
          "run "
          "that was cut off has left there; with `-C` it is only told what would be dropped. `--format json` tells, of "
          "each "
          "host, `signals` (what is kept, and by whom it will be heard) and `dropped`.");
}

Page stages(const DocSources&) {
  return Page()
      .prose("A stage file takes:")
      .items(items_of(stage_file_keys()))
      .prose("A stage takes:")
      .items(items_of(stage_keys()))
      .prose(
          "No host waits for another unless one of these says so: a stage it requires that runs on other hosts, "
          "`rolling`, `throttle`, `run_once`, `barrier`, or `on` with `from`. Batches follow the order of the "
          "inventory; one is through when all its hosts have ended the stage, and what listens right behind it to its "
          "signals on the same host. A host that fails or is lost keeps nobody waiting. Percentages are of the hosts "
          "of "
          "the stage; for `max_failures` a host counts once its batch has begun. Where the first host of `run_once` is "
          "lost before it, the next one runs it. `espresso plan` shows the batches. `espresso doc confirm` tells what "
          "becomes "
          "of a change that nobody confirms.")
      .prose("A signal that a stage listens to on other hosts is a mapping:")
      .items(items_of(heard_keys()))
      .prose(
          "The stage runs when any of them raised it, after all of them have ended the stages that may; in it, "
          "`signal.hosts` are those that did. Every stage raises STAGE.changed, and STAGE.failed where it failed: on "
          "that "
          "host, nothing but what listens to it follows. `host.unreachable` is raised where a host could not be "
          "reached "
          "or was lost; what listens to it is in every run and runs last, when all hosts of the pattern have ended.")
      .code(
          "reload-balancer:\n"
          "  hosts: lb\n"
          "  on: {signal: deployed, from: web}\n"
          "  run: [{system.ensure_service: {name: haproxy, state: reloaded}}]")
      .prose(
          "An operation is a helper or component with its arguments: a mapping of its parameters, or the value of the "
          "main "
          "one alone. These keys stand beside it:")
      .items(items_of(operation_keys()))
      .prose(
          "What is done with `delegate` belongs to the host that delegates: it has its variables, facts and results, "
          "raises its signals, fails it, and what follows there waits for it. The other host lends its login, "
          "`become` and shell, does one such operation after the other, and is locked as if the run went through it. "
          "With `for_each`, the host may be `{{ item }}`. `timeout` of a stage does not count there.")
      .code(
          "- fs.ensure_file: {path: /etc/nginx/nginx.conf, template: nginx.conf.tmpl}\n"
          "  register: written\n"
          "- shell.run: systemctl reload nginx\n"
          "  when: written.changed")
      .prose("`espresso graph` draws what requires what, and whom signals reach; `espresso plan` shows the order.");
}

Page storage(const DocSources&) {
  return Page()
      .prose(
          "Named content for `template:`, `source:` and `storage[name]`. `storage:` of a stage file names one or a "
          "list "
          "of them, searched in order; without it the folder `files` or `storage` beside the stage file is one.")
      .code(R"(storage:
  - files                               a folder
  - https://artifacts.example/web       what a web server has below this
  - s3://bucket/folder                  objects of Amazon S3, or of a server that speaks like it
  - swift://container/folder            objects of OpenStack Swift
  - {url: s3://bucket, endpoint: https://s3.example, profile: mirror}
  - {url: swift://container, auth_url: https://cloud.example/v3, user: deploy, password: …, project: web})")
      .prose("A mapping takes:")
      .items(items_of(storage_keys()))
      .prose(
          "Servers are asked when something is needed, once a run however many hosts need it. What was fetched lies in "
          "~/.cache/espresso (or $XDG_CACHE_HOME/espresso), for its owner only: what has not changed is not sent "
          "again, a transfer that broke off goes on where it stopped, `--offline` asks no server.")
      .prose(
          "In s3:// and swift://, a name that only longer ones begin with is a folder, and `.` is that of all. Its "
          "files are 0644 and its folders 0755, as there are no modes there. Of web servers, there are no folders.")
      .prose(
          "Without `user`, keys of s3:// are those of the aws tools: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
          "the profile in ~/.aws/credentials and ~/.aws/config, also by `credential_process`. Whoever logs in for "
          "swift:// is told by OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME, OS_USER_DOMAIN_NAME, or "
          "OS_APPLICATION_CREDENTIAL_ID and _SECRET, as for the openstack tools; or by ST_AUTH, ST_USER and ST_KEY.");
}

Page tags(const DocSources&) {
  return Page()
      .prose(
          "`tags` of a stage or of an operation let a run be for some operations only. A stage's tags are those of its "
          "operations, too, and those of a call of a component are those of all in it. What is left out is not in the "
          "plan, and nobody is told of it: `plan`, `run`, `check`, `apply` and `resume` agree.")
      .code(R"(espresso run web --tags config,certs     those with one of these tags, and those tagged `always`
espresso run web --skip-tags packages    all but those
espresso run web --start-at configure    from the stage or operation `configure` on, in the order of the plan
espresso run web --step                  each stage once the answer is y; n: not, c: ask no more, q: quit)")
      .prose(
          "As in Ansible, operations tagged `always` are in unless --skip-tags says `always` or another tag of theirs, "
          "and those tagged `never` are out unless --tags names one of their tags. Instead of tags, `all`, `tagged` "
          "and "
          "`untagged` stand for operations. A tag that nothing has is a mistake.")
      .prose(
          "Stages that only a signal brings about have no need of tags: they run, whole, where anything that is left "
          "raised it. A stage that is asked for, and of which tags leave nothing, still follows its signals.")
      .prose(
          "Reading the result that an operation registers, where that one is left out, is a mistake, told before any "
          "host is touched, also in templates. An expression that asks whether the result exists, as in `seen is "
          "defined and seen.changed` or `seen or other`, is evaluated as if there were none. Of a component that is "
          "left out in part, the results are those of what is left.")
      .prose(
          "With --step, a stage is asked about once for all of its hosts, when all stages before it have ended; one "
          "that "
          "only a signal brings about as soon as a host has got to it. What requires a stage that was skipped is "
          "skipped. A signal whose stage was skipped is kept at the host, and delivered by the next run.");
}

Page templates(const DocSources&) {
  return Page()
      .prose("Templates are files in storage that `template:` names. Outside of these marks they are text:")
      .code(R"({{ expression }}                    its value
{% if expression %} … {% elif expression %} … {% else %} … {% endif %}
{% for x in list if expression %} … {% else %} … {% endfor %}
{% for key, value in mapping %} … {% endfor %}
                                    in it: loop.index, index0, revindex, revindex0, first, last, length, previtem,
                                    nextitem, loop.cycle(a, b), loop.changed(x)
{% set name = expression %}         to the end of the loop, macro or file it stands in
{% set name %} … {% endset %}       the text between
{% set ns = namespace(n=0) %}       {% set ns.n = 1 %} holds, also from inside a loop
{% with name = expression %} … {% endwith %}
{% macro name(a, b=1) %} … {% endmacro %}
                                    {{ name(1, b=2) }} is its text
{% call name() %} … {% endcall %}   a macro in which {{ caller() }} is the text between
{% filter upper %} … {% endfilter %}
{% include 'name' %}                another template of storage; also a list of names, `ignore missing`,
                                    `without context`
{% import 'name' as m %}            its macros, m.macro(); {% from 'name' import macro as other %}
{% raw %} … {% endraw %}            as it stands
{# … #}                             nothing)")
      .prose(
          R"(A `-` inside a mark, `{{-` or `-%}`, takes away the white space on its side. The newline after a `%}` is dropped, as
Ansible does; `+%}` keeps it, and so does a first line `#jinja2: trim_blocks:False`, which may also say
`lstrip_blocks:True`. The file's last newline stays.)")
      .prose(
          R"(Expressions are those of `espresso doc expressions`; in conditions, what is empty or 0 is false, as in Jinja. What is different on purpose:)")
      .code(
          R"(xs[1]                               is the first, as everywhere in Lua, not xs[0]; `xs | first` does not need to know
true, null, lists, mappings         are written as `true`, nothing and JSON, where Jinja writes True, None and Python
a name that does not exist          is a mistake, also inside `if`, and so is a missing key
int('x'), float('x'), bool('x')     are mistakes, without a second argument for that
round                               gives an integer when it rounds to one
xs.append(x)                        lists do not change: {% set xs = xs + [x] %}
Patterns                            are RE2's: no look-around, no back-references; no time can be lost in them
to_yaml, to_nice_yaml               write YAML that reads the same, in our own layout
upper, lower, title, sort           know letters of ASCII
Windows' ends of lines              stay
extends, block, recursive loops     are not there; neither are random, now and lookup: a run gives the same each time)");
}

Page types(const DocSources&) {
  Rows rows;
  for (const auto& name : parameter_type_words()) rows.emplace_back(name, taken_by(*parse_parameter_type(name)));
  return Page()
      .prose(
          "What parameters of helpers and components take. An expression may stand for each: \"{{ port + 1 }}\". null "
          "is as "
          "if the parameter were not given.")
      .table({"type", "takes"}, rows);
}

struct Topic {
  const char* name;
  const char* about;
  Page (*page)(const DocSources&);
};

const std::vector<Topic>& topics() {
  static const std::vector<Topic> all = {
      {"commands", "What the program does", commands},
      {"components", "Operations of your own", components},
      {"configuration", "Settings, in namespaces", configuration},
      {"confirm", "Changes that could lock you out", confirmed_changes},
      {"environment", "Variables of the environment", environment},
      {"exit-status", "How the program ends", exit_statuses},
      {"expressions", "What stands in {{ }}, and its functions", expressions},
      {"facts", "What hosts say of themselves", facts},
      {"helpers", "What stages call", helpers},
      {"inventory", "Hosts, groups, and how to connect", inventory},
      {"locks", "Two runs at once: who holds a host, and for how long", locks},
      {"runs", "Earlier runs: journals, resuming, plans", runs},
      {"secrets", "What is never shown, and where it is kept", secrets},
      {"signals", "What runs where something changed", signals},
      {"stages", "Stage files, and the keys of operations", stages},
      {"storage", "Where content comes from", storage},
      {"tags", "Parts of a run: tags, --start-at, --step", tags},
      {"templates", "Files with expressions in them", templates},
      {"types", "What parameters take", types},
  };
  return all;
}

}  // namespace

std::vector<DocEntry> topic_entries(const DocSources& sources) {
  std::vector<DocEntry> entries;
  for (const auto& topic : topics())
    entries.push_back({.kind = "topic", .name = topic.name, .summary = topic.about, .page = topic.page(sources)});
  return entries;
}

std::vector<std::pair<std::string, std::string>> doc_topics() {
  std::vector<std::pair<std::string, std::string>> names;
  for (const auto& topic : topics()) names.emplace_back(topic.name, topic.about);
  return names;
}

}  // namespace espresso
