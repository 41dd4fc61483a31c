package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config.Mode;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Deployable;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class VerticlePlanTest {
    private static final List<String> KNOWN = List.of("First", "Second", "HttpApiVerticle");

    @Test
    void order_instances_and_threading_model_are_those_of_the_file() {
        VerticlePlan plan = read("""
                {"controller": {"Second": {}, "HttpApiVerticle": {"instances": 3, "threadingModel": "WORKER", "workerPoolSize": 4}},
                 "worker": {"Elsewhere": {}}}""");

        assertThat(plan.entries()).extracting(VerticlePlan.Entry::name).containsExactly("Second", "HttpApiVerticle");
        assertThat(plan.entries().get(1).options().getInstances()).isEqualTo(3);
        assertThat(plan.entries().get(1).options().getThreadingModel()).isEqualTo(ThreadingModel.WORKER);
        assertThat(plan.entries().get(0).options().getInstances()).isEqualTo(1);
    }

    @Test
    void every_mistake_of_the_file_is_reported_at_once() {
        assertThatThrownBy(() -> read("""
                                {"controler": {}, "worker": [],
                                 "controller": {"Frist": {}, "First": {"instance": 1, "instances": 0, "threadingModel": "GREEN"},
                                                "Second": 4}}"""))
                .isInstanceOf(StartFailure.class)
                .hasMessageContainingAll(
                        "test.json has 7 mistakes",
                        "controler is no mode; did you mean controller?",
                        "worker must map names",
                        "controller.Frist is no verticle; did you mean First? (known here: First, HttpApiVerticle, Second)",
                        "controller.First.instance is no option; did you mean instances?",
                        "controller.First.instances must be a whole number from 1 to 64, not 0",
                        "controller.First.threadingModel must be EVENT_LOOP, WORKER or VIRTUAL_THREAD, not GREEN",
                        "controller.Second must be an object");
    }

    @Test
    void several_instances_of_a_verticle_that_is_built_for_one_are_refused_with_the_reason() {
        for (Mode mode : Mode.values()) {
            String name = mode.name().toLowerCase(Locale.ROOT);
            JsonObject file = new JsonObject(VerticlePlan.find(null).text());
            file.getJsonObject(name).forEach(one -> ((JsonObject) one.getValue()).put("instances", 2));
            var changed = new VerticlePlan.Source("test.json", file.encode());
            List<String> forOne = file.getJsonObject(name).fieldNames().stream()
                    .filter(verticle -> !verticle.equals("HttpApiVerticle") && !verticle.equals("ProxyVerticle"))
                    .toList();
            assertThat(forOne).isNotEmpty();
            String reason =
                    ".instances must be 1: it keeps the state of its work itself, and a second one would do that"
                            + " work again (more than one may run: HttpApiVerticle, ProxyVerticle)";
            for (String verticle : forOne) {
                String mistake = name + "." + verticle + reason;
                assertThatThrownBy(() -> VerticlePlan.read(changed, mode, null))
                        .isInstanceOf(StartFailure.class)
                        .hasMessageContaining(mistake);
                assertThatThrownBy(() -> VerticlePlan.check(changed, mode)).hasMessageContaining(mistake);
            }
            assertThatThrownBy(() -> VerticlePlan.check(changed, mode))
                    .hasMessageNotContaining(name + ".HttpApiVerticle.instances");
        }
    }

    @Test
    void virtual_threads_are_refused_where_java_has_none() {
        String file = """
                {"controller": {"First": {"threadingModel": "VIRTUAL_THREAD"}}}""";
        if (Runtime.version().feature() < 21) {
            assertThatThrownBy(() -> read(file)).hasMessageContaining("needs Java 21, and this is Java 17");
        } else {
            assertThat(read(file).entries().get(0).options().getThreadingModel())
                    .isEqualTo(ThreadingModel.VIRTUAL_THREAD);
        }
    }

    @Test
    void a_file_that_forgets_the_mode_or_is_no_json_is_named() {
        assertThatThrownBy(() -> read("{}")).hasMessage("test.json: it says nothing about mode controller");
        assertThatThrownBy(() -> read("[1]")).hasMessageStartingWith("test.json is not a JSON object");
        assertThatThrownBy(() -> read("{")).hasMessageStartingWith("test.json is not a JSON object");
    }

    @Test
    void what_ships_in_the_jar_has_a_plan_for_every_mode() {
        for (Mode mode : Mode.values()) {
            assertThat(VerticlePlan.read(VerticlePlan.find(null), mode, null).entries())
                    .as(mode.name())
                    .isNotEmpty();
        }
    }

    @Test
    void a_plan_says_what_it_leaves_out_of_its_mode() {
        VerticlePlan shipped = VerticlePlan.read(VerticlePlan.find(null), Mode.CONTROLLER, null);
        assertThat(shipped.missing(Mode.CONTROLLER)).isEmpty();
        assertThat(new VerticlePlan(
                                shipped.entries().subList(0, shipped.entries().size() - 1))
                        .missing(Mode.CONTROLLER))
                .containsExactly("HttpApiVerticle");
    }

    @Test
    void verticles_start_in_file_order_and_stop_in_the_reverse(Vertx vertx) throws Exception {
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        Map<String, Supplier<Deployable>> catalog =
                Map.of("First", () -> noting("first", seen), "Second", () -> noting("second", seen));

        read("""
                {"controller": {"Second": {}, "First": {}}}""")
                .deploy(vertx, catalog)
                .compose(VerticlePlan.Deployed::undeploy)
                .await(10, TimeUnit.SECONDS);

        assertThat(seen).containsExactly("+second", "+first", "-first", "-second");
    }

    private static Deployable noting(String name, List<String> seen) {
        return new AbstractVerticle() {
            @Override
            public void start() {
                seen.add("+" + name);
            }

            @Override
            public void stop() {
                seen.add("-" + name);
            }
        };
    }

    private static VerticlePlan read(String text) {
        return VerticlePlan.read(new VerticlePlan.Source("test.json", text), Mode.CONTROLLER, KNOWN);
    }
}
