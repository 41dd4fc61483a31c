package io.aiwm.controller.inference;

import io.aiwm.inference.route.GatewayConfig.Alias;
import io.aiwm.inference.route.GatewayConfig.Weighted;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * Another name for one or more models, as stored within {@link AliasBook}.
 *
 * @param version of the book when this was written last
 * @param fallback models tried in order when no target answers
 */
@RecordBuilder
public record NamedAlias(
        String name,
        long version,
        List<Weighted> targets,
        List<String> fallback,
        String createdBy,
        String updatedBy,
        Instant createdAt,
        Instant updatedAt) {

    public NamedAlias {
        targets = targets == null ? List.of() : List.copyOf(targets);
        fallback = fallback == null ? List.of() : List.copyOf(fallback);
    }

    Alias asAlias() {
        return new Alias(name, targets, fallback);
    }

    /** All that it names, targets first. */
    public Stream<String> named() {
        return Stream.concat(targets.stream().map(Weighted::to), fallback.stream());
    }

    boolean isLike(AliasRequest wanted) {
        return targets.equals(wanted.targets()) && fallback.equals(wanted.fallback());
    }
}
