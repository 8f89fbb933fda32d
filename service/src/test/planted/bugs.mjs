// Bugs to plant, one at a time: in `file`, below the service's package, `from` becomes `to`. `tests` are asked when the
// simulation finds nothing. See run.mjs.
export const bugs = [
  // Delivery: the cursor, the channel, the journal.
  { name: "no cursor check: a page is sent from its beginning", file: "delivery/Session.java", from: "if (event.revision() > cursor) {", to: "if (event.revision() > 0) {" },
  { name: "off by one: the event after the next is taken from the channel", file: "delivery/Session.java", from: "channel.find(cursor + 1)", to: "channel.find(cursor + 2)" },
  { name: "no journal read: what the channel lacks is skipped", file: "delivery/Session.java", from: "                readJournal();\n                return;", to: "                cursor++;\n                continue;" },
  { name: "a failed read is never repeated", file: "delivery/Session.java", from: "        delivery.retry(fruitlessReads, this::wake);", to: "        delivery.config();" },
  { name: "a request whose read failed is forgotten", file: "delivery/Session.java", from: "                requests.addFirst(unanswered);", to: "                requests.size();" },
  { name: "pruned events are jumped over without full state", file: "delivery/Session.java", from: "if (page.source().isPruned(after)) {", to: "if (page.source().isPruned(after) && page.events().isEmpty()) {" },
  { name: "a page that queries do not show yet is taken for pruned", file: "delivery/Session.java", from: "if (page.source().isPruned(after)) {", to: "if (page.source().isPruned(after) || page.events().isEmpty()) {" },
  { name: "full state is taken from queries that are behind what was sent", file: "delivery/Session.java", from: "inOurHistory && revision < cursor && fruitlessReads < Delivery.PATIENCE", to: "false" },
  { name: "a replay starts from where the session is, not from what the client holds", file: "delivery/Session.java", from: "                    cursor = after;\n", to: "" },
  { name: "a replay is answered one event early", file: "delivery/Session.java", from: "cursor >= running.target()", to: "cursor >= running.target() - 1" },
  { name: "a recovered session starts again when its client asks", file: "delivery/Session.java", from: "first && inOurHistory && after == start.revision()", to: "false" },
  { name: "a wake during a drain is lost", file: "delivery/Session.java", from: "                woken.set(false);\n                drain();", to: "                drain();\n                woken.set(false);" },
  { name: "the window of a client that does not read is not honoured", file: "delivery/Session.java", from: "                if (!sink.writable()) {\n                    break;\n                }", to: "", tests: "SlowReaderTest" },
  { name: "a relayed event is put in the channel's wrong place", file: "delivery/TenantChannel.java", from: "recent.set((int) (event.revision() % recent.length()), event);", to: "recent.set((int) ((event.revision() + 1) % recent.length()), event);", tests: "ManyNodesTest" },
  { name: "the channel gives an older event of the same place", file: "delivery/TenantChannel.java", from: "event != null && event.revision() == revision ? event : null", to: "event" },
  { name: "a repeated event turns the channel back", file: "delivery/TenantChannel.java", from: "if (isOf(event.epoch()) && event.revision() > newest) {", to: "if (isOf(event.epoch())) {" },
  { name: "what one session learns, the others are not told", file: "delivery/TenantChannel.java", from: "                rise(revision);\n            }\n        }\n        wake();", to: "                rise(revision);\n            }\n        }" },
  { name: "recovery though the journal does not reach back", file: "delivery/Delivery.java", from: "                && !page.isPruned(after)\n", to: "", tests: "RecoveryTest" },
  { name: "recovery from another history", file: "delivery/Delivery.java", from: "if (!position.epoch().equals(state.epoch())) {", to: "if (position.epoch().isEmpty()) {" },
  { name: "a session starts before its tenant's newest revision is known", file: "delivery/Delivery.java", from: "                    channel.advance(now);\n", to: "" },

  // Histories.
  { name: "events of another history are relayed", file: "delivery/TenantChannel.java", from: "if (isOf(event.epoch()) && event.revision() > newest) {", to: "if (event.revision() > newest) {" },
  { name: "pages of another history are sent", file: "delivery/Session.java", from: "if (!page.source().epoch().equals(epoch)) {", to: "if (epoch == null) {" },
  { name: "events of another history are taken from the channel", file: "delivery/Session.java", from: "if (next == null || !next.epoch().equals(epoch)) {", to: "if (next == null) {" },
  { name: "a new history is not shown", file: "delivery/Session.java", from: "if (epoch != null && !channel.isOf(epoch)) {", to: "if (epoch == null) {" },
  { name: "state of another history is taken for ours", file: "delivery/Session.java", from: "if (!channel.isOf(state.epoch())) {", to: "if (state.epoch().isEmpty()) {" },
  { name: "one look at a database that is behind is enough for a new history", file: "delivery/Sweep.java", from: "Duration.seconds(1);", to: "Duration.seconds(0);" },
  { name: "a rewound history is not noticed", file: "delivery/Sweep.java", from: "changeTo(states.renewEpoch(current));", to: "behind = true;", tests: "OlderDatabaseTest" },

  // KPIs.
  { name: "no KPIs after the last event of a burst", file: "delivery/TenantChannel.java", from: "            kpiDue = newest;\n        }\n        wake();", to: "            kpiDue = newest;\n        }" },
  { name: "KPIs of what was found first are owed to nobody", file: "delivery/TenantChannel.java", from: "                kpiDue = revision;\n            } else {", to: "            } else {" },
  { name: "a recovered client owes itself its KPIs", file: "delivery/Session.java", from: "        kpiOwed = revision;\n", to: "" },
  { name: "cached KPI without a guard on its revision", file: "kpi/Kpis.java", from: "found.generation().equals(now) && found.revision() >= floor", to: "found.generation().equals(now)", tests: "KpiCacheTest" },
  { name: "cached KPI without a guard on its generation", file: "kpi/Kpis.java", from: "found.generation().equals(now) && found.revision() >= floor", to: "found.revision() >= floor", tests: "KpiCacheTest" },
  { name: "the cache is read while changes may go by unseen", file: "kpi/Kpis.java", from: "if (changesAreSeen.getAsBoolean()) {", to: "if (true) {", tests: "KpiCacheTest" },

  // Sweep, feed and bus.
  { name: "no resync when the supply changes", file: "delivery/Sweep.java", from: "        supply = how;\n        sweepNow();", to: "        supply = how;" },
  { name: "the sweep runs as rarely as if the node were fed", file: "delivery/Sweep.java", from: "case UNFED -> config.sweepWhileUnfed.toNanoseconds();", to: "case UNFED -> Long.MAX_VALUE / 4;" },
  { name: "a sweep that fails is the last", file: "delivery/Sweep.java", from: "        } catch (RuntimeException e) {\n            if (!failing", to: "        } catch (RuntimeException e) {\n            passes++;\n            if (!failing" },
  { name: "lost messages of the leader are not looked for", file: "feed/SupplyWatch.java", from: "return news(now, node.equals(leaderNode));", to: "return news(now, false);" },
  { name: "a leader that is silent counts for ever", file: "feed/SupplyWatch.java", from: "return leader != null && now - heardAt <= silenceNanos;", to: "return leader != null;" },
  { name: "an old leader that wakes up is listened to", file: "feed/SupplyWatch.java", from: "isOther && isHeard(now) && leader != null && sign.term() < leader.term()", to: "false", tests: "SupplyWatchTest" },
  { name: "a new leader is no reason to look for what was missed", file: "feed/SupplyWatch.java", from: "return news(now, isOther);", to: "return news(now, false);" },
  { name: "off by one in a batch: the bus lacks its last event", file: "feed/FeedProtocol.java", from: "new FeedMessages.Events(current, batch)", to: "new FeedMessages.Events(current, batch.subList(0, batch.size() - 1))", tests: "ManyNodesTest" },
  { name: "published on the bus and not to this node's own dashboards", file: "feed/FeedProtocol.java", from: "        tell(listener -> listener.relayed(current, batch, true));\n", to: "", tests: "ManyNodesTest" },
  { name: "a leader that loses its slot does not say so", file: "feed/FeedProtocol.java", from: "            sayThatWeLead(true);\n", to: "", tests: "ManyNodesTest" },
  { name: "a silent replication connection is not cut", file: "feed/Feed.java", from: "if (isLeading() && now - lastMessageAt > config.heartbeatTimeout.toNanoseconds()) {", to: "if (connection == null && now < lastMessageAt) {", tests: "FaultTest,ManyNodesTest" },
  { name: "one unreadable row stops the feed", file: "feed/Feed.java", from: "        } catch (IllegalArgumentException e) {", to: "        } catch (ArrayStoreException e) {", tests: "FaultTest" },
  { name: "an unreadable row stops its tenant", file: "journal/Journal.java", from: "} catch (SQLException | IllegalArgumentException | DateTimeException e) {", to: "} catch (ArrayStoreException e) {", tests: "FaultTest" },
  { name: "gaps in a sender's sequence are not told", file: "bus/Bus.java", from: "frame.sequence() > peer.sequence() + 1", to: "frame.sequence() < 0", tests: "BusTest" },
  { name: "a frame that comes again is heard again", file: "bus/Bus.java", from: "                return; // a copy of one that was heard", to: "", tests: "BusTest" },

  // Commits.
  { name: "published before the commit, which then fails", file: "/service/src/test/java/com/tenantlist/live/simulation/SimulatedDatabase.java", from: "                journal.add(event);", to: "                if (!scheduler.once(20)) journal.add(event);" },
  { name: "an event does not carry the sums after it", file: "/migrations/V003__triggers.sql", from: "SET landlord_views = k.landlord_views + e.views,", to: "SET landlord_views = k.landlord_views,", tests: "RollupTest" },
  { name: "two events of a statement have one revision", file: "/migrations/V003__triggers.sql", from: "revision       = k.revision + e.events,", to: "revision       = k.revision + 1,", tests: "RollupTest" },
];
