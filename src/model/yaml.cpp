#include "model/yaml.h"

#include "core/text.h"
#include "model/yaml_syntax.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

namespace espresso {

namespace {

constexpr std::size_t deepest_nesting = 100;
// A few lines of aliases of aliases can stand for billions of nodes ("billion laughs").
constexpr std::size_t most_aliased_nodes = 200'000;

constexpr std::string_view standard_tag = "tag:yaml.org,2002:";

std::size_t count_nodes(const Node& node) {
  std::size_t count = 1;
  for (const auto& item : node.items) count += count_nodes(item);
  for (const auto& entry : node.entries) count += 1 + count_nodes(entry.value);
  return count;
}

// Builds the tree from yaml-cpp's events: these carry the places of keys and leave aliases and repeated keys to us.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::shared_ptr<const Source> source, std::size_t text_start, Diagnostics& diagnostics)
      : source_(std::move(source)), start_(text_start), diagnostics_(diagnostics) {}

  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0)
      throw Mistakes(Diagnostic{.span = place(mark),
                                .message = "a second document starts here",
                                .hint = "write one document a file, without a second '---'"});
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.span = place(mark);
    const std::string_view rest = skip_properties(offset(mark));
    if (rest.starts_with("~")) {
      node.text = "~";
    } else if (rest.starts_with("null") || rest.starts_with("Null") || rest.starts_with("NULL")) {
      node.text = rest.substr(0, 4);
      node.span.length = 4;
    } else if (!open_.empty() && open_.back().key) {
      node.span = open_.back().key->span;  // nothing stands there: its key is the nearest place to show
    }
    finish(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Span span = place(mark, word_at(offset(mark)).size());
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end())
      throw Mistakes(Diagnostic{.span = span, .message = "this alias stands inside what it names"});
    spend(known->second.nodes, span);
    check_depth(span, known->second.depth);
    finish(Node(known->second.node), YAML::NullAnchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    Node node;
    node.kind = Node::Kind::scalar;
    node.text = with_whole_characters(text);
    node.tag = written_tag(tag);
    const std::string_view rest = skip_properties(offset(mark));
    node.span = place_behind(mark, static_cast<std::size_t>(rest.data() - source_->text.data()));
    describe_scalar(node, rest);
    if (tag == "!") node.quoted = true;  // `! 5` is a way to write a string
    finish(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(Node::Kind::list, mark, tag, anchor, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(Node::Kind::map, mark, tag, anchor, style);
  }
  void OnMapEnd() override {
    Node& map = open_.back().node;
    // A block mapping has no bracket to point at: it is shown by its first key.
    if (open_.back().style == YAML::EmitterStyle::Block && !map.entries.empty())
      map.span = map.entries.front().key.span;
    resolve_keys(map);
    close();
  }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor = YAML::NullAnchor;
    YAML::EmitterStyle::value style = YAML::EmitterStyle::Default;
    std::optional<Node> key = std::nullopt;
    std::size_t height = 1;  ///< levels below and including this one
  };
  struct Anchored {
    Node node;
    std::size_t nodes;
    std::size_t depth;
  };

  std::size_t offset(const YAML::Mark& mark) const {
    return std::min(start_ + static_cast<std::size_t>(std::max(0, mark.pos)), source_->text.size());
  }
  Span place(const YAML::Mark& mark, std::size_t length = 1) const {
    const auto line = static_cast<std::size_t>(std::max(0, mark.line));
    const auto column = static_cast<std::size_t>(std::max(0, mark.column));
    return {source_, line + 1, column + 1 + (line == 0 ? start_ : 0), std::max<std::size_t>(1, length)};
  }
  // Without a count of all lines before it: there may be as many nodes as lines.
  Span place_behind(const YAML::Mark& mark, std::size_t at) const {
    Span span = place(mark);
    for (std::size_t behind = offset(mark); behind < at; ++behind) {
      if (source_->text[behind] == '\n') {
        ++span.line;
        span.column = 1;
      } else {
        ++span.column;
      }
    }
    return span;
  }
  std::string_view word_at(std::size_t at) const {
    const std::string_view rest = std::string_view(source_->text).substr(at);
    return rest.substr(0, rest.find_first_of(" \t\r\n,[]{}"));
  }

  // The text of a node starts after its anchor and tag.
  std::string_view skip_properties(std::size_t at) const {
    const std::string_view text = source_->text;
    while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
      at += word_at(at).size();
      at = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
    }
    return text.substr(at);
  }

