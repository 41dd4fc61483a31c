package io.aiwm.worker.container;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What an engine holds, and which of it nothing has used for so long that it may go. What the controller wants kept is not
 * known here.
 *
 * @param asOf when the engine was asked
 * @param volumes labels by name
 * @param unusedVolumes names of those that no container has
 */
record UnusedImages(
        Instant asOf,
        List<EngineImage> images,
        List<EngineContainer> containers,
        Map<String, Map<String, String>> volumes,
        Set<String> unusedVolumes) {

    /** One image that may go. */
    record Image(OwnedImages.Image known, EngineImage found) {
        String name() {
            return found.tags().isEmpty() ? found.id() : String.join(", ", found.tags());
        }
    }

    private Set<String> usedImages() {
        return containers.stream().map(EngineContainer::imageId).collect(Collectors.toSet());
    }

    /** Brings the record up to date with what the engine holds. */
    void noteIn(OwnedImages brought, ContainerOwner owner) {
        brought.seenImages(images.stream().map(EngineImage::id).collect(Collectors.toSet()), usedImages(), asOf);
        var owners = new HashMap<String, String>();
        volumes.forEach((name, labels) -> {
            boolean ours = labels.entrySet().containsAll(owner.labels().entrySet());
            put(owners, ours ? List.of(name) : List.of(), labels);
        });
        for (EngineContainer container : containers) {
            put(owners, owner.owns(container) ? container.volumes().values() : List.of(), container.labels());
        }
        brought.seenVolumes(volumes.keySet(), owners, unusedVolumes);
    }

    private static void put(Map<String, String> owners, Collection<String> volumes, Map<String, String> labels) {
        String owner = labels.getOrDefault(ContainerLabels.DEPLOYMENT, labels.get(ContainerLabels.JOB));
        if (owner != null) {
            volumes.forEach(name -> owners.put(name, owner));
        }
    }

    /** Those that were brought by this worker and are there. */
    List<Image> brought(List<OwnedImages.Image> known) {
        Map<String, EngineImage> byId =
                images.stream().collect(Collectors.toMap(EngineImage::id, image -> image, (one, same) -> one));
        var all = new ArrayList<Image>();
        for (OwnedImages.Image one : known) {
            EngineImage found = byId.get(one.id());
            if (found != null) {
                all.add(new Image(one, found));
            }
        }
        return all;
    }

    /** Those that were not used for so long, the longest first. An image that also has a name not given by AIWM stays. */
    List<Image> unusedImages(List<OwnedImages.Image> known, Set<String> pinned, Duration after) {
        Set<String> used = usedImages();
        return brought(known).stream()
                .filter(image -> image.known().usedAt().plus(after).isBefore(asOf))
                .filter(image -> !used.contains(image.known().id()))
                .filter(image -> image.found().tags().stream()
                        .allMatch(tag -> image.known().names().contains(ImageNames.key(tag))))
                .filter(notNamed(pinned))
                .sorted(Comparator.comparing(image -> image.known().usedAt()))
                .toList();
    }

    /** Whether none of these names means it. */
    static Predicate<Image> notNamed(Collection<String> names) {
        Set<String> keys = names.stream().map(ImageNames::key).collect(Collectors.toSet());
        return image -> !names.contains(image.found().id())
                && image.found().keys().stream().noneMatch(keys::contains);
    }

    /** Those that no container has had for so long, the longest first. */
    List<OwnedImages.Volume> unusedVolumes(List<OwnedImages.Volume> known, Duration after) {
        return known.stream()
                .filter(volume -> volume.unusedSince() != null
                        && volume.unusedSince().plus(after).isBefore(asOf))
                .sorted(Comparator.comparing(OwnedImages.Volume::unusedSince))
                .toList();
    }
}
