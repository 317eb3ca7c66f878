// What reads the ledger as a message needs no server.

#include "troupe/actors/ledger_snapshot.hpp"

int main() {
  troupe::resource_tree tree{1};
  auto gold = tree.make(tree.root(), "gold");
  auto ledger = troupe::snapshot(tree, 0);
  for (auto& x : ledger.resource_containers())
    if (x.name() == "gold")
      return x.id() == gold->id() ? 0 : 1;
  return 1;
}
