package io.aiwm.controller.gateway;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigLoader;
import io.aiwm.boot.StartFailure;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.protocol.BusAddresses;
import io.aiwm.protocol.Installation;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Controllers that hear each other on one bus, each with the store it is given. */
class PeerControllersTest {
    private static final Map<String, String> SHARED = Map.of("storage.mongoUri", "mongodb://shared/aiwm");

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void end() {
        await(vertx.close());
    }

    @Test
    void a_second_database_is_kept_out_of_the_cluster_and_both_are_named() {
        await(controller("ctl_1", store("one"), "one", Map.of()).join());

        assertThatThrownBy(() ->
                        await(controller("ctl_2", store("two"), "two", Map.of()).join()))
                .isInstanceOf(StartFailure.class)
                .hasMessageContainingAll(
                        "the cluster aiwm already has a controller with another database",
                        "data in " + folder.resolve("one"),
                        "data in " + folder.resolve("two"),
                        "cluster.name",
                        "cluster.port",
                        "cluster.enabled",
                        "storage.mongoUri");
    }

    @Test
    void controllers_on_one_database_are_one_installation() {
        SqliteStore store = store("shared");
        await(controller("ctl_1", store, "one", SHARED).join());
        await(controller("ctl_2", store, "two", SHARED).join());

        assertThatThrownBy(() -> await(
                        controller("ctl_3", store("other"), "three", SHARED).join()))
                .isInstanceOf(StartFailure.class);
    }

    @Test
    void a_copied_data_directory_is_another_database_though_its_id_is_the_same() {
        SqliteStore copied = store("copied");
        await(controller("ctl_1", copied, "one", Map.of()).join());

        assertThatThrownBy(
                        () -> await(controller("ctl_2", copied, "two", Map.of()).join()))
                .isInstanceOf(StartFailure.class);
    }

    @Test
    void an_installation_keeps_its_id() {
        SqliteStore store = store("kept");
        await(controller("ctl_1", store, "one", SHARED).join());
        var asker = new Installation("none", "ctl_0", "here");
        var first = await(BusAddresses.INSTALLATION.ask(vertx, asker, Duration.ofSeconds(10)));
        await(controller("ctl_2", store, "one", SHARED).join());
        var second = await(BusAddresses.INSTALLATION.ask(vertx, asker, Duration.ofSeconds(10)));

        assertThat(second.id()).isEqualTo(first.id()).startsWith("ins_");
    }

    private SqliteStore store(String name) {
        var store = new SqliteStore(vertx, folder.resolve(name).resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        await(store.open(List.of(PeerControllers.COLLECTION)));
        return store;
    }

    private PeerControllers controller(String id, SqliteStore store, String data, Map<String, String> settings) {
        var all = new HashMap<>(settings);
        all.put("dataDir", folder.resolve(data).toString());
        return new PeerControllers(vertx, store, id, ConfigLoader.of(Config.Mode.CONTROLLER, all));
    }
}
