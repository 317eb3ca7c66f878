// What needs no network links no CAF.

#include "troupe/codec/line.hpp"

int main() {
  troupe::frame_buffer input;
  input.append(troupe::slice::of_static("hello\n"));
  troupe::frame_batch_ptr frames;
  auto codec = troupe::line_codec::make();
  codec->decode(input, 1, frames);
  return frames != nullptr && frames->size() == 1 ? 0 : 1;
}
