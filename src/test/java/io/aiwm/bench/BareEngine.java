package io.aiwm.bench;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.httpclient5.ApacheDockerHttpClient;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** The container engine alone: what a job costs there without AIWM, in the same sandbox and without files. */
final class BareEngine implements AutoCloseable {
    private final DockerClient docker;
    private final String image;

    BareEngine(String image) {
        this.image = image;
        var config = DefaultDockerClientConfig.createDefaultConfigBuilder().build();
        this.docker = DockerClientImpl.getInstance(
                config,
                new ApacheDockerHttpClient.Builder()
                        .dockerHost(config.getDockerHost())
                        .maxConnections(32)
                        .build());
    }

    void measure(int inFlight, int total) throws Exception {
        long[] nanos = new long[total];
        var next = new AtomicInteger();
        var threads = Executors.newFixedThreadPool(inFlight);
        long began = System.nanoTime();
        try {
            Callable<Void> lane = () -> {
                for (int i = next.getAndIncrement(); i < total; i = next.getAndIncrement()) {
                    long start = System.nanoTime();
                    one();
                    nanos[i] = System.nanoTime() - start;
                }
                return null;
            };
            var lanes = threads.invokeAll(
                    IntStream.range(0, inFlight).mapToObj(i -> lane).toList());
            for (var each : lanes) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
        double wall = (System.nanoTime() - began) / 1e9;
        Arrays.sort(nanos);
        System.out.println(new JsonObject()
                .put("peer", "engine")
                .put("mode", "container")
                .put("conc", inFlight)
                .put("total", total)
                .put("per_s", Rig.round(total / wall))
                .put("p50_ms", Rig.round(nanos[total / 2] / 1e6))
                .put("p99_ms", Rig.round(nanos[(int) Math.ceil(total * 0.99) - 1] / 1e6))
                .encode());
    }

    /** Starts so many containers, as a deployment has them, and returns how many nanoseconds it took until all ran. */
    long start(int inFlight, int total) throws Exception {
        var threads = Executors.newFixedThreadPool(inFlight);
        try {
            Callable<String> lane = () -> {
                String id = docker.createContainerCmd(image)
                        .withCmd(ScaleBench.COMMAND)
                        .withHostConfig(HostConfig.newHostConfig()
                                .withNetworkMode("bridge")
                                .withCapDrop(Capability.ALL)
                                .withSecurityOpts(List.of("no-new-privileges"))
                                .withPidsLimit(256L)
                                .withMemory(64L << 20)
                                .withMemorySwap(64L << 20))
                        .exec()
                        .getId();
                docker.startContainerCmd(id).exec();
                return id;
            };
            long began = System.nanoTime();
            var lanes = threads.invokeAll(Collections.nCopies(total, lane));
            long took = System.nanoTime() - began;
            var removals = new ArrayList<Callable<Void>>();
            for (var one : lanes) {
                String id = one.get();
                removals.add(() -> {
                    docker.removeContainerCmd(id).withForce(true).exec();
                    return null;
                });
            }
            for (var one : threads.invokeAll(removals)) {
                one.get();
            }
            return took;
        } finally {
            threads.shutdownNow();
        }
    }

    private void one() throws Exception {
        String id = docker.createContainerCmd(image)
                .withCmd("true")
                .withUser("65534")
                .withHostConfig(HostConfig.newHostConfig()
                        .withNetworkMode("none")
                        .withReadonlyRootfs(true)
                        .withCapDrop(Capability.ALL)
                        .withSecurityOpts(List.of("no-new-privileges"))
                        .withPidsLimit(256L)
                        .withNanoCPUs(1_000_000_000L)
                        .withMemory(64L << 20)
                        .withMemorySwap(64L << 20)
                        .withTmpFs(Map.of("/tmp", "size=64m")))
                .exec()
                .getId();
        docker.startContainerCmd(id).exec();
        int exit = docker.waitContainerCmd(id).start().awaitStatusCode();
        docker.removeContainerCmd(id).withForce(true).exec();
        if (exit != 0) {
            throw new IllegalStateException("the container ended with " + exit);
        }
    }

    @Override
    public void close() throws IOException {
        docker.close();
    }
}
