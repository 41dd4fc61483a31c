package io.aiwm.worker.process;

import io.aiwm.worker.job.Globs;
import io.aiwm.worker.job.Links;
import io.aiwm.worker.job.OutputArchive;
import io.aiwm.worker.job.WorkDeadline;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/** Collects the outputs of a process from its work directory. All of it blocks. */
final class ProcessOutputs {
    private final Path work;
    private final Globs wanted;
    private final OutputArchive archive;
    private final WorkDeadline until;

    /** @param work must exist */
    ProcessOutputs(Path work, Globs wanted, OutputArchive archive, WorkDeadline until) throws IOException {
        this.work = work.toRealPath();
        this.wanted = wanted;
        this.archive = archive;
        this.until = until;
    }

    /** Adds what fits to the archive. Fails with {@code timeout} when the time is over. */
    void collect() throws IOException {
        for (Globs.Root root : wanted.roots()) {
            Path top = top(root);
            if (top != null) {
                collect(root.path(), top);
            }
        }
    }

    /**
     * Where a root really is; null where there is nothing to collect. Links on the way to it are followed as long as they stay
     * in the work directory.
     */
    private Path top(Globs.Root root) throws IOException {
        if (root.path().isEmpty()) {
            return root.covered() ? null : work;
        }
        Path named = work.resolve(root.path());
        if (root.below() ? !Files.exists(named) : !Files.exists(named, LinkOption.NOFOLLOW_LINKS)) {
            return null;
        }
        Path top = root.below()
                ? named.toRealPath()
                : named.getParent().toRealPath().resolve(named.getFileName());
        if (root.covered() && top.equals(named)) {
            return null;
        }
        if (!top.startsWith(work)) {
            if (!root.covered()) {
                archive.leftOut(); // else the root that covers it counts it
            }
            return null;
        }
        return top;
    }

    private void collect(String root, Path top) throws IOException {
        Files.walkFileTree(top, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path next, BasicFileAttributes attributes) {
                until.check();
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                until.check();
                String below = top.relativize(file).toString();
                String path = root.isEmpty() || below.isEmpty() ? root + below : root + "/" + below;
                if (wanted.fits(path)) {
                    add(path, file, attributes);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Links are kept as links. */
    private void add(String path, Path file, BasicFileAttributes attributes) throws IOException {
        String inside = attributes.isSymbolicLink()
                ? Links.inside(path, Files.readSymbolicLink(file).toString(), work.toString())
                : null;
        if (inside != null) {
            archive.addLink(path, inside);
            return;
        }
        if (!attributes.isRegularFile()) {
            archive.leftOut();
            return;
        }
        try (InputStream in =
                until.guard(Files.newInputStream(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            archive.add(path, attributes.size(), Files.isExecutable(file), in);
        }
    }
}
