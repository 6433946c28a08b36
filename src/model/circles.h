#pragma once

#include "core/diagnostic.h"

#include <string>
#include <vector>

namespace espresso {

/// What leads to what, as it is written: a stage to one it requires, a component to one it calls.
struct Reference {
  std::string from;
  std::string to;
  Span span;  ///< where `from` names `to`
};

/// A thing with a name, and what it leads to.
struct Linked {
  std::string name;
  std::vector<Reference> links;
};

/// Every circle once, beginning with the one of its things that stands first. Links to what is not there lead nowhere.
std::vector<std::vector<Reference>> find_circles(const std::vector<Linked>& things);

/// How a circle is told: "MESSAGE: a -> b -> a" at its first link, and a note "'b' VERB 'a'" at each other one.
Diagnostic tell_circle(const std::vector<Reference>& circle, const std::string& message, const std::string& verb,
                       const std::string& hint);

}  // namespace espresso
