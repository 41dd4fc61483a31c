package io.aiwm.controller.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class LocalObjectStoreTest extends ObjectStoreContract {

    @Override
    ObjectStore fresh() {
        return new LocalObjectStore(vertx, folder.resolve("objects"));
    }

    @Override
    List<Path> leftovers() throws IOException {
        try (var files = Files.list(folder.resolve("objects/.unfinished"))) {
            return files.toList();
        }
    }
}
