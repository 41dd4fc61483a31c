package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.api.CallerIdentity;
import io.aiwm.controller.api.ConversationFeed;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What one listener of a conversation is told. */
@Timeout(60)
class ConversationReadingTest {
    @TempDir
    Path folder;

    /** What is known of a user is read once for all event loops, and told on that of whoever asked first. */
    @Test
    void it_is_told_on_the_event_loop_of_the_bridge_though_its_user_was_read_by_another() throws Exception {
        try (var rig = new AgentRig(folder)) {
            rig.agent(null);
            rig.conversation();
            rig.say("msg_1", "Hello");
            Context bridge = ((VertxInternal) rig.vertx).createEventLoopContext();
            Context other = ((VertxInternal) rig.vertx).createEventLoopContext();
            var feed = new ConversationFeed(
                    rig.agents().conversations(),
                    rig.agents().turns(),
                    rig.agents().reading(),
                    new CallerIdentity(name -> {
                        Promise<Instant> since = Promise.promise();
                        other.runOnContext(read -> since.complete(AgentRig.ADA.since()));
                        return since.future();
                    }));
            var ada = new Principal("ada", Role.OPERATOR, "ada", Instant.MAX);
            var told = new LinkedBlockingQueue<Context>();
            bridge.runOnContext(go -> feed.open(ada, "aiwm.conversation.conv_1", null)
                    .onSuccess(opened ->
                            bridge.runOnContext(here -> opened.resume(body -> told.add(Vertx.currentContext())))));
            assertThat(told.poll(20, TimeUnit.SECONDS)).isSameAs(bridge);
        }
    }
}
