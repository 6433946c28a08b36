#pragma once

#include "model/aws_signature.h"
#include "model/http_client.h"
#include "model/storage_remote.h"

#include <memory>
#include <string>

namespace espresso {

/// How to reach a bucket. What is empty comes from where the aws tools look (aws_profile.h), when it is needed first.
struct S3Settings {
  std::string endpoint = {};  ///< https://HOST; in the end AWS's own in the region
  std::string region = {};
  std::string profile = {};
  AwsCredentials credentials = {};
  bool anonymous = false;  ///< nobody in particular asks: for buckets that all may read
};

/// What lies in a bucket of Amazon S3, or of a server that speaks like it, below a prefix: s3://BUCKET/PREFIX. Buckets
/// are named in the path, which all such servers take. Requests are signed (aws_signature.h). Throws Error when the
/// URL or the endpoint is none.
std::unique_ptr<Storage> open_s3_storage(const std::string& url, S3Settings s3, HttpSettings http,
                                         RemoteSettings remote);

}  // namespace espresso
