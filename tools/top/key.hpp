#pragma once

namespace troupe::top {

/// A key that was pressed: a character, or one of these.
enum class key : int { up = 256, down, left, right, page_up, page_down };

} // namespace troupe::top
