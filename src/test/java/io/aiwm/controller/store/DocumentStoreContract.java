package io.aiwm.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.DocumentStore.Page;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Query.Op;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every document store promises, whatever lies behind it. */
@Timeout(60)
public abstract class DocumentStoreContract {
    public static final String JOBS = "jobs";
    public static final Collection COLLECTION = new Collection(
            JOBS,
            List.of(
                    Field.text("status"),
                    Field.number("priority"),
                    Field.text("node.name"),
                    Field.unique("key"),
                    Field.time("createdAt"),
                    Field.texts("tags")),
            List.of(List.of("status", "priority")));
    private static final String NEWS = "news";
    private static final String OTHERS = "others";
    /** The same as jobs, and it tells its changes. */
    public static final Collection TOLD = new Collection(NEWS, COLLECTION.fields(), COLLECTION.indexes()).telling();

    public static Vertx vertx;
    public DocumentStore store;

    /** A store on empty data, not yet open. */
    public abstract DocumentStore fresh();

    @BeforeAll
    static void startVertx() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stopVertx() {
        vertx.close().await();
    }

    @BeforeEach
    void openStore() {
        store = fresh();
        store.open(List.of(COLLECTION, new Collection(OTHERS, List.of()), TOLD)).await();
    }

    @AfterEach
    void closeStore() {
        store.close().await();
    }

    public static Document job(String id, String status, Number priority) {
        return new Document(
                id,
                1,
                new JsonObject()
                        .put("id", id)
                        .put("status", status)
                        .put("priority", priority)
                        .encode());
    }

    public static Failure refusal(Future<?> future) {
        try {
            Object answer = future.await();
            return fail("was not refused but answered " + answer);
        } catch (Failure refused) {
            return refused;
        }
    }

    List<String> ids(Condition... where) {
        return store.find(JOBS, Query.where(where).orderBy("id", false)).await().documents().stream()
                .map(Document::id)
                .toList();
    }

    List<String> walk(Query query) {
        List<String> ids = new ArrayList<>();
        Query next = query;
        while (true) {
            Page page = store.find(JOBS, next).await();
            page.documents().forEach(document -> ids.add(document.id()));
            if (page.nextCursor() == null) {
                return ids;
            }
            assertThat(page.nextCursor()).matches("[A-Za-z0-9_-]+");
            next = query.after(page.nextCursor());
        }
    }

    @Test
    void what_was_written_is_read_back_to_the_letter() {
        Document odd = new Document(
                "ids/may.have$signs\"'", 7, "{ \"$set\" : {\"a.b\":1.50}, \"text\":\"ä€😀\\u0000 ' \\\" ; --\" }");
        store.insert(JOBS, odd).await();
        assertThat(store.get(JOBS, odd.id()).await()).isEqualTo(odd);
        assertThat(store.find(JOBS, Query.all()).await().documents()).containsExactly(odd);
        assertThat(store.get(JOBS, "nobody").await()).isNull();
        assertThat(store.get("others", odd.id()).await()).isNull();
    }

    @Test
    void a_taken_id_is_refused_and_the_first_record_stays() {
        store.insert(JOBS, job("a", "NEW", 1)).await();
        assertThat(refusal(store.insert(JOBS, job("a", "OTHER", 2))).kind).isEqualTo(Failure.Kind.CONFLICT);
        assertThat(store.get(JOBS, "a").await().json()).contains("NEW");
    }

    @Test
    void replaces_only_the_version_it_saw() {
        store.insert(JOBS, job("a", "NEW", 1)).await();
        Document second = new Document("a", 2, "{\"status\":\"RUNNING\"}");
        assertThat(store.replaceIf(JOBS, second).await()).isTrue();
        assertThat(store.replaceIf(JOBS, second).await()).isFalse();
        assertThat(store.replaceIf(JOBS, new Document("a", 4, "{}")).await()).isFalse();
        assertThat(store.replaceIf(JOBS, new Document("gone", 2, "{}")).await()).isFalse();
        assertThat(store.get(JOBS, "a").await()).isEqualTo(second);
        assertThat(ids(Condition.eq("status", "NEW"))).isEmpty();
        assertThat(ids(Condition.eq("status", "RUNNING"))).containsExactly("a");
        assertThat(ids(Condition.eq("priority", null))).containsExactly("a");
    }

