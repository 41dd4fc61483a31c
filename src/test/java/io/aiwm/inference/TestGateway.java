package io.aiwm.inference;

import io.aiwm.boot.ObservedTransport;
import io.aiwm.common.Failure;
import io.aiwm.common.Monotonic;
import io.aiwm.inference.balance.BalanceRules;
import io.aiwm.inference.balance.Balancer;
import io.aiwm.inference.balance.OneShotTimer;
import io.aiwm.inference.balance.ReplicaBalancer;
import io.aiwm.inference.dialect.Dialects;
import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.inference.limit.Limiter;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.route.GatewayConfigDeployedBuilder;
import io.aiwm.inference.usage.CallUsage;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** A gateway on a free port, with one upstream and what it told of calls. */
final class TestGateway implements AutoCloseable {
    static final String KEY = "secret-key-of-the-caller";
    static final String OTHER_KEY = "secret-key-of-another";
    static final String BODY =
            "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"the-secret-prompt\"}]}";
    static final String STREAM = BODY.substring(0, BODY.length() - 1) + ",\"stream\":true}";

    /** As in the product. */
    final Vertx vertx = Vertx.builder().withTransport(new ObservedTransport()).build();

    final ScriptedUpstream upstream;
    final Gateway gateway;
    final BlockingQueue<CallUsage> told = new LinkedBlockingQueue<>();
    /** Ids of deployments that were to be woken. */
    final BlockingQueue<String> woken = new LinkedBlockingQueue<>();

    final AtomicInteger reserved = new AtomicInteger();
    final AtomicInteger settled = new AtomicInteger();
    final AtomicLong settledTokens = new AtomicLong();
    volatile KeyLimits limits = KeyLimits.NONE;
    volatile KeyLimits teamLimits = KeyLimits.NONE;
    volatile ProxyRight proxyRight = ProxyRight.ALL;
    /** What keys are looked up in. */
    volatile Future<Void> keys = Future.succeededFuture();

    /** The milliseconds of balancers. */
    volatile LongSupplier balancing = Monotonic::millis;

    volatile Limiter limiter = this::reserve;
    volatile Runnable onVerify = () -> {};
    final BlockingQueue<Long> closed = new LinkedBlockingQueue<>();
    int port;
    final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    TestGateway() throws Exception {
        this(GatewaySettingsBuilder.builder(GatewaySettings.DEFAULTS)
                .firstByte(Duration.ofMillis(700))
                .idle(Duration.ofMillis(500))
                .receive(Duration.ofMillis(900))
                .recheck(Duration.ofMillis(200))
                .maxBodyBytes(1 << 20)
                .internalEndpoints(true)
                .build());
    }

    /** One that leaves everybody time, for tests in which nothing is late on purpose. */
    static TestGateway patient() throws Exception {
        return new TestGateway(GatewaySettingsBuilder.builder(GatewaySettings.DEFAULTS)
                .internalEndpoints(true)
                .build());
    }

    TestGateway(GatewaySettings settings) throws Exception {
        upstream = new ScriptedUpstream(vertx);
        gateway = new Gateway(new Gateway.Parts(
                settings,
                this::verify,
                (caller, tokens) -> limiter.reserve(caller, tokens),
                told::add,
                Dialects.all(java.time.InstantSource.system()),
                this::balancer,
                java.time.InstantSource.system()));
        var verticle = new VerticleBase() {
            @Override
            public Future<HttpServer> start() {
                Handler<HttpServerRequest> handler = gateway.handler(vertx);
                return vertx.createHttpServer(new HttpServerOptions().setCompressionSupported(true))
                        .requestHandler(request -> {
                            // as InferenceMounts does
                            request.response().headers().set(HttpHeaders.CONTENT_ENCODING, HttpHeaders.IDENTITY);
                            handler.handle(request);
                        })
                        .connectionHandler(open -> open.closeHandler(gone -> closed.add(System.nanoTime())))
                        .listen(0, "127.0.0.1")
                        .onSuccess(open -> port = open.actualPort());
            }
        };
        vertx.deployVerticle(verticle).toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        serves(upstream.replica("r1"));
    }

    private Balancer balancer(GatewayConfig.Deployed deployed) {
        var made = new ReplicaBalancer(
                BalanceRules.DEFAULT, () -> balancing.getAsLong(), OneShotTimer.of(vertx), woken::add);
        made.update(deployed);
        return made;
    }

    private Future<Caller> verify(String credential) {
        onVerify.run();
        if (credential.equals(OTHER_KEY)) {
            return Future.succeededFuture(new Caller("key_2", "bob", "team", limits, teamLimits, proxyRight));
        }
        return credential.equals(KEY)
                ? keys.map(there -> new Caller("key_1", "ann", "team", limits, teamLimits, proxyRight))
                : Future.failedFuture(new Failure(Failure.Kind.UNAUTHENTICATED, "the key is not valid"));
    }

    private Future<Limiter.Reservation> reserve(Caller caller, long tokens) {
        reserved.incrementAndGet();
        var once = new AtomicInteger();
        return Future.succeededFuture(new Limiter.Reservation() {
            @Override
            public void settle(long used) {
                if (once.incrementAndGet() > 1) {
                    settled.addAndGet(1_000); // twice: seen by whoever counts
                }
                settled.incrementAndGet();
                settledTokens.addAndGet(used);
            }

            @Override
            public List<String> headers() {
                return List.of("RateLimit-Limit", "100");
            }
        });
    }

    static GatewayConfigDeployedBuilder deployed(String id, String name) {
        return GatewayConfigDeployedBuilder.builder().id(id).name(name).state("RUNNING");
    }

    /** The deployment {@code tiny} with these replicas, known to its engine as {@code engine-tiny}. */
    void serves(GatewayConfig.Replica... replicas) {
        serves(List.of(deployed("dep_1", "tiny")
                .upstreamModel("engine-tiny")
                .replicas(List.of(replicas))
                .build()));
    }

    void serves(List<GatewayConfig.Deployed> deployed, GatewayConfig.Alias... aliases) {
        gateway.configure(new GatewayConfig(1, deployed, null, List.of(aliases), null, null));
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20))
                .header("Authorization", "Bearer " + KEY);
    }

    HttpResponse<String> post(String path, String body) throws Exception {
        return client.send(
                request(path)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> chat(String body) throws Exception {
        return post("/v1/chat/completions", body);
    }

    HttpResponse<String> get(String path) throws Exception {
        return client.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** What was told of the call that has just ended. */
    CallUsage usage() throws InterruptedException {
        CallUsage usage = told.poll(10, TimeUnit.SECONDS);
        if (usage == null) {
            throw new AssertionError("nothing was told of the call");
        }
        return usage;
    }

    /** Everything that was taken is given back, once, and each call was told of once. */
    List<String> leftOver() {
        var left = new ArrayList<String>();
        if (reserved.get() != settled.get()) {
            left.add(reserved + " reserved, " + settled + " settled");
        }
        gateway.load().forEach((id, load) -> {
            if (load.inFlight() + load.waiting() != 0) {
                left.add(id + " has " + load);
            }
        });
        told.forEach(more -> left.add("told twice: " + more));
        return left;
    }

    @Override
    public void close() {
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }
}
