package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.controller.api.CallerIdentity;
import io.aiwm.controller.api.ConversationFeed;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.change.ChangeTail;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.http.TokenCheck;
import io.vertx.core.Future;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A conversation, a server with its event bridge, and pages that listen. */
@Timeout(120)
abstract class ConversationFeedRig {
    static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    /** When the users were made who call. */
    final Map<String, Instant> since = new ConcurrentHashMap<>(
            Map.of("ada", AgentRig.ADA.since(), "bob", AgentRig.ADA.since(), "root", AgentRig.ADA.since()));

    AgentRig rig;
    TestServer server;
    WebSocketClient client;

    @BeforeEach
    void open() {
        rig = new AgentRig(folder);
        rig.agent(null);
        rig.conversation();
        var agents = rig.agents();
        var feed = new ConversationFeed(
                agents.conversations(),
                agents.turns(),
                agents.reading(),
                new CallerIdentity(name -> Future.succeededFuture(since.get(name))));
        var tail = new ChangeTail(
                rig.vertx,
                rig.store,
                Set.of(Conversations.COLLECTION.name()),
                change -> feed.changed(change.id()),
                feed::missed);
        feed.onInterest(tail::want);
        server = TestServer.withFeeds(List.of(), TokenCheck.of(ConversationFeedRig::known), feed);
        client = server.vertx.createWebSocketClient(
                new WebSocketClientOptions().setMaxMessageSize(4 << 20).setMaxFrameSize(4 << 20));
    }

    static Principal known(String token) {
        if (!Set.of("ada", "bob", "root").contains(token)) {
            throw new Failure(Failure.Kind.UNAUTHENTICATED, "nobody");
        }
        return new Principal(
                token,
                token.equals("root") ? Role.ADMIN : Role.OPERATOR,
                token,
                Instant.now().plusSeconds(600));
    }

    @AfterEach
    void close() {
        server.close();
        rig.close();
    }

    /** What a reader over HTTP gets that has all up to this. */
    List<TurnReading.Told> overHttp(String executionId, String after) {
        var told = new CopyOnWriteArrayList<TurnReading.Told>();
        Runnable leave = rig.agents().reading().read(TurnReading.Wanted.of(rig.now(), executionId, after), told::add);
        leave.run();
        return List.copyOf(told);
    }
}