  static std::string written_tag(const std::string& tag) {
    if (tag == "?" || tag == "!" || tag.empty()) return {};
    if (tag.starts_with(standard_tag)) return "!!" + tag.substr(standard_tag.size());
    return tag;
  }

  // How a scalar stands in the source: quoted or not, how long on its line, and whether unchanged.
  static void describe_scalar(Node& node, std::string_view rest) {
    // No further than need be: a whole file may be one line.
    const auto first_line = [](std::string_view text) { return text.substr(0, text.find_first_of("\r\n")); };
    const char first = rest.empty() ? '\0' : rest.front();
    if (first == '\'' || first == '"') {
      node.quoted = true;
      const std::size_t end = end_of_quoted(rest);
      // The parser takes all text up to the end of the file as the text quoted.
      if (end == std::string_view::npos)
        throw Mistakes(Diagnostic{
            .span = node.span, .message = "the quoted text that starts here does not end", .hint = "close the quotes"});
      const std::string_view line = first_line(rest.substr(0, end));
      node.span.length = line.size();
      if (line.substr(1).starts_with(node.text) && end == node.text.size() + 2) node.text_column = node.span.column + 1;
    } else if (first == '|' || first == '>') {
      node.quoted = true;
    } else if (!node.text.empty() && rest.starts_with(node.text) && first_line(node.text) == node.text) {
      node.span.length = node.text.size();
      node.text_column = node.span.column;
    } else if (!node.text.empty()) {
      node.span.length = std::max<std::size_t>(1, trim(first_line(rest)).size());
    }
  }

  void check_depth(const Span& span, std::size_t more) const {
    if (open_.size() + more > deepest_nesting)
      throw Mistakes(Diagnostic{.span = span, .message = fmt::format("nested deeper than {} levels", deepest_nesting)});
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    Node node;
    node.kind = kind;
    node.span = place(mark);
    node.tag = written_tag(tag);
    check_depth(node.span, 1);
    open_.push_back({.node = std::move(node), .anchor = anchor, .style = style});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    finish(std::move(done.node), done.anchor, done.height);
  }

