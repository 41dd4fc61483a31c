package io.aiwm.controller.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RefreshingCacheTest {
    private Instant now = Instant.parse("2026-11-21T10:00:00Z");
    private final List<Promise<String>> reads = new ArrayList<>();
    private final RefreshingCache<String> recent = new RefreshingCache<>(
            id -> {
                reads.add(Promise.promise());
                return reads.get(reads.size() - 1).future();
            },
            () -> now);

    private void pass(long millis) {
        now = now.plusMillis(millis);
    }

    private void answer(int read, String record) {
        reads.get(read).complete(record);
    }

    private void known(String record) {
        Future<String> first = recent.get("a");
        answer(reads.size() - 1, record);
        assertThat(first.result()).isEqualTo(record);
    }

    @Test
    void those_who_ask_together_share_one_reading() {
        Future<String> one = recent.get("a");
        Future<String> other = recent.get("a");
        answer(0, "x");
        assertThat(one.result()).isEqualTo("x");
        assertThat(other.result()).isEqualTo("x");
        assertThat(recent.get("a").result()).isEqualTo("x");
        assertThat(reads).hasSize(1);
    }

    @Test
    void one_that_is_asked_for_all_the_time_is_read_in_the_background() {
        known("x");
        pass(900);
        assertThat(recent.get("a").result()).isEqualTo("x");
        assertThat(reads).hasSize(1);
        pass(200);
        assertThat(recent.get("a").result()).isEqualTo("x");
        assertThat(recent.get("a").result()).isEqualTo("x");
        assertThat(reads).hasSize(2);
        answer(1, "y");
        assertThat(recent.get("a").result()).isEqualTo("y");
        pass(1_900);
        assertThat(recent.get("a").result()).isEqualTo("y");
    }

    @Test
    void one_that_was_not_asked_for_within_the_limit_is_waited_for() {
        known("x");
        pass(2_000);
        Future<String> later = recent.get("a");
        assertThat(later.isComplete()).isFalse();
        answer(1, "y");
        assertThat(later.result()).isEqualTo("y");
    }

    @Test
    void a_slow_reading_is_as_old_as_its_beginning() {
        Future<String> slow = recent.get("a");
        pass(1_900);
        answer(0, "x");
        assertThat(slow.result()).isEqualTo("x");
        assertThat(recent.get("a").result()).isEqualTo("x");
        pass(100);
        assertThat(recent.get("a").isComplete()).isFalse();
        answer(1, "y");
        assertThat(recent.get("a").result()).isEqualTo("y");
    }

    @Test
    void what_was_written_meanwhile_is_not_overwritten_by_an_older_reading() {
        Future<String> before = recent.get("a");
        recent.forget("a");
        Future<String> after = recent.get("a");
        answer(1, "written");
        answer(0, "older");
        assertThat(before.result()).isEqualTo("older");
        assertThat(after.result()).isEqualTo("written");
        assertThat(recent.get("a").result()).isEqualTo("written");

        pass(1_100);
        recent.get("a");
        assertThat(reads).hasSize(3);
        recent.forget("a");
        answer(2, "older");
        Future<String> last = recent.get("a");
        assertThat(last.isComplete()).isFalse();
        answer(3, "newest");
        assertThat(recent.get("a").result()).isEqualTo("newest");
    }

    @Test
    void without_the_store_what_is_known_counts_until_the_limit_and_no_longer() {
        known("x");
        pass(1_500);
        assertThat(recent.get("a").result()).isEqualTo("x");
        reads.get(1).fail("away");
        assertThat(recent.get("a").result()).isEqualTo("x");
        pass(500);
        Future<String> late = recent.get("a");
        reads.get(reads.size() - 1).fail("still away");
        assertThat(late.cause()).hasMessage("still away");
        Future<String> again = recent.get("a");
        assertThat(again.isComplete()).isFalse();
        answer(reads.size() - 1, "back");
        assertThat(again.result()).isEqualTo("back");
    }

    @Test
    void names_that_someone_makes_up_are_not_kept() {
        for (int i = 0; i < 3; i++) {
            Future<String> nobody = recent.get("a");
            answer(i, null);
            assertThat(nobody.succeeded()).isTrue();
            assertThat(nobody.result()).isNull();
        }
        assertThat(reads).hasSize(3);
    }

    @Test
    void one_that_is_known_to_be_out_of_date_is_read_at_once_and_once() {
        known("x");
        Future<String> fresh = recent.load("a");
        Future<String> other = recent.load("a");
        assertThat(reads).hasSize(2);
        answer(1, "y");
        assertThat(fresh.result()).isEqualTo("y");
        assertThat(other.result()).isEqualTo("y");
    }

    @Test
    void when_the_clock_was_set_back_nothing_that_is_known_counts() {
        known("x");
        pass(-60_000);
        Future<String> after = recent.get("a");
        assertThat(after.isComplete()).isFalse();
        answer(1, "y");
        assertThat(after.result()).isEqualTo("y");
        assertThat(recent.get("a").result()).isEqualTo("y");
        assertThat(reads).hasSize(2);
    }

    @Test
    void a_reading_that_throws_is_a_failure() {
        var broken = new RefreshingCache<String>(
                id -> {
                    throw new IllegalStateException("broken");
                },
                () -> now);
        assertThat(broken.get("a").cause()).hasMessage("broken");
    }

    @Test
    void however_many_are_known_the_ones_in_use_stay() {
        var asked = new int[1];
        var counted = new RefreshingCache<String>(
                id -> {
                    asked[0]++;
                    return Future.succeededFuture(id);
                },
                () -> now);
        for (int i = 0; i < 60_000; i++) {
            counted.get("in use");
            counted.get("other " + i);
        }
        assertThat(asked[0]).isEqualTo(60_001);
    }
}
