package io.aiwm.controller.node;

import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every node in memory, by id, with its pulse. Knows nothing of store or bus. Safe to use from any thread. */
final class NodeView {
    private static final Logger LOG = LoggerFactory.getLogger(NodeView.class);

    /** @param node as shown: stored, with IDLE or BUSY as its pulse says */
    record Entry(Node node, NodeHeartbeat pulse) {}

    private final ConcurrentSkipListMap<String, Entry> entries = new ConcurrentSkipListMap<>();
    private final List<Runnable> changeListeners = new CopyOnWriteArrayList<>();
    private final List<BiConsumer<String, Node>> nodeListeners = new CopyOnWriteArrayList<>();
    private final List<Consumer<String>> lostListeners = new CopyOnWriteArrayList<>();
    private final List<Consumer<String>> writtenOffListeners = new CopyOnWriteArrayList<>();
    private final InstantSource clock;
    private final String self;

    /** @param self the controller whose view this is */
    NodeView(InstantSource clock, String self) {
        this.clock = clock;
        this.self = self;
    }

    void onChange(Runnable listener) {
        changeListeners.add(listener);
    }

    void onNode(BiConsumer<String, Node> listener) {
        nodeListeners.add(listener);
    }

    void onLost(Consumer<String> listener) {
        lostListeners.add(listener);
    }

    void onWrittenOff(Consumer<String> listener) {
        writtenOffListeners.add(listener);
    }

    Node find(String id) {
        Entry entry = entries.get(id);
        return entry == null ? null : entry.node;
    }

    Entry entry(String id) {
        return entries.get(id);
    }

    Collection<Entry> entries() {
        return entries.values();
    }

    List<Node> nodes() {
        return entries.values().stream().map(Entry::node).toList();
    }

    int size() {
        return entries.size();
    }

    List<String> ids() {
        return List.copyOf(entries.keySet());
    }

    /** Takes in a stored node unless a newer version of it is here. @return whether anything changed */
    boolean put(Node stored) {
        var was = new Node[1];
        var changed = new boolean[1];
        entries.compute(stored.id(), (id, old) -> {
            was[0] = old == null ? null : old.node;
            changed[0] = old == null || stored.version() > old.node.version();
            if (!changed[0]) {
                return old;
            }
            NodeHeartbeat pulse = old == null ? new NodeHeartbeat() : old.pulse;
            if (stored.registeredAt() != null && (old == null || !stored.isSameRegistration(old.node))) {
                pulse.registered(clock.instant(), !self.equals(stored.controllerId()));
            }
            return new Entry(stored, pulse);
        });
        if (changed[0]) {
            tellChange(stored.id());
            // a node that was lost before anyone here knew it is told of once by the first sweep
            if (stored.isLost() && was[0] != null && !was[0].isLost()) {
                tellLost(stored.id());
            }
            tellWrittenOff(stored.id());
        }
        return changed[0];
    }

    /** Shows another status without a write: IDLE and BUSY. */
    void show(String id, NodeStatus status) {
        entries.computeIfPresent(id, (same, old) -> {
            if (!old.node.status().isUp()) {
                return old;
            }
            var draft = NodeBuilder.builder(old.node);
            draft.status(status);
            return new Entry(draft.build(), old.pulse);
        });
        tellChange(id);
    }

    void remove(String id) {
        if (entries.remove(id) != null) {
            tellLost(id);
            tellWrittenOff(id);
            tellChange(id);
        }
    }

    /** Whoever serves a session of the node ends it, if the node is OFFLINE (lost or held) or gone by now. */
    void tellWrittenOff(String id) {
        Node node = find(id);
        if (node == null || node.status() == NodeStatus.OFFLINE) {
            for (Consumer<String> listener : writtenOffListeners) {
                guarded(() -> listener.accept(id));
            }
        }
    }

    void tellLost(String id) {
        for (Consumer<String> listener : lostListeners) {
            guarded(() -> listener.accept(id));
        }
    }

    private void tellChange(String id) {
        Node node = find(id);
        for (BiConsumer<String, Node> listener : nodeListeners) {
            guarded(() -> listener.accept(id, node));
        }
        changeListeners.forEach(NodeView::guarded);
    }

    private static void guarded(Runnable listener) {
        try {
            listener.run();
        } catch (RuntimeException cause) {
            LOG.error("a listener to nodes broke", cause);
        }
    }
}
