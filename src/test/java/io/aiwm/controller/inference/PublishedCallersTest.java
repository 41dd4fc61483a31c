package io.aiwm.controller.inference;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Failure;
import io.aiwm.controller.auth.ApiKeys;
import io.aiwm.controller.auth.Callers;
import io.aiwm.controller.auth.KeyRequest;
import io.aiwm.controller.auth.KeyScope;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.QuickUsers;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.auth.Teams;
import io.aiwm.controller.auth.Users;
import io.aiwm.controller.inference.limit.InferenceCallers;
import io.aiwm.controller.node.FleetUnderTest;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.inference.route.GatewayConfig;
import io.vertx.core.Future;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PublishedCallersTest {
    private static final Principal ADMIN = new Principal("root", Role.ADMIN, "t0", null);

    @TempDir
    Path folder;

    private FleetUnderTest fleet;
    private Users users;
    private PublishedCallers published;

    record Told(List<String> keys, List<GatewayConfig.Team> teams) {}

    private final AtomicInteger away = new AtomicInteger();
    private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();

    @BeforeEach
    void begin() {
        fleet = new FleetUnderTest(folder, Users.COLLECTION, ApiKeys.COLLECTION, Teams.COLLECTION);
        users = QuickUsers.of(fleet.vertx, fleet.store, fleet.clock);
        var teams = new Teams(fleet.store, fleet.clock);
        var keys = new ApiKeys(shaky(), users, fleet.clock);
        var callers = new InferenceCallers(new Callers(fleet.jwt, users, keys), keys, users, teams, fleet.clock);
        published = new PublishedCallers(
                fleet.vertx,
                fleet.store,
                callers,
                (who, are) -> told.add(
                        new Told(who.stream().map(GatewayConfig.Key::id).toList(), are)));
        await(users.create("root", "first password", Role.ADMIN));
    }

    /** The store, of which nothing can be found at times. */
    private DocumentStore shaky() {
        return (DocumentStore) Proxy.newProxyInstance(
                DocumentStore.class.getClassLoader(),
                new Class<?>[] {DocumentStore.class},
                (store, method, given) ->
                        method.getName().equals("find") && away.getAndUpdate(left -> Math.max(0, left - 1)) > 0
                                ? Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "the store is away"))
                                : method.invoke(fleet.store, given));
    }

    @AfterEach
    void end() {
        published.close();
        fleet.close();
    }

    private Told next() throws InterruptedException {
        return told.poll(10, TimeUnit.SECONDS);
    }

    @Test
    void what_another_controller_changes_is_told_without_a_sweep() throws Exception {
        await(published.start());
        assertThat(next()).isEqualTo(new Told(List.of(), List.of()));
        var elsewhere = new ApiKeys(fleet.store, users, fleet.clock);
        var key =
                await(elsewhere.create(ADMIN, new KeyRequest("k", Role.VIEWER, null, KeyScope.INFERENCE, null, null)));
        assertThat(next().keys()).containsExactly(key.key().id());
        var limits = new KeyLimits(null, 7, null, null, null, null);
        await(new Teams(fleet.store, fleet.clock).put("blue", null, limits, null));
        assertThat(next().teams()).containsExactly(new GatewayConfig.Team("blue", limits));
        await(elsewhere.delete(ADMIN, key.key().id()));
        assertThat(next().keys()).isEmpty();
    }

    @Test
    void what_could_not_be_read_is_read_again_without_a_sweep() throws Exception {
        away.set(1);
        await(published.start());
        assertThat(next()).isEqualTo(new Told(List.of(), List.of()));
    }
}
