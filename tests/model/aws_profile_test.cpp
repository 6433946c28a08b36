#include "model/aws_profile.h"

#include "object_storage_test.h"

namespace espresso {
namespace {

class AwsProfileTest : public ObjectStorageTest {
 protected:
  AwsProfileTest() { std::filesystem::create_directory(home_.path() / ".aws"); }
  void credentials(const std::string& text) { home_.write(".aws/credentials", text); }
  void config(const std::string& text) { home_.write(".aws/config", text); }
  /// "KEY SECRET TOKEN from ORIGIN", with the home folder as ~.
  std::string found(const std::string& name = "") {
    const AwsCredentials keys = load_aws_profile(name).credentials;
    std::string text = keys.access_key + " " + keys.secret_key + " " + keys.session_token + " from " + keys.origin;
    return at_home(text);
  }
  std::string mistake(const std::string& name = "") {
    try {
      load_aws_profile(name);
      return "(none)";
    } catch (const Error& error) {
      return at_home(std::string(error.what()) + "; " + error.hint());
    }
  }
  std::string at_home(std::string text) const {
    for (std::size_t at; (at = text.find(home_.path().string())) != std::string::npos;)
      text.replace(at, home_.path().string().size(), "~");
    return text;
  }
};

TEST_F(AwsProfileTest, TheEnvironmentGoesFirst) {
  credentials("[default]\naws_access_key_id = file\naws_secret_access_key = s\n");
  EXPECT_EQ(found(), "file s  from the profile 'default' in '~/.aws/credentials'");
  setenv("AWS_ACCESS_KEY_ID", "env", 1);
  EXPECT_EQ(found(), "file s  from the profile 'default' in '~/.aws/credentials'") << "half of the keys is none";
  setenv("AWS_SECRET_ACCESS_KEY", "t", 1);
  setenv("AWS_SESSION_TOKEN", "u", 1);
  EXPECT_EQ(found(), "env t u from the environment");
  EXPECT_EQ(found("default"), "file s  from the profile 'default' in '~/.aws/credentials'")
      << "unless a profile is named";
}

TEST_F(AwsProfileTest, ProfilesLieInTwoFiles) {
  credentials(
      "# a comment\n[other]\naws_access_key_id=x\n[work]\naws_access_key_id = k\naws_secret_access_key=s=/+\n"
      "aws_session_token = t\n");
  config(
      "[default]\nregion = eu-west-1\n[profile work]\nregion = eu-west-2\ns3 =\n  region = no\nendpoint_url = "
      "http://x\n"
      "[profile here]\naws_access_key_id = a\naws_secret_access_key = b\n");
  EXPECT_EQ(found("work"), "k s=/+ t from the profile 'work' in '~/.aws/credentials'");
  EXPECT_EQ(load_aws_profile("work").region, "eu-west-2");
  EXPECT_EQ(load_aws_profile("work").endpoint, "http://x");
  EXPECT_EQ(found("here"), "a b  from the profile 'here' in '~/.aws/config'");
  EXPECT_EQ(load_aws_profile("").region, "eu-west-1");
  setenv("AWS_PROFILE", "work", 1);
  EXPECT_EQ(load_aws_profile("").region, "eu-west-2");
  setenv("AWS_DEFAULT_REGION", "eu-west-3", 1);
  setenv("AWS_ENDPOINT_URL_S3", "http://y", 1);
  EXPECT_EQ(load_aws_profile("").region, "eu-west-3");
  EXPECT_EQ(load_aws_profile("").endpoint, "http://y");
}

TEST_F(AwsProfileTest, TheFilesMayLieElsewhere) {
  home_.write("keys", "[default]\naws_access_key_id = a\naws_secret_access_key = b\n");
  setenv("AWS_SHARED_CREDENTIALS_FILE", "~/keys", 1);
  EXPECT_EQ(found(), "a b  from the profile 'default' in '~/keys'");
}

TEST_F(AwsProfileTest, AProgramMayTellTheKeys) {
  config(
      "[profile tool]\ncredential_process = echo '{\"Version\": 1, \"AccessKeyId\": \"a\", \"SecretAccessKey\": "
      "\"b\", \"SessionToken\": \"c\"}'\n[profile fails]\ncredential_process = exit 3\n[profile talks]\n"
      "credential_process = echo hello\n[profile empty]\ncredential_process = echo {}\n");
  EXPECT_EQ(found("tool"), "a b c from the 'credential_process' of the profile 'tool'");
  const std::string hint = "; try the command by hand: it must write JSON with AccessKeyId and SecretAccessKey";
  EXPECT_EQ(mistake("fails"), "the 'credential_process' of the profile 'fails' ended with status 3" + hint);
  EXPECT_EQ(mistake("talks"), "the 'credential_process' of the profile 'talks' wrote no JSON" + hint);
  EXPECT_EQ(mistake("empty"), "the 'credential_process' of the profile 'empty' told no keys" + hint);
}

TEST_F(AwsProfileTest, WhatIsNotThereOrNotReadIsTold) {
  config("[profile sso]\nsso_session = company\n");
  EXPECT_EQ(
      mistake("sso"),
      "the profile 'sso' gets its keys through 'sso_session', which is not supported; run: eval \"$(aws configure "
      "export-credentials --profile sso --format env)\"");
  EXPECT_EQ(mistake("no"),
            "there is no profile 'no' in '~/.aws/credentials' or '~/.aws/config'; 'aws configure list-profiles' shows "
            "those there are");
  EXPECT_EQ(found(), "   from ") << "without any, it is for the storage to tell";
}

}  // namespace
}  // namespace espresso
