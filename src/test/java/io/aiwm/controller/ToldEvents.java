package io.aiwm.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config.Storage.Sync;
import io.aiwm.controller.api.CallerIdentity;
import io.aiwm.controller.api.EventResource;
import io.aiwm.controller.eventlog.EventBlocks;
import io.aiwm.controller.eventlog.EventRecorder;
import io.aiwm.controller.eventlog.EventTail;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.store.ChangeReader;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The log of events, kept as a controller keeps it, of what a test does to the records of a store; it is read over the real
 * {@code /api/events}.
 */
public final class ToldEvents implements AutoCloseable {
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    private final Vertx vertx = Vertx.vertx();
    private final Set<String> prefixes;
    private final SqliteStore log;
    private final ChangeReader changes;
    private final EventRecorder recorder;
    private final TestServer server;
    private final Set<String> told = new TreeSet<>();
    private long revision;

    /**
     * @param collections whose changes are told
     * @param prefixes of the types in question, such as {@code node.}; others are passed over
     */
    public ToldEvents(DocumentStore records, Path folder, Set<String> collections, String... prefixes) {
        this.prefixes = Set.of(prefixes);
        log = new SqliteStore(vertx, folder.resolve("told/events.db"), Sync.NORMAL);
        log.open(List.of(EventBlocks.COLLECTION)).await();
        var blocks =
                new EventBlocks(log, new EventBlocks.Retention(10_000, Duration.ofDays(1)), InstantSource.system());
        recorder = EventPart.recorder(blocks, 1_000, InstantSource.system());
        assertThat(recorder.collections()).containsAll(collections);
        changes = records.changes(collections, null);
        changes.next(1).await();
        var callers = new CallerIdentity(user -> Future.succeededFuture(Instant.EPOCH));
        server = new TestServer(List.of(new EventResource(new EventTail(vertx, blocks), callers)));
    }

    /**
     * Does something, and expects that these events of the types in question are told of it, and no others.
     *
     * @param types in order, with {@code !} behind an error and {@code ?} behind a warning
     */
    public List<JsonObject> tells(Runnable act, String... types) {
        act.run();
        record();
        List<JsonObject> news = read("admin", revision).stream()
                .filter(event -> prefixes.stream().anyMatch(event.getString("type")::startsWith))
                .toList();
        revision = new JsonObject(get("admin", "?pageSize=1")).getLong("revision");
        news.forEach(event -> told.add(event.getString("type")));
        assertThat(news).as(news.toString()).extracting(ToldEvents::shown).containsExactly(types);
        return news;
    }

    /** Returns the events after a revision, as somebody sees them. @param token the role in lower case */
    public List<JsonObject> read(String token, long after) {
        return new JsonObject(get(token, "?pageSize=1000&after=" + after))
                .getJsonArray("items").stream().map(JsonObject.class::cast).toList();
    }

    private String get(String token, String query) {
        var answer = server.call("GET", "/api/events" + query, token, null);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    private static String shown(JsonObject event) {
        return event.getString("type")
                + switch (event.getString("severity")) {
                    case "error" -> "!";
                    case "warning" -> "?";
                    default -> "";
                };
    }

    private void record() {
        ChangeReader.Batch batch;
        do {
            batch = changes.next(500).await();
            assertThat(batch.lost()).isFalse();
            recorder.changed(batch.changes().stream().filter(recorder::wants).toList())
                    .await();
        } while (!batch.changes().isEmpty());
    }

    /** Fails unless all types of the prefixes that docs/events.md lists were told, and no other ones. */
    public void areAllThatAreDocumented() {
        assertThat(told).isEqualTo(documented());
    }

    private Set<String> documented() {
        var types = new TreeSet<String>();
        String before = "";
        for (String line : lines()) {
            if (!line.startsWith("| `")) {
                continue;
            }
            var codes = CODE.matcher(line.substring(0, line.indexOf('|', 1)));
            while (codes.find()) {
                String code = codes.group(1);
                // ".updated" goes on from "node.created"
                before = code.startsWith(".") ? before.substring(0, before.lastIndexOf('.')) + code : code;
                String type = before;
                if (prefixes.stream().anyMatch(type::startsWith)) {
                    types.add(type);
                }
            }
        }
        return types;
    }

    private static List<String> lines() {
        try {
            return Files.readAllLines(Path.of("docs/events.md"));
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    @Override
    public void close() {
        server.close();
        log.close().await();
        vertx.close().await();
    }
}
