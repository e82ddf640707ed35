// PersistentMap: an ordered map whose copies share what they have in common. Copying costs a pointer, changing a copy
// the way from the root to what changes; the others stay as they are. For states that never change and of which there
// is a next one.
//
// A treap: a search tree by key, and a heap by a hash of it, so that its form follows from its keys alone. `set` and
// `erase` take the logarithm of the size, on average, and `find` too. Copies may be read by different threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace weir {

template <class Key, class Value>
class PersistentMap {
  struct Node;
  using Link = std::shared_ptr<const Node>;  // shared: with other maps

 public:
  using Entry = std::pair<const Key, Value>;

  // Ascending. Valid as long as a map that has the entry.
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;
    using pointer = const Entry*;
    using reference = const Entry&;

    Iterator() = default;
    explicit Iterator(const Node* root) { descend(root); }
    reference operator*() const { return *path_.back()->entry; }
    pointer operator->() const { return path_.back()->entry.get(); }
    Iterator& operator++() {
      const Node* node = path_.back();
      path_.pop_back();
      descend(node->right.get());
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return here() == other.here(); }

   private:
    const Node* here() const { return path_.empty() ? nullptr : path_.back(); }
    void descend(const Node* node) {
      for (; node != nullptr; node = node->left.get()) path_.push_back(node);
    }
    std::vector<const Node*> path_;  // nodes that come next, the first last
  };

  Iterator begin() const { return Iterator(root_.get()); }
  Iterator end() const { return {}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Null if it is not there; else valid as the iterators.
  const Value* find(const Key& key) const {
    for (const Node* node = root_.get(); node != nullptr;) {
      if (key < node->entry->first) {
        node = node->left.get();
      } else if (node->entry->first < key) {
        node = node->right.get();
      } else {
        return &node->entry->second;
      }
    }
    return nullptr;
  }
  bool contains(const Key& key) const { return find(key) != nullptr; }

  // Puts it there, or in the place of what is there.
  void set(Key key, Value value) {
    (void)erase(key);
    const std::uint64_t rank = rank_of(key);
    root_ = inserted(root_, std::make_shared<const Entry>(std::move(key), std::move(value)), rank);
    ++size_;
  }
  // False if it is not there.
  bool erase(const Key& key) {
    if (!contains(key)) return false;
    root_ = erased(root_, key);
    --size_;
    return true;
  }

 private:
  struct Node {
    std::shared_ptr<const Entry> entry;  // shared: with copies of this node
    std::uint64_t rank;                  // at least that of those below
    Link left;
    Link right;
  };

  static std::uint64_t rank_of(const Key& key) {
    std::uint64_t hash = std::hash<Key>()(key);
    hash ^= hash >> 32;
    hash *= 0x9e3779b97f4a7c15;
    return hash ^ (hash >> 29);
  }
  static Link with(const Node& node, Link left, Link right) {
    return std::make_shared<const Node>(Node{node.entry, node.rank, std::move(left), std::move(right)});
  }
  static Link inserted(const Link& at, std::shared_ptr<const Entry> entry, std::uint64_t rank) {
    if (!at || at->rank < rank) {
      auto [before, behind] = split(at, entry->first);
      return std::make_shared<const Node>(Node{std::move(entry), rank, std::move(before), std::move(behind)});
    }
    if (entry->first < at->entry->first) return with(*at, inserted(at->left, std::move(entry), rank), at->right);
    return with(*at, at->left, inserted(at->right, std::move(entry), rank));
  }
  // Precondition: it is there.
  static Link erased(const Link& at, const Key& key) {
    if (key < at->entry->first) return with(*at, erased(at->left, key), at->right);
    if (at->entry->first < key) return with(*at, at->left, erased(at->right, key));
    return joined(at->left, at->right);
  }
  // What comes before the key, and what comes behind.
  static std::pair<Link, Link> split(const Link& at, const Key& key) {
    if (!at) return {};
    if (at->entry->first < key) {
      auto [before, behind] = split(at->right, key);
      return {with(*at, at->left, std::move(before)), std::move(behind)};
    }
    auto [before, behind] = split(at->left, key);
    return {std::move(before), with(*at, std::move(behind), at->right)};
  }
  static Link joined(const Link& before, const Link& behind) {
    if (!before) return behind;
    if (!behind) return before;
    if (before->rank >= behind->rank) return with(*before, before->left, joined(before->right, behind));
    return with(*behind, joined(before, behind->left), behind->right);
  }

  Link root_;
  std::size_t size_ = 0;
};

}  // namespace weir
