package io.aiwm.controller.http;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.controller.api.AuthResource;
import io.aiwm.controller.api.HealthResource;
import io.aiwm.controller.api.Logins;
import io.aiwm.controller.api.SignInAudit;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** The real HTTP verticle on a free port, with tokens whose text is the role in lower case. */
public final class TestServer implements AutoCloseable {
    public static final String PASSWORD = "correct horse";
    public final Vertx vertx = Vertx.vertx();
    final Tickets tickets;
    public final SignInAudit signIns;
    final ThingResource things = new ThingResource();
    final RestApi api;
    final HttpApiVerticle.Setup setup;
    public final int port;
    private final SqliteStore store;
    /** Null where the store is another server's. */
    private Path folder;

    private String deployment;
    private final HttpClient client = HttpClient.newHttpClient();

    public TestServer(List<Resource> more) {
        this(more, TestServer::verify);
    }

    public TestServer(List<Resource> more, TokenCheck tokens) {
        this(more, tokens, Duration.ofSeconds(60));
    }

    public TestServer(List<Resource> more, TokenCheck tokens, Duration idleTimeout) {
        this(more, tokens, idleTimeout, null);
    }

    /** @param sockets beside the resources, for those who come through this door */
    public static TestServer withSockets(List<Resource> more, Function<TicketSockets.Door, List<Mount>> sockets) {
        return new TestServer(more, TestServer::verify, Duration.ofSeconds(60), null, sockets, AuditTrail.NONE);
    }

    /** @param feeds of the event bridge */
    public static TestServer withFeeds(List<Resource> more, TokenCheck tokens, BridgeFeed... feeds) {
        return new TestServer(
                more,
                tokens,
                Duration.ofSeconds(60),
                null,
                door -> EventBridge.mounts(door, List.of(feeds)),
                AuditTrail.NONE);
    }

    /** @param audit is told what callers change */
    public static TestServer audited(List<Resource> more, AuditTrail audit) {
        return audited(more, audit, TestServer::login, List.of());
    }

    /** @param mounts beside the API */
    public static TestServer audited(List<Resource> more, AuditTrail audit, Logins logins, List<Mount> mounts) {
        return new TestServer(more, TestServer::verify, Duration.ofSeconds(60), null, door -> mounts, audit, logins);
    }

    private TestServer(List<Resource> more, TokenCheck tokens, Duration idleTimeout, SqliteStore shared) {
        this(more, tokens, idleTimeout, shared, door -> List.of(), AuditTrail.NONE);
    }

    private TestServer(
            List<Resource> more,
            TokenCheck tokens,
            Duration idleTimeout,
            SqliteStore shared,
            Function<TicketSockets.Door, List<Mount>> sockets,
            AuditTrail audit) {
        this(more, tokens, idleTimeout, shared, sockets, audit, TestServer::login);
    }

    /** @param shared what another server keeps; null: a store of its own */
    private TestServer(
            List<Resource> more,
            TokenCheck tokens,
            Duration idleTimeout,
            SqliteStore shared,
            Function<TicketSockets.Door, List<Mount>> sockets,
            AuditTrail audit,
            Logins logins) {
        store = shared == null ? fresh() : shared;
        this.tickets = new Tickets(store, InstantSource.system());
        var open = new AtomicInteger();
        List<Resource> resources = new ArrayList<>(more);
        resources.add(things);
        signIns = new SignInAudit(audit, name -> Future.succeededFuture(name.equals("admin")));
        resources.add(new AuthResource(logins, tickets, signIns));
        resources.add(new HealthResource(
                List.of(new HealthCheck(
                        "store", true, () -> Future.succeededFuture(new JsonObject().put("secret", "detail")))),
                () -> true));
        var config = new Config.Http(
                "127.0.0.1",
                0,
                List.of("https://friend.example"),
                List.of(),
                100_000,
                Duration.ofSeconds(2),
                idleTimeout);
        api = RestApi.of(config, resources, tokens, audit);
        var mounts = new ArrayList<>(api.mounts());
        var door = new TicketSockets.Door(tickets, tokens, config, InstantSource.system());
        List<Mount> doors = sockets.apply(door);
        mounts.addAll(doors);
        if (doors.stream().noneMatch(mount -> mount.takes("/eventbus"))) {
            mounts.addAll(EventBridge.mounts(door, List.of()));
        }
        mounts.add(Mount.socket(
                "/ws/node",
                loop -> request -> request.response().setStatusCode(418).end()));
        setup = new HttpApiVerticle.Setup(config, mounts, tokens, open::set, api::warmUp);
        deployment = await(vertx.deployVerticle(new HttpApiVerticle(setup)));
        port = open.get();
    }

    /** Another controller on the same store, in a Vert.x of its own; to be closed first. */
    TestServer beside() {
        return new TestServer(List.of(), TestServer::verify, Duration.ofSeconds(60), store);
    }

    private SqliteStore fresh() {
        try {
            folder = Files.createTempDirectory("aiwm-test-server");
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
        var made = new SqliteStore(vertx, folder.resolve("test.db"), Config.Storage.Sync.NORMAL);
        await(made.open(List.of(Tickets.COLLECTION)));
        return made;
    }

    /** Closes the port and every connection. */
    void stop() {
        await(vertx.undeploy(deployment));
    }

    /** Opens the same port again. */
    void startAgain() {
        var config = new Config.Http(
                "127.0.0.1", port, List.of(), List.of(), 100_000, Duration.ofSeconds(2), Duration.ofSeconds(60));
        deployment = await(vertx.deployVerticle(new HttpApiVerticle(new HttpApiVerticle.Setup(
                config, setup.mounts(), setup.tokens(), setup.shares(), setup.listening(), setup.warmUp()))));
    }

    public static Future<Logins.Login> login(String username, String password, String address) {
        return password.equals(PASSWORD)
                ? Future.succeededFuture(new Logins.Login("admin", Duration.ofHours(1)))
                : Future.failedFuture(new Failure(Failure.Kind.UNAUTHENTICATED, "wrong name or password"));
    }

    public static Future<Principal> verify(String token) {
        for (Role role : Role.values()) {
            if (role.name().toLowerCase(Locale.ROOT).equals(token)) {
                return Future.succeededFuture(new Principal(
                        token, role, token, InstantSource.system().instant().plusSeconds(600)));
            }
        }
        return Future.failedFuture(new Failure(Failure.Kind.UNAUTHENTICATED, "the token has expired"));
    }

    public static <T> T await(Future<T> future) {
        try {
            return future.await(20, TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException cause) {
            throw new AssertionError(cause);
        }
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    /** @param token null: none; @param body null: none */
    public HttpResponse<String> call(String method, String path, String token, String body, String... headers) {
        var builder = HttpRequest.newBuilder(uri(path))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(Duration.ofSeconds(20))
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (token != null) {
            builder.header("Authorization", "Bearer " + token);
        }
        if (body != null && List.of(headers).stream().noneMatch("Content-Type"::equalsIgnoreCase)) {
            builder.header("Content-Type", "application/json");
        }
        if (headers.length > 0) {
            builder.headers(headers);
        }
        try {
            return client.send(builder.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException cause) {
            throw new AssertionError(cause);
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            throw new AssertionError(cause);
        }
    }

    @Override
    public void close() {
        if (folder != null) {
            await(store.close());
        }
        await(vertx.close());
        if (folder != null) {
            try (var kept = Files.list(folder)) {
                for (Path each : kept.toList()) {
                    Files.delete(each);
                }
                Files.delete(folder);
            } catch (IOException cause) {
                throw new UncheckedIOException(cause);
            }
        }
    }
}
