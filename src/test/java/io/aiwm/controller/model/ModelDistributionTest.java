package io.aiwm.controller.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelDistributionTest {
    private static final Instant NOW = Instant.parse("2026-11-27T07:00:00Z");

    private final Set<String> holding = new TreeSet<>();
    private final Set<String> down = new HashSet<>();
    private final Map<String, String> zones = new HashMap<>();
    private final ModelDistribution distribution = new ModelDistribution(new ModelDistribution.Fleet() {
        @Override
        public List<ModelDistribution.Server> holders(String digest) {
            return holding.stream()
                    .filter(id -> !down.contains(id))
                    .map(this::server)
                    .toList();
        }

        @Override
        public ModelDistribution.Server server(String nodeId) {
            return down.contains(nodeId)
                    ? null
                    : new ModelDistribution.Server(nodeId, zones.get(nodeId), "http://" + nodeId + ":3005");
        }

        @Override
        public String zone(String nodeId) {
            return zones.get(nodeId);
        }
    });

    @Test
    void of_ten_that_begin_at_once_one_fetches_from_the_store_and_none_gives_to_more_than_two() {
        var parents = new HashMap<String, String>();
        for (int i = 0; i < 10; i++) {
            List<ModelDistribution.Peer> peers = peers("n" + i);
            parents.put(
                    "n" + i, peers.isEmpty() ? "store" : peers.get(0).server().nodeId());
        }

        assertThat(parents)
                .containsEntry("n0", "store")
                .containsEntry("n1", "n0")
                .containsEntry("n2", "n0")
                .containsEntry("n3", "n1")
                .containsEntry("n6", "n2");
        assertThat(parents.values().stream().collect(Collectors.groupingBy(parent -> parent, Collectors.counting())))
                .allSatisfy((parent, children) -> assertThat(children).isLessThanOrEqualTo(2));
    }

    @Test
    void one_that_has_it_comes_first_and_of_these_the_one_of_the_same_zone() {
        zones.putAll(Map.of("a", "east", "b", "west", "n", "west"));
        holding.addAll(Set.of("a", "b"));

        assertThat(peers("n").get(0).server().nodeId()).isEqualTo("b");
        assertThat(peers("n").get(0).has()).isTrue();
    }

    @Test
    void the_answer_stays_when_a_command_is_sent_again_except_for_nodes_that_are_down() {
        peers("a");
        assertThat(ids(peers("b"))).containsExactly("a");
        peers("c");
        assertThat(ids(peers("b"))).containsExactly("a");
        down.add("a");
        assertThat(peers("b")).isEmpty();
    }

    @Test
    void a_pull_of_which_no_end_was_heard_counts_no_longer() {
        peers("a");

        assertThat(distribution.peers("digest", "b", NOW.plus(Duration.ofHours(7))))
                .isEmpty();
    }

    @Test
    void one_that_failed_and_begins_again_does_not_wait_for_who_waits_for_it() {
        peers("a");
        peers("b");
        distribution.ended("digest", "a");

        assertThat(ids(peers("a"))).doesNotContain("b");
    }

    /** Pulls that begin, end well or badly, and begin again: no node ever waits, over whatever others, for itself. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void nobody_waits_for_itself(long seed) {
        var random = new Random(seed);
        var waits = new HashMap<String, List<String>>();
        for (int round = 0; round < 500; round++) {
            String node = "n" + random.nextInt(12);
            if (waits.containsKey(node) && random.nextBoolean()) {
                waits.remove(node);
                distribution.ended("digest", node);
                if (random.nextBoolean()) {
                    holding.add(node);
                }
            } else if (!holding.contains(node)) {
                waits.put(
                        node,
                        peers(node).stream()
                                .filter(peer -> !peer.has())
                                .map(peer -> peer.server().nodeId())
                                .toList());
            } else if (random.nextInt(3) == 0) {
                holding.remove(node);
            }
            for (String one : waits.keySet()) {
                assertThat(reached(waits, one)).doesNotContain(one);
            }
        }
    }

    private static Set<String> reached(Map<String, List<String>> waits, String from) {
        var seen = new HashSet<String>();
        var open = new ArrayList<>(waits.getOrDefault(from, List.of()));
        while (!open.isEmpty()) {
            String next = open.remove(open.size() - 1);
            if (seen.add(next)) {
                open.addAll(waits.getOrDefault(next, List.of()));
            }
        }
        return seen;
    }

    private List<ModelDistribution.Peer> peers(String nodeId) {
        return distribution.peers("digest", nodeId, NOW);
    }

    private static List<String> ids(List<ModelDistribution.Peer> peers) {
        return peers.stream().map(peer -> peer.server().nodeId()).toList();
    }
}
