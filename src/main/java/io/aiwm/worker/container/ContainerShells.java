package io.aiwm.worker.container;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.aiwm.protocol.ShellInput;
import io.aiwm.protocol.ShellOpen;
import io.aiwm.protocol.ShellOutput;
import io.aiwm.worker.command.Shells;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The shells that are open in containers of this node, by id. */
final class ContainerShells implements Shells {
    /** Of all controllers together; each allows fewer. */
    static final int MOST = 64;

    private final Vertx vertx;
    private final Engine engine;
    private final Replicas replicas;
    private final Duration patience;
    private final Map<String, ContainerShell> open = new ConcurrentHashMap<>();
    /**
     * Of these the end was told a moment ago. What the controller had sent before it knew is not answered: from another thread
     * an answer could come first, and the exit code would be lost.
     */
    private final Cache<String, Boolean> ended = Caffeine.newBuilder()
            .expireAfterWrite(ShellInput.EVERY)
            .maximumSize(16L * MOST)
            .build();

    ContainerShells(Vertx vertx, Engine engine, Replicas replicas) {
        this(vertx, engine, replicas, ShellInput.PATIENCE);
    }

    /** @param patience how long a shell may hear nothing of its controller */
    ContainerShells(Vertx vertx, Engine engine, Replicas replicas, Duration patience) {
        this.vertx = vertx;
        this.engine = engine;
        this.replicas = replicas;
        this.patience = patience;
    }

    @Override
    public void open(ShellOpen request, Consumer<ShellOutput> sink) {
        String id = request.shellId();
        if (ShellOpen.readerOf(id).isEmpty() || request.deploymentId() == null) {
            sink.accept(Shells.failed(id, 0, "a shell needs a shellId and a deploymentId"));
            return;
        }
        if (open.size() >= MOST && !open.containsKey(id)) {
            sink.accept(Shells.failed(id, 0, "this node has " + MOST + " shells open; close one first"));
            return;
        }
        var shell = new ContainerShell(vertx, request, patience, sink, this::over);
        if (open.putIfAbsent(id, shell) != null) {
            return; // a repeated delivery
        }
        shell.watch();
        replicas.find(request.deploymentId(), request.replica())
                .onFailure(shell::broken)
                .onSuccess(found -> found.stream()
                        .filter(EngineContainer::running)
                        .findFirst()
                        .ifPresentOrElse(
                                container -> shell.start(engine, container.id()),
                                () -> shell.fail("replica " + request.replica() + " of deployment "
                                        + request.deploymentId() + " does not run on this node")));
    }

    @Override
    public void input(ShellInput input, Consumer<ShellOutput> sink) {
        ContainerShell shell = input.shellId() == null ? null : open.get(input.shellId());
        if (shell != null) {
            shell.take(input);
        } else if (input.shellId() != null && ended.getIfPresent(input.shellId()) == null) {
            // number 0: whatever was told before, this worker begins anew
            sink.accept(
                    Shells.failed(input.shellId(), 0, "the shell is gone: it has ended, or the worker was restarted"));
        }
    }

    private void over(ContainerShell shell) {
        ended.put(shell.id(), true);
        open.remove(shell.id(), shell);
    }

    @Override
    public void close(String shellId) {
        ContainerShell shell = shellId == null ? null : open.remove(shellId);
        if (shell != null) {
            shell.close();
        }
    }

    void closeAll() {
        open.keySet().forEach(this::close);
    }

    int size() {
        return open.size();
    }
}
