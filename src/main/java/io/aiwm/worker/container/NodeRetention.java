package io.aiwm.worker.container;

import io.aiwm.boot.Config;
import io.aiwm.protocol.RetentionAsk;
import io.aiwm.protocol.RetentionKept;
import io.aiwm.protocol.SystemInfo;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes the images that this worker pulled, when nothing has used them for a while, and the volumes of its containers whose
 * deployment or job is gone. The controller is asked first what must stay; while it does not answer nothing is removed. One
 * removal at a time, and a bounded number at each run.
 */
public final class NodeRetention {
    private static final Logger LOG = LoggerFactory.getLogger(NodeRetention.class);
    /** Of either kind, in one run. */
    private static final int MOST_REMOVALS = 20;

    private final Vertx vertx;
    private final Engine engine;
    private final ContainerOwner owner;
    private final OwnedImages brought;
    private final Config.ImageRetention settings;
    private final Set<String> pinned;
    private final Function<List<String>, Future<RetentionKept>> ask;
    private final Clock clock;
    private final AtomicBoolean underWay = new AtomicBoolean();
    /** Names of what could not be removed and was said so. */
    private final Set<String> told = new HashSet<>();

    private String trouble;
    private int runs;
    private int removed;
    private long removedBytes;
    private int removedVolumes;
    private volatile SystemInfo.Images report;

    /** @param ask the controller, with ids of deployments and jobs that may be gone; fails when it does not answer */
    public NodeRetention(
            Vertx vertx,
            Engine engine,
            ContainerOwner owner,
            OwnedImages brought,
            Config.ImageRetention settings,
            Function<List<String>, Future<RetentionKept>> ask,
            Clock clock) {
        this.vertx = vertx;
        this.engine = engine;
        this.owner = owner;
        this.brought = brought;
        this.settings = settings;
        this.pinned = Set.copyOf(settings.pinned());
        this.ask = ask;
        this.clock = clock;
    }

    /** Null before the first run. */
    public SystemInfo.Images report() {
        return report;
    }

    /** A sweep, to be run now and then. Never fails; while one is under way another does nothing. */
    public Future<Void> run() {
        if (!underWay.compareAndSet(false, true)) {
            return Future.succeededFuture();
        }
        return look().compose(this::removeFrom).transform(done -> {
            underWay.set(false);
            String now = done.succeeded() ? null : String.valueOf(done.cause().getMessage());
            if (now != null && !now.equals(trouble)) {
                LOG.warn("no unused image or volume is removed: {}", now);
            }
            trouble = now;
            return Future.succeededFuture();
        });
    }

    private Future<UnusedImages> look() {
        Instant asOf = clock.instant();
        var images = engine.images();
        var containers = engine.list(Map.of());
        var volumes = engine.volumes(Map.of());
        var unused = engine.unusedVolumes();
        return Future.join(images, containers, volumes, unused)
                .map(all -> new UnusedImages(
                        asOf, images.result(), containers.result(), volumes.result(), unused.result()));
    }

    /** What is not used any more, by the record. */
    private record Unused(List<UnusedImages.Image> images, List<OwnedImages.Volume> volumes) {
        private boolean isNothing() {
            return images.isEmpty() && volumes.isEmpty();
        }

        private Set<String> names() {
            return Stream.concat(
                            images.stream().map(UnusedImages.Image::name),
                            volumes.stream().map(OwnedImages.Volume::name))
                    .collect(Collectors.toSet());
        }
    }

    private Future<Void> removeFrom(UnusedImages seen) {
        return onWorker(() -> note(seen)).compose(unused -> {
            told.retainAll(unused.names());
            if (unused.isNothing()) {
                return Future.succeededFuture();
            }
            List<String> owners = owners(unused.volumes());
            return ask.apply(owners)
                    .compose(kept -> each(wanted(unused.images(), UnusedImages.notNamed(kept.images())), this::remove)
                            .compose(done -> each(
                                    unused.volumes().stream()
                                            .filter(volume -> owners.contains(volume.owner())
                                                    && !kept.owners().contains(volume.owner()))
                                            .sorted(Comparator.comparing(volume -> told.contains(volume.name())))
                                            .limit(MOST_REMOVALS)
                                            .iterator(),
                                    this::remove)))
                    .eventually(() -> onWorker(() -> report(seen)));
        });
    }

