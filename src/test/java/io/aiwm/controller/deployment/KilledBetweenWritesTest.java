package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.controller.eventlog.Event;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.store.Query;
import io.aiwm.protocol.CommandNames;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** For every action, the controller is killed before its first write, between every two, and after its last. */
@Timeout(120)
class KilledBetweenWritesTest extends FleetRig {
    private static final int MOST_WRITES = 6;
    private static final Query EVERYTHING = new Query(List.of(), List.of(), 1_000, null);

    /**
     * @param creates how many containers are made over its whole life, the prepared one included
     * @param code of the event that tells of it
     */
    enum Action {
        CREATE(false, DeploymentState.RUNNING, 1, "deployment.created"),
        START(true, DeploymentState.RUNNING, 2, "deployment.started"),
        STOP(true, DeploymentState.STOPPED, 1, "deployment.stopping"),
        RESTART(true, DeploymentState.RUNNING, 1, "replica.restarting"),
        RESTART_PULLING(true, DeploymentState.RUNNING, 2, "replica.restarting"),
        UPDATE(true, DeploymentState.RUNNING, 2, "deployment.updated"),
        SLEEP(true, DeploymentState.ASLEEP, 1, "replica.asleep"),
        WAKE(true, DeploymentState.RUNNING, 1, "replica.waking"),
        MOVE(true, DeploymentState.RUNNING, 2, "replica.moving"),
        DELETE(true, null, 1, "deployment.deleting"),
        DELETE_DURING_CREATE(false, null, 0, "deployment.deleting"),
        STOP_DURING_CREATE(false, DeploymentState.STOPPED, 0, "deployment.stopping");

        final boolean prepared;
        final DeploymentState meant;
        final int creates;
        final String code;

        Action(boolean prepared, DeploymentState meant, int creates, String code) {
            this.prepared = prepared;
            this.meant = meant;
            this.creates = creates;
            this.code = code;
        }
    }

    @ParameterizedTest
    @EnumSource
    void what_was_begun_is_done_once_and_what_was_not_leaves_no_trace(Action action) {
        for (int writes = 0; writes <= MOST_WRITES; writes++) {
            String id = prepare(action);
            Deployment before = id == null ? null : fleet.get(id);
            var store = new DyingStore(fleet.store, writes);
            fleet.restartController(store);
            Future<?> asked = act(action, id);
            await().pollInterval(Duration.ofMillis(5)).until(() -> store.dead || asked.isComplete());

            fleet.restartController();
            recover();
            String what = action + " killed after " + writes + " writes";
            if (id == null) {
                id = onlyOne();
            }
            boolean begun = writes > 0;
            if (action == Action.CREATE && !begun) {
                assertThat(id).as(what).isNull();
                continue;
            }
            DeploymentState is = state(id);
            assertThat(is)
                    .as(what)
                    .isEqualTo(begun ? action.meant : action.prepared ? before.status() : DeploymentState.RUNNING);
            int expected = begun ? action.creates : 1;
            assertThat(containersMade(id)).as(what).isEqualTo(expected);
            assertThat(told(id).stream().filter(action.code::equals)).as(what).hasSize(begun ? 1 : 0);
            if (is != null) {
                await(fleet.deployments.delete(id, "test"));
                recover();
                assertThat(state(id)).as(what + ", then deleted").isNull();
            }
            if (is != null || begun) {
                assertThat(told(id)).as(what).endsWith("deployment.deleted").containsOnlyOnce("deployment.deleted");
            }
        }
    }

    private String prepare(Action action) {
        if (action == Action.CREATE) {
            return null;
        }
        boolean sleeps = action == Action.SLEEP || action == Action.WAKE;
        var made = await(fleet.deployments.create(sleeps ? sleeping() : request("web:1"), "test"));
        if (!action.prepared) {
            return made.id();
        }
        recover();
        if (action == Action.START) {
            await(fleet.deployments.stop(made.id(), "test"));
            recover();
        } else if (action == Action.WAKE) {
            await(scaled(made.id(), 0, Scaling.Code.IDLE));
            recover();
        }
        return made.id();
    }

