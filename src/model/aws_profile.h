#pragma once

#include "model/aws_signature.h"

#include <string>

namespace espresso {

/// What the aws tools know of a user.
struct AwsProfile {
  AwsCredentials credentials = {};  ///< without keys when none were found
  std::string region = {};
  std::string endpoint = {};
};

/// Reads what the aws tools read, in their order ("Configuration and credential file settings" of the AWS CLI): with
/// no profile named, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; then the profile (`name`, else
/// AWS_PROFILE, else "default") in AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials) and AWS_CONFIG_FILE
/// (~/.aws/config), where `credential_process` may name a program that tells them. AWS_REGION, AWS_DEFAULT_REGION,
/// AWS_ENDPOINT_URL_S3 and AWS_ENDPOINT_URL go before what the profile says. Throws Error when a profile that was named
/// is not there, or gets its keys in a way that is none of these.
AwsProfile load_aws_profile(const std::string& name);

}  // namespace espresso
