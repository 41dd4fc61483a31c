package io.aiwm.controller.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogsFollow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LogStreamsTest {
    @TempDir
    Path folder;

    Fleet fleet;
    final ChattyWorker worker = new ChattyWorker(500);
    final List<LogChunk> read = new CopyOnWriteArrayList<>();
    LogStreams logs;

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        logs = new LogStreams(fleet.vertx, worker, fleet);
        worker.gateway = logs::accept;
    }

    @AfterEach
    void close() {
        fleet.close();
    }

    private LogStream follow() {
        return Fleet.await(logs.openReplica(
                fleet.vertx.getOrCreateContext(),
                "viewer",
                new LogStreams.ReplicaLog("n1", "dep_1", 0, true, 100, false, LogStream.WINDOW)));
    }

    private String text() {
        return String.join("", read.stream().map(LogChunk::chunk).toList());
    }

    private static String lines(int count) {
        var text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append("line ").append(i).append('\n');
        }
        return text.toString();
    }

    @Test
    void everything_arrives_in_order_and_the_stream_is_over() {
        follow().handler(read::add);
        await().until(() -> logs.size() == 0);
        await().until(() -> !read.isEmpty() && read.get(read.size() - 1).end());
        assertThat(text()).isEqualTo(lines(500));
    }

    @Test
    void a_reader_that_pauses_holds_the_worker_back() {
        var stream = follow();
        stream.pause().handler(read::add);
        await().until(() -> worker.sent() == LogStream.WINDOW);
        stream.fetch(3);
        await().until(() -> read.size() == 3);
        assertThat(worker.sent()).isEqualTo(LogStream.WINDOW);
        stream.fetch(100);
        await().until(() -> read.size() == 103);
        assertThat(worker.sent()).isBetween(103L, 103L + LogStream.WINDOW);
    }

    private LogStream follow(String user, String node) {
        return Fleet.await(logs.openJob(
                fleet.vertx.getOrCreateContext(), user, new LogStreams.JobLog(node, "ex_1.0.1", true, -1, false)));
    }

    private Failure refused(String user) {
        return catchThrowableOfType(Failure.class, () -> follow(user, "n1"));
    }

    @Test
    void one_user_cannot_take_all_logs_of_a_node_and_has_as_many_of_another() {
        worker.gateway = (node, chunk) -> {};
        var first = follow("viewer", "n1");
        for (int i = 1; i < LogStreamSlots.OF_ONE_USER; i++) {
            follow("viewer", "n1");
        }
        assertThat(refused("viewer"))
                .hasMessageContaining("you read 16 logs of node n1")
                .returns(Failure.Kind.LIMITED, failure -> failure.kind)
                .returns(5L, failure -> failure.retryAfterSeconds);
        follow("viewer", "n2");
        follow("admin", "n1");
        first.close();
        await().until(() -> logs.full("viewer", "n1") == null);
        follow("viewer", "n1");
    }

    @Test
    void where_many_users_read_a_nodes_logs_the_next_is_told_that_it_is_not_their_doing() {
        worker.gateway = (node, chunk) -> {};
        for (int i = 0; i < LogsFollow.MOST_OF_ONE_NODE; i++) {
            follow("user" + i % 4, "n1");
        }
        assertThat(refused("admin"))
                .hasMessageContaining("64 logs of node n1")
                .returns(Failure.Kind.UNAVAILABLE, failure -> failure.kind);
        assertThat(refused("user0").kind).isEqualTo(Failure.Kind.LIMITED);
    }

    @Test
    void a_log_that_has_ended_or_never_began_takes_nobodys_place() {
        for (int i = 0; i < 2 * LogStreamSlots.OF_ONE_USER; i++) {
            follow("viewer", "n1").handler(read::add);
            await().until(() -> logs.size() == 0);
        }
        worker.offline = true;
        for (int i = 0; i < 2 * LogStreamSlots.OF_ONE_USER; i++) {
            assertThat(refused("viewer")).hasMessageContaining("offline");
        }
        assertThat(logs.full("viewer", "n1")).isNull();
    }

    @Test
    void a_chunk_that_comes_to_another_controller_finds_its_reader() {
        var other = new LogStreams(fleet.vertx, worker, fleet);
        worker.gateway = other::accept;
        follow().handler(read::add);
        await().until(() -> !read.isEmpty() && read.get(read.size() - 1).end());
        assertThat(text()).isEqualTo(lines(500));
    }

    @Test
    void a_chunk_of_another_node_is_not_read() {
        worker.gateway = (node, chunk) -> logs.accept("n2", chunk);
        follow().handler(read::add);
        await().until(() -> worker.sent() == LogStream.WINDOW);
        worker.gateway = logs::accept;
        assertThat(read).isEmpty();
        assertThat(logs.size()).isEqualTo(1);
    }

    @Test
    void a_reader_that_goes_stops_the_worker() {
        var stream = follow();
        stream.close();
        stream.close();
        await().untilAsserted(() -> {
            assertThat(worker.stopped).hasSize(1);
            assertThat(logs.size()).isZero();
        });
    }

    @Test
    void a_silent_node_is_refused_at_once_and_ends_what_is_being_read() {
        follow().pause().handler(read::add);
        fleet.node("n1", NodeStatus.OFFLINE);
        await().until(() -> logs.size() == 0);

        worker.offline = true;
        assertThat(catchThrowableOfType(Failure.class, this::follow).kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        assertThat(logs.size()).isZero();
    }

    @Test
    void what_was_lost_on_the_way_and_a_restarted_worker_are_told() {
        worker.gateway = (node, chunk) -> {
            if (chunk.from() != 2 && chunk.from() != 3) {
                logs.accept(node, chunk.from() == 9 ? again(chunk) : chunk);
            }
        };
        follow().handler(read::add);
        await().until(() -> !read.isEmpty() && read.get(read.size() - 1).end());
        assertThat(text()).contains("line 1\n[2 pieces of the log were lost on the way]\nline 4\n");
        assertThat(read.get(read.size() - 1).error()).isEqualTo("the worker was restarted");
        assertThat(worker.stopped).hasSize(1);
    }

    private static LogChunk again(LogChunk chunk) {
        return new LogChunk(chunk.sessionId(), chunk.streamId(), 0, "line 0\n", "stdout", false, null);
    }

    @Test
    void a_worker_that_is_silent_is_asked_again_and_again_and_given_no_more_credit() {
        worker.gateway = (node, chunk) -> {};
        logs = new LogStreams(fleet.vertx, worker, fleet, Duration.ofMillis(10));
        follow().handler(read::add);
        await().until(() -> worker.asked > 5);
        assertThat(worker.given).isEqualTo(LogStream.WINDOW);
    }

    @Test
    void a_worker_that_sends_more_than_it_may_is_cut_off() {
        worker.gateway = (node, chunk) -> {
            logs.accept(node, chunk);
            for (int i = 1; chunk.from() == 15 && i < 100; i++) {
                logs.accept(node, new LogChunk("s", chunk.streamId(), 15 + i, "x", "stdout", false, null));
            }
        };
        follow().pause();
        await().untilAsserted(() -> {
            assertThat(worker.stopped).hasSize(1);
            assertThat(logs.size()).isZero();
        });
    }
}
