package io.aiwm.worker.link;

import io.aiwm.boot.Config;
import io.aiwm.protocol.NodeModel;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandHandler;
import io.aiwm.worker.command.CommandJournal;
import io.aiwm.worker.command.CommandRunner;
import io.aiwm.worker.hardware.HardwareSampler;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker on its way to a controller, on a real socket or the event bus. */
@Timeout(40)
abstract class LinkRig {
    @TempDir
    Path folder;

    final RecordedContainers containers = new RecordedContainers();
    final AtomicLong metricsInterval = new AtomicLong();
    final AtomicInteger readings = new AtomicInteger();
    volatile List<NodeModel> onDisk = List.of(model("llama"));
    volatile Future<Void> reading = Future.succeededFuture();
    Vertx vertx;
    SocketController controller;
    ControllerLink link;
    HardwareSampler sampler;
    CommandRunner runner;

    @BeforeEach
    void start() throws Exception {
        vertx = Vertx.vertx();
        controller = new SocketController(vertx);
    }

    @AfterEach
    void stop() throws Exception {
        if (link != null) {
            link.stop("the test is over").await(10, TimeUnit.SECONDS);
            // a look at the hardware that outlives the event loops fails in its thread, and with it the test after this
            // one
            sampler.sample().await(10, TimeUnit.SECONDS);
        }
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    static NodeModel model(String name) {
        return new NodeModel(name, null, 1L);
    }

    void worker(Config.Worker settings) throws Exception {
        link = ControllerLink.create(vertx, settings, folder, true).await(10, TimeUnit.SECONDS);
        CommandJournal journal =
                CommandJournal.open(vertx, folder, Clock.systemUTC()).await(10, TimeUnit.SECONDS);
        runner = new CommandRunner(vertx, journal, List.of(new AtOnce()), 2, Clock.systemUTC(), link);
        sampler = new HardwareSampler(vertx, settings.gpu(), Path.of("."), containers::info);
        link.serve(
                runner,
                containers,
                sampler,
                () -> {
                    // as the model room does: whenever they were read they are told, too
                    List<NodeModel> now = onDisk;
                    link.models(now);
                    readings.incrementAndGet();
                    return reading.map(now);
                },
                metricsInterval::set);
        link.start();
    }

    static final class AtOnce implements CommandHandler {
        @Override
        public String name() {
            return "job.run";
        }

        @Override
        public Future<JsonObject> run(Command command) {
            return Future.succeededFuture(new JsonObject());
        }
    }
}
