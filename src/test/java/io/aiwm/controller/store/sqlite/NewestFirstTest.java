package io.aiwm.controller.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config.Storage.Sync;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.store.CollectionSchema;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Lists of executions, newest first, on a file that an older AIWM wrote, which knew no time of creation. */
@Timeout(60)
class NewestFirstTest {
    private static final String NAME = Executions.COLLECTION.name();

    @TempDir
    Path folder;

    private Vertx vertx;
    private Path file;
    private DocumentStore store;

    @BeforeEach
    void write() {
        vertx = Vertx.vertx();
        file = folder.resolve("old.db");
        DocumentStore older = new SqliteStore(vertx, file, Sync.NORMAL);
        older.open(List.of(new Collection(
                        NAME,
                        Executions.COLLECTION.fields().stream()
                                .filter(field -> !field.path().equals(Query.CREATED))
                                .toList())))
                .await();
        List<Document> written = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String id = (i % 2 == 0 ? "job_" : "ex_") + i;
            written.add(new Document(
                    id,
                    1,
                    new JsonObject()
                            .put("id", id)
                            .put("status", "RUNNING")
                            .put("createdAt", Instant.ofEpochSecond(i).toString())
                            .encode()));
        }
        older.insertAll(NAME, written).await();
        older.close().await();
        store = new SqliteStore(vertx, file, Sync.NORMAL);
        store.open(List.of(Executions.COLLECTION)).await();
    }

    @AfterEach
    void close() {
        store.close().await();
        vertx.close().await();
    }

    @Test
    void what_was_written_before_stands_in_its_place() {
        assertThat(store.find(NAME, Query.all().newestFirst().limit(4)).await().documents())
                .extracting(Document::id)
                .containsExactly("ex_19", "job_18", "ex_17", "job_16");
    }

    @Test
    void no_list_is_sorted_an_index_has_its_order() throws SQLException {
        var table = new SqliteTable(new CollectionSchema(Executions.COLLECTION));
        Condition job = Condition.in("category", List.of("job"));
        for (List<Condition> where : List.of(
                List.<Condition>of(),
                List.of(Condition.in("status", List.of("FAILED"))),
                List.of(job),
                List.of(Condition.eq("type", "job"), job),
                List.of(Condition.eq("type", "job"), job, Condition.in("name", List.of("train"))),
                List.of(Condition.eq("resourceType", "deployment"), Condition.in("resourceId", List.of("dep_1"))),
                List.of(Condition.gte(Query.CREATED, Instant.EPOCH)))) {
            Query query = Query.where(where).newestFirst().limit(50);
            assertThat(plan(table.find(query, List.of(), 50)))
                    .as(where.toString())
                    .singleElement()
                    .asString()
                    .contains("INDEX by_executions_");
        }
    }

    @Test
    void part_of_a_name_is_looked_for_in_an_index_and_only_what_has_it_is_read() throws SQLException {
        var table = new SqliteTable(new CollectionSchema(Executions.COLLECTION));
        List<Condition> where = List.of(Condition.in("category", List.of("job")), Condition.contains("name", "train"));
        String names = "SCAN executions USING COVERING INDEX by_executions_name+createdAt";
        assertThat(plan(table.find(Query.where(where).newestFirst().limit(50), List.of(), 50)))
                .startsWith("SEARCH executions USING INDEX by_executions_category+createdAt (f_category=?)")
                .contains(names);
        assertThat(plan(table.count(where)))
                .startsWith("SEARCH executions USING COVERING INDEX by_executions_category+createdAt (f_category=?)")
                .contains(names);
        assertThat(plan(table.count(List.of(Condition.contains("name", "train")))))
                .contains(names);
    }

    private List<String> plan(SqliteTable.Sql sql) throws SQLException {
        try (var sqlite = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = sqlite.prepareStatement("EXPLAIN QUERY PLAN " + sql.text())) {
            for (int i = 0; i < sql.bound().length; i++) {
                statement.setObject(i + 1, sql.bound()[i]);
            }
            var steps = statement.executeQuery();
            List<String> plan = new ArrayList<>();
            while (steps.next()) {
                plan.add(steps.getString("detail"));
            }
            return plan;
        }
    }
}
