package io.aiwm.controller.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.store.DocumentStore.Document;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecentRowsTest {
    /** Room for three rows. */
    private final RecentRows rows = new RecentRows(1_000);

    @Test
    void the_row_written_longest_ago_goes_first() {
        List.of("a", "b", "c", "a", "d").forEach(this::write);

        assertThat(rows.committed("jobs", "b")).isNull();
        assertThat(List.of("a", "c", "d"))
                .allSatisfy(id -> assertThat(rows.committed("jobs", id)).isNotNull());
    }

    @Test
    void a_record_that_is_written_again_and_again_takes_the_room_of_one() {
        List.of("a", "b").forEach(this::write);
        for (int i = 0; i < 100; i++) {
            write("busy");
        }

        assertThat(List.of("a", "b", "busy"))
                .allSatisfy(id -> assertThat(rows.committed("jobs", id)).isNotNull());
    }

    @Test
    void a_deleted_record_gives_its_room_back() {
        List.of("a", "b", "c").forEach(this::write);
        rows.deleted("jobs", "b");
        rows.forgetPending();
        assertThat(rows.commit()).isTrue();
        write("d");

        assertThat(rows.committed("jobs", "b")).isNull();
        assertThat(rows.committed("jobs", "a")).isNotNull();
    }

    @Test
    void what_was_rolled_back_is_not_there() {
        write("a");
        rows.wrote("jobs", row("a", 2));
        rows.rollback();

        assertThat(rows.committed("jobs", "a").version()).isEqualTo(1);
        assertThat(rows.known("jobs", "a").document().version()).isEqualTo(1);
    }

    private void write(String id) {
        rows.wrote("jobs", row(id, 1));
        rows.forgetPending();
        assertThat(rows.commit()).isTrue();
    }

    private static RecentRows.Row row(String id, long version) {
        return new RecentRows.Row(new Document(id, version, "{}"), List.of());
    }
}
