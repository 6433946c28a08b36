#pragma once

#include "helpers/operation.h"

#include <filesystem>
#include <map>
#include <string>

namespace espresso {

/// Which file of which host each place on the workstation is for. Two would overwrite each other, so that is a mistake,
/// told before any host is touched; as far as places depend on what hosts answer, before either is fetched.
class Destinations {
 public:
  /// Of an operation that no host has a say in. Throws Mistakes when its place is for another file; once a place.
  void claim(const Operation& operation, const std::string& host);
  /// Of an operation that is about to be run. What hosts have answered may have led to its place: then it must begin
  /// with a folder that the stage names, and not leave it. Throws Mistakes.
  void claim_now(const Operation& operation, const std::string& host);

 private:
  struct Claim {
    std::string host;
    std::string file;
    bool told = false;
    bool operator==(const Claim& other) const { return host == other.host && file == other.file; }
  };
  static Claim claim_of(const Operation& operation, const std::string& host);
  std::map<std::filesystem::path, Claim> claims_;
};

}  // namespace espresso