  void finish(Node node, YAML::anchor_t anchor, std::size_t height = 0) {
    if (anchor != YAML::NullAnchor) {
      const std::size_t nodes = count_nodes(node);
      spend(nodes, node.span);
      anchors_[anchor] = {node, nodes, height};
    }
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    parent.height = std::max(parent.height, height + 1);
    if (parent.node.is_list()) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      check_key(node);
      parent.key = std::move(node);
    } else {
      parent.node.entries.push_back({std::move(*parent.key), std::move(node)});
      parent.key.reset();
    }
  }

  void check_key(const Node& key) {
    if (key.is_scalar()) return;
    if (const auto mistake = unquoted_expression(source_, key.span)) throw Mistakes(*mistake);
    diagnostics_.add(key.span, fmt::format("a key must be a word, but this is {}", key.describe()),
                     key.is_null() ? "write the key before the ':'" : "");
  }

  // Repeated keys are told and dropped; `<<` is replaced by what it merges.
  void resolve_keys(Node& map) {
    const bool plain = drop_repeated_keys(map);
    if (plain) return;
    std::vector<Node::Entry> entries;
    for (auto& entry : map.entries) {
      if (!is_merge(entry)) {
        entries.push_back(std::move(entry));
        continue;
      }
      std::unordered_set<std::string> taken;
      for (const auto& other : map.entries) taken.insert(other.key.text);
      // `taken` holds moved-from keys as "": put back what was moved already.
      for (const auto& earlier : entries) taken.insert(earlier.key.text);
      for (const Node* source : merged_maps(entry.value))
        for (const auto& merged : source->entries)
          if (taken.insert(merged.key.text).second) {
            spend(1 + count_nodes(merged.value), entry.key.span);
            entries.push_back(merged);
          }
    }
    map.entries = std::move(entries);
  }

  static bool is_merge(const Node::Entry& entry) { return entry.key.text == "<<" && !entry.key.quoted; }

  // Whether nothing is to be merged.
  bool drop_repeated_keys(Node& map) {
    bool plain = true;
    std::unordered_map<std::string_view, Span> seen;
    std::vector<bool> repeated(map.entries.size());
    for (std::size_t at = 0; at < map.entries.size(); ++at) {
      const Node& key = map.entries[at].key;
      if (is_merge(map.entries[at])) plain = false;
      if (!key.is_scalar()) continue;
      const auto [first, is_new] = seen.emplace(key.text, key.span);
      repeated[at] = !is_new;
      if (!is_new)
        diagnostics_.add({.span = key.span,
                          .message = fmt::format("the key '{}' is written twice", key.text),
                          .notes = {{first->second, "it is first written here"}}});
    }
    if (std::find(repeated.begin(), repeated.end(), true) != repeated.end()) {
      std::vector<Node::Entry> entries;
      for (std::size_t at = 0; at < map.entries.size(); ++at)
        if (!repeated[at]) entries.push_back(std::move(map.entries[at]));
      map.entries = std::move(entries);
    }
    return plain;
  }

  std::vector<const Node*> merged_maps(const Node& value) {
    if (value.is_map()) return {&value};
    std::vector<const Node*> maps;
    bool fits = value.is_list();
    for (const auto& item : value.items) {
      fits = fits && item.is_map();
      maps.push_back(&item);
    }
    if (fits) return maps;
    diagnostics_.add(value.span, fmt::format("'<<' merges mappings, but this is {}", value.describe()));
    return {};
  }

  // Anchors, aliases and merges copy; all copies together are bounded.
  void spend(std::size_t nodes, const Span& span) {
    copied_nodes_ += nodes;
    if (copied_nodes_ > most_aliased_nodes)
      throw Mistakes(
          Diagnostic{.span = span,
                     .message = fmt::format("anchors and aliases expand to more than {} values", most_aliased_nodes)});
  }

  static void erase(Node& map, std::size_t index) {
    map.entries.erase(map.entries.begin() + static_cast<std::ptrdiff_t>(index));
  }

  std::shared_ptr<const Source> source_;
  std::size_t start_;  ///< behind a byte order mark
  Diagnostics& diagnostics_;
  int documents_ = 0;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  std::size_t copied_nodes_ = 0;
  Node root_;
};

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const auto& entry : entries)
    if (entry.key.text == key) return &entry.value;
  return nullptr;
}

std::string_view Node::describe() const {
  switch (kind) {
    case Kind::null:
      return "null";
    case Kind::list:
      return "a list";
    case Kind::map:
      return "a mapping";
    case Kind::scalar:
      break;
  }
  Diagnostics ignored;
  Node untagged = *this;
  untagged.tag.clear();
  const std::string_view kind = value_of(untagged, ignored).kind();
  if (kind == "boolean") return "a boolean";
  if (kind == "integer") return "an integer";
  if (kind == "number") return "a number";
  return "a string";
}

Node parse_yaml(std::shared_ptr<const Source> source, Diagnostics& diagnostics) {
  const std::size_t start = std::string_view(source->text).starts_with("\xEF\xBB\xBF") ? 3 : 0;
  check_characters(source, start);
  std::istringstream stream(source->text);
  TreeBuilder builder(source, start, diagnostics);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    throw Mistakes(syntax_mistake(source, error.msg, error.mark.line, error.mark.column));
  }
  return builder.take();
}

}  // namespace espresso