    private Future<?> act(Action action, String id) {
        return switch (action) {
            case CREATE -> fleet.deployments.create(request("web:1"), "test");
            case START -> fleet.deployments.start(id, "test");
            case STOP, STOP_DURING_CREATE -> fleet.deployments.stop(id, "test");
            case RESTART -> fleet.deployments.restart(id, false, "test");
            case RESTART_PULLING -> fleet.deployments.restart(id, true, "test");
            case UPDATE -> fleet.deployments.update(id, request("web:2"), null, "test");
            case SLEEP -> scaled(id, 0, Scaling.Code.IDLE);
            case WAKE -> scaled(id, 1, Scaling.Code.WOKEN);
            case MOVE -> fleet.deployments.move(id, "n1");
            case DELETE, DELETE_DURING_CREATE -> fleet.deployments.delete(id, "test");
        };
    }

    private Future<?> scaled(String id, int replicas, Scaling.Code code) {
        return fleet.deployments
                .rollouts()
                .scaled(fleet.get(id), replicas, new Scaling(code, "a test", fleet.now.get()));
    }

    private static DeploymentRequest sleeping() {
        return DeploymentRulesTest.request("{'name':'web','replicas':1,'autoscale':{'minReplicas':0},"
                + "'engine':{'type':'custom','port':80,'sleepMode':true},'spec':{'image':'web:1'}}");
    }

    private static DeploymentRequest request(String image) {
        return DeploymentRulesTest.request("{'name':'web','spec':{'image':'" + image + "'}}");
    }

    /** The sweep runs and the workers work until nothing moves any more. */
    private void recover() {
        var sweep = new DeploymentSweep(fleet.deployments);
        await().pollInterval(Duration.ofMillis(5)).until(() -> {
            await(sweep.run());
            List<Execution> open = executions(Query.Condition.eq("status", ExecutionState.RUNNING.name()));
            open.forEach(one -> fleet.work(one.id()));
            boolean waiting = await(fleet.deployments.find(EVERYTHING)).items().stream()
                    .anyMatch(one -> one.status().isTransitional());
            return open.isEmpty() && !waiting;
        });
    }

    private List<Execution> executions(Query.Condition condition) {
        return await(fleet.executions.find(Query.where(condition))).items();
    }

    private String onlyOne() {
        var all = await(fleet.deployments.find(EVERYTHING)).items();
        assertThat(all).hasSizeLessThanOrEqualTo(1);
        return all.isEmpty() ? null : all.get(0).id();
    }

    private DeploymentState state(String id) {
        Function<Throwable, Future<Deployment>> gone = cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                ? Future.succeededFuture(null)
                : Future.failedFuture(cause);
        var found = await(fleet.deployments.get(id).recover(gone));
        return found == null ? null : found.status();
    }

    /** The codes of its events, each of which is there once and in order. */
    private List<String> told(String id) {
        await(fleet.deployments.events().resync());
        var events = await(fleet.deployments.events().page(id, 0L, 1_000, null)).events();
        assertThat(events.stream().map(Event::seq))
                .isEqualTo(LongStream.rangeClosed(1, events.size()).boxed().toList());
        return events.stream().map(Event::code).toList();
    }

    private int containersMade(String id) {
        var made = new ArrayList<String>();
        for (Execution execution : executions(Query.Condition.eq("resourceId", id))) {
            execution
                    .steps()
                    .forEach(step -> step.attempts().stream()
                            .filter(attempt -> attempt.outcome() == io.aiwm.controller.execution.StepState.COMPLETED)
                            .filter(attempt -> step.spec().command().equals(CommandNames.DEPLOYMENT_CREATE)
                                    || step.spec().command().equals(CommandNames.DEPLOYMENT_UPDATE))
                            .forEach(attempt -> made.add(execution.id())));
        }
        return made.size();
    }
}