    /** Those that could not be removed last time come last, so that they do not hold up the others. */
    private Iterator<UnusedImages.Image> wanted(List<UnusedImages.Image> images, Predicate<UnusedImages.Image> mayGo) {
        return images.stream()
                .filter(mayGo)
                .sorted(Comparator.comparing(image -> told.contains(image.name())))
                .limit(MOST_REMOVALS)
                .iterator();
    }

    /** As many as may be asked for, others at the next run: those that still exist do not hold up the rest. */
    private List<String> owners(List<OwnedImages.Volume> volumes) {
        var all = new ArrayList<>(new LinkedHashSet<>(
                volumes.stream().map(OwnedImages.Volume::owner).toList()));
        if (all.size() > RetentionAsk.MOST_OWNERS) {
            Collections.rotate(all, -(runs++ * RetentionAsk.MOST_OWNERS) % all.size());
        }
        return List.copyOf(all.subList(0, Math.min(all.size(), RetentionAsk.MOST_OWNERS)));
    }

    private Unused note(UnusedImages seen) {
        seen.noteIn(brought, owner);
        report(seen);
        return settings.after().isZero()
                ? new Unused(List.of(), List.of())
                : new Unused(
                        seen.unusedImages(brought.images(), pinned, settings.after()),
                        seen.unusedVolumes(brought.volumes(), settings.after()));
    }

    private Void report(UnusedImages seen) {
        brought.saveIfChanged();
        List<UnusedImages.Image> kept = seen.brought(brought.images());
        report = new SystemInfo.Images(
                kept.size(),
                kept.stream().mapToLong(image -> image.found().bytes()).sum(),
                removed,
                removedBytes,
                removedVolumes);
        return null;
    }

    private Future<Void> remove(UnusedImages.Image image) {
        // the last name goes with the image: by its id the engine refuses before anything is lost
        var names = new ArrayList<>(image.found().tags());
        names.subList(Math.max(0, names.size() - 1), names.size()).clear();
        names.add(image.found().id());
        // asked for since it was looked at: a container is about to be made of it
        return onWorker(() -> brought.isUnchanged(image.known()))
                .compose(unchanged -> unchanged
                        ? each(names.iterator(), engine::removeImage).compose(gone -> onWorker(() -> removed(image)))
                        : Future.succeededFuture())
                .recover(cause -> cannot("image", image.name(), cause));
    }

    private Void removed(UnusedImages.Image image) {
        brought.removed(image.known());
        removed++;
        removedBytes += image.found().bytes();
        LOG.info(
                "removed image {} ({} MiB), last used {}",
                image.name(),
                image.found().bytes() >> 20,
                image.known().usedAt());
        return null;
    }

    private Future<Void> remove(OwnedImages.Volume volume) {
        return engine.removeVolume(volume.name())
                .compose(gone -> onWorker(() -> removed(volume)))
                .recover(cause -> cannot("volume", volume.name(), cause));
    }

    private Void removed(OwnedImages.Volume volume) {
        brought.removedVolume(volume.name());
        removedVolumes++;
        LOG.info(
                "removed volume {} of {}, which is gone; unused since {}",
                volume.name(),
                volume.owner(),
                volume.unusedSince());
        return null;
    }

    private Future<Void> cannot(String kind, String name, Throwable cause) {
        if (told.add(name)) {
            LOG.warn("{} {} cannot be removed, it will be tried again: {}", kind, name, cause.getMessage());
        }
        return Future.succeededFuture();
    }

    private <T> Future<T> onWorker(Callable<T> work) {
        return vertx.executeBlocking(work, false);
    }

    private static <T> Future<Void> each(Iterator<T> all, Function<T, Future<Void>> work) {
        return all.hasNext() ? work.apply(all.next()).compose(done -> each(all, work)) : Future.succeededFuture();
    }
}
