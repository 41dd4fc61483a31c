package io.aiwm.worker.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.AuthConfig;
import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.EventType;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.WaitResponse;
import io.aiwm.protocol.ContainerSpec.RegistryAuth;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.container.Engine.EventListener;
import io.aiwm.worker.container.Engine.LogListener;
import io.aiwm.worker.container.Engine.Subscription;
import io.aiwm.worker.container.EngineEvent;
import io.aiwm.worker.container.ImageNames;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/** The streams of a Docker Engine: pulls, events and logs. Each runs on a thread of its own, made by the client. */
final class DockerStreams {
    private static final int MOST_TAIL_BYTES = 8 * 1024;
    private static final long TAIL_SECONDS = 5;
    /** After all of an input was taken, for the client to send the last of it. */
    private static final long SENT_MILLIS = 100;

    private static final int MOST_EXEC_CHARS = 4 * 1024;

    private final Vertx vertx;
    private final DockerClients clients;

    DockerStreams(Vertx vertx, DockerClients clients) {
        this.vertx = vertx;
        this.clients = clients;
    }

    Future<Void> pull(String image, RegistryAuth auth, BiConsumer<Integer, String> progress, Future<Void> cancelled) {
        Promise<Void> done = Promise.promise();
        var command = clients.patient().pullImageCmd(ImageNames.withTag(image));
        if (auth != null) {
            command.withAuthConfig(new AuthConfig()
                    .withRegistryAddress(auth.registry())
                    .withUsername(auth.username())
                    .withPassword(auth.password()));
        }
        var watch = new PullWatch(image, progress, done);
        begin(() -> command.exec(watch), watch);
        cancelled.onComplete(asked -> {
            if (done.tryFail(new CommandFailure(ErrorCategory.CONFLICT, "cancelled while pulling " + image))) {
                end(watch);
            }
        });
        return done.future();
    }

    Subscription events(List<String> labels, EventListener listener) {
        var watch = new StreamWatch<Event>() {
            private volatile boolean begun;

            @Override
            void began() {
                begun = true;
                listener.began();
            }

            @Override
            public void onNext(Event event) {
                if (event.getType() == EventType.CONTAINER && event.getActor() != null) {
                    Map<String, String> attributes = event.getActor().getAttributes();
                    listener.on(new EngineEvent(
                            event.getActor().getId(),
                            String.valueOf(event.getAction()),
                            attributes == null ? Map.of() : attributes));
                }
            }

            @Override
            void ended(Throwable cause) {
                if (begun) {
                    clients.renew();
                }
                listener.ended(cause);
            }
        };
        begin(
                () -> clients.streams()
                        .eventsCmd()
                        .withEventTypeFilter(EventType.CONTAINER)
                        .withLabelFilter(labels.toArray(String[]::new))
                        .exec(watch),
                watch);
        return () -> end(watch);
    }

    /** Succeeds when the engine reports that the container has ended. Fails when the stream ends without that report. */
    Future<Void> wait(String containerId) {
        Promise<Void> done = Promise.promise();
        var watch = new StreamWatch<WaitResponse>() {
            private volatile boolean said;

            @Override
            public void onNext(WaitResponse response) {
                said = true;
            }

            @Override
            void ended(Throwable cause) {
                if (said) {
                    done.tryComplete();
                } else {
                    done.tryFail(cause == null ? new IOException("the engine ended the wait") : cause);
                }
            }
        };
        begin(() -> clients.streams().waitContainerCmd(containerId).exec(watch), watch);
        return done.future();
    }

    /** Starts a command that was made. Succeeds with the end of its output when it has closed that. */
    Future<String> exec(String execId) {
        Promise<String> done = Promise.promise();
        var text = new StringBuilder();
        var watch = new StreamWatch<Frame>() {
            @Override
            public void onNext(Frame frame) {
                text.append(new String(frame.getPayload(), StandardCharsets.UTF_8));
                if (text.length() > 2 * MOST_EXEC_CHARS) {
                    text.delete(0, text.length() - MOST_EXEC_CHARS);
                }
            }

            @Override
            void ended(Throwable cause) {
                if (cause == null) {
                    done.tryComplete(text.substring(Math.max(0, text.length() - MOST_EXEC_CHARS)));
                } else {
                    done.tryFail(DockerErrors.of("run a command in the container", cause));
                }
            }
        };
        begin(() -> clients.streams().execStartCmd(execId).exec(watch), watch);
        return done.future();
    }

