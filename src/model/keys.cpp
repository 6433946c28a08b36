#include "model/keys.h"

namespace espresso {

const Keys& stage_file_keys() {
  static const Keys keys = {
      {"storage", KeyShape::storages,
       "Named content: folders, relative to this file, and URLs (https://, s3://, swift://), searched in order."},
      {"components", KeyShape::components,
       "Operations with a name and parameters of their own, called like helpers: `web.site: {name: example.org}`."},
      {"stages", KeyShape::stages, "Named, documented units of configuration."},
  };
  return keys;
}

const Keys& storage_keys() {
  static const Keys keys = {
      {"url", KeyShape::text,
       "Where it is: https://HOST/PATH, s3://BUCKET/FOLDER, swift://CONTAINER/FOLDER or a folder.", true},
      {"user", KeyShape::text,
       "Who asks, for s3:// the access key; else ~/.netrc, or what the aws and openstack tools read."},
      {"password", KeyShape::text, "The user's password; for s3:// the secret key."},
      {"endpoint", KeyShape::text,
       "https://HOST of a server that speaks S3 and is not Amazon's; for swift:// the URL of the account, where the "
       "login tells none."},
      {"region", KeyShape::text, "Where the bucket is; for swift:// which of several to take."},
      {"profile", KeyShape::text, "For s3://, the profile in ~/.aws/credentials and ~/.aws/config."},
      {"token", KeyShape::text, "For s3://, the session token of temporary keys."},
      {"anonymous", KeyShape::truth, "For s3://, ask without keys."},
      {"auth_url", KeyShape::text, "For swift://, where to log in: https://HOST/v3, or https://HOST/auth/v1.0."},
      {"project", KeyShape::text, "For swift://, the project of the user."},
      {"domain", KeyShape::text, "For swift://, the domain of user and project; by default 'Default'."},
      {"application_credential", KeyShape::text,
       "For swift://, its id, instead of user and project; `password` is its secret."},
      {"headers", KeyShape::variables, "For https://, headers of each request, such as Authorization."},
      {"ca", KeyShape::text, "A file of certificates (PEM) to trust instead of the system's, relative to this file."},
      {"proxy", KeyShape::text,
       "Through which proxy to ask: http://USER:PASSWORD@HOST:PORT, or none; else those of http_proxy, https_proxy and "
       "no_proxy."},
      {"checksums", KeyShape::any, "SHA-256 by name, or the name of a list of them as sha256sum writes it."},
      {"timeout", KeyShape::duration, "How long the server may say nothing; by default 10s to connect, then 30s."},
  };
  return keys;
}

const Keys& stage_keys() {
  static const Keys keys = {
      {"doc", KeyShape::text, "Why it is so, for whoever reads this in a couple of months."},
      {"requires", KeyShape::texts, "The stages that come before this one."},
      {"hosts", KeyShape::text, "The hosts that it is for, as a pattern; without it, all that were selected."},
      {"on", KeyShape::heard,
       "Signals that bring it about: it runs on the hosts where one was raised, after the stages that raise it. With "
       "`{signal: NAME, from: PATTERN}`, it runs on its own hosts when any of those raised it."},
      {"signal", KeyShape::texts, "Signals that it raises when any of its operations changed something."},
      {"rolling", KeyShape::shares,
       "Its hosts go through it in batches, one after the other: how many at a time, such as 2 or 25%, or a list of "
       "these, of which the last one repeats."},
      {"throttle", KeyShape::count, "At most so many hosts are in it at once."},
      {"max_failures", KeyShape::share,
       "Once more of its hosts than this have failed in it, those that have not begun it are skipped; with `rolling`, "
       "all later batches."},
      {"run_once", KeyShape::truth,
       "It runs on the first of its hosts, and its outcome and what it registers hold for all."},
      {"barrier", KeyShape::truth, "No host begins it before all of its hosts have got to it, or have ended."},
      {"tags", KeyShape::texts, "Tags of all its operations, for --tags and --skip-tags."},
      {"run", KeyShape::operations, "What it does: operations, in this order."},
      {"rescue", KeyShape::operations,
       "What is done where one of these fails; when all of it succeeds, so has the stage. It sees `failed_operation`: "
       "its "
       "`title`, its `message`, and what it would have registered."},
      {"always", KeyShape::operations, "What is done at the end, however these ended."},
      {"timeout", KeyShape::duration, "How long all operations of `run` together may take on one host."},
      {"confirm", KeyShape::duration,
       "The host takes back what it changed unless a new connection gets in and confirms it within this time."},
  };
  return keys;
}

const Keys& heard_keys() {
  static const Keys keys = {
      {"signal", KeyShape::texts, "The signal.", true},
      {"from", KeyShape::text, "The hosts where it is raised, as a pattern.", true},
  };
  return keys;
}

const Keys& component_keys() {
  static const Keys keys = {
      {"doc", KeyShape::text, "What is so once it has run; the first line stands in lists."},
      {"parameters", KeyShape::parameters, "What a call of it takes; inside, `params` holds what was given."},
      {"main", KeyShape::text, "The parameter that may stand without its name."},
      {"one_of", KeyShape::text_sets, "Lists of parameters of which at most one may be given."},
      {"run", KeyShape::operations, "Its operations, in this order.", true},
  };
  return keys;
}

const Keys& parameter_keys() {
  static const Keys keys = {
      {"type", KeyShape::type, "What it takes; by default string."},
      {"required", KeyShape::truth, "It must be given."},
      {"default", KeyShape::any, "What it is when it is not given."},
      {"exposed", KeyShape::truth,
       "It becomes arguments of a command, which everybody at the host can read: no secrets."},
      {"one_of", KeyShape::texts, "The only values allowed."},
      {"doc", KeyShape::text, "What it is for."},
  };
  return keys;
}

const Keys& operation_keys() {
  static const Keys keys = {
      {"name", KeyShape::text, "Shown instead of the helper and what it is about."},
      {"when", KeyShape::condition,
       "Run it only where this holds: a bare expression, such as facts.os.id == \"debian\"."},
      {"for_each", KeyShape::values, "Run it for each of a list, as `item`."},
      {"register", KeyShape::name, "Keep its result under this name, for later operations."},
      {"signal", KeyShape::texts, "Signals to raise when it changed something; a stage listens to them with `on`."},
      {"tags", KeyShape::texts, "What --tags and --skip-tags choose it by, beside the tags of its stage."},
      {"ignore_errors", KeyShape::truth, "Go on where it fails."},
      {"timeout", KeyShape::duration, "How long it may take, such as 30s or 5m."},
      {"retries", KeyShape::tries, "Try it again where it fails, at most so many times; with `until`, by default 3."},
      {"delay", KeyShape::duration, "How long to wait between two tries, by default 5s."},
      {"until", KeyShape::condition,
       "Try it again until this holds: a bare expression, which sees the operation's own result as `result` and under "
       "the name it registers."},
      {"sensitive", KeyShape::truth, "Show neither its arguments nor its output nor a diff."},
      {"as", KeyShape::text, "Run it as this user of the host."},
      {"delegate", KeyShape::text,
       "Run it on this host of the inventory, selected or not, for the host whose turn it is: with its variables and "
       "facts, as part of its stage."},
  };
  return keys;
}

const Keys& group_keys() {
  static const Keys keys = {
      {"hosts", KeyShape::hosts, "Hosts by name, with their own variables; web[1:3] is a range."},
      {"vars", KeyShape::variables, "Variables of all hosts of the group."},
      {"children", KeyShape::groups, "Groups within the group."},
  };
  return keys;
}

std::vector<std::string> names_of(const Keys& keys) {
  std::vector<std::string> names;
  for (const auto& key : keys) names.emplace_back(key.name);
  return names;
}

}  // namespace espresso
