package io.aiwm.worker.container;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An image as the engine shows it.
 *
 * @param tags its names with tags; none where every tag has moved on to another image
 * @param digests its names by digest, as registries know it
 * @param bytes with layers that it shares with others
 */
public record EngineImage(String id, List<String> tags, List<String> digests, long bytes) {
    public EngineImage {
        tags = List.copyOf(tags);
        digests = List.copyOf(digests);
    }

    /** All its names, each in the one way that {@link ImageNames#key} writes it. */
    Set<String> keys() {
        return Stream.concat(tags.stream(), digests.stream())
                .map(ImageNames::key)
                .collect(Collectors.toSet());
    }
}
