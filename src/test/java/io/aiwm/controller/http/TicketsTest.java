package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TicketsTest {
    private static final Principal ANN =
            new Principal("ann", Role.VIEWER, "jti-1", Instant.parse("2026-11-21T18:00:00Z"), 7);
    private static final Principal BOB = new Principal("bob", Role.ADMIN, "key_1", null, 1);

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private Instant now = Instant.parse("2026-11-21T10:00:00Z");
    private SqliteStore store;
    /** What two controllers on one store have. */
    private Tickets here;

    private Tickets there;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("test.db"), Config.Storage.Sync.NORMAL);
        TestServer.await(store.open(List.of(Tickets.COLLECTION)));
        here = new Tickets(store, () -> now);
        there = new Tickets(store, () -> now);
    }

    @AfterEach
    void close() {
        TestServer.await(store.close());
        TestServer.await(vertx.close());
    }

    private String issue(Principal principal) {
        return TestServer.await(here.issue(principal));
    }

    private static Failure.Kind refusal(Future<?> future) {
        return TestServer.await(future.<Failure.Kind>map(answer -> null).otherwise(cause -> Failure.of(cause).kind));
    }

    private long kept() {
        return TestServer.await(store.count(Tickets.COLLECTION.name(), List.of()));
    }

    @Test
    void a_ticket_of_one_controller_says_at_another_who_it_was_given_to() {
        assertThat(TestServer.await(there.redeem(issue(ANN)))).isEqualTo(ANN);
        assertThat(TestServer.await(there.redeem(issue(BOB)))).isEqualTo(BOB);
    }

    @Test
    void a_ticket_is_used_once_wherever_it_is_used() {
        String ticket = issue(ANN);
        TestServer.await(there.redeem(ticket));
        assertThat(refusal(there.redeem(ticket))).isEqualTo(Failure.Kind.UNAUTHENTICATED);
        assertThat(refusal(here.redeem(ticket))).isEqualTo(Failure.Kind.UNAUTHENTICATED);
        assertThat(kept()).isZero();
    }

    @Test
    void of_many_who_use_a_ticket_at_the_same_moment_one_gets_in() {
        String ticket = issue(ANN);
        List<Future<Boolean>> tries = IntStream.range(0, 20)
                .mapToObj(each ->
                        (each % 2 == 0 ? here : there).redeem(ticket).map(true).otherwise(false))
                .toList();
        assertThat(tries.stream().filter(TestServer::await)).hasSize(1);
    }

    @Test
    void a_ticket_is_too_old_after_thirty_seconds_and_not_before() {
        String first = issue(ANN);
        String second = issue(ANN);
        now = now.plus(Tickets.LIFETIME).minusMillis(1);
        TestServer.await(there.redeem(first));
        now = now.plusMillis(1);
        assertThat(refusal(there.redeem(second))).isEqualTo(Failure.Kind.UNAUTHENTICATED);
    }

    @Test
    void nothing_that_is_no_ticket_opens_anything() {
        issue(ANN);
        for (String guess : new String[] {null, "", "ann", "0".repeat(32), "0".repeat(10_000)}) {
            assertThat(refusal(here.redeem(guess))).isEqualTo(Failure.Kind.UNAUTHENTICATED);
        }
    }

    @Test
    void the_store_holds_nothing_that_opens_the_bridge() {
        String ticket = issue(ANN);
        var kept = TestServer.await(store.find(Tickets.COLLECTION.name(), Query.all()));
        assertThat(kept.documents()).singleElement().satisfies(document -> {
            assertThat(document.json()).doesNotContain(ticket);
            assertThat(refusal(here.redeem(document.id()))).isEqualTo(Failure.Kind.UNAUTHENTICATED);
        });
    }

    @Test
    void one_user_takes_no_ticket_from_another_and_gets_more_when_the_first_are_used_or_old() {
        List<String> all = IntStream.range(0, Tickets.MOST_OPEN_OF_ONE)
                .mapToObj(each -> issue(ANN))
                .toList();
        assertThat(refusal(here.issue(ANN))).isEqualTo(Failure.Kind.LIMITED);
        assertThat(refusal(there.issue(ANN))).isEqualTo(Failure.Kind.LIMITED);
        issue(BOB);
        TestServer.await(there.redeem(all.get(0)));
        issue(ANN);
        assertThat(refusal(here.issue(ANN))).isEqualTo(Failure.Kind.LIMITED);
        now = now.plus(Tickets.LIFETIME);
        issue(ANN);
    }

    @Test
    void tickets_nobody_used_are_swept_away_and_others_stay() {
        issue(ANN);
        now = now.plusSeconds(20);
        String young = issue(ANN);
        now = now.plusSeconds(10);
        TestServer.await(there.run());
        assertThat(kept()).isEqualTo(1);
        assertThat(TestServer.await(here.redeem(young))).isEqualTo(ANN);
    }
}
