#include "model/storage_entry.h"

#include "core/secrets.h"
#include "model/mistakes_of.h"
#include "object_storage_test.h"

namespace espresso {
namespace {

class StorageEntryTest : public ObjectStorageTest {
 protected:
  /// All mistakes of what stands under `storage:` in a file that says nothing else.
  static std::string mistakes(const std::string& text) {
    Diagnostics diagnostics;
    const auto source = std::make_shared<Source>(Source{"s.yaml", text});
    const Node node = parse_yaml(source, diagnostics);
    for (const auto& entry : read_storages(node, "/nonexistent", diagnostics)) open_storage(entry, false, diagnostics);
    return shown(diagnostics);
  }
  static std::string opened(const std::string& text) {
    Diagnostics diagnostics;
    const Node node = parse_yaml(std::make_shared<Source>(Source{"s.yaml", text}), diagnostics);
    const auto entries = read_storages(node, "/", diagnostics);
    const auto storage = open_storage(entries.at(0), false, diagnostics);
    return storage ? storage->describe() : shown(diagnostics);
  }
};

TEST_F(StorageEntryTest, OpensWithoutAskingAnyServer) {
  EXPECT_EQ(opened("https://host.invalid/x"), "https://host.invalid/x/");
  EXPECT_EQ(opened("s3://bucket"), "s3://bucket/");
  EXPECT_EQ(opened("swift://container/a/b/"), "swift://container/a/b/");
  EXPECT_EQ(opened("{url: s3://b/c, endpoint: 'http://host.invalid:80/', region: r, user: k, password: s, token: t}"),
            "s3://b/c/");
  EXPECT_EQ(opened("{url: s3://b, anonymous: true, timeout: 3s, checksums: SHA256SUMS}"), "s3://b/");
  EXPECT_EQ(opened("{url: swift://c, auth_url: 'https://host.invalid/v3', user: u, password: p, project: q, domain: d, "
                   "region: r}"),
            "swift://c/");
}

TEST_F(StorageEntryTest, TellsAllMistakesAtOnce) {
  EXPECT_EQ(mistakes("[s4://b, 'swift://', {url: s3://b, auth_url: x, headers: {a: b}, user: k}]\n"),
            "s.yaml:1:2: error: there are no storages of the kind 's4://'\n"
            "  1 | [s4://b, 'swift://', {url: s3://b, auth_url: x, headers: {a: b}, user: k}]\n"
            "    |  ^^^^^^\n"
            "hint: did you mean 's3'?\n"
            "s.yaml:1:11: error: 'swift://' does not name a container\n"
            "  1 | [s4://b, 'swift://', {url: s3://b, auth_url: x, headers: {a: b}, user: k}]\n"
            "    |           ^^^^^^^^\n"
            "hint: write swift://NAME or swift://NAME/FOLDER\n"
            "s.yaml:1:36: error: a storage of the kind 's3://' takes no 'auth_url'\n"
            "  1 | [s4://b, 'swift://', {url: s3://b, auth_url: x, headers: {a: b}, user: k}]\n"
            "    |                                    ^^^^^^^^\n"
            "s.yaml:1:49: error: a storage of the kind 's3://' takes no 'headers'\n"
            "  1 | [s4://b, 'swift://', {url: s3://b, auth_url: x, headers: {a: b}, user: k}]\n"
            "    |                                                 ^^^^^^^\n"
            "s.yaml:1:28: error: the keys of an s3:// storage are 'user' and 'password', both\n"
            "  1 | [s4://b, 'swift://', {url: s3://b, auth_url: x, headers: {a: b}, user: k}]\n"
            "    |                            ^^^^^^\n"
            "hint: or leave both to the environment or a 'profile'\n");
}

TEST_F(StorageEntryTest, ProxiesAreServersWhosePasswordIsNotShown) {
  EXPECT_EQ(opened("{url: s3://b, proxy: 'http://me:pr0xy%20word@proxy.invalid:3128'}"), "s3://b/");
  EXPECT_TRUE(known_secrets().is_in("pr0xy word"));
  known_secrets().forget();
  EXPECT_EQ(opened("{url: https://host.invalid, proxy: none}"), "https://host.invalid/");
  EXPECT_EQ(mistakes("{url: https://host.invalid, proxy: 'proxy:3128'}\n"),
            "s.yaml:1:37: error: 'proxy:3128' is no proxy\n"
            "  1 | {url: https://host.invalid, proxy: 'proxy:3128'}\n"
            "    |                                     ^^^^^^^^^^\n"
            "hint: write http://HOST:PORT, with USER:PASSWORD@ before the host where it wants them, or none\n");
}

TEST_F(StorageEntryTest, EndpointsAreServers) {
  EXPECT_EQ(mistakes("{url: s3://b, endpoint: s3.example}\n"),
            "s.yaml:1:7: error: 's3.example' is no address of a web server\n"
            "  1 | {url: s3://b, endpoint: s3.example}\n"
            "    |       ^^^^^^\n"
            "hint: write https://HOST/PATH\n");
  EXPECT_EQ(mistakes("{url: swift://b, auth_url: 'https://me:secret@host/v3'}\n"),
            "s.yaml:1:7: error: 'https://host/v3' must name a server only\n"
            "  1 | {url: swift://b, auth_url: 'https://me:secret@host/v3'}\n"
            "    |       ^^^^^^^^^\n"
            "hint: give 'user' and 'password' beside it\n");
  EXPECT_EQ(mistakes("{url: s3://b, anonymous: true, user: k, password: s}\n"),
            "s.yaml:1:7: error: a storage is either 'anonymous' or has a 'user'\n"
            "  1 | {url: s3://b, anonymous: true, user: k, password: s}\n"
            "    |       ^^^^^^\n"
            "hint: remove one of them\n");
}

}  // namespace
}  // namespace espresso
