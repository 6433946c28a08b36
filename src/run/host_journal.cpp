#include "run/host_journal.h"

#include <algorithm>

namespace espresso {

namespace {

/// Puts together the answers of one file.
class AnswerFile {
 public:
  explicit AnswerFile(HostJournal& journal) : journal_(journal) {}

  void take(const FrameReader::Piece& piece) {
    if (!piece.record) {
      if (stream_end_.empty()) answer_.output.append(piece.output);
      return;
    }
    const Record& record = *piece.record;
    const auto& fields = record.fields;
    if (!stream_end_.empty()) {
      if (record.kind == stream_end_) stream_end_.clear();
    } else if (record.kind == "old" || record.kind == "new" || record.kind == "want" || record.kind == "file") {
      stream_end_ = record.kind + "-end";
    } else if (record.kind == "run" && fields.size() == 1) {
      run_ = fields[0];
      answer_ = Answer();
    } else if (record.kind == "begun" && fields.size() == 1) {
      journal_.entries.insert_or_assign(fields[0], HostJournal::Entry{.run = run_, .ended = false, .answer = Answer()});
    } else if (record.kind == "undone" && fields.size() == 1) {
      journal_.entries.erase(fields[0]);
    } else if (record.kind == "result" && fields.size() == 3) {
      answer_.word = fields[1];
      journal_.entries.insert_or_assign(fields[2],
                                        HostJournal::Entry{.run = run_, .ended = true, .answer = std::move(answer_)});
      answer_ = Answer();
    } else {
      take_detail(record, answer_);
    }
  }

 private:
  HostJournal& journal_;
  std::string run_;
  Answer answer_;
  std::string stream_end_;  ///< of bytes that belong to no result
};

}  // namespace

HostJournal read_journal(const LeftAnswers& left) {
  HostJournal journal;
  AnswerFile answers(journal);
  for (const auto& piece : FrameReader(left.token).feed(left.answers)) answers.take(piece);
  std::string words;
  for (const auto& piece : FrameReader(left.token).feed(left.errors)) {
    if (!piece.record) {
      words += piece.output;
    } else if (piece.record->kind == "end" && piece.record->fields.size() == 1) {
      const auto entry = journal.entries.find(piece.record->fields[0]);
      if (entry != journal.entries.end()) entry->second.answer.error_output.append(words);
      words.clear();
    }
  }
  return journal;
}

std::vector<std::string> undelivered(const std::vector<std::string>& log, const std::string& stage,
                                     const std::vector<std::string>& signals) {
  std::vector<std::string> found;
  for (const auto& line : log) {
    if (line == "-" + stage) found.clear();
    if (!line.starts_with('+')) continue;
    const std::string name = line.substr(1);
    const bool is_wanted = std::find(signals.begin(), signals.end(), name) != signals.end();
    if (is_wanted && std::find(found.begin(), found.end(), name) == found.end()) found.push_back(name);
  }
  return found;
}

std::string raised_in(const std::vector<std::string>& log, const std::string& signal) {
  std::string run, found;
  for (const auto& line : log) {
    if (line.starts_with('@')) run = line.substr(1);
    if (line == "+" + signal) found = run;
  }
  return found;
}

}  // namespace espresso