    @Test
    void of_racing_threads_one_wins_each_version() throws Exception {
        store.insert(JOBS, new Document("counter", 1, "{\"priority\":0}")).await();
        int threads = 6;
        int each = 15;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        CountDownLatch done = new CountDownLatch(threads);
        for (int thread = 0; thread < threads; thread++) {
            pool.execute(() -> {
                for (int won = 0; won < each; ) {
                    Document seen = store.get(JOBS, "counter").await();
                    int count = new JsonObject(seen.json()).getInteger("priority");
                    Document next = new Document(
                            "counter",
                            seen.version() + 1,
                            new JsonObject().put("priority", count + 1).encode());
                    won += store.replaceIf(JOBS, next).await() ? 1 : 0;
                }
                done.countDown();
            });
        }
        done.await();
        pool.shutdown();
        Document last = store.get(JOBS, "counter").await();
        assertThat(last.version()).isEqualTo(1 + threads * each);
        assertThat(ids(Condition.eq("priority", threads * each))).containsExactly("counter");
    }

    @Test
    void of_racing_inserts_one_wins() {
        List<Future<Boolean>> tries = IntStream.range(0, 20)
                .mapToObj(
                        i -> store.insert(JOBS, job("same", "NEW", i)).map(true).otherwise(false))
                .toList();
        Future.all(tries).await();
        assertThat(tries.stream().filter(Future::result)).hasSize(1);
    }

    @Test
    void a_bulk_says_for_each_whether_it_was_inserted() {
        store.insert(JOBS, new Document("b", 1, "{\"key\":\"k\"}")).await();
        List<Document> many = List.of(
                job("a", "NEW", 1), job("b", "NEW", 1), job("c", "NEW", 1), new Document("d", 1, "{\"key\":\"k\"}"));
        assertThat(store.insertAll(JOBS, many).await()).containsExactly(true, false, true, false);
        assertThat(store.insertAll(JOBS, List.of()).await()).isEmpty();
        assertThat(ids()).containsExactly("a", "b", "c");
    }

    @Test
    void documents_are_put_in_place_of_others_whatever_their_version() {
        store.insert(OTHERS, new Document("a", 1, "{\"n\":1}")).await();
        store.replaceIf(OTHERS, new Document("a", 2, "{\"n\":2}")).await();
        store.putAll(OTHERS, List.of(new Document("a", 1, "{\"n\":3}"), new Document("b", 7, "{}")))
                .await();
        assertThat(store.get(OTHERS, "a").await()).isEqualTo(new Document("a", 1, "{\"n\":3}"));
        store.putAll(OTHERS, List.of(new Document("b", 7, "{\"n\":4}"))).await();
        store.putAll(OTHERS, List.of()).await();
        assertThat(store.find(OTHERS, Query.all()).await().documents())
                .containsExactly(new Document("a", 1, "{\"n\":3}"), new Document("b", 7, "{\"n\":4}"));
        // who reads it at once reads what was put
        assertThat(store.replaceIf(OTHERS, new Document("a", 2, "{\"n\":5}")).await())
                .isTrue();
    }

