#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// One page of a bucket's objects (ListObjectsV2 with encoding-type=url).
struct S3Listing {
  std::vector<std::string> keys = {};  ///< decoded
  std::string next = {};               ///< continuation token; empty: this was the last page
};
/// Throws Error when it is none.
S3Listing parse_s3_listing(std::string_view xml);

/// Why a server refused ("Error Responses" of the S3 API).
struct S3Refusal {
  std::string code = {};
  std::string message = {};
  std::string region = {};  ///< where the bucket is, when the server tells
};
/// Empty when the text is no error of S3.
S3Refusal parse_s3_refusal(std::string_view xml);

}  // namespace espresso
