package io.aiwm.controller.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class CallerQueueTest {
    private final CallerQueue<String> queue = new CallerQueue<>(6, 4);

    private void full(String who, int times) {
        for (int i = 1; i <= times; i++) {
            assertThat(queue.offer(who, who + i)).isNull();
        }
    }

    private String all() {
        var all = new ArrayList<String>();
        for (String next = queue.poll(); next != null; next = queue.poll()) {
            all.add(next);
        }
        return String.join(" ", all);
    }

    @Test
    void each_has_its_turn_however_much_others_have_waiting() {
        full("a", 3);
        full("b", 1);
        full("c", 2);
        assertThat(all()).isEqualTo("a1 b1 c1 a2 c2 a3");
        full("b", 1);
        assertThat(all()).isEqualTo("b1");
    }

    @Test
    void one_alone_does_not_fill_it() {
        full("a", 4);
        assertThat(queue.offer("a", "a5")).isEqualTo("a5");
        assertThat(queue.offer("b", "b1")).isNull();
        assertThat(all()).isEqualTo("a1 b1 a2 a3 a4");
    }

    @Test
    void when_it_is_full_who_has_least_pushes_out_the_latest_of_who_has_most() {
        full("a", 4);
        full("b", 2);
        assertThat(queue.offer("c", "c1")).isEqualTo("a4");
        assertThat(queue.offer("c", "c2")).isEqualTo("a3");
        assertThat(queue.offer("c", "c3")).isEqualTo("c3");
        assertThat(queue.offer("d", "d1")).isIn("a2", "b2", "c2");
        assertThat(all().split(" ")).hasSize(6).contains("a1", "b1", "c1", "d1");
    }
}
