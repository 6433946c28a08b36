#include "ssh/config_canonical.h"

#include "ssh/config_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include <netdb.h>
#include <sys/socket.h>

namespace espresso {

namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Addresses addresses_of(const std::string& name, AddressFamily family, int flags) {
  addrinfo wanted{};
  wanted.ai_family = family == AddressFamily::inet ? AF_INET : family == AddressFamily::inet6 ? AF_INET6 : AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = flags;
  addrinfo* found = nullptr;
  if (::getaddrinfo(name.c_str(), nullptr, &wanted, &found) != 0) return nullptr;
  return Addresses(found);
}

// What cannot be a name, even where it is no address either.
bool looks_like_an_address(const std::string& name) {
  return name.find_first_of("%:") != std::string::npos || name.find_first_not_of("0123456789.") == std::string::npos;
}

// "127.1" is "127.0.0.1". Nothing when it is no address of this family.
std::optional<std::string> usual_address(const std::string& name, AddressFamily family) {
  if (name.find(':') == std::string::npos && name.find_first_of("0123456789") != 0) return std::nullopt;
  const auto found = addresses_of(name, family, AI_NUMERICHOST);
  if (!found || found->ai_next) return std::nullopt;
  std::array<char, NI_MAXHOST> text{};
  if (::getnameinfo(found->ai_addr, found->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0)
    return std::nullopt;
  return equal_but_for_case(text.data(), name) ? name : std::string(text.data());
}

bool has_permitted_aliases(const ConfigDraft& draft) {
  return draft.permitted_aliases && draft.permitted_aliases->front().sources != "none";
}

bool has_proxy(const ConfigDraft& draft) { return draft.proxy_command || draft.proxy_jump; }

Canonicalize mode_of(const ConfigDraft& draft) { return draft.canonicalize.value_or(Canonicalize::no); }

AddressFamily family_of(const ConfigDraft& draft) { return draft.options.address_family.value_or(AddressFamily::any); }

}  // namespace

std::optional<std::string> look_up_host(const std::string& name, AddressFamily family) {
  const auto found = addresses_of(name, family, AI_CANONNAME);
  if (!found) return std::nullopt;
  return found->ai_canonname ? found->ai_canonname : name;
}

std::string CanonicalNames::canonical(std::string name, const ConfigDraft& draft) {
  const auto address = usual_address(name, family_of(draft));
  if (address) return *address;
  if (looks_like_an_address(name)) return name;
  name = to_lower(name);
  // A proxy resolves the name in its own way, unless the user says otherwise.
  const bool is_looked_up = !has_proxy(draft) || mode_of(draft) == Canonicalize::always;
  if (!is_looked_up || name.empty()) return name;
  if (mode_of(draft) != Canonicalize::no) {
    auto found = search(name, draft);
    if (!found.empty()) return found;
  }
  if (!has_permitted_aliases(draft)) return name;
  const auto canonical = look_up(name, family_of(draft));
  return canonical ? follow_alias(name, *canonical, draft) : name;
}

// Empty when no domain has it, or when it has dots enough.
std::string CanonicalNames::search(const std::string& name, const ConfigDraft& draft) {
  std::vector<std::string> candidates;
  if (name.ends_with('.')) {
    candidates = {name};
  } else {
    const auto dots = std::count(name.begin(), name.end(), '.');
    if (dots > static_cast<std::ptrdiff_t>(draft.canonicalize_max_dots.value_or(1))) return {};
    if (draft.canonical_domains && draft.canonical_domains->front() != "none")
      for (const auto& domain : *draft.canonical_domains) candidates.push_back(name + "." + domain + ".");
  }
  for (auto& candidate : candidates) {
    const auto canonical = look_up(candidate, family_of(draft));
    if (!canonical) continue;
    candidate.pop_back();
    return follow_alias(candidate, *canonical, draft);
  }
  if (draft.canonicalize_fallback_local.value_or(true)) return {};
  throw Mistakes(Diagnostic{.span = {},
                            .message = fmt::format("host '{}' is in none of the domains of 'CanonicalDomains'", name),
                            .hint = "write the name with its domain, or remove 'CanonicalizeFallbackLocal no'"});
}

std::string CanonicalNames::follow_alias(const std::string& name, const std::string& canonical,
                                         const ConfigDraft& draft) const {
  if (!has_permitted_aliases(draft) || canonical.empty() || canonical == name) return name;
  for (const auto& alias : *draft.permitted_aliases)
    if (match_ssh_patterns(name, alias.sources, true) == ListMatch::positive &&
        match_ssh_patterns(canonical, alias.targets, true) == ListMatch::positive)
      return canonical;
  return name;
}

std::optional<std::string> CanonicalNames::look_up(const std::string& name, AddressFamily family) {
  const std::pair key(name, family);
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
  }
  auto answer = lookup_(name, family);
  const std::lock_guard lock(mutex_);
  return known_.emplace(key, std::move(answer)).first->second;
}

}  // namespace espresso
