#pragma once

#include "run/runner.h"

#include <map>
#include <string>
#include <vector>

namespace espresso {

/// What a run that did not end in order has left at a host (state.sh), read from what the host tells of it.
struct HostJournal {
  struct Entry {
    std::string run = {};  ///< which run carried it out
    bool ended = false;    ///< else it had begun to do what no check can tell, and no more is known
    Answer answer;
  };
  std::map<std::string, Entry> entries;  ///< by the keys of operations
};
/// `answers` and `errors` are the files of these names, framed by `token`. What is cut off at their ends is left out.
/// Hosts are not trusted: what is no answer is passed over.
HostJournal read_journal(const LeftAnswers& left);

/// The signals that are raised and not delivered to a stage: of these, in the order of `signals`. `log` are the lines
/// that the host told ("@RUN", "+NAME", "-STAGE").
std::vector<std::string> undelivered(const std::vector<std::string>& log, const std::string& stage,
                                     const std::vector<std::string>& signals);
/// The run that raised a signal last; empty: not known.
std::string raised_in(const std::vector<std::string>& log, const std::string& signal);

}  // namespace espresso
