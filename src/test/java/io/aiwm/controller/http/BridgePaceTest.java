package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BridgePaceTest {
    private static final long MILLI = 1_000_000;

    private record Timer(long at, Runnable then) {}

    private record Told(long atMillis, String address, JsonObject body) {}

    private long nanos;
    private final PriorityQueue<Timer> timers = new PriorityQueue<>(Comparator.comparingLong(Timer::at));
    private final List<Told> told = new ArrayList<>();
    private final BridgePace pace = new BridgePace(
            () -> nanos, (millis, then) -> timers.add(new Timer(nanos + millis * MILLI, then)), this::tell);

    private void tell(String address, String frame) {
        told.add(new Told(nanos / MILLI, address, new JsonObject(frame).getJsonObject("body")));
    }

    private void until(long millis) {
        while (!timers.isEmpty() && timers.peek().at <= millis * MILLI) {
            Timer next = timers.remove();
            nanos = next.at;
            next.then.run();
        }
        nanos = millis * MILLI;
    }

    private void say(String page, long revision, String kind, JsonObject... items) {
        var delta = new JsonObject().put("items", new JsonArray(List.of(items))).put("omitted", 0);
        var body = new JsonObject()
                .put("page", page)
                .put("epoch", "e")
                .put("revision", revision)
                .put("deltas", new JsonObject().put(kind, delta));
        pace.tell(page, body, BridgeAddresses.frame(page, body));
    }

    private static JsonObject item(String id, int version) {
        return new JsonObject().put("id", id).put("version", version);
    }

    private int mostInASecond() {
        return told.stream()
                .mapToInt(first -> (int) told.stream()
                        .filter(other -> other.atMillis >= first.atMillis && other.atMillis < first.atMillis + 1_000)
                        .count())
                .max()
                .orElse(0);
    }

    /** As it is shortly after one went from one page to another. */
    @Test
    void a_browser_that_hears_two_pages_is_told_five_messages_a_second_and_misses_nothing() {
        for (int i = 0; i < 50; i++) {
            until(200L * i);
            say("jobs", i, "jobs", item("job-" + i % 3, i));
            until(200L * i + 70);
            say("nodes", i, "nodes", item("node-" + i, i));
        }
        until(12_000);

        assertThat(mostInASecond()).isEqualTo(5);
        for (String page : List.of("jobs", "nodes")) {
            List<Long> revisions = told.stream()
                    .filter(one -> one.address.equals(page))
                    .map(Told::body)
                    .flatMap(body -> LongStream.rangeClosed(
                                    body.getLong("from", body.getLong("revision")), body.getLong("revision"))
                            .boxed())
                    .toList();
            assertThat(revisions).isEqualTo(LongStream.range(0, 50).boxed().toList());
        }
        assertThat(items("nodes"))
                .containsExactlyElementsOf(IntStream.range(0, 50)
                        .mapToObj(i -> item("node-" + i, i))
                        .toList());
        assertThat(items("jobs")).contains(item("job-0", 48), item("job-1", 49), item("job-2", 47));
        assertThat(timers).isEmpty();
    }

    private List<JsonObject> items(String page) {
        return told.stream()
                .filter(one -> one.address.equals(page))
                .flatMap(one -> one.body.getJsonObject("deltas").getJsonObject(page).getJsonArray("items").stream())
                .map(JsonObject.class::cast)
                .toList();
    }

    @Test
    void who_hears_one_page_is_told_at_once() {
        for (int i = 0; i < 20; i++) {
            until(200L * i);
            say("jobs", i, "jobs", item("job-1", i));
        }
        assertThat(told)
                .extracting(Told::atMillis)
                .isEqualTo(LongStream.range(0, 20).map(i -> 200 * i).boxed().toList());
        assertThat(timers).isEmpty();
    }

    @Test
    void what_is_kept_is_one_message_with_the_newest_state_of_each_record() {
        for (int i = 0; i < 5; i++) {
            say("nodes", i, "nodes", item("n", i));
        }
        say("jobs", 7, "jobs", item("a", 1), item("b", 1));
        say("jobs", 8, "nodes", item("n", 9));
        say("jobs", 9, "jobs", item("a", 2));
        until(999);
        assertThat(told).hasSize(5);
        until(1_000);
        JsonObject last = told.get(told.size() - 1).body;
        assertThat(last.getLong("from")).isEqualTo(7);
        assertThat(last.getLong("revision")).isEqualTo(9);
        assertThat(last.getJsonObject("deltas").getJsonObject("jobs").getJsonArray("items"))
                .containsExactly(item("b", 1), item("a", 2));
        assertThat(last.getJsonObject("deltas").getJsonObject("nodes").getJsonArray("items"))
                .containsExactly(item("n", 9));
    }

    @Test
    void an_answer_comes_behind_what_was_said_before_it_and_not_behind_what_came_after() {
        var order = new ArrayList<String>();
        pace.behind(() -> order.add("at once"));
        for (int i = 0; i < 6; i++) {
            say("nodes", i, "nodes", item("n", i));
        }
        pace.behind(() -> order.add("after " + told.size()));
        say("jobs", 0, "jobs", item("a", 1));
        until(1_000);
        assertThat(order).containsExactly("at once", "after 6");
    }

    @Test
    void a_page_that_was_left_tells_nothing_more_and_holds_no_answer_up() {
        var answered = new ArrayList<Integer>();
        for (int i = 0; i < 6; i++) {
            say("nodes", i, "nodes", item("n", i));
        }
        pace.behind(() -> answered.add(told.size()));
        pace.forget("nodes");
        assertThat(answered).containsExactly(5);
        until(5_000);
        assertThat(told).hasSize(5);
    }

    @Test
    void what_was_missed_stays_missed_when_more_comes() {
        for (int i = 0; i < 5; i++) {
            say("nodes", i, "nodes", item("n", i));
        }
        var missed = new JsonObject().put("missed", true);
        pace.tell("nodes", missed, BridgeAddresses.frame("nodes", missed));
        say("nodes", 9, "nodes", item("n", 9));
        until(1_000);
        assertThat(told.get(told.size() - 1).body).isEqualTo(missed);
    }
}
