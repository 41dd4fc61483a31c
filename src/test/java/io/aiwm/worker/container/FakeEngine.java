package io.aiwm.worker.container;

import io.aiwm.protocol.Probes;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** An engine that answers what a test says, by method, and containers with probes. */
final class FakeEngine {
    static final String BEGUN = "2026-11-27T10:00:00Z";
    /** A minute later. */
    static final InstantSource CLOCK = InstantSource.fixed(Instant.parse(BEGUN).plusSeconds(60));

    private FakeEngine() {}

    static Engine of(Map<String, Function<Object[], Object>> answers) {
        return (Engine) Proxy.newProxyInstance(
                FakeEngine.class.getClassLoader(), new Class<?>[] {Engine.class}, (proxy, method, arguments) -> {
                    Function<Object[], Object> answer = answers.get(method.getName());
                    if (answer == null) {
                        throw new UnsupportedOperationException(method.getName());
                    }
                    return answer.apply(arguments);
                });
    }

    /** One that runs, at an address of this machine. */
    static EngineContainer container(String id, ContainerOwner owner, Probes probes) {
        return new EngineContainer(
                new EngineContainer.Made(
                        id,
                        id,
                        "image",
                        "sha256:1",
                        BEGUN,
                        Map.of(
                                ContainerLabels.CLUSTER, owner.cluster(),
                                ContainerLabels.NODE, owner.node(),
                                ContainerLabels.DEPLOYMENT, "dep_" + id,
                                ContainerLabels.REPLICA, "2",
                                ContainerLabels.PROBES, ProbeLabel.of(probes))),
                new EngineContainer.Status("running", "none", null, null, false, 0, ""),
                Map.of(),
                List.of(),
                new EngineContainer.Run(BEGUN, "127.0.0.1"));
    }
}
