package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What was asked for of a deployment one after the other: makes the next generation, and forgets the oldest. Pure. */
final class Revisions {
    static final int MOST = 10;
    /** Of the specs that are kept only to be looked at and gone back to. */
    static final int MOST_CHARACTERS = 256 * 1024;

    private Revisions() {}

    static Revision first(ResolvedSpec made, Instant now, String actor) {
        return Revision.of(1, made, now, actor);
    }

    /** As it is asked for; with another generation only where that needs other containers. */
    static Deployment wanted(Deployment seen, DeploymentRequest request, ResolvedSpec made, String actor, Instant now) {
        var next = DeploymentBuilder.builder(seen)
                .name(request.name())
                .placement(request.placement())
                .update(request.update())
                .autoscale(request.autoscale())
                .actor(actor)
                .updatedAt(now);
        if (request.replicas() != null) {
            next.replicas(request.replicas());
            next.scaling(request.replicas() == seen.replicas() ? seen.scaling() : null);
        }
        return made.isLike(seen.made())
                ? said(next.build(), seen.made().saidAs(made))
                : begun(next.build(), Revision.of(made, now, actor));
    }

    /** Of the generation that is asked for, only the words change. */
    private static Deployment said(Deployment next, ResolvedSpec made) {
        if (made.equals(next.made())) {
            return next;
        }
        return made.in(next)
                .revisions(next.revisions().stream()
                        .map(one -> one.generation() == next.generation()
                                ? RevisionBuilder.builder(one)
                                        .model(made.model())
                                        .engine(made.engine())
                                        .asked(made.asked())
                                        .build()
                                : one)
                        .toList())
                .build();
    }

    /** The same, with a note at each of which a replica is ready. */
    static List<Revision> noted(List<Revision> revisions, List<Replica> replicas) {
        boolean all = revisions.stream().allMatch(one -> one.hasRun() || !isReady(one, replicas));
        return all
                ? revisions
                : revisions.stream()
                        .map(one -> one.hasRun() || !isReady(one, replicas)
                                ? one
                                : RevisionBuilder.builder(one).ran(true).build())
                        .toList();
    }

    private static boolean isReady(Revision one, List<Replica> replicas) {
        return replicas.stream().anyMatch(replica -> replica.generation() == one.generation() && replica.isReady());
    }

    /** Ids of the kept models of what runs, is to run, or may be gone back to by itself, and of their versions. */
    static List<String> neededModels(
            List<Revision> revisions, List<Replica> replicas, int generation, int goodGeneration) {
        return needed(revisions, replicas, generation, goodGeneration)
                .map(Revision::model)
                .filter(model -> model != null && model.isKept())
                .flatMap(model -> Stream.of(model.id(), model.versionId()))
                .distinct()
                .toList();
    }

    /** Those that its containers have, are to have, or may go back to by themselves. */
    static Stream<Revision> needed(Deployment seen) {
        return needed(seen.revisions(), seen.instances(), seen.generation(), seen.goodGeneration());
    }

    private static Stream<Revision> needed(
            List<Revision> revisions, List<Replica> replicas, int generation, int goodGeneration) {
        return revisions.stream()
                .filter(one -> one.generation() == generation
                        || one.generation() == goodGeneration
                        || replicas.stream()
                                .anyMatch(replica ->
                                        replica.aim() == one.generation() || replica.generation() == one.generation()));
    }

    /** @param to null: the last good one, or where that is asked for now, the one before of which a container was ready */
    static Deployment undone(Deployment seen, Integer to, String actor, Instant now) {
        Revision wanted = to == null ? before(seen) : seen.revision(to);
        if (wanted == null) {
            throw Failure.conflict(
                    to == null
                            ? "deployment " + seen.id() + " has no generation before this one"
                            : "deployment " + seen.id() + " does not know generation " + to + " any more");
        }
        return wanted.made().isLike(seen.made())
                ? seen
                : begun(
                        DeploymentBuilder.builder(seen)
                                .actor(actor)
                                .updatedAt(now)
                                .build(),
                        RevisionBuilder.builder(Revision.of(wanted.made(), now, actor))
                                .undoes(wanted.generation())
                                .build());
    }

    private static Revision before(Deployment seen) {
        if (seen.goodGeneration() != seen.generation()) {
            return seen.revision(seen.goodGeneration());
        }
        List<Revision> others = seen.revisions().stream()
                .filter(one ->
                        one.generation() < seen.generation() && !one.made().isLike(seen.made()))
                .toList();
        return others.stream()
                .filter(Revision::hasRun)
                .reduce((older, newer) -> newer)
                // those of a version of AIWM that did not note it
                .orElse(others.isEmpty() ? null : others.get(others.size() - 1));
    }

    private static Deployment begun(Deployment seen, Revision asked) {
        int generation = 1
                + seen.revisions().stream().mapToInt(Revision::generation).max().orElse(0);
        var all = new ArrayList<>(seen.revisions());
        all.add(RevisionBuilder.builder(asked).generation(generation).build());
        Deployment next = asked.made()
                .in(seen)
                .generation(generation)
                .revisions(bounded(all, seen, generation))
                .rollout(Rollout.begin(seen.goodGeneration(), generation, asked.at()))
                .build();
        return DesiredReplicas.each(
                next,
                one -> isAlready(next, one, asked.made())
                        ? one.change().generation(generation).done()
                        : one);
    }

    /** What is ready and as it is asked for, such as what an update that is undone has not come to, needs no other container. */
    private static boolean isAlready(Deployment seen, Instance one, ResolvedSpec asked) {
        return one.replica().isReady()
                && one.replica().toGeneration() == null
                && seen.revision(one.replica().generation()).made().isLike(asked);
    }

    /** Of what nothing runs and nothing may go back to, the oldest go. */
    private static List<Revision> bounded(List<Revision> all, Deployment seen, int generation) {
        var kept = new ArrayList<>(all);
        long characters = all.stream().mapToLong(Revisions::size).sum();
        for (Revision one : all) {
            boolean used = one.generation() == generation
                    || one.generation() == seen.goodGeneration()
                    || seen.instances().stream()
                            .anyMatch(replica ->
                                    replica.aim() == one.generation() || replica.generation() == one.generation());
            if (!used && (kept.size() > MOST || characters > MOST_CHARACTERS)) {
                kept.remove(one);
                characters -= size(one);
            }
        }
        return kept;
    }

    private static long size(Revision one) {
        return Json.encode(one).length();
    }

    /** What has no container that runs has it at once: there is nothing to roll. */
    static Deployment settled(Deployment next) {
        Deployment all = DesiredReplicas.each(
                next,
                one -> one.replica().aim() == next.generation()
                        ? one
                        : one.change().generation(next.generation()).done());
        return DeploymentBuilder.builder(all)
                .goodGeneration(next.generation())
                .rollout(null)
                .build();
    }
}
