package io.aiwm.controller.store;

import static io.aiwm.controller.store.DocumentStoreContract.JOBS;
import static io.aiwm.controller.store.DocumentStoreContract.NEWS;
import static io.aiwm.controller.store.DocumentStoreContract.OTHERS;
import static io.aiwm.controller.store.DocumentStoreContract.job;
import static io.aiwm.controller.store.DocumentStoreContract.refusal;
import static io.aiwm.controller.store.DocumentStoreContract.vertx;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.Query.Condition;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every document store promises of records that are written, replaced and deleted. */
public interface StoredRecordPromises extends StoreUnderTest {
    @Test
    default void what_was_written_is_read_back_to_the_letter() {
        Document odd = new Document(
                "ids/may.have$signs\"'", 7, "{ \"$set\" : {\"a.b\":1.50}, \"text\":\"ä€😀\\u0000 ' \\\" ; --\" }");
        store().insert(JOBS, odd).await();
        assertThat(store().get(JOBS, odd.id()).await()).isEqualTo(odd);
        assertThat(store().find(JOBS, Query.all()).await().documents()).containsExactly(odd);
        assertThat(store().get(JOBS, "nobody").await()).isNull();
        assertThat(store().get("others", odd.id()).await()).isNull();
    }

    @Test
    default void a_taken_id_is_refused_and_the_first_record_stays() {
        store().insert(JOBS, job("a", "NEW", 1)).await();
        assertThat(refusal(store().insert(JOBS, job("a", "OTHER", 2))).kind).isEqualTo(Failure.Kind.CONFLICT);
        assertThat(store().get(JOBS, "a").await().json()).contains("NEW");
    }

    @Test
    default void replaces_only_the_version_it_saw() {
        store().insert(JOBS, job("a", "NEW", 1)).await();
        Document second = new Document("a", 2, "{\"status\":\"RUNNING\"}");
        assertThat(store().replaceIf(JOBS, second).await()).isTrue();
        assertThat(store().replaceIf(JOBS, second).await()).isFalse();
        assertThat(store().replaceIf(JOBS, new Document("a", 4, "{}")).await()).isFalse();
        assertThat(store().replaceIf(JOBS, new Document("gone", 2, "{}")).await())
                .isFalse();
        assertThat(store().get(JOBS, "a").await()).isEqualTo(second);
        assertThat(ids(Condition.eq("status", "NEW"))).isEmpty();
        assertThat(ids(Condition.eq("status", "RUNNING"))).containsExactly("a");
        assertThat(ids(Condition.eq("priority", null))).containsExactly("a");
    }

    @Test
    default void of_racing_threads_one_wins_each_version() throws Exception {
        store().insert(JOBS, new Document("counter", 1, "{\"priority\":0}")).await();
        int threads = 6;
        int each = 15;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        CountDownLatch done = new CountDownLatch(threads);
        for (int thread = 0; thread < threads; thread++) {
            pool.execute(() -> {
                for (int won = 0; won < each; ) {
                    Document seen = store().get(JOBS, "counter").await();
                    int count = new JsonObject(seen.json()).getInteger("priority");
                    Document next = new Document(
                            "counter",
                            seen.version() + 1,
                            new JsonObject().put("priority", count + 1).encode());
                    won += store().replaceIf(JOBS, next).await() ? 1 : 0;
                }
                done.countDown();
            });
        }
        done.await();
        pool.shutdown();
        Document last = store().get(JOBS, "counter").await();
        assertThat(last.version()).isEqualTo(1 + threads * each);
        assertThat(ids(Condition.eq("priority", threads * each))).containsExactly("counter");
    }

    @Test
    default void of_racing_inserts_one_wins() {
        List<Future<Boolean>> tries = IntStream.range(0, 20)
                .mapToObj(i ->
                        store().insert(JOBS, job("same", "NEW", i)).map(true).otherwise(false))
                .toList();
        Future.all(tries).await();
        assertThat(tries.stream().filter(Future::result)).hasSize(1);
    }

    @Test
    default void a_bulk_says_for_each_whether_it_was_inserted() {
        store().insert(JOBS, new Document("b", 1, "{\"key\":\"k\"}")).await();
        List<Document> many = List.of(
                job("a", "NEW", 1), job("b", "NEW", 1), job("c", "NEW", 1), new Document("d", 1, "{\"key\":\"k\"}"));
        assertThat(store().insertAll(JOBS, many).await()).containsExactly(true, false, true, false);
        assertThat(store().insertAll(JOBS, List.of()).await()).isEmpty();
        assertThat(ids()).containsExactly("a", "b", "c");
    }

    @Test
    default void documents_are_put_in_place_of_others_whatever_their_version() {
        store().insert(OTHERS, new Document("a", 1, "{\"n\":1}")).await();
        store().replaceIf(OTHERS, new Document("a", 2, "{\"n\":2}")).await();
        store().putAll(OTHERS, List.of(new Document("a", 1, "{\"n\":3}"), new Document("b", 7, "{}")))
                .await();
        assertThat(store().get(OTHERS, "a").await()).isEqualTo(new Document("a", 1, "{\"n\":3}"));
        store().putAll(OTHERS, List.of(new Document("b", 7, "{\"n\":4}"))).await();
        store().putAll(OTHERS, List.of()).await();
        assertThat(store().find(OTHERS, Query.all()).await().documents())
                .containsExactly(new Document("a", 1, "{\"n\":3}"), new Document("b", 7, "{\"n\":4}"));
        // who reads it at once reads what was put
        assertThat(store().replaceIf(OTHERS, new Document("a", 2, "{\"n\":5}")).await())
                .isTrue();
    }

