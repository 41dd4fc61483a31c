package io.aiwm.controller.inference;

import static java.util.Objects.requireNonNull;

import io.aiwm.controller.store.ValidatedRecord;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * All aliases, as stored in collection {@code inferenceAliases}: one record, so that no two writers can make a cycle together, and a
 * map of aliases is replaced as a whole or not at all. Written by {@link Aliases} only.
 *
 * @param aliases by name
 */
record AliasBook(String id, long version, List<NamedAlias> aliases) implements ValidatedRecord {
    static final String ID = "aliases";

    AliasBook {
        aliases = aliases == null
                ? List.of()
                : aliases.stream()
                        .sorted(Comparator.comparing(NamedAlias::name))
                        .toList();
    }

    static AliasBook empty() {
        return new AliasBook(ID, 1, List.of());
    }

    @Override
    public void check() {
        requireNonNull(id, "id");
        for (NamedAlias alias : aliases) {
            requireNonNull(alias.name(), "aliases.name");
        }
    }

    /** Null when there is none. */
    NamedAlias find(String name) {
        return aliases.stream()
                .filter(alias -> alias.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    AliasBook with(NamedAlias changed) {
        return new AliasBook(
                id,
                version,
                Stream.concat(others(changed.name()), Stream.of(changed)).toList());
    }

    AliasBook without(String name) {
        return new AliasBook(id, version, others(name).toList());
    }

    private Stream<NamedAlias> others(String name) {
        return aliases.stream().filter(alias -> !alias.name().equals(name));
    }

    AliasBook withVersion(long next) {
        return new AliasBook(id, next, aliases);
    }
}
