#pragma once

#include <cstddef>
#include <cstdint>

/// Every bound of the runtime has its default here, with the reason for it.
/// Times are in nanoseconds unless the name says otherwise.
namespace troupe::limits {

/// What has no limit.
inline constexpr std::uint64_t unlimited = UINT64_MAX;

/// Workers of one process; a connection's identity has eight bits for its own.
inline constexpr std::size_t workers_max = 256;

/// A turn is what one resource container may run before the queue picks again.
/// Others wait at most one turn each; below 50 us the picking itself shows.
inline constexpr std::uint64_t turn_ns_max = 100'000;

/// What the sends of a resource container may have cost before that counts in
/// virtual time; less waits for its next turn. A few short sends.
inline constexpr std::uint64_t unsettled_ns_max = 20'000;

/// What a worker draws at once from a cap or a guarantee of CPU time: ten
/// turns, so that the workers meet seldom. It is also by how much a cap may be
/// exceeded for a moment, on each worker.
inline constexpr std::uint64_t cpu_slice_ns = 1'000'000;

/// How long what any worker may run waits on a busy one before an idle one
/// takes it: a turn. To move it costs several microseconds on either side, so
/// what is short had better be run where it is.
inline constexpr std::uint64_t movable_wait_ns = turn_ns_max;

/// How many that wait are looked at for one that may run.
inline constexpr std::size_t movable_looks_max = 32;

/// What the turns of a round take before what they have written is sent and
/// the sockets are polled: so few that what they have read is still in the
/// cache when it is answered, and who becomes ready waits no longer than that.
/// An empty poll costs 0.4 us.
inline constexpr std::uint64_t round_ns_max = 25'000;

/// What the sends at the end of a round may take. Those that are left wait for
/// turns like other work, so that large answers to many hold up nobody.
inline constexpr std::uint64_t sends_ns_max = 200'000;

/// Subscribers of a broadcast that get what is sent in one turn of who sends.
/// What these send then takes about a turn, 5 us each.
inline constexpr std::size_t broadcast_visits_max = 16;

/// Items that they get in one turn, if they have yet to get several: 10 us.
inline constexpr std::size_t broadcast_given_max = 64;

/// What may wait in a broadcast for some to be visited, in items and in bytes.
/// At more, who sends visits all at once, and so is slowed down itself.
inline constexpr std::size_t broadcast_items_max = 64;
inline constexpr std::size_t broadcast_bytes_max = 256 * 1024;

/// How long an answer waits for connections to get their turns to send. Longer
/// than a thousand sends take on a busy worker, 10 us each.
inline constexpr std::uint64_t send_hold_ns_max = 50'000'000;

/// How often charges are reconciled with the thread CPU clock (1 us a read).
inline constexpr std::uint64_t reconcile_interval_ns = 100'000'000;

/// What takes this long may have been interrupted: the kernel is asked, which
/// takes two microseconds.
inline constexpr std::uint64_t interrupted_ns_min = 500'000;

/// How far before such a turn interruptions may lie that are taken for its own.
/// To look as often takes a 500th of a busy worker's time.
inline constexpr std::uint64_t interruptions_ns_max = 1'000'000;

/// A look at the sockets that took less has found something at once; to sleep
/// and be woken takes longer.
inline constexpr std::uint64_t slept_ns_min = 3'000;

/// Timeouts are late by at most this much while the worker is busy; Asio rounds
/// its sleep up to a millisecond.
inline constexpr std::uint64_t timer_tick_ns = 100'000;

/// The longest sleep, so that a worker publishes its ledger when idle.
inline constexpr std::uint64_t sleep_ns_max = 1'000'000'000;

/// Bytes of one read: one socket's turn at the kernel. Less than half a turn to
/// copy, and a frame of 64 KiB lies in one piece, which with reads of that size
/// it hardly ever does: to join its pieces costs a fifth of its echo.
inline constexpr std::size_t read_bytes_max = 256 * 1024;

/// Unused read buffers a worker keeps: enough for the batches of one round.
inline constexpr std::size_t read_buffers_max = 64;

/// How many times its own size output that has to wait may keep of the memory
/// it lies in, such as a read buffer. What keeps more is copied when it waits.
inline constexpr std::size_t waiting_output_waste_max = 4;

/// Frames of one batch: bounds what one decode may run without giving way.
inline constexpr std::size_t batch_frames_max = 1024;

/// Slices of one gathered write; the kernel takes at most 1,024.
inline constexpr std::size_t gathered_slices_max = 64;

/// Unsent output at which reading from that peer is suspended, and at which it
/// goes on.
inline constexpr std::size_t output_bytes_high = 256 * 1024;
inline constexpr std::size_t output_bytes_low = 64 * 1024;

/// Unsent output at which a peer that does not read is closed: the largest
/// frame a codec takes by default, twice.
inline constexpr std::size_t output_bytes_max = 32 * 1024 * 1024;

/// Messages waiting in one connection actor's mailbox. What senders pile up
/// beyond it would never be written in time; the connection is closed.
inline constexpr std::size_t mailbox_messages_max = 16 * 1024;

/// Messages one resource container may have staged at one shared actor.
/// Further ones are dropped, and requests answered with an error.
inline constexpr std::size_t staged_messages_max = 1024;

/// Messages of one resource container that wait at all shared actors together
/// or until they are due: those of 64 at one each.
inline constexpr std::size_t queued_messages_max = 64 * 1024;

/// Queued messages of one resource container at which its connections stop
/// reading.
inline constexpr std::int64_t queued_messages_high = 256;

/// How soon a connection that waits for its queued messages looks again, if the
/// worker is busy; else within a millisecond. The pause doubles up to
/// `throttle_retry_ns`.
inline constexpr std::uint64_t queued_retry_ns = 100'000;

/// How soon a connection looks again that is kept from reading by something
/// that does not say when it ends: memory, or what others have queued. The
/// pause doubles up to the second bound, so that many who wait cost little.
inline constexpr std::uint64_t throttle_retry_ns = 2'000'000;
inline constexpr std::uint64_t throttle_retry_ns_max = 100'000'000;

/// The least that is read or written at once under a rate, however low that is.
/// A system call for less is a waste.
inline constexpr std::size_t rated_bytes_min = 1024;

/// What a queued message is taken to weigh: a mailbox element and a short
/// payload. CAF cannot tell the true size.
inline constexpr std::size_t queued_message_bytes = 256;

/// How often a server looks whether its Unix socket's folder is still locked by
/// another one that starts, and the pause between.
inline constexpr int unix_lock_tries_max = 100;
inline constexpr unsigned unix_lock_pause_us = 1000;

/// Threads for work that blocks: enough to keep a disk busy. A server that
/// waits for a database wants as many as that has connections, and with more
/// than 64 threads it wants a client that does not block.
inline constexpr std::size_t helpers_default = 4;
inline constexpr std::size_t helpers_max = 64;

/// Jobs that wait for a helper thread. With four threads and 10 ms a job the
/// last one waits for 2.5 s, about as long as who has asked.
inline constexpr std::size_t jobs_waiting_max = 1024;

/// The same of one resource container: a quarter, which is as long a wait as
/// one can want for oneself, and leaves room for the short ones of others.
inline constexpr std::size_t jobs_waiting_each_max = 256;

/// Connections of one listener, below the 20,000 open files common for one
/// process.
inline constexpr std::size_t connections_max = 16 * 1024;

/// Connections to the admin socket: a few people who watch, and scripts.
inline constexpr std::size_t admin_connections_max = 16;

/// Rows of one ledger that is sent, and bytes of each text in them. A row has
/// two texts and at most 250 bytes beside them, so all fit in one frame; and
/// few people read more rows.
inline constexpr std::size_t admin_rows_max = 8 * 1024;
inline constexpr std::size_t admin_text_bytes_max = 256;
inline constexpr std::size_t admin_frame_bytes_max = 8 * 1024 * 1024;

/// Connections taken from a listener at one readiness, so that a flood of them
/// does not hold up those that are there.
inline constexpr std::size_t accepts_per_turn_max = 16;

/// Pause of a listener that is out of file descriptors or over its limit: ten
/// attempts a second cost nothing, a naive loop makes a million.
inline constexpr std::uint64_t accept_pause_ns = 100'000'000;

/// Pending connections the kernel keeps for a listener.
inline constexpr int listen_backlog = 1024;

/// A connection without any traffic is closed after ten minutes.
inline constexpr std::uint64_t idle_ms_max = 600'000;

/// A frame that was begun must be complete within 30 s (the slow-sender
/// attack sends a byte now and then).
inline constexpr std::uint64_t frame_ms_max = 30'000;

/// Output must make progress within 30 s.
inline constexpr std::uint64_t write_stall_ms_max = 30'000;

/// A connection attempt fails after 5 s; attempts are `connect_attempts_max`,
/// with pauses that double from the first to the last.
inline constexpr std::uint64_t connect_ms_max = 5'000;
inline constexpr std::uint32_t connect_attempts_max = 5;
inline constexpr std::uint64_t backoff_ms_min = 100;
inline constexpr std::uint64_t backoff_ms_max = 5'000;

/// What is in flight at SIGTERM has 10 s to finish.
inline constexpr std::uint64_t drain_ms_max = 10'000;

/// What a draining connection still reads: what two socket buffers hold, so
/// that all that was sent before is served, and not more, so that a peer that
/// never stops sending does not hold up the end.
inline constexpr std::size_t drain_bytes_max = 4 * 1024 * 1024;

/// Rounds that all workers take together at a stop for the ends of their
/// actors: that of a connection needs three, one more for each worker that
/// hears of it from another, and who still has work is not waited for.
inline constexpr std::size_t stop_rounds_max = 64;

/// What one poll takes from the kernel; the rest comes with the next one.
inline constexpr std::size_t edges_per_poll_max = 256;

/// What is read and thrown away before a connection with unread input is
/// closed, so that the close does not reset what the peer has yet to read.
inline constexpr std::size_t discard_bytes_max = 256 * 1024;

/// Shares of a resource container that says nothing.
inline constexpr std::uint32_t shares_default = 100;

/// Shares of the runtime's own work: as much as a hundred clients.
inline constexpr std::uint32_t shares_system = 10'000;

} // namespace troupe::limits
