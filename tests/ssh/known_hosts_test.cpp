#include "ssh/known_hosts.h"

#include "process.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace espresso::testing {
namespace {

using Match = KnownHosts::Match;

constexpr auto key_a = "AAAAC3NzaC1lZDI1NTE5AAAAIEYQ9Xb1mCZ1wq5lYk7m6mXz7o0p8T4H0Y4i5QyZ0m1A";
constexpr auto key_b = "AAAAC3NzaC1lZDI1NTE5AAAAIBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
// The blob of an RSA key: e = 65537, a modulus of 1024 bits.
const std::string rsa_key = "AAAAB3NzaC1yc2EAAAADAQABAAAAgQDA" + std::string(169, 'A') + "Q==";

std::string line(const std::string& names, const std::string& key = key_a, const std::string& type = "ssh-ed25519") {
  return names + " " + type + " " + key + "\n";
}

KnownHosts of(const std::string& text, const std::string& name = "known_hosts") {
  return KnownHosts({std::make_shared<KnownHostsFile>(name, text)});
}

KnownHosts load(const std::string& file) { return KnownHosts({std::make_shared<KnownHostsFile>(file)}); }

KnownHosts::Verdict check(const KnownHosts& hosts, const std::string& host, std::uint16_t port, const std::string& key,
                          const std::string& type = "ssh-ed25519") {
  return hosts.check({{.host = host, .port = port}}, type, key);
}

Match match(const std::string& text, const std::string& host, std::uint16_t port = 22, const std::string& key = key_a,
            const std::string& type = "ssh-ed25519") {
  return check(of(text), host, port, key, type).match;
}

std::vector<std::string> types(const KnownHosts& hosts, const std::string& host) {
  return hosts.types({{.host = host}});
}

TEST(KnownHosts, KnowAListedKeyAndNoOther) {
  EXPECT_EQ(match(line("web1"), "web1"), Match::known);
  EXPECT_EQ(match(line("web1"), "WEB1"), Match::known);
  EXPECT_EQ(match(line("web1,10.0.0.1"), "10.0.0.1"), Match::known);
  EXPECT_EQ(match(line("web1"), "web2"), Match::unknown);
  EXPECT_EQ(match(line("web1", key_b), "web1"), Match::changed);
  EXPECT_EQ(match("", "web1"), Match::unknown);
}

TEST(KnownHosts, AnyOfSeveralKeysVerifiesTheHost) {
  const auto text = line("web1", key_b) + line("web1", key_a);
  EXPECT_EQ(match(text, "web1"), Match::known);
  EXPECT_EQ(match(line("web1", rsa_key, "ssh-rsa") + line("web1"), "web1"), Match::known);
}

TEST(KnownHosts, AnotherTypeThanTheListedOneIsAChange) {
  const auto hosts = of("# a comment\n\n" + line("web1", rsa_key, "ssh-rsa"), "/etc/known");
  const auto verdict = check(hosts, "web1", 22, key_a);
  EXPECT_EQ(verdict.match, Match::changed);
  EXPECT_EQ(verdict.listed_type, "ssh-rsa");
  EXPECT_EQ(verdict.listed_fingerprint, fingerprint(rsa_key));
  EXPECT_EQ(verdict.file, "/etc/known");
  EXPECT_EQ(verdict.line, 3U);
}

TEST(KnownHosts, WildcardsAndNegationsMatchAsInSshd8) {
  EXPECT_EQ(match(line("*.example.com"), "a.example.com"), Match::known);
  EXPECT_EQ(match(line("*.example.com"), "example.com"), Match::unknown);
  EXPECT_EQ(match(line("web?"), "web1"), Match::known);
  EXPECT_EQ(match(line("web?"), "web12"), Match::unknown);
  EXPECT_EQ(match(line("web*,!web3"), "web2"), Match::known);
  EXPECT_EQ(match(line("web*,!web3"), "web3"), Match::unknown);
  EXPECT_EQ(match(line("!web3"), "web1"), Match::unknown);
}

TEST(KnownHosts, APortIsPartOfTheName) {
  EXPECT_EQ(match(line("[web1]:2222"), "web1", 2222), Match::known);
  EXPECT_EQ(match(line("[web1]:2222"), "web1", 22), Match::unknown);
  EXPECT_EQ(match(line("[web*]:2222"), "web7", 2222), Match::known);
  EXPECT_EQ(match(line("[::1]:2222"), "::1", 2222), Match::known);
}

TEST(KnownHosts, AKeyListedWithoutPortVouchesForAnyPortButNotAgainstIt) {
  EXPECT_EQ(match(line("web1"), "web1", 2222), Match::known);
  EXPECT_EQ(match(line("web1", key_b), "web1", 2222), Match::unknown);
}

TEST(KnownHosts, ARevokedKeyIsRefusedWhereverItIsListed) {
  EXPECT_EQ(match(line("web1") + "@revoked " + line("*"), "web1"), Match::revoked);
  EXPECT_EQ(match("@revoked " + line("*", key_b) + line("web1"), "web1"), Match::known);
}

TEST(KnownHosts, ACertificateAuthorityAloneIsToldApart) {
  EXPECT_EQ(match("@cert-authority " + line("*.example.com", key_b), "a.example.com"), Match::authority);
  EXPECT_EQ(match("@cert-authority " + line("*", key_b) + line("web1"), "web1"), Match::known);
}

TEST(KnownHosts, LinesThatMakeNoSenseArePassedOver) {
  const std::string garbage = "web1\nweb1 ssh-ed25519\nweb1 ssh-ed25519 ???\n@other " + line("web1", key_b) + "|1|x\n";
  EXPECT_EQ(match(garbage, "web1"), Match::unknown);
  EXPECT_EQ(match(garbage + line("web1"), "web1"), Match::known);
}

TEST(KnownHosts, TellTheTypesListedForAHost) {
  const auto hosts = of(line("web1", rsa_key, "ssh-rsa") + line("web1") + "@revoked " + line("web1", key_b, "ssh-dss"));
  EXPECT_EQ(types(hosts, "web1"), (std::vector<std::string>{"ssh-rsa", "ssh-ed25519"}));
  EXPECT_EQ(types(hosts, "web2"), std::vector<std::string>{});
}

/// Line numbers that ssh-keygen -F finds for the name.
std::vector<std::string> oracle(const std::string& file, const std::string& name) {
  std::vector<std::string> lines;
  std::string text = output_of({"ssh-keygen", "-F", name, "-f", file}, true);
  const std::string before = " found: line ";
  for (std::size_t at = 0; (at = text.find(before, at)) != std::string::npos;) {
    at += before.size();
    lines.push_back(text.substr(at, text.find_first_of(" \n", at) - at));
  }
  return lines;
}

class KnownHostsOracle : public ::testing::TestWithParam<bool> {};

TEST_P(KnownHostsOracle, FindWhatSshKeygenFinds) {
  const TemporaryFolder folder;
  const auto file = folder / "known_hosts";
  output_of({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"});
  const auto public_line = read_file(folder / "key.pub");
  const auto key = public_line.substr(12, public_line.find(' ', 12) - 12);
  const std::vector<std::string> names = {"web1", "WEB2,10.0.0.2",    "[web3]:2222",      "web4.example.com",
                                          "::1",  "[10.0.0.5]:22022", "web*,!web9,!web10"};
  std::string text = "# comment\n";
  for (const auto& name : names) text += line(name, key);
  write_file(file, text);
  if (GetParam()) output_of({"ssh-keygen", "-q", "-H", "-f", file});

  const auto hosts = load(file);
  struct Case {
    std::string host;
    std::uint16_t port;
  };
  for (const auto& [host, port] :
       {Case{"web1", 22}, Case{"web2", 22}, Case{"10.0.0.2", 22}, Case{"web3", 2222}, Case{"web4.example.com", 22},
        Case{"::1", 22}, Case{"10.0.0.5", 22022}, Case{"web9", 22}, Case{"web10", 22}, Case{"web77", 22},
        Case{"db1", 22}, Case{"Web1", 22}}) {
    const auto name = port == 22 ? host : "[" + host + "]:" + std::to_string(port);
    const auto expected = oracle(file, name);
    const auto verdict = check(hosts, host, port, key);
    EXPECT_EQ(verdict.match == Match::known, !expected.empty()) << name;
    // Which of several lines decides is ours to say: readable names are looked up before hashed ones.
    const bool is_one_of_them = std::count(expected.begin(), expected.end(), std::to_string(verdict.line)) == 1;
    EXPECT_EQ(is_one_of_them, !expected.empty()) << name << " line " << verdict.line;
  }
}

INSTANTIATE_TEST_SUITE_P(Ssh, KnownHostsOracle, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Hashed" : "Plain"; });

TEST(Fingerprint, IsTheOneThatSshKeygenShows) {
  const TemporaryFolder folder;
  output_of({"ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", folder / "key"});
  const auto public_line = read_file(folder / "key.pub");
  const auto begin = public_line.find(' ') + 1;
  const auto key = public_line.substr(begin, public_line.find(' ', begin) - begin);
  const auto shown = output_of({"ssh-keygen", "-l", "-f", folder / "key.pub"});
  EXPECT_NE(shown.find(" " + fingerprint(key) + " "), std::string::npos) << shown;
}

}  // namespace
}  // namespace espresso::testing
