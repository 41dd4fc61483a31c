package io.aiwm.worker.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.ShellOpen;
import io.aiwm.protocol.ShellOutput;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Shells whose containers the engine has not found yet. */
class ContainerShellsTest {
    private static final ShellOpen OPEN = new ShellOpen("ctl~1", "dep_1", 0, List.of("sh"), 80, 24, 1_000);

    private final Vertx real = Vertx.vertx();
    private final Set<Object> timers = new HashSet<>();
    private final List<ShellOutput> told = new ArrayList<>();
    private final Engine engine =
            FakeEngine.of(Map.of("list", asked -> Promise.promise().future()));
    private final ContainerShells shells =
            new ContainerShells(counting(), engine, new Replicas(engine, new ContainerOwner("cluster", "node")));

    /** The same Vert.x, and its periodic timers are known. */
    private Vertx counting() {
        return (Vertx) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Vertx.class}, (proxy, method, arguments) -> {
                    try {
                        Object answer = method.invoke(real, arguments);
                        if (method.getName().equals("setPeriodic")) {
                            timers.add(answer);
                        } else if (method.getName().equals("cancelTimer")) {
                            timers.remove(arguments[0]);
                        }
                        return answer;
                    } catch (InvocationTargetException cause) {
                        throw cause.getCause();
                    }
                });
    }

    @AfterEach
    void close() {
        real.close().await();
    }

    @Test
    void an_open_that_is_delivered_twice_leaves_nothing_behind_when_the_shell_is_closed() {
        shells.open(OPEN, told::add);
        shells.open(OPEN, told::add);
        assertThat(shells.size()).isEqualTo(1);
        assertThat(timers).hasSize(1);
        shells.close(OPEN.shellId());
        assertThat(shells.size()).isZero();
        assertThat(timers).isEmpty();
        assertThat(told).isEmpty();
    }
}
