#include "troupe/runtime/rule_enforcement.hpp"

#include <algorithm>

#include "troupe/runtime/clock.hpp"
#include "troupe/runtime/log.hpp"

namespace troupe {

namespace {

/// Answers false if what `how` does to `payer` lasts still.
bool answer(resource_container& payer, const rule& how, std::uint64_t observed,
            std::uint64_t now_ns) {
  auto until_ns = now_ns + how.pause_ms * ns_per_ms;
  switch (how.answer) {
    case rule_answer::suspend:
      return payer.suspend(now_ns, until_ns);
    case rule_answer::deny:
      return payer.deny(now_ns, until_ns);
    case rule_answer::destroy:
      if (payer.is_destroyed())
        return false;
      payer.destroy(std::string{to_string(how.subject)} + " "
                    + std::to_string(observed) + " is over "
                    + std::to_string(how.max));
      return true;
  }
  return false;
}

} // namespace

void enforce(resource_container& payer, const rule& broken,
             std::uint64_t observed, std::uint64_t now_ns) {
  if (!answer(payer, broken, observed, now_ns))
    return;
  payer.count_answer(broken.answer);
  log(log_level::warning, "rule_broken",
      {{"resource_container", payer.path()},
       {"resource", to_string(broken.subject)},
       {"limit", std::to_string(broken.max)},
       {"observed", std::to_string(observed)},
       {"answer", to_string(broken.answer)},
       {"pause_ms", std::to_string(broken.pause_ms)}});
}

void check_rules(ledger_page& page, const resource_usage& used,
                 std::uint64_t now_ns) {
  auto& payer = page.owner;
  auto cpu_ns = used.cpu_ns;
  if (used.frames_in > 0)
    page.frame_cpu_ns = cpu_ns / used.frames_in;
  else if (payer.has_frames_under_way())
    page.frame_cpu_ns += cpu_ns;
  else
    page.frame_cpu_ns = 0;
  auto frames = payer.count_frames(now_ns, used.frames_in);
  auto now = payer.usage();
  // Only who pays for connections is meant.
  if (now.connections <= 0)
    return;
  for (auto& x : payer.rules()) {
    std::uint64_t observed = 0;
    switch (x.subject) {
      case rule_subject::cpu_us_per_frame:
        observed = page.frame_cpu_ns / 1'000;
        break;
      case rule_subject::memory:
        observed = static_cast<std::uint64_t>(
          std::max<std::int64_t>(now.memory_bytes, 0));
        break;
      case rule_subject::frames_per_second:
        observed = frames;
        break;
      default:
        break;
    }
    if (observed > x.max)
      enforce(payer, x, observed, now_ns);
  }
}

} // namespace troupe
