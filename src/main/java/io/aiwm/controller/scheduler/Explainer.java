package io.aiwm.controller.scheduler;

import io.aiwm.common.Amounts;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Placer.PlacementRequest;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.protocol.CommandId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;

/** Says why something waits and where it would go; changes nothing. Used under the lock of {@link Scheduler}. */
final class Explainer {
    private final InstantSource clock;
    private final long millisPerPoint;
    private final Ledger ledger;
    private final WaitQueue queue;
    private final NodeChooser chooser;
    private final PendingClaims pendingClaims;

    Explainer(
            InstantSource clock,
            long millisPerPoint,
            Ledger ledger,
            WaitQueue queue,
            NodeChooser chooser,
            PendingClaims pendingClaims) {
        this.clock = clock;
        this.millisPerPoint = millisPerPoint;
        this.ledger = ledger;
        this.queue = queue;
        this.chooser = chooser;
        this.pendingClaims = pendingClaims;
    }

    /** Why this step of the execution waits, or where it would go now. */
    Explanation explain(Execution execution, int stepIndex) {
        PlacementRequest wish = WaitingSteps.wish(execution, execution.steps().get(stepIndex));
        SchedulingUnit unit = queue.of(execution.id()).stream()
                .filter(one -> one.waitsFor(wish.command()))
                .findFirst()
                .orElse(null);
        long now = clock.millis();
        SchedulingUnit asked = unit == null || unit.isGang() ? SchedulingUnit.of(wish, millisPerPoint) : unit;
        return explanation(asked, chooser.decide(asked, now), unit);
    }

    /** Where {@code count} copies of a step would go now. Fails with INVALID when its label selector cannot be read. */
    DryRun plan(StepSpec step, int count) {
        long now = clock.millis();
        var given = new ArrayList<CommandId>();
        var nodes = new LinkedHashMap<String, DryRun.OnNode>();
        Explanation shortOf = null;
        for (int i = 0; i < count && shortOf == null; i++) {
            StepSpec copy = copy(step, i);
            var wish = new PlacementRequest("plan" + i, copy, 1, copy.nodeId(), clock.instant());
            SchedulingUnit unit = SchedulingUnit.of(wish, millisPerPoint);
            Decision decision = chooser.decide(unit, now);
            if (decision.node() == null) {
                shortOf = explanation(unit, decision, null);
            } else {
                pendingClaims.take(wish.command(), copy, decision.node().id, decision.claim(), 1, now);
                given.add(wish.command());
                List<Integer> gpus =
                        decision.claim().gpus().stream().map(Amounts.Gpu::index).toList();
                nodes.merge(
                        decision.node().id,
                        new DryRun.OnNode(decision.node().id, 1, gpus),
                        (old, one) -> new DryRun.OnNode(old.nodeId(), old.count() + 1, old.gpus()));
            }
        }
        given.forEach(command -> pendingClaims.giveBack(command.toString()));
        return new DryRun(List.copyOf(nodes.values()), count - given.size(), shortOf);
    }

    /** Replicas of one deployment: each keeps the next ones from its node, as those do that there are already. */
    private static StepSpec copy(StepSpec step, int number) {
        String claim = step.claimId();
        return claim == null
                ? step
                : StepSpecBuilder.builder(step)
                        .claimId(claim.substring(0, claim.lastIndexOf('/') + 1) + "plan" + number)
                        .build();
    }

    /** Ids of the nodes that could take it, were they empty. */
    List<String> eligible(ResourceRequest request) {
        WaitQueue.Group group = chooser.eligible(new WaitQueue.Group(request));
        return Arrays.stream(group.eligible).map(node -> node.id).toList();
    }

    private Explanation explanation(SchedulingUnit unit, Decision decision, SchedulingUnit queued) {
        String kept = null;
        for (NodeInfo node : ledger.all()) {
            if (unit.key().equals(node.reservedFor) && node.reservedUntil > clock.millis()) {
                kept = node.id;
            }
        }
        boolean fits = decision.node() != null;
        return ExplanationBuilder.builder()
                .message(
                        fits
                                ? (queued == null ? "fits on node " : "waits its turn; fits on node ")
                                        + decision.node().id
                                : decision.words(unit.request().pinnedTo()))
                .nodeId(fits ? decision.node().id : null)
                .claim(decision.claim())
                .never(decision.never())
                .reasons(decision.reasons())
                .nodes(ledger.all().length)
                .position(queued == null ? null : queue.ahead(queued) + 1)
                .waiting(queue.size())
                .keptFree(kept)
                .build();
    }
}
