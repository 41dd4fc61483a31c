package io.aiwm.worker.container;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.common.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this worker brought to its engine: images it pulled and volumes of its containers, with when they were used last. Kept
 * in a file, because the engine records neither; what is not in the file does not belong to AIWM. All methods may block, and may be
 * called from any thread that may.
 */
public final class OwnedImages implements ImageUse {
    private static final Logger LOG = LoggerFactory.getLogger(OwnedImages.class);
    /** Of either kind. One more pushes the oldest out, which then stays on the engine. */
    private static final int MOST = 10_000;

    private static final int MOST_NAMES = 100;

    /** @param names under which it was pulled, in full */
    public record Image(String id, List<String> names, Instant pulledAt, Instant usedAt) {
        public Image {
            names = List.copyOf(names);
        }

        private Image usedAt(Instant now) {
            return new Image(id, names, pulledAt, now);
        }
    }

    /**
     * @param owner the deployment or job whose container had it
     * @param unusedSince null while a container has it
     */
    record Volume(String name, String owner, Instant unusedSince) {}

    private record Content(List<Image> images, List<Volume> volumes) {}

    private final Path file;
    private final Clock clock;
    private Map<String, Image> images;
    private Map<String, Volume> volumes;
    private boolean changed;
    private boolean unwritable;

    public OwnedImages(Path file, Clock clock) {
        this.file = file;
        this.clock = clock;
    }

    @Override
    public synchronized void pulled(String name, String id, EngineImage before) {
        load();
        Image known = before == null ? null : images.get(id);
        if (known == null && before != null) {
            return;
        }
        String key = ImageNames.key(name);
        var names = new ArrayList<>(known == null ? List.<String>of() : known.names());
        // a name that it had before was not given by AIWM, or is known
        boolean had = before != null && before.keys().contains(key);
        if (!had && !names.contains(key) && names.size() < MOST_NAMES) {
            names.add(key);
        }
        put(images, id, new Image(id, names, known == null ? clock.instant() : known.pulledAt(), clock.instant()));
        save();
    }

    @Override
    public synchronized void used(String id) {
        load();
        changed |= images.computeIfPresent(id, (same, image) -> image.usedAt(clock.instant())) != null;
    }

    public synchronized List<Image> images() {
        load();
        return List.copyOf(images.values());
    }

    synchronized List<Volume> volumes() {
        load();
        return List.copyOf(volumes.values());
    }

    /** Whether the image was not used since it was read. */
    synchronized boolean isUnchanged(Image image) {
        return image.equals(images.get(image.id()));
    }

    /** Unless it was pulled again meanwhile. */
    synchronized void removed(Image image) {
        changed |= images.remove(image.id(), image);
    }

    synchronized void removedVolume(String name) {
        changed |= volumes.remove(name) != null;
    }

    /**
     * Forgets images that the engine has no more: when one appears again, AIWM may not have pulled it.
     *
     * @param asOf when the engine was asked; what came since is not known to be gone
     */
    synchronized void seenImages(Set<String> there, Set<String> inUse, Instant asOf) {
        load();
        changed |= images.values()
                .removeIf(image -> !there.contains(image.id()) && image.usedAt().isBefore(asOf));
        images.replaceAll((id, image) -> inUse.contains(id) ? image.usedAt(clock.instant()) : image);
        changed |= !inUse.isEmpty();
    }

    /**
     * @param owners of volumes that are ours, by name
     * @param unused volumes that no container has
     */
    synchronized void seenVolumes(Set<String> there, Map<String, String> owners, Set<String> unused) {
        load();
        Map<String, Volume> before = Map.copyOf(volumes);
        owners.forEach((name, owner) -> {
            Volume known = volumes.get(name);
            put(volumes, name, new Volume(name, owner, known == null ? null : known.unusedSince()));
        });
        volumes.keySet().retainAll(there);
        volumes.replaceAll((name, volume) -> new Volume(name, volume.owner(), unusedSince(volume, unused)));
        changed |= !before.equals(volumes);
    }

    private Instant unusedSince(Volume volume, Set<String> unused) {
        return !unused.contains(volume.name())
                ? null
                : volume.unusedSince() == null ? clock.instant() : volume.unusedSince();
    }

    private static <T> void put(Map<String, T> all, String key, T value) {
        all.remove(key);
        all.put(key, value);
        if (all.size() > MOST) {
            all.remove(all.keySet().iterator().next());
        }
    }

    private void load() {
        if (images != null) {
            return;
        }
        var read = new Content(List.of(), List.of());
        try {
            if (Files.exists(file)) {
                read = Json.decode(Files.readString(file), Content.class);
            }
        } catch (IOException | Failure unreadable) {
            LOG.warn("{} cannot be read, the images it names will not be removed: {}", file, unreadable.toString());
        }
        images = byName(read.images(), Image::id, Comparator.comparing(Image::pulledAt));
        volumes = byName(read.volumes(), Volume::name, Comparator.comparing(Volume::name));
    }

    private static <T> Map<String, T> byName(Collection<T> read, Function<T, String> name, Comparator<T> order) {
        var all = new LinkedHashMap<String, T>();
        if (read != null) {
            read.stream().sorted(order).forEach(one -> all.put(name.apply(one), one));
        }
        return all;
    }

    /** Writes what has changed. A failure is logged once; the content stays in memory until the worker ends. */
    synchronized void save() {
        load();
        try {
            PrivateFiles.folders(file.toAbsolutePath().getParent());
            Path fresh = file.resolveSibling(file.getFileName() + ".new");
            Files.deleteIfExists(fresh);
            PrivateFiles.write(
                    fresh,
                    Json.encode(new Content(List.copyOf(images.values()), List.copyOf(volumes.values()))),
                    StandardOpenOption.SYNC);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            changed = false;
            unwritable = false;
        } catch (IOException cause) {
            if (!unwritable) {
                LOG.warn("{} cannot be written: {}", file, cause.toString());
            }
            unwritable = true;
        }
    }

    synchronized void saveIfChanged() {
        if (changed) {
            save();
        }
    }
}