    @Test
    void nothing_is_put_where_it_must_be_seen_before() {
        assertThat(refusal(store.putAll(NEWS, List.of(new Document("a", 1, "{}")))).kind)
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store.putAll(JOBS, List.of(new Document("a", 1, "{}")))).kind)
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(ids()).isEmpty();
    }

    @Test
    void a_unique_value_is_had_once_and_absence_often() {
        store.insert(JOBS, new Document("a", 1, "{\"key\":\"k\"}")).await();
        store.insert(JOBS, new Document("b", 1, "{}")).await();
        store.insert(JOBS, new Document("c", 1, "{\"key\":null}")).await();
        assertThat(refusal(store.insert(JOBS, new Document("d", 1, "{\"key\":\"k\"}"))).kind)
                .isEqualTo(Failure.Kind.CONFLICT);
        assertThat(refusal(store.replaceIf(JOBS, new Document("b", 2, "{\"key\":\"k\"}"))).kind)
                .isEqualTo(Failure.Kind.CONFLICT);
        assertThat(store.get(JOBS, "b").await().version()).isEqualTo(1);
        assertThat(store.delete(JOBS, "a", -1).await()).isTrue();
        assertThat(store.replaceIf(JOBS, new Document("b", 2, "{\"key\":\"k\"}"))
                        .await())
                .isTrue();
        assertThat(ids(Condition.eq("key", "k"))).containsExactly("b");
    }

    @Test
    void deletes_the_version_that_was_seen() {
        store.insert(JOBS, job("a", "NEW", 1)).await();
        assertThat(store.delete(JOBS, "a", 2).await()).isFalse();
        assertThat(store.delete(JOBS, "a", 1).await()).isTrue();
        assertThat(store.delete(JOBS, "a", -1).await()).isFalse();
        assertThat(store.get(JOBS, "a").await()).isNull();
        store.insert(JOBS, job("a", "AGAIN", 1)).await();
        assertThat(store.get(JOBS, "a").await().json()).contains("AGAIN");
    }

    @Test
    void a_record_is_found_by_the_same_fields_whether_the_store_or_another_encoded_it() {
        Instant time = Instant.parse("2026-02-03T04:05:06.789Z");
        List<Map<String, Object>> records = List.of(
                Map.of("status", "\"N\\\n\u00e4", "priority", 5.0, "createdAt", time, "tags", List.of("x", "\"y\"")),
                Map.of("node", Map.of("name", "n1"), "priority", 2.5, "tags", List.of(), "createdAt", "soon"),
                Map.of("node", List.of("n1"), "priority", "5", "tags", "x", "status", true));
        for (int i = 0; i < records.size(); i++) {
            store.insert(JOBS, store.encode(JOBS, "own" + i, 1, Map.of())).await();
            assertThat(store.replaceIf(JOBS, store.encode(JOBS, "own" + i, 2, records.get(i)))
                            .await())
                    .isTrue();
            store.insert(JOBS, new Document("text" + i, 1, Json.encode(records.get(i))))
                    .await();
        }
        foundAlike(Condition.eq("status", "\"N\\\n\u00e4"), 0);
        foundAlike(Condition.eq("status", null), 1, 2);
        foundAlike(Condition.eq("priority", 5), 0);
        foundAlike(Condition.eq("priority", 2.5), 1);
        foundAlike(Condition.eq("createdAt", time), 0);
        foundAlike(Condition.eq("tags", "\"y\""), 0);
        foundAlike(Condition.ne("tags", "x"), 1, 2);
        foundAlike(Condition.eq("node.name", "n1"), 1);
    }

    private void foundAlike(Condition where, int... records) {
        Stream<String> expected =
                Stream.of("own", "text").flatMap(by -> Arrays.stream(records).mapToObj(one -> by + one));
        assertThat(ids(where)).as(where.toString()).containsExactlyElementsOf(expected.toList());
    }

    @Test
    void filters_compare_as_declared() {
        store.insertAll(
                        JOBS,
                        List.of(job("a", "NEW", 1), job("b", "NEW", 2.5), job("c", "DONE", 10), job("d", null, null)))
                .await();
        store.insert(
                        JOBS,
                        new Document("e", 1, "{\"node\":{\"name\":\"n1\"},\"tags\":[\"x\",\"y\"],\"priority\":\"7\"}"))
                .await();
        assertThat(ids(Condition.eq("status", "NEW"))).containsExactly("a", "b");
        assertThat(ids(Condition.ne("status", "NEW"))).containsExactly("c", "d", "e");
        assertThat(ids(Condition.eq("status", null))).containsExactly("d", "e");
        assertThat(ids(Condition.ne("status", null))).containsExactly("a", "b", "c");
        assertThat(ids(Condition.in("status", List.of("DONE", "LOST")))).containsExactly("c");
        assertThat(ids(Condition.in("status", List.of()))).isEmpty();
        assertThat(ids(Condition.noneOr("status", "DONE"))).containsExactly("c", "d", "e");
        assertThat(ids(Condition.noneOr("status", "DONE"), Condition.gte("priority", 2.5)))
                .isSubsetOf("c", "d", "e");
        assertThat(ids(Condition.in("priority", List.of(1, 10.0)))).containsExactly("a", "c");
        assertThat(ids(Condition.lt("priority", 10))).containsExactly("a", "b");
        assertThat(ids(new Condition("priority", Op.LTE, 10))).containsExactly("a", "b", "c");
        assertThat(ids(new Condition("priority", Op.GT, 2))).containsExactly("b", "c");
        assertThat(ids(Condition.gte("priority", 2.5), Condition.eq("status", "NEW")))
                .containsExactly("b");
        assertThat(ids(Condition.eq("node.name", "n1"))).containsExactly("e");
        assertThat(ids(Condition.eq("tags", "y"))).containsExactly("e");
        assertThat(ids(Condition.in("tags", List.of("q", "x")))).containsExactly("e");
        assertThat(ids(Condition.ne("tags", "x"))).containsExactly("a", "b", "c", "d");
        assertThat(ids(Condition.in("id", List.of("a", "e", "z")))).containsExactly("a", "e");
        assertThat(ids(Condition.contains("status", "eW"))).containsExactly("a", "b");
        assertThat(ids(Condition.contains("status", ".*"))).isEmpty();
        assertThat(ids(Condition.contains("status", "%"))).isEmpty();
        assertThat(ids(Condition.contains("status", "\\E\"'$("))).isEmpty();
    }

    @Test
    void counts_all_and_by_value() {
        store.insertAll(JOBS, List.of(job("a", "NEW", 1), job("b", "NEW", 2), job("c", "DONE", 2), job("d", null, 2.5)))
                .await();
        assertThat(store.count(JOBS, List.of()).await()).isEqualTo(4);
        assertThat(store.count(JOBS, List.of(Condition.eq("status", "NEW"))).await())
                .isEqualTo(2);
        assertThat(store.countBy(JOBS, "status", List.of()).await()).isEqualTo(Map.of("NEW", 2L, "DONE", 1L));
        assertThat(store.countBy(JOBS, "priority", List.of(Condition.gte("priority", 2)))
                        .await())
                .isEqualTo(Map.of("2", 2L, "2.5", 1L));
        assertThat(store.countBy("others", "id", List.of()).await()).isEmpty();
    }

    @Test
    void pages_visit_each_record_once_in_order_whatever_the_direction() {
        List<Document> many = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            many.add(job(String.format("j%02d", i), i % 4 == 0 ? null : "S" + i % 4, i % 5 == 0 ? null : i % 7));
        }
        Collections.shuffle(many, new java.util.Random(1));
        store.insertAll(JOBS, many).await();
        for (boolean descending : new boolean[] {false, true}) {
            for (String field : List.of("id", "status", "priority")) {
                Query query = Query.all().orderBy(field, descending);
                List<String> whole = walk(query.limit(1_000));
                assertThat(whole).hasSize(60).doesNotHaveDuplicates();
                assertThat(walk(query.limit(7))).isEqualTo(whole);
                assertThat(walk(query.limit(60))).isEqualTo(whole);
            }
            Query both = new Query(
                    List.of(Condition.ne("priority", 3)),
                    List.of(new Query.Order("status", descending), new Query.Order("priority", !descending)),
                    1_000,
                    null);
            assertThat(walk(both.limit(4))).isEqualTo(walk(both)).doesNotHaveDuplicates();
        }
        assertThat(walk(Query.all().orderBy("status", false).limit(100)).subList(0, 2))
                .as("records without a value come first")
                .containsExactly("j00", "j04");
        assertThat(walk(Query.all().orderBy("status", true).limit(100)).get(59)).isEqualTo("j00");
    }

    private static Document made(String id, String at) {
        return new Document(
                id, 1, new JsonObject().put("id", id).put("createdAt", at).encode());
    }

    @Test
    void newest_first_goes_by_the_time_and_then_by_the_id_and_a_page_continues_within_one_moment() {
        store.insertAll(
                        JOBS,
                        List.of(
                                made("job_9", "2026-11-21T00:00:00Z"),
                                made("ex_1", "2026-11-21T00:00:00.500Z"),
                                made("ex_2", "2026-11-21T00:00:00.123456Z"),
                                made("job_1", "2026-11-21T00:00:00.500Z"),
                                made("dep_1", "2026-11-21T00:00:00.500Z"),
                                made("old", "1999-01-01T00:00:00Z"),
                                made("first", "-999999999-01-01T00:00:00Z"),
                                made("last", "+999999999-01-01T00:00:00Z"),
                                made("none", "yesterday")))
                .await();
        Query newest = Query.all().newestFirst();
        assertThat(walk(newest))
                .containsExactly("last", "job_1", "ex_1", "dep_1", "ex_2", "job_9", "old", "first", "none");
        for (int size = 1; size < 9; size++) {
            assertThat(walk(newest.limit(size))).isEqualTo(walk(newest));
        }
        List<String> oldest = new ArrayList<>(walk(newest));
        Collections.reverse(oldest);
        assertThat(walk(Query.all().oldestFirst().limit(2))).isEqualTo(oldest);
        assertThat(ids(
                        Condition.gte("createdAt", Instant.parse("2026-11-21T00:00:00.123456Z")),
                        Condition.lt("createdAt", Instant.MAX)))
                .containsExactly("dep_1", "ex_1", "ex_2", "job_1", "last");
        assertThat(refusal(store.find(JOBS, Query.where(Condition.lt("createdAt", "2026")))).kind)
                .isEqualTo(Failure.Kind.INVALID);
    }

    @Test
    void a_cursor_neither_skips_nor_repeats_what_stays_while_the_rest_changes() {
        List<Document> many = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            many.add(job(String.format("j%02d", i), "S", i));
        }
        store.insertAll(JOBS, many).await();
        Query query = Query.all().orderBy("priority", false).limit(10);
        List<String> seen = new ArrayList<>();
        String cursor = null;
        int turn = 0;
        do {
            Page page = store.find(JOBS, query.after(cursor)).await();
            page.documents().forEach(document -> seen.add(document.id()));
            cursor = page.nextCursor();
            // Even the record that the cursor points at goes away; others come in before and behind it.
            store.delete(JOBS, seen.get(seen.size() - 1), -1).await();
            store.insert(JOBS, job("new" + turn, "S", turn % 2 == 0 ? -1 : 100)).await();
            turn++;
        } while (cursor != null);
        assertThat(seen)
                .doesNotHaveDuplicates()
                .containsAll(many.stream().map(Document::id).toList());
    }

    @Test
    void a_cursor_belongs_to_its_list() {
        store.insertAll(JOBS, List.of(job("a", "NEW", 1), job("b", "NEW", 2), job("c", "NEW", 3)))
                .await();
        Query query = Query.where(Condition.eq("status", "NEW"))
                .orderBy("priority", false)
                .limit(1);
        String cursor = store.find(JOBS, query).await().nextCursor();
        for (Query other : List.of(
                Query.all().orderBy("priority", false),
                Query.where(Condition.eq("status", "DONE")).orderBy("priority", false),
                Query.where(Condition.eq("status", "NEW")).orderBy("priority", true),
                Query.where(Condition.eq("status", "NEW")))) {
            assertThat(refusal(store.find(JOBS, other.after(cursor))).kind).isEqualTo(Failure.Kind.INVALID);
        }
        for (String garbage :
                List.of("", "x", "%%%", "e30", "W10", cursor + "A", cursor.substring(2), "a".repeat(100_000))) {
            assertThat(refusal(store.find(JOBS, query.after(garbage))).kind).isEqualTo(Failure.Kind.INVALID);
        }
        assertThat(store.find(JOBS, query.limit(2).after(cursor)).await().documents())
                .hasSize(2);
    }

    @Test
    void deletes_what_matches_up_to_the_limit() {
        store.insertAll(JOBS, List.of(job("a", "OLD", 3), job("b", "OLD", 1), job("c", "OLD", 2), job("d", "NEW", 0)))
                .await();
        Query old = Query.where(Condition.eq("status", "OLD")).orderBy("priority", false);
        assertThat(store.deleteWhere(JOBS, old.limit(2)).await()).isEqualTo(2);
        assertThat(ids()).containsExactly("a", "d");
        assertThat(store.get(JOBS, "b").await()).isNull();
        assertThat(store.deleteWhere(JOBS, old).await()).isEqualTo(1);
        assertThat(store.deleteWhere(JOBS, old).await()).isZero();
        assertThat(ids()).containsExactly("d");
    }

    @Test
    void what_is_not_declared_or_does_not_compare_is_refused() {
        for (Condition wrong : List.of(
                Condition.eq("secret", "x"),
                Condition.eq("json", "x"),
                Condition.eq("status.$ne", "x"),
                Condition.eq("f.status", "x"),
                Condition.eq("status\" OR 1=1 --", "x"),
                Condition.eq("status", 5),
                Condition.eq("priority", "5"),
                Condition.eq("priority", Double.NaN),
                Condition.eq("tags", null),
                Condition.lt("tags", "x"),
                Condition.lt("status", null),
                Condition.noneOr("status", null),
                Condition.noneOr("tags", "x"),
                Condition.eq("status", new JsonObject().put("$ne", null)),
                Condition.eq("status", Map.of("$ne", 1)),
                Condition.in("status", List.of(new JsonArray().add("x"))),
                new Condition("status", Op.IN, "NEW"))) {
            assertThat(refusal(store.find(JOBS, Query.where(wrong))).kind)
                    .as(wrong.toString())
                    .isEqualTo(Failure.Kind.INVALID);
            assertThat(refusal(store.deleteWhere(JOBS, Query.where(wrong))).kind)
                    .isEqualTo(Failure.Kind.INVALID);
            assertThat(refusal(store.count(JOBS, List.of(wrong))).kind).isEqualTo(Failure.Kind.INVALID);
        }
        assertThat(refusal(store.find(JOBS, Query.all().orderBy("secret", false))).kind)
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store.find(JOBS, Query.all().orderBy("tags", false))).kind)
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store.countBy(JOBS, "secret", List.of())).kind).isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store.get("unheard-of", "a")).kind).isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store.insert(JOBS, new Document("a", 1, "[1]"))).kind)
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store.insert(JOBS, new Document("a", 1, "{\"status\":"))).kind)
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(store.count(JOBS, List.of()).await()).isZero();
    }

    @Test
    void texts_that_look_like_commands_are_only_texts() {
        List<String> attacks = List.of(
                "{\"$ne\":null}", "$ne", "' OR '1'='1", "\"; DROP TABLE jobs; --", "a.b.c", "$status", "%", "*", "\\");
        for (int i = 0; i < attacks.size(); i++) {
            store.insert(JOBS, job(attacks.get(i), attacks.get(i), i)).await();
        }
        store.insert(JOBS, job("victim", "NEW", 99)).await();
        for (String attack : attacks) {
            assertThat(ids(Condition.eq("status", attack))).containsExactly(attack);
            assertThat(ids(Condition.in("status", List.of(attack)))).containsExactly(attack);
            assertThat(store.get(JOBS, attack).await().id()).isEqualTo(attack);
            assertThat(store.delete(JOBS, attack, 1).await()).isTrue();
        }
        assertThat(store.get(JOBS, "{\"$ne\":null}").await()).isNull();
        assertThat(ids()).containsExactly("victim");
    }

    @Test
    void what_was_acknowledged_is_seen_by_every_later_question() {
        store.insert(JOBS, job("a", "S0", 0)).await();
        for (int i = 1; i <= 50; i++) {
            Document next = new Document("a", i + 1, job("a", "S" + i, i).json());
            assertThat(store.replaceIf(JOBS, next).await()).isTrue();
            assertThat(store.get(JOBS, "a").await()).isEqualTo(next);
            assertThat(ids(Condition.eq("status", "S" + i))).containsExactly("a");
            assertThat(store.count(JOBS, List.of(Condition.eq("status", "S" + (i - 1))))
                            .await())
                    .isZero();
        }
    }

    @Test
    void answers_come_back_on_the_context_that_asked() {
        var context = vertx.getOrCreateContext();
        List<Boolean> same = Collections.synchronizedList(new ArrayList<>());
        Future<Void> all =
                Future.future(promise -> context.runOnContext(ignored -> store.insert(JOBS, job("a", "NEW", 1))
                        .onComplete(done -> same.add(Vertx.currentContext() == context))
                        .compose(done -> store.find(JOBS, Query.all()))
                        .onComplete(done -> same.add(Vertx.currentContext() == context))
                        .<Void>mapEmpty()
                        .onComplete(promise)));
        all.await();
        assertThat(same).containsExactly(true, true);
    }

    @Test
    void a_closed_store_says_so() {
        store.ping().await();
        store.close().await();
        assertThat(refusal(store.insert(JOBS, job("a", "NEW", 1))).kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        assertThat(refusal(store.get(JOBS, "a")).kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        assertThat(refusal(store.ping()).kind).isEqualTo(Failure.Kind.UNAVAILABLE);
    }

    /** Everything there is to read, each change once, however often it is given. */
    private static List<String> read(ChangeReader reader) {
        List<String> entries = new ArrayList<>();
        ChangeReader.Batch batch = reader.next(2).await();
        while (batch.more() || !batch.changes().isEmpty()) {
            for (Change change : batch.changes()) {
                entries.add(change.entryId() + (change.deleted() ? " deleted" : ""));
            }
            batch = reader.next(2).await();
        }
        assertThat(batch.lost()).isFalse();
        return entries;
    }

    private ChangeReader fromNow() {
        ChangeReader reader = store.changes(Set.of(NEWS), null);
        assertThat(reader.next(10).await().changes()).isEmpty();
        return reader;
    }

    @Test
    void tells_what_was_inserted_changed_and_deleted_and_nothing_that_was_refused() {
        ChangeReader reader = fromNow();
        store.insert(NEWS, job("a", "NEW", 1)).await();
        assertThat(read(reader)).containsExactly("news/a@1");
        store.insertAll(NEWS, List.of(job("a", "AGAIN", 1), job("b\"\\\n", "NEW", 1)))
                .await();
        store.replaceIf(NEWS, new Document("a", 2, "{}")).await();
        store.replaceIf(NEWS, new Document("a", 2, "{}")).await();
        refusal(store.insert(NEWS, job("a", "NEW", 1)));
        store.insert(JOBS, job("untold", "NEW", 1)).await();
        store.delete(NEWS, "a", 1).await();
        assertThat(read(reader)).containsExactlyInAnyOrder("news/a@2", "news/b\"\\\n@1");
        store.delete(NEWS, "a", 2).await();
        store.deleteWhere(NEWS, Query.where(Condition.eq("status", "NEW"))).await();
        assertThat(read(reader)).containsExactlyInAnyOrder("news/a@3 deleted", "news/b\"\\\n@2 deleted");
        assertThat(read(reader)).isEmpty();
    }

    @Test
    void a_deleted_record_is_gone_to_every_question_and_its_id_and_values_are_free() {
        store.insert(NEWS, new Document("a", 1, "{\"key\":\"k\",\"status\":\"NEW\"}"))
                .await();
        ChangeReader reader = fromNow();
        store.delete(NEWS, "a", -1).await();
        assertThat(store.get(NEWS, "a").await()).isNull();
        assertThat(store.find(NEWS, Query.all()).await().documents()).isEmpty();
        assertThat(store.find(NEWS, Query.where(Condition.ne("status", "OLD")))
                        .await()
                        .documents())
                .isEmpty();
        assertThat(store.count(NEWS, List.of(Condition.eq("status", null))).await())
                .isZero();
        assertThat(store.countBy(NEWS, "status", List.of()).await()).isEmpty();
        assertThat(store.delete(NEWS, "a", -1).await()).isFalse();
        assertThat(store.deleteWhere(NEWS, Query.all()).await()).isZero();
        for (long next = 2; next < 4; next++) {
            assertThat(store.replaceIf(NEWS, new Document("a", next, "{}")).await())
                    .isFalse();
        }
        assertThat(read(reader)).contains("news/a@2 deleted").last().isEqualTo("news/a@2 deleted");

        Document again = new Document("a", 1, "{\"key\":\"k\",\"status\":\"NEW\"}");
        store.insert(NEWS, again).await();
        assertThat(store.get(NEWS, "a").await()).isEqualTo(again);
        assertThat(store.find(NEWS, Query.where(Condition.eq("key", "k")))
                        .await()
                        .documents())
                .containsExactly(again);
        assertThat(read(reader)).containsExactly("news/a@1");
    }

    @Test
    void a_reader_goes_on_at_its_position_and_misses_nothing() {
        ChangeReader first = fromNow();
        String start = first.position();
        List<Document> many =
                IntStream.range(0, 7).mapToObj(i -> job("m" + i, "NEW", i)).toList();
        store.insertAll(NEWS, many).await();
        List<String> handled = new ArrayList<>();
        for (Change change : first.next(3).await().changes()) {
            handled.add(change.entryId());
        }
        List<String> rest = read(store.changes(Set.of(NEWS), first.position()));
        List<String> all = many.stream().map(one -> "news/" + one.id() + "@1").toList();
        assertThat(rest).doesNotHaveDuplicates();
        handled.addAll(rest);
        assertThat(handled).containsAll(all);
        assertThat(read(store.changes(Set.of(NEWS), start))).containsAll(all);
        assertThat(refusal(() -> store.changes(Set.of(JOBS), null)).kind).isEqualTo(Failure.Kind.INVALID);
    }

    @Test
    void of_writers_at_once_every_last_version_is_told_after_all_before_it() throws InterruptedException {
        ChangeReader reader = fromNow();
        int records = 20;
        int versions = 15;
        ExecutorService threads = Executors.newFixedThreadPool(4);
        for (int i = 0; i < records; i++) {
            String id = "w" + i;
            threads.execute(() -> {
                store.insert(NEWS, job(id, "NEW", 1)).await();
                for (long next = 2; next <= versions; next++) {
                    store.replaceIf(NEWS, new Document(id, next, "{}")).await();
                }
            });
        }
        Map<String, Long> newest = new HashMap<>();
        // of two changes that became visible out of order one is found by a later look
        Awaitility.await()
                .pollInterval(Duration.ofMillis(1))
                .atMost(Duration.ofSeconds(30))
                .until(() -> {
                    for (Change change : reader.next(7).await().changes()) {
                        Long before = newest.put(change.id(), change.version());
                        assertThat(change.version()).isGreaterThan(before == null ? 0 : before);
                    }
                    return newest.size() == records
                            && newest.values().stream().allMatch(version -> version == versions);
                });
        threads.shutdown();
    }

    private static Failure refusal(Runnable call) {
        try {
            call.run();
            return fail("was not refused");
        } catch (Failure refused) {
            return refused;
        }
    }
}
