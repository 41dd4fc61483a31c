package io.aiwm.controller.store;

import static io.aiwm.controller.store.DocumentStoreContract.JOBS;
import static io.aiwm.controller.store.DocumentStoreContract.job;
import static io.aiwm.controller.store.DocumentStoreContract.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Page;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Query.Op;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What every document store promises of lists: what is found, in which order, and page by page. */
public interface QueryPromises extends StoreUnderTest {
    @Test
    default void a_record_is_found_by_the_same_fields_whether_the_store_or_another_encoded_it() {
        Instant time = Instant.parse("2026-02-03T04:05:06.789Z");
        List<Map<String, Object>> records = List.of(
                Map.of("status", "\"N\\\n\u00e4", "priority", 5.0, "createdAt", time, "tags", List.of("x", "\"y\"")),
                Map.of("node", Map.of("name", "n1"), "priority", 2.5, "tags", List.of(), "createdAt", "soon"),
                Map.of("node", List.of("n1"), "priority", "5", "tags", "x", "status", true));
        for (int i = 0; i < records.size(); i++) {
            store().insert(JOBS, store().encode(JOBS, "own" + i, 1, Map.of())).await();
            assertThat(store().replaceIf(JOBS, store().encode(JOBS, "own" + i, 2, records.get(i)))
                            .await())
                    .isTrue();
            store().insert(JOBS, new Document("text" + i, 1, Json.encode(records.get(i))))
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
    default void filters_compare_as_declared() {
        store().insertAll(
                        JOBS,
                        List.of(job("a", "NEW", 1), job("b", "NEW", 2.5), job("c", "DONE", 10), job("d", null, null)))
                .await();
        store().insert(
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
    default void counts_all_and_by_value() {
        store().insertAll(
                        JOBS, List.of(job("a", "NEW", 1), job("b", "NEW", 2), job("c", "DONE", 2), job("d", null, 2.5)))
                .await();
        assertThat(store().count(JOBS, List.of()).await()).isEqualTo(4);
        assertThat(store().count(JOBS, List.of(Condition.eq("status", "NEW"))).await())
                .isEqualTo(2);
        assertThat(store().countBy(JOBS, "status", List.of()).await()).isEqualTo(Map.of("NEW", 2L, "DONE", 1L));
        assertThat(store().countBy(JOBS, "priority", List.of(Condition.gte("priority", 2)))
                        .await())
                .isEqualTo(Map.of("2", 2L, "2.5", 1L));
        assertThat(store().countBy("others", "id", List.of()).await()).isEmpty();
    }

    @Test
    default void pages_visit_each_record_once_in_order_whatever_the_direction() {
        List<Document> many = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            many.add(job(String.format("j%02d", i), i % 4 == 0 ? null : "S" + i % 4, i % 5 == 0 ? null : i % 7));
        }
        Collections.shuffle(many, new java.util.Random(1));
        store().insertAll(JOBS, many).await();
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
    default void newest_first_goes_by_the_time_and_then_by_the_id_and_a_page_continues_within_one_moment() {
        store().insertAll(
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
        assertThat(refusal(store().find(JOBS, Query.where(Condition.lt("createdAt", "2026")))).kind)
                .isEqualTo(Failure.Kind.INVALID);
    }

    @Test
    default void a_cursor_neither_skips_nor_repeats_what_stays_while_the_rest_changes() {
        List<Document> many = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            many.add(job(String.format("j%02d", i), "S", i));
        }
        store().insertAll(JOBS, many).await();
        Query query = Query.all().orderBy("priority", false).limit(10);
        List<String> seen = new ArrayList<>();
        String cursor = null;
        int turn = 0;
        do {
            Page page = store().find(JOBS, query.after(cursor)).await();
            page.documents().forEach(document -> seen.add(document.id()));
            cursor = page.nextCursor();
            // Even the record that the cursor points at goes away; others come in before and behind it.
            store().delete(JOBS, seen.get(seen.size() - 1), -1).await();
            store().insert(JOBS, job("new" + turn, "S", turn % 2 == 0 ? -1 : 100))
                    .await();
            turn++;
        } while (cursor != null);
        assertThat(seen)
                .doesNotHaveDuplicates()
                .containsAll(many.stream().map(Document::id).toList());
    }

    @Test
    default void a_cursor_belongs_to_its_list() {
        store().insertAll(JOBS, List.of(job("a", "NEW", 1), job("b", "NEW", 2), job("c", "NEW", 3)))
                .await();
        Query query = Query.where(Condition.eq("status", "NEW"))
                .orderBy("priority", false)
                .limit(1);
        String cursor = store().find(JOBS, query).await().nextCursor();
        for (Query other : List.of(
                Query.all().orderBy("priority", false),
                Query.where(Condition.eq("status", "DONE")).orderBy("priority", false),
                Query.where(Condition.eq("status", "NEW")).orderBy("priority", true),
                Query.where(Condition.eq("status", "NEW")))) {
            assertThat(refusal(store().find(JOBS, other.after(cursor))).kind).isEqualTo(Failure.Kind.INVALID);
        }
        for (String garbage :
                List.of("", "x", "%%%", "e30", "W10", cursor + "A", cursor.substring(2), "a".repeat(100_000))) {
            assertThat(refusal(store().find(JOBS, query.after(garbage))).kind).isEqualTo(Failure.Kind.INVALID);
        }
        assertThat(store().find(JOBS, query.limit(2).after(cursor)).await().documents())
                .hasSize(2);
    }

    @Test
    default void what_is_not_declared_or_does_not_compare_is_refused() {
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
            assertThat(refusal(store().find(JOBS, Query.where(wrong))).kind)
                    .as(wrong.toString())
                    .isEqualTo(Failure.Kind.INVALID);
            assertThat(refusal(store().deleteWhere(JOBS, Query.where(wrong))).kind)
                    .isEqualTo(Failure.Kind.INVALID);
            assertThat(refusal(store().count(JOBS, List.of(wrong))).kind).isEqualTo(Failure.Kind.INVALID);
        }
        assertThat(refusal(store().find(JOBS, Query.all().orderBy("secret", false))).kind)
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store().find(JOBS, Query.all().orderBy("tags", false))).kind)
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store().countBy(JOBS, "secret", List.of())).kind).isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store().get("unheard-of", "a")).kind).isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store().insert(JOBS, new Document("a", 1, "[1]"))).kind)
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store().insert(JOBS, new Document("a", 1, "{\"status\":"))).kind)
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(store().count(JOBS, List.of()).await()).isZero();
    }
}
