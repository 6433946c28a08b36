#include "cli/settings.h"

#include <gtest/gtest.h>

namespace espresso {
namespace {

std::string parsed(const std::vector<std::string>& overrides) {
  Diagnostics diagnostics;
  const Overrides values = parse_overrides(overrides, diagnostics);
  diagnostics.throw_if_any();
  std::string text = to_json(values.variables);
  for (const auto& layer : values.settings) text += " " + to_json(layer.settings);
  return text;
}

TEST(Overrides, AreTypedAsInYaml) {
  EXPECT_EQ(parsed({"port=80", "on=true", "mode=0644", "empty=", "list=[1, a]", "equation=a=b"}),
            R"({"port":80,"on":true,"mode":"0644","empty":"","list":[1,"a"],"equation":"a=b"})");
}

TEST(Overrides, LaterOnesStandAboveEarlierOnes) {
  EXPECT_EQ(parsed({"a=1", R"({"a": 2, "b": 3})"}), R"({"a":2,"b":3})");
}

TEST(Overrides, OfTheConfigurationAreThoseWithDots) {
  EXPECT_EQ(parsed({"port=1", "web.http.port=81", "config.web.user=www"}),
            R"({"port":1} {"web":{"http":{"port":81}}} {"web":{"user":"www"}})");
  EXPECT_EQ(parsed({R"({"port": 1, "config": {"web": {"port": 2}}})", "config={web: {port: 3}}"}),
            R"({"port":1} {"web":{"port":2}} {"web":{"port":3}})");
}

TEST(Overrides, WithAnEmptyPartAreMistakes) {
  Diagnostics diagnostics;
  parse_overrides({"web..port=1"}, diagnostics);
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(render(diagnostics.all()[0]), R"(-e:1:1: error: 'web..port' is no name of a setting
  1 | web..port=1
    | ^^^^^^^^^
hint: write NAMESPACE.section.name, as in expressions behind 'config.'
)");
}

TEST(Overrides, ThatSetNothingAreMistakes) {
  Diagnostics diagnostics;
  parse_overrides({"port"}, diagnostics);
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(render(diagnostics.all()[0]), R"(-e:1:1: error: 'port' sets nothing
  1 | port
    | ^^^^
hint: write name=value, @FILE or '{"name": value}'
)");
}

TEST(Settings, BecomeOptionsOfTheEngine) {
  Settings settings;
  settings.connect_timeout = "3s";
  settings.timeout = "2m";
  settings.host_key_check = "accept-new";
  settings.user = "deploy";
  Diagnostics diagnostics;
  const RunOptions options = run_options(settings, diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_EQ(options.connection.connect_timeout, std::chrono::seconds(3));
  EXPECT_EQ(options.operation_timeout, std::chrono::minutes(2));
  EXPECT_EQ(options.connection.host_key_check, HostKeyCheck::accept_new);
  EXPECT_EQ(options.connection.user, "deploy");
}

TEST(Settings, DurationsThatAreNoneAreMistakes) {
  Settings settings;
  settings.timeout = "soon";
  Diagnostics diagnostics;
  run_options(settings, diagnostics);
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(render(diagnostics.all()[0]), R"(--timeout:1:1: error: 'soon' is no duration
  1 | soon
    | ^^^^
hint: write it as 90s, 5m or 1h
)");
}

}  // namespace
}  // namespace espresso
