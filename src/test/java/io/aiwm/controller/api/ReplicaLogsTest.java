package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.http.Problems;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.log.LogStream;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.LogsFollow;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Logs of all replicas of a deployment in one stream. */
class ReplicaLogsTest extends ReplicaLogsRig {
    private final List<LogStream> held = new ArrayList<>();

    private static JsonObject instance(JsonObject record, int index) {
        return record.getJsonArray("instances").getJsonObject(index);
    }

    @Test
    void each_line_says_whose_it_is_and_none_comes_within_another() throws Exception {
        var lines = reading(path(deployment(3), "?tail=7"));
        workers.print(0, "one\ntw");
        workers.print(1, "uno\n");
        workers.print(0, "o\n");
        workers.print(2, "no end");
        workers.print(1, "due\n");
        for (int i = 0; i < 3; i++) {
            workers.end(i);
        }
        assertThat(lines.lines()).containsExactly("[0] one", "[1] uno", "[0] two", "[1] due", "[2] no end");
        assertThat(workers.asked).extracting(LogsFollow::tail).containsOnly(7);
        assertThat(workers.asked).extracting(LogsFollow::replica).contains(0, 1, 2);
    }

    @Test
    void events_name_the_replica_and_have_whole_lines() throws Exception {
        var lines = reading(path(deployment(2), ""), "text/event-stream");
        workers.print(1, "un");
        workers.print(0, "one\n");
        workers.print(1, "o\n");
        workers.end(0);
        workers.end(1);
        assertThat(lines.lines().filter(line -> line.startsWith("data")))
                .containsExactly(
                        "data: {\"stream\":\"stdout\",\"text\":\"one\\n\",\"replica\":0}",
                        "data: {\"stream\":\"stdout\",\"text\":\"uno\\n\",\"replica\":1}",
                        "data: {}");
    }

    @Test
    void one_alone_is_as_it_was_printed_unless_a_prefix_is_asked_for() throws Exception {
        String id = deployment(3);
        for (String query : List.of("?replica=1", "?replica=1&prefix=true")) {
            var lines = reading(path(id, query));
            workers.print(1, "uno\n");
            workers.end(1);
            assertThat(lines.lines()).containsExactly(query.contains("prefix") ? "[1] uno" : "uno");
        }
        assertThat(workers.asked).extracting(LogsFollow::replica).containsOnly(1);
        assertThat(server.call("GET", path(id, "?replica=3"), "viewer", null).statusCode())
                .isEqualTo(404);
        for (String wrong : List.of("?replica=x", "?replica=-1", "?prefix=perhaps", "?tail=-2")) {
            assertThat(server.call("GET", path(id, wrong), "viewer", null).statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
    }

    @Test
    void a_node_that_is_offline_is_told_and_takes_nothing_from_the_others() throws Exception {
        String id = deployment(2);
        workers.offline.add("n0");
        var lines = reading(path(id, ""));
        workers.print(1, "uno\n");
        workers.end(1);
        assertThat(lines.lines()).containsExactly("[0] [not shown now: node n0 is offline]", "[1] uno");

        workers.offline.add("n1");
        var refused = server.call("GET", path(id, ""), "viewer", null);
        assertThat(Problems.problem(refused, 503, "unavailable").getString("detail"))
                .isEqualTo("node n0 is offline");
        assertThat(logs.size()).isZero();
    }

    @Test
    void one_for_which_there_is_no_place_is_named_and_comes_when_there_is() throws Exception {
        String id = deployment(2);
        for (int i = 0; i < 16; i++) {
            held.add(TestServer.await(logs.openJob(
                    fleet.vertx.getOrCreateContext(),
                    "viewer",
                    new LogStreams.JobLog("n1", "ex_" + i + ".0.1", true, -1, false))));
        }
        var lines = reading(path(id, "?follow=true"));
        assertThat(lines.readLine())
                .isEqualTo("[1] [not shown now: you read 16 logs of node n1 already; close one first]");
        workers.print(0, "one\n");
        assertThat(lines.readLine()).isEqualTo("[0] one");
        held.get(0).close();
        await().until(() ->
                workers.asked.stream().anyMatch(one -> Integer.valueOf(1).equals(one.replica())));
        workers.print(1, "uno\n");
        assertThat(lines.readLine()).isEqualTo("[1] uno");
    }

    @Test
    void a_container_that_takes_the_place_of_another_is_followed_from_its_beginning_and_so_is_a_new_replica()
            throws Exception {
        String id = deployment(1);
        var lines = reading(path(id, "?follow=true&tail=3"));
        workers.print(0, "one\n");
        assertThat(lines.readLine()).isEqualTo("one");
        change(id, record -> instance(record, 0).put("container", container(0, "another")));
        await().until(() -> workers.asked.stream().anyMatch(one -> one.tail() == -1));
        workers.print(0, "begin");
        await().until(() -> logs.size() == 1);

        change(
                id,
                record -> record.getJsonArray("instances")
                        .add(instance(record, 0).copy().put("index", 1).put("container", container(1, "c1"))));
        await().until(() -> workers.asked.stream().anyMatch(one -> one.replica() == 1));
        workers.print(1, "uno\n");
        assertThat(lines.readLine()).isEqualTo("begin");
        assertThat(lines.readLine()).isEqualTo("[1] uno");
        workers.print(0, "two\n");
        assertThat(lines.readLine()).isEqualTo("[0] two");

        change(id, record -> {
            for (int i = 0; i < 2; i++) {
                instance(record, i).put("state", "STOPPED");
            }
        });
        assertThat(lines.readLine()).isNull();
        assertThat(logs.size()).isZero();
    }

    @Test
    void a_followed_log_whose_node_was_away_goes_on_when_it_is_back() throws Exception {
        String id = deployment(1);
        var lines = reading(path(id, "?follow=true"));
        workers.print(0, "one\n");
        assertThat(lines.readLine()).isEqualTo("one");
        fleet.node("n0", NodeStatus.OFFLINE);
        assertThat(lines.readLine()).isEqualTo("[log ended: node n0 went offline]");
        await().until(() ->
                workers.asked.stream().filter(one -> one.tail() == 0).count() == 1);
        workers.print(0, "two\n");
        assertThat(lines.readLine()).isEqualTo("two");
    }

    @Test
    void a_client_that_does_not_read_holds_every_worker_back_and_one_that_leaves_ends_all() throws Exception {
        String id = deployment(8);
        var lines = reading(path(id, ""));
        String line = "x".repeat(65_000) + "\n";
        for (int i = 0; i < 8; i++) {
            for (int k = 0; k < 200; k++) {
                workers.print(i, line);
            }
        }
        await().during(Duration.ofSeconds(1))
                .atMost(Duration.ofSeconds(20))
                .until(workers::sent, sent -> isSteady(sent));
        int before = workers.sent();
        assertThat(before).isLessThan(8 * 200 / 2);
        for (int i = 0; i < before; i++) {
            assertThat(lines.readLine()).hasSize(65_004);
        }
        await().until(() -> workers.sent() > before);
        lines.close();
        await().until(() -> workers.reading() == 0);
        assertThat(logs.size()).isZero();
    }

    private int last = -1;

    private boolean isSteady(int sent) {
        boolean same = sent == last;
        last = sent;
        return same;
    }
}
