// What a transfer goes through: new keys in the middle, compression.

#include "core/hash.h"
#include "coroutines.h"
#include "faulty_path.h"
#include "servers.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>

namespace espresso::testing {
namespace {

constexpr std::size_t transfer_size = 20 << 20;

std::string random_bytes(std::size_t size) {
  std::mt19937_64 random(7);
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

awaitable<void> write_all(Channel& channel, const std::string& data) {
  co_await channel.write(data);
  co_await channel.send_eof();
}

/// Up, down, and both at once on one session. Nothing may be lost or changed.
void transfer(const Server& server, const Endpoint& endpoint) {
  const auto data = random_bytes(transfer_size);
  const auto file = TemporaryFolder();
  write_file(file / "data", data);
  asio::io_context io;
  Connector connector(io.get_executor(), server.options);
  std::exception_ptr failure;
  run(io, [&]() -> awaitable<void> {
    const auto session = co_await connector.connect(endpoint);
    const auto up = co_await outcome_of(*session, "sha256sum", data);
    EXPECT_EQ(up.output, sha256(data) + "  -\n");
    const auto down = co_await outcome_of(*session, "cat " + (file / "data"));
    EXPECT_EQ(sha256(down.output), sha256(data));
    EXPECT_EQ(down.exit_status, 0);
    const auto channel = co_await session->exec("cat");
    spawn(io.get_executor(), write_all(*channel, data), [&](std::exception_ptr thrown) { failure = thrown; });
    const auto both = co_await outcome_of(*channel);
    EXPECT_FALSE(failure);
    EXPECT_EQ(sha256(both.output), sha256(data));
    co_await session->close(in(std::chrono::seconds(5)));
  });
}

/// How often new keys were taken into use, by the log of a server with LogLevel DEBUG1 that works meanwhile.
std::size_t rekeyings_during(Sshd& sshd, const std::function<void()>& work) {
  std::size_t count = 0;
  std::thread reader([&] {
    for (auto line = sshd.read_log(); !line.empty(); line = sshd.read_log()) {
      if (line.find("set_newkeys: rekeying") != std::string::npos) ++count;
    }
  });
  work();
  sshd.stop();
  reader.join();
  return count;
}

Server server_of(const std::shared_ptr<Sshd>& sshd) {
  return {.running = sshd, .endpoint = sshd->endpoint(), .options = sshd->connector_options()};
}

TEST(Transfer, OutlivesKeysThatTheServerRenews) {
  const auto sshd = std::make_shared<Sshd>(Sshd::Options{.extra = "RekeyLimit 1M\nLogLevel DEBUG1"});
  const auto count = rekeyings_during(*sshd, [&] { transfer(server_of(sshd), sshd->endpoint()); });
  EXPECT_GT(count, 20U);
}

TEST(Transfer, OutlivesKeysThatTheClientRenews) {
  const auto sshd = std::make_shared<Sshd>(Sshd::Options{.extra = "LogLevel DEBUG1"});
  auto endpoint = sshd->endpoint();
  endpoint.rekey_limit = 1 << 20;
  const auto count = rekeyings_during(*sshd, [&] { transfer(server_of(sshd), endpoint); });
  EXPECT_GT(count, 20U);
}

TEST(Transfer, OutlivesKeysThatBothRenewWhileItIsCompressed) {
  const auto sshd = std::make_shared<Sshd>(Sshd::Options{.extra = "RekeyLimit 1M\nLogLevel DEBUG1"});
  auto endpoint = sshd->endpoint();
  endpoint.rekey_limit = 1 << 20;
  endpoint.compression = true;
  const auto count = rekeyings_during(*sshd, [&] { transfer(server_of(sshd), endpoint); });
  EXPECT_GT(count, 20U);
}

TEST(Transfer, OutlivesNewKeysWithDropbear) {
  const auto server = start_dropbear();
  auto endpoint = server.endpoint;
  endpoint.rekey_limit = 1 << 20;
  transfer(server, endpoint);
}

TEST(Transfer, OutlivesNewKeysWithLibsshsServer) {
  const auto server = start_libssh_server();
  auto endpoint = server.endpoint;
  endpoint.rekey_limit = 1 << 20;
  transfer(server, endpoint);
}

TEST(Transfer, IsCompressedWhenAskedFor) {
  const auto bytes_on_the_way = [](bool compression) {
    const Sshd sshd;
    asio::io_context io;
    FaultyPath path(io, sshd.port(), {});
    auto endpoint = sshd.endpoint();
    endpoint.port = path.port();
    endpoint.host_key_check = HostKeyCheck::off;
    endpoint.compression = compression;
    Connector connector(io.get_executor(), sshd.connector_options());
    Outcome outcome;
    run(io, [&]() -> awaitable<void> {
      const auto session = co_await connector.connect(endpoint);
      outcome = co_await outcome_of(*session, "head -c 8000000 /dev/zero");
    });
    EXPECT_EQ(outcome.output, std::string(8000000, '\0'));
    return path.traffic().bytes[1];
  };
  EXPECT_GT(bytes_on_the_way(false), 8000000U);
  EXPECT_LT(bytes_on_the_way(true), 800000U);
}

}  // namespace
}  // namespace espresso::testing
