package io.aiwm.controller.deployment;

import io.aiwm.controller.deployment.engine.EngineSpec;
import io.aiwm.protocol.ContainerSpec;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;

/**
 * What was asked for at one time.
 *
 * @param at when
 * @param actor by whom
 * @param undoes the generation whose spec this is once more; null: it is new
 * @param ran true: a container of it has been ready; null: none so far
 */
@RecordBuilder
public record Revision(
        int generation,
        ContainerSpec spec,
        DeploymentModel model,
        EngineSpec engine,
        ContainerSpec asked,
        ModelMemory memory,
        Instant at,
        String actor,
        Integer undoes,
        Boolean ran) {

    ResolvedSpec made() {
        return new ResolvedSpec(spec, model, engine, asked, memory);
    }

    /** Whether a container of it has been ready. */
    boolean hasRun() {
        return Boolean.TRUE.equals(ran);
    }

    static Revision of(ResolvedSpec made, Instant at, String actor) {
        return of(0, made, at, actor);
    }

    static Revision of(int generation, ResolvedSpec made, Instant at, String actor) {
        return RevisionBuilder.builder()
                .generation(generation)
                .spec(made.spec())
                .model(made.model())
                .engine(made.engine())
                .asked(made.asked())
                .memory(made.memory())
                .at(at)
                .actor(actor)
                .build();
    }
}
