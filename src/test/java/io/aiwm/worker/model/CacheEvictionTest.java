package io.aiwm.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CacheEvictionTest {

    @Test
    void the_one_used_least_recently_goes_and_no_more_than_needed() {
        var units = List.of(unit("a", 1, "x", 10), unit("b", 2, "y", 10), unit("c", 3, "z", 10));

        assertThat(refs(CacheEviction.plan(units, 5, room(30)))).containsExactly("a");
        assertThat(refs(CacheEviction.plan(units, 15, room(30)))).containsExactly("a", "b");
        assertThat(refs(CacheEviction.plan(units, 0, room(30)))).isEmpty();
    }

    @Test
    void what_is_kept_stays_even_where_that_leaves_no_room_and_then_nothing_goes() {
        var kept = new CacheEviction.Unit("a", Map.of("x", 10L), Instant.ofEpochSecond(1), "pinned");
        var units = List.of(kept, unit("b", 2, "y", 10));

        assertThat(refs(CacheEviction.plan(units, 10, room(20)))).containsExactly("b");
        CacheEviction.Plan none = CacheEviction.plan(units, 15, room(20));
        assertThat(none.evicted()).isEmpty();
        assertThat(none.missingBytes()).isEqualTo(5);
    }

    @Test
    void a_content_that_two_have_is_freed_with_the_second() {
        var units = List.of(unit("a", 1, "shared", 10), unit("b", 2, "shared", 10), unit("c", 3, "z", 10));

        assertThat(refs(CacheEviction.plan(units, 5, room(20)))).containsExactly("a", "b");
        var kept = new CacheEviction.Unit("b", Map.of("shared", 10L), Instant.ofEpochSecond(2), "in use");
        assertThat(refs(CacheEviction.plan(List.of(units.get(0), kept, units.get(2)), 5, room(20))))
                .containsExactly("c");
    }

    @Test
    void the_disk_counts_also_without_a_limit() {
        var units = List.of(unit("a", 1, "x", 10));

        assertThat(refs(CacheEviction.plan(units, 12, new CacheEviction.Room(0, 5, 0))))
                .containsExactly("a");
        assertThat(CacheEviction.plan(units, 16, new CacheEviction.Room(0, 5, 0))
                        .missingBytes())
                .isEqualTo(1);
    }

    /** Random caches: never a kept one, never over the limit, nothing in vain, and refused only where nothing helps. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void properties(long seed) {
        var random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            List<CacheEviction.Unit> units = units(random);
            var room = new CacheEviction.Room(
                    random.nextInt(4) == 0 ? 0 : random.nextInt(200), random.nextInt(100), random.nextInt(20));
            long needed = random.nextInt(60);

            CacheEviction.Plan plan = CacheEviction.plan(units, needed, room);

            assertThat(plan.evicted()).allMatch(unit -> unit.kept() == null).doesNotHaveDuplicates();
            assertThat(plan.evicted()).isSortedAccordingTo(Comparator.comparing(CacheEviction.Unit::lastUsedAt));
            if (plan.missingBytes() == 0) {
                assertThat(fits(units, plan.evicted(), needed, room)).isTrue();
                for (CacheEviction.Unit one : plan.evicted()) {
                    var fewer = new ArrayList<>(plan.evicted());
                    fewer.remove(one);
                    assertThat(fits(units, fewer, needed, room))
                            .as("%s is needed", one)
                            .isFalse();
                }
            } else {
                assertThat(plan.evicted()).isEmpty();
                var all = units.stream().filter(unit -> unit.kept() == null).toList();
                assertThat(fits(units, all, needed, room)).isFalse();
            }
        }
    }

    private static boolean fits(
            List<CacheEviction.Unit> units, List<CacheEviction.Unit> gone, long needed, CacheEviction.Room room) {
        var before = new HashMap<String, Long>();
        units.forEach(unit -> before.putAll(unit.contents()));
        var after = new HashMap<String, Long>();
        units.stream().filter(unit -> !gone.contains(unit)).forEach(unit -> after.putAll(unit.contents()));
        long freed = sum(before) - sum(after);
        boolean disk = needed <= room.freeBytes() + freed;
        boolean limit = room.limitBytes() == 0 || sum(after) + room.pullingBytes() + needed <= room.limitBytes();
        return disk && limit;
    }

    private static long sum(Map<String, Long> sizes) {
        return sizes.values().stream().mapToLong(Long::longValue).sum();
    }

    private static List<CacheEviction.Unit> units(Random random) {
        var units = new ArrayList<CacheEviction.Unit>();
        int count = random.nextInt(12);
        for (int i = 0; i < count; i++) {
            var contents = new HashMap<String, Long>();
            for (int n = random.nextInt(3); n >= 0; n--) {
                int content = random.nextInt(10);
                contents.put("c" + content, 5L + content);
            }
            String kept = random.nextInt(4) == 0 ? "in use" : null;
            units.add(new CacheEviction.Unit("m" + i, contents, Instant.ofEpochSecond(random.nextInt(100)), kept));
        }
        return units;
    }

    private static CacheEviction.Unit unit(String ref, int usedAt, String content, long size) {
        return new CacheEviction.Unit(ref, Map.of(content, size), Instant.ofEpochSecond(usedAt), null);
    }

    private static CacheEviction.Room room(long limit) {
        return new CacheEviction.Room(limit, 1_000, 0);
    }

    private static List<String> refs(CacheEviction.Plan plan) {
        return plan.evicted().stream().map(CacheEviction.Unit::ref).toList();
    }
}