    @Test
    default void nothing_is_put_where_it_must_be_seen_before() {
        assertThat(refusal(store().putAll(NEWS, List.of(new Document("a", 1, "{}")))).kind)
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store().putAll(JOBS, List.of(new Document("a", 1, "{}")))).kind)
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(ids()).isEmpty();
    }

    @Test
    default void a_unique_value_is_had_once_and_absence_often() {
        store().insert(JOBS, new Document("a", 1, "{\"key\":\"k\"}")).await();
        store().insert(JOBS, new Document("b", 1, "{}")).await();
        store().insert(JOBS, new Document("c", 1, "{\"key\":null}")).await();
        assertThat(refusal(store().insert(JOBS, new Document("d", 1, "{\"key\":\"k\"}"))).kind)
                .isEqualTo(Failure.Kind.CONFLICT);
        assertThat(refusal(store().replaceIf(JOBS, new Document("b", 2, "{\"key\":\"k\"}"))).kind)
                .isEqualTo(Failure.Kind.CONFLICT);
        assertThat(store().get(JOBS, "b").await().version()).isEqualTo(1);
        assertThat(store().delete(JOBS, "a", -1).await()).isTrue();
        assertThat(store().replaceIf(JOBS, new Document("b", 2, "{\"key\":\"k\"}"))
                        .await())
                .isTrue();
        assertThat(ids(Condition.eq("key", "k"))).containsExactly("b");
    }

    @Test
    default void deletes_the_version_that_was_seen() {
        store().insert(JOBS, job("a", "NEW", 1)).await();
        assertThat(store().delete(JOBS, "a", 2).await()).isFalse();
        assertThat(store().delete(JOBS, "a", 1).await()).isTrue();
        assertThat(store().delete(JOBS, "a", -1).await()).isFalse();
        assertThat(store().get(JOBS, "a").await()).isNull();
        store().insert(JOBS, job("a", "AGAIN", 1)).await();
        assertThat(store().get(JOBS, "a").await().json()).contains("AGAIN");
    }

    @Test
    default void deletes_what_matches_up_to_the_limit() {
        store().insertAll(JOBS, List.of(job("a", "OLD", 3), job("b", "OLD", 1), job("c", "OLD", 2), job("d", "NEW", 0)))
                .await();
        Query old = Query.where(Condition.eq("status", "OLD")).orderBy("priority", false);
        assertThat(store().deleteWhere(JOBS, old.limit(2)).await()).isEqualTo(2);
        assertThat(ids()).containsExactly("a", "d");
        assertThat(store().get(JOBS, "b").await()).isNull();
        assertThat(store().deleteWhere(JOBS, old).await()).isEqualTo(1);
        assertThat(store().deleteWhere(JOBS, old).await()).isZero();
        assertThat(ids()).containsExactly("d");
    }

    @Test
    default void texts_that_look_like_commands_are_only_texts() {
        List<String> attacks = List.of(
                "{\"$ne\":null}", "$ne", "' OR '1'='1", "\"; DROP TABLE jobs; --", "a.b.c", "$status", "%", "*", "\\");
        for (int i = 0; i < attacks.size(); i++) {
            store().insert(JOBS, job(attacks.get(i), attacks.get(i), i)).await();
        }
        store().insert(JOBS, job("victim", "NEW", 99)).await();
        for (String attack : attacks) {
            assertThat(ids(Condition.eq("status", attack))).containsExactly(attack);
            assertThat(ids(Condition.in("status", List.of(attack)))).containsExactly(attack);
            assertThat(store().get(JOBS, attack).await().id()).isEqualTo(attack);
            assertThat(store().delete(JOBS, attack, 1).await()).isTrue();
        }
        assertThat(store().get(JOBS, "{\"$ne\":null}").await()).isNull();
        assertThat(ids()).containsExactly("victim");
    }

    @Test
    default void what_was_acknowledged_is_seen_by_every_later_question() {
        store().insert(JOBS, job("a", "S0", 0)).await();
        for (int i = 1; i <= 50; i++) {
            Document next = new Document("a", i + 1, job("a", "S" + i, i).json());
            assertThat(store().replaceIf(JOBS, next).await()).isTrue();
            assertThat(store().get(JOBS, "a").await()).isEqualTo(next);
            assertThat(ids(Condition.eq("status", "S" + i))).containsExactly("a");
            assertThat(store().count(JOBS, List.of(Condition.eq("status", "S" + (i - 1))))
                            .await())
                    .isZero();
        }
    }

    @Test
    default void answers_come_back_on_the_context_that_asked() {
        var context = vertx.getOrCreateContext();
        List<Boolean> same = Collections.synchronizedList(new ArrayList<>());
        Future<Void> all =
                Future.future(promise -> context.runOnContext(ignored -> store().insert(JOBS, job("a", "NEW", 1))
                        .onComplete(done -> same.add(Vertx.currentContext() == context))
                        .compose(done -> store().find(JOBS, Query.all()))
                        .onComplete(done -> same.add(Vertx.currentContext() == context))
                        .<Void>mapEmpty()
                        .onComplete(promise)));
        all.await();
        assertThat(same).containsExactly(true, true);
    }

    @Test
    default void a_closed_store_says_so() {
        store().ping().await();
        store().close().await();
        assertThat(refusal(store().insert(JOBS, job("a", "NEW", 1))).kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        assertThat(refusal(store().get(JOBS, "a")).kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        assertThat(refusal(store().ping()).kind).isEqualTo(Failure.Kind.UNAVAILABLE);
    }
}