    /**
     * Starts a command that was made, with its input; the listener may block.
     *
     * @param terminal whether it was made with a terminal
     * @param input read on a thread of its own, until it ends
     */
    Subscription exec(String execId, boolean terminal, InputStream input, LogListener listener) {
        var watch = new NotifyingWatch(listener, "run a command in the container");
        begin(
                () -> clients.streams()
                        .execStartCmd(execId)
                        .withTty(terminal)
                        .withDetach(false)
                        .withStdIn(new ProgramInput(input))
                        .exec(watch),
                watch);
        return () -> end(watch);
    }

    Future<Subscription> attach(String containerId, LogListener listener) {
        Promise<Subscription> begun = Promise.promise();
        var watch = new NotifyingWatch(listener, "hear the container") {
            @Override
            void began() {
                begun.tryComplete(() -> DockerStreams.this.end(this));
            }

            @Override
            void ended(Throwable cause) {
                begun.tryFail(
                        DockerErrors.of("hear the container", cause == null ? new IOException("it ended") : cause));
                listener.ended(cause);
            }
        };
        begin(
                () -> clients.streams()
                        .attachContainerCmd(containerId)
                        .withStdOut(true)
                        .withStdErr(true)
                        .withFollowStream(true)
                        .exec(watch),
                watch);
        return begun.future();
    }

    /** A connection of its own: to close it is the one way to say that there is no more. */
    Future<Subscription> feed(String containerId, byte[] input) {
        Promise<Subscription> begun = Promise.promise();
        var watch = new StreamWatch<Frame>() {
            @Override
            void began() {
                begun.tryComplete(() -> DockerStreams.this.end(this));
            }

            @Override
            public void onNext(Frame nothing) {
                // it is not asked for what the program writes
            }

            @Override
            void ended(Throwable cause) {
                begun.tryFail(DockerErrors.of(
                        "give the container its input", cause == null ? new IOException("it ended") : cause));
            }
        };
        begin(
                () -> clients.streams()
                        .attachContainerCmd(containerId)
                        .withStdIn(new ProgramInput(
                                new TrackedInput(input, () -> vertx.setTimer(SENT_MILLIS, sent -> end(watch)))))
                        .withFollowStream(true)
                        .exec(watch),
                watch);
        return begun.future();
    }

    Subscription logs(String containerId, int tail, boolean stamped, LogListener listener) {
        var watch = new NotifyingWatch(listener, "read the log");
        begin(
                () -> clients.streams()
                        .logContainerCmd(containerId)
                        .withStdOut(true)
                        .withStdErr(true)
                        .withTimestamps(stamped)
                        .withTail(tail)
                        .exec(watch),
                watch);
        return () -> end(watch);
    }

    /** Blocks, at most {@value #TAIL_SECONDS} seconds. */
    static String lastLines(DockerClient client, String containerId, int lines) throws InterruptedException {
        var text = new StringBuilder();
        try (var reader = new ResultCallback.Adapter<Frame>() {
            @Override
            public void onNext(Frame frame) {
                text.append(new String(frame.getPayload(), StandardCharsets.UTF_8));
                if (text.length() > 2 * MOST_TAIL_BYTES) {
                    text.delete(0, text.length() - MOST_TAIL_BYTES);
                }
            }
        }) {
            client.logContainerCmd(containerId)
                    .withStdOut(true)
                    .withStdErr(true)
                    .withTail(lines)
                    .exec(reader)
                    .awaitCompletion(TAIL_SECONDS, TimeUnit.SECONDS);
        } catch (IOException closing) {
            // what was read is the answer
        }
        return text.length() > MOST_TAIL_BYTES ? text.substring(text.length() - MOST_TAIL_BYTES) : text.toString();
    }

    /** Some commands connect on the calling thread, so that thread is never an event loop. */
    private void begin(Runnable exec, StreamWatch<?> watch) {
        vertx.executeBlocking(
                        () -> {
                            exec.run();
                            return null;
                        },
                        false)
                .onFailure(watch::onError);
    }

    private void end(StreamWatch<?> watch) {
        vertx.executeBlocking(
                () -> {
                    watch.end();
                    return null;
                },
                false);
    }
}
