#include "troupe/examples/chat/room_messages.hpp"

namespace chat {

void add_room_messages(troupe::message_types types) {
  types.add<take_census>("chat.take_census")
    .add<census>("chat.census")
    .add<room_entry>("chat.room_entry")
    .add<relay_post>("chat.relay_post")
    .add<subscribe>("chat.subscribe")
    .add<subscribed>("chat.subscribed")
    .add<unsubscribe>("chat.unsubscribe")
    .add<take_posts>("chat.take_posts")
    .add<told>("chat.told")
    .add<post_refused>("chat.post_refused")
    .add<posts_ignored>("chat.posts_ignored");
}

} // namespace chat
