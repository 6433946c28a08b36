#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace espresso {

/// Who asks a service of AWS, or one that speaks like it.
struct AwsCredentials {
  std::string access_key = {};
  std::string secret_key = {};
  std::string session_token = {};  ///< of temporary credentials
  std::string origin = {};         ///< where they were found, for messages
};

/// A GET without a body.
struct AwsRequest {
  std::string host;        ///< as the header Host has it: with the port unless that is the scheme's own
  std::string path = "/";  ///< percent-encoded, as it is sent
  std::vector<std::pair<std::string, std::string>> query = {};  ///< names and values, not encoded
  std::string region = {};
  std::string service = "s3";
};

/// The headers that sign a request (AWS Signature Version 4, "Create a signed AWS API request"): Authorization,
/// X-Amz-Date, X-Amz-Content-Sha256 and, where there is one, X-Amz-Security-Token.
std::vector<std::pair<std::string, std::string>> sign_request(const AwsRequest& request,
                                                              const AwsCredentials& credentials,
                                                              std::chrono::system_clock::time_point now);

/// The query as it is signed and to be sent: encoded, sorted, without "?".
std::string query_text(const AwsRequest& request);

}  // namespace espresso
