package io.aiwm.bench;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.ContainerSpec;
import com.github.dockerjava.api.model.ServiceModeConfig;
import com.github.dockerjava.api.model.ServiceReplicatedModeOptions;
import com.github.dockerjava.api.model.ServiceSpec;
import com.github.dockerjava.api.model.SwarmSpec;
import com.github.dockerjava.api.model.TaskSpec;
import com.github.dockerjava.api.model.TaskState;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.httpclient5.ApacheDockerHttpClient;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * A service of Docker Swarm on the engine, which becomes a swarm of one machine for that time. Fails where the engine is part
 * of a swarm already.
 */
final class BareSwarm implements AutoCloseable {
    private static final String NAME = "aiwm-bench";

    private final DockerClient docker;
    private final String image;
    private final String service;

    BareSwarm(String image) {
        this.image = image;
        var config = DefaultDockerClientConfig.createDefaultConfigBuilder().build();
        this.docker = DockerClientImpl.getInstance(
                config,
                new ApacheDockerHttpClient.Builder()
                        .dockerHost(config.getDockerHost())
                        .build());
        docker.initializeSwarmCmd(new SwarmSpec().withName("default"))
                .withAdvertiseAddr("127.0.0.1")
                .withListenAddr("127.0.0.1:2377")
                .exec();
        service = docker.createServiceCmd(spec(0)).exec().getId();
    }

    private ServiceSpec spec(int replicas) {
        return new ServiceSpec()
                .withName(NAME)
                .withMode(new ServiceModeConfig()
                        .withReplicated(new ServiceReplicatedModeOptions().withReplicas(replicas)))
                .withTaskTemplate(new TaskSpec()
                        .withContainerSpec(new ContainerSpec().withImage(image).withCommand(ScaleBench.COMMAND)));
    }

    /** As {@link BareEngine#start}. */
    long start(int replicas) throws InterruptedException {
        long began = System.nanoTime();
        scale(replicas);
        await(replicas);
        long took = System.nanoTime() - began;
        scale(0);
        await(0);
        return took;
    }

    private void scale(int replicas) {
        long version = docker.inspectServiceCmd(service).exec().getVersion().getIndex();
        docker.updateServiceCmd(service, spec(replicas)).withVersion(version).exec();
    }

    private void await(int replicas) throws InterruptedException {
        long limit = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (running() != replicas) {
            if (System.nanoTime() > limit) {
                throw new IllegalStateException("the swarm did not come to " + replicas + " replicas");
            }
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    private long running() {
        return docker.listTasksCmd().withServiceFilter(NAME).exec().stream()
                .filter(task -> task.getStatus().getState() == TaskState.RUNNING)
                .count();
    }

    @Override
    public void close() throws IOException {
        docker.removeServiceCmd(service).exec();
        docker.leaveSwarmCmd().withForceEnabled(true).exec();
        docker.close();
    }
}
