package io.aiwm.worker.container;

import io.aiwm.worker.job.Globs;
import io.aiwm.worker.job.Job;
import io.aiwm.worker.job.Links;
import io.aiwm.worker.job.OutputArchive;
import io.aiwm.worker.job.WorkDeadline;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Takes what is wanted out of a container's work directory, which the engine shows as tars. Links on the way to it are
 * followed as long as they stay in the work directory; of the engine's own following nothing is used, which leaves it.
 */
final class ContainerOutputs {
    private static final int MOST_LINKS = 40;

    private final Engine engine;
    private final String containerId;
    private final String workDir;
    private final Globs wanted;
    private final OutputArchive archive;
    private final WorkDeadline until;

    ContainerOutputs(
            Engine engine, String containerId, Job job, Globs wanted, OutputArchive archive, WorkDeadline until) {
        this.engine = engine;
        this.containerId = containerId;
        this.workDir = job.workDir();
        this.wanted = wanted;
        this.archive = archive;
        this.until = until;
    }

    Future<Void> collect() {
        Future<Void> all = Future.succeededFuture();
        for (Globs.Root root : wanted.roots()) {
            String path = root.below() && !root.path().isEmpty() ? root.path() + "/" : root.path();
            all = all.compose(before -> place("", path, root, 0))
                    .compose(place -> root.covered() && root.path().equals(place)
                            ? Future.succeededFuture()
                            : collect(root.path(), place));
        }
        return all;
    }

    /**
     * Where a path really is; null: nowhere, or outside. Its last name is followed when a / comes after it.
     *
     * @param before is there, and no link
     */
    private Future<String> place(String before, String rest, Globs.Root root, int links) {
        if (rest.isEmpty() && !before.isEmpty()) {
            return Future.succeededFuture(before.substring(0, before.length() - 1));
        }
        int slash = rest.indexOf('/');
        if (slash < 0 || links > MOST_LINKS) {
            return Future.succeededFuture(slash < 0 ? before + rest : null);
        }
        String next = before + rest.substring(0, slash);
        String after = rest.substring(slash + 1);
        return engine.read(containerId, workDir + "/" + next, in -> linkName(until.guard(in)))
                .compose(link -> {
                    if (link == null) {
                        return Future.succeededFuture(null);
                    }
                    if (link.isEmpty()) {
                        return place(next + "/", after, root, links);
                    }
                    String inside = Links.inside(next, link, workDir);
                    if (inside == null) {
                        if (!root.covered()) {
                            archive.leftOut(); // else the root that covers it counts it
                        }
                        return Future.succeededFuture(null);
                    }
                    String led = Links.led(next, inside);
                    return place("", led.isEmpty() ? after : led + "/" + after, root, links + 1);
                });
    }

    /** What the first entry links to; empty when it is no link. */
    private static String linkName(InputStream in) throws IOException {
        TarArchiveEntry first = new TarArchiveInputStream(in, "UTF-8").getNextEntry();
        return first == null || !first.isSymbolicLink() ? "" : first.getLinkName();
    }

    private Future<Void> collect(String root, String place) {
        if (place == null) {
            return Future.succeededFuture();
        }
        var tree = new Tree(root);
        String path = place.isEmpty() ? workDir : workDir + "/" + place;
        return engine.read(containerId, path, in -> tree.pick(until.guard(in))).compose(picked -> owed(tree, path));
    }

    /** Hard links whose content came under another name: read again, one name of each file at a time. */
    private Future<Void> owed(Tree tree, String path) {
        return tree.owed.isEmpty()
                ? Future.succeededFuture()
                : engine.read(containerId, path, in -> tree.pay(until.guard(in)))
                        .compose(paid -> owed(tree, path));
    }

    /** The tar of one folder or file, which the engine writes in the same way each time. */
    private final class Tree {
        private final String root;
        /** Names that are still to be given the content that the tar has under another one. */
        private final Map<String, Deque<String>> owed = new HashMap<>();

        Tree(String root) {
            this.root = root;
        }

        Void pick(InputStream in) throws IOException {
            var tar = new TarArchiveInputStream(in, "UTF-8");
            // every entry takes a read, and every read looks at the time
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                String path = path(entry.getName());
                if (!path.isEmpty() && !entry.isDirectory() && wanted.fits(path)) {
                    take(path, entry, tar);
                }
            }
            return null;
        }

        private void take(String path, TarArchiveEntry entry, TarArchiveInputStream tar) throws IOException {
            String inside = entry.isSymbolicLink() ? Links.inside(path, entry.getLinkName(), workDir) : null;
            if (isPlainFile(entry)) {
                add(path, entry, tar);
            } else if (entry.isLink()) {
                owed.computeIfAbsent(path(entry.getLinkName()), first -> new ArrayDeque<>())
                        .add(path);
            } else if (inside != null) {
                archive.addLink(path, inside);
            } else {
                archive.leftOut();
            }
        }

        Void pay(InputStream in) throws IOException {
            var tar = new TarArchiveInputStream(in, "UTF-8");
            boolean paid = false;
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                String path = path(entry.getName());
                Deque<String> names = isPlainFile(entry) ? owed.get(path) : null;
                if (names != null) {
                    paid = true;
                    add(names.remove(), entry, tar);
                    if (names.isEmpty()) {
                        owed.remove(path);
                    }
                }
            }
            if (!paid) {
                owed.values().forEach(names -> names.forEach(name -> archive.leftOut()));
                owed.clear();
            }
            return null;
        }

        private void add(String path, TarArchiveEntry entry, TarArchiveInputStream tar) throws IOException {
            archive.add(path, entry.getSize(), (entry.getMode() & 0100) != 0, tar);
        }

        /** Names in the tar begin with the last name of what it is of. */
        private String path(String name) {
            int first = name.indexOf('/');
            String below = first < 0 ? "" : name.substring(first + 1);
            String path = root.isEmpty() || below.isEmpty() ? root + below : root + "/" + below;
            return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        }
    }

    /** By what it says it is: the library's own isFile() takes pipes and devices for files, too. */
    private static boolean isPlainFile(TarArchiveEntry entry) {
        byte type = entry.getLinkFlag();
        return type == TarConstants.LF_NORMAL || type == TarConstants.LF_OLDNORM || type == TarConstants.LF_CONTIG;
    }
}
