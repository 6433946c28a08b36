#pragma once

#include <string>

namespace espresso {

/// s3://BUCKET/PREFIX or swift://CONTAINER/PREFIX in its parts.
struct BucketUrl {
  std::string bucket;
  std::string prefix;  ///< empty, or ends with "/"
  std::string text;    ///< as it is shown, ends with "/"
};
/// Throws Error when a part is missing, or none that can be kept apart from others.
BucketUrl take_apart_bucket(const std::string& url);

/// The http(s) URL of a server without "/" at its end, and without a port that is the scheme's own, as HTTP's header
/// Host has it. Throws Error when it is none, or holds a user, a password or a query.
std::string server_url(const std::string& url);

}  // namespace espresso
