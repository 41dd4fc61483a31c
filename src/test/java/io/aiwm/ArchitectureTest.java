package io.aiwm;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.aiwm.common.PrivateFiles;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.event.CoalescedMessages;
import io.aiwm.controller.event.ConsoleLog;
import io.aiwm.controller.event.Events;
import java.nio.file.Files;
import java.util.Set;

/** Who may import whom; docs/architecture.md says why. */
@AnalyzeClasses(packages = "io.aiwm", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    ArchRule the_worker_knows_nothing_of_the_controller = noClasses()
            .that()
            .resideInAPackage("io.aiwm.worker..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.aiwm.controller..");

    @ArchTest
    ArchRule the_controller_knows_nothing_of_the_worker = noClasses()
            .that()
            .resideInAPackage("io.aiwm.controller..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.aiwm.worker..");

    @ArchTest
    ArchRule what_all_have_in_common_knows_nobody = knowsOnly("io.aiwm.common..");

    @ArchTest
    ArchRule the_protocol_imports_nothing_of_ours_but_what_is_common =
            knowsOnly("io.aiwm.protocol..", "io.aiwm.common..");

    @ArchTest
    ArchRule boot_imports_nothing_of_ours_but_the_protocol_and_what_is_common =
            knowsOnly("io.aiwm.boot..", "io.aiwm.protocol..", "io.aiwm.common..");

    @ArchTest
    ArchRule the_command_line_starts_from_boot_alone = noClasses()
            .that()
            .resideInAPackage("io.aiwm.cli..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.aiwm.controller..", "io.aiwm.worker.."));

    /** Files come from strangers; what reads them can be looked through as a whole, and used on any side. */
    @ArchTest
    ArchRule the_reader_of_model_files_knows_what_is_common_alone =
            knowsOnly("io.aiwm.controller.model.format..", "io.aiwm.common..");

    @ArchTest
    ArchRule estimates_know_model_files_and_no_service =
            knowsOnly("io.aiwm.controller.model.estimate..", "io.aiwm.controller.model.format..", "io.aiwm.common..");

    /** It runs on controllers and on proxies, and takes what strangers send. */
    @ArchTest
    ArchRule the_inference_gateway_knows_what_is_common_alone = knowsOnly("io.aiwm.inference..", "io.aiwm.common..");

    /** Clients and servers of others write what it reads. */
    @ArchTest
    ArchRule the_model_context_protocol_knows_what_is_common_alone = knowsOnly("io.aiwm.mcp..", "io.aiwm.common..");

    @ArchTest
    ArchRule the_model_context_protocol_knows_no_network = noClasses()
            .that()
            .resideInAPackage("io.aiwm.mcp..")
            .should()
            .dependOnClassesThat(resideInAPackage("io.vertx.."));

    /** Neither settings know the gateway, nor the gateway settings. */
    @ArchTest
    ArchRule what_sets_a_gateway_up_knows_settings_and_the_gateway = knowsOnly(
            "io.aiwm.gateway..", "io.aiwm.inference..", "io.aiwm.boot..", "io.aiwm.protocol..", "io.aiwm.common..");

    @ArchTest
    ArchRule the_inference_gateway_needs_few_libraries = noClasses()
            .that()
            .resideInAPackage("io.aiwm.inference..")
            .should()
            .dependOnClassesThat(resideOutsideOfPackages(
                    "io.aiwm..",
                    "java..",
                    "io.vertx.core..",
                    // Vert.x itself; its client cannot decode one answer and pass on another
                    "io.netty..",
                    "com.fasterxml.jackson..",
                    "com.github.benmanes.caffeine..",
                    "io.soabase.recordbuilder..",
                    "javax.annotation.processing..",
                    "org.slf4j.."));

    /** What reads bytes, translates, balances and counts can be tested and looked through without a network. */
    @ArchTest
    ArchRule the_rooms_of_inference_that_know_no_network = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.aiwm.inference.balance..",
                    "io.aiwm.inference.body..",
                    "io.aiwm.inference.dialect..",
                    "io.aiwm.inference.limit..",
                    "io.aiwm.inference.route..",
                    "io.aiwm.inference.usage..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.vertx.core.http..",
                    "io.vertx.core.net..",
                    "io.aiwm.inference.call..",
                    "io.aiwm.inference.upstream..");

    @ArchTest
    ArchRule inference_rooms_have_no_cycles =
            slices().matching("io.aiwm.inference.(*)..").should().beFreeOfCycles();

    @ArchTest
    ArchRule models_are_read_and_estimated_without_vertx = noClasses()
            .that()
            .resideInAnyPackage("io.aiwm.controller.model.format..", "io.aiwm.controller.model.estimate..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.vertx..");

    @ArchTest
    ArchRule web_servers_stand_at_the_edge = onlyIn(
            "io.vertx.ext.web..", "io.aiwm.controller.http..", "io.aiwm.controller.gateway..", "io.aiwm.worker.api..");

    @ArchTest
    ArchRule object_storage_clients_stay_behind_their_port = onlyIn("io.minio..", "io.aiwm.controller.objects..");

    @ArchTest
    ArchRule database_clients_stay_behind_the_store = noClasses()
            .that()
            .resideOutsideOfPackage("io.aiwm.controller.store..")
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                    "io.vertx.ext.mongo..", "com.mongodb..", "org.bson..", "org.sqlite..", "java.sql.."));

    @ArchTest
    ArchRule docker_java_stays_in_its_room = onlyIn("com.github.dockerjava..", "io.aiwm.worker.docker..");

    @ArchTest
    ArchRule oshi_stays_with_the_probes = onlyIn("oshi..", "io.aiwm.worker.hardware..");

    @ArchTest
    ArchRule hazelcast_stays_in_boot = onlyIn("com.hazelcast..", "io.aiwm.boot..");

    @ArchTest
    ArchRule the_vertx_cluster_manager_stays_in_boot = onlyIn("io.vertx.spi.cluster..", "io.aiwm.boot..");

    @ArchTest
    ArchRule logback_stays_in_boot = onlyIn("ch.qos.logback..", "io.aiwm.boot..");

    @ArchTest
    ArchRule sides_have_no_cycles = slices().matching("io.aiwm.(*)..").should().beFreeOfCycles();

    @ArchTest
    ArchRule controller_rooms_have_no_cycles =
            slices().matching("io.aiwm.controller.(*)..").should().beFreeOfCycles();

    @ArchTest
    ArchRule worker_rooms_have_no_cycles =
            slices().matching("io.aiwm.worker.(*)..").should().beFreeOfCycles();

    @ArchTest
    ArchRule nothing_below_knows_the_api_or_http = noClasses()
            .that()
            .resideInAPackage("io.aiwm.controller.*..")
            .and()
            .resideOutsideOfPackages("io.aiwm.controller.http..", "io.aiwm.controller.api..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.aiwm.controller.http..", "io.aiwm.controller.api..");

    @ArchTest
    ArchRule the_http_engine_knows_no_service = noClasses()
            .that()
            .resideInAPackage("io.aiwm.controller.http..")
            .should()
            .dependOnClassesThat(resideInAPackage("io.aiwm..")
                    .and(resideOutsideOfPackages(
                            "io.aiwm.controller.http..",
                            "io.aiwm.controller.store..",
                            "io.aiwm.controller.secret..",
                            "io.aiwm.boot..",
                            "io.aiwm.protocol..",
                            "io.aiwm.common.."))
                    .and(not(belongToAnyOf(
                            Principal.class, Role.class, Events.class, CoalescedMessages.class, ConsoleLog.class))));

    /** It skips the check of scopes in the version that is used here; docs/contributing.md, "The versions of Vert.x". */
    @ArchTest
    ArchRule nobody_chains_authentication_of_vertx_web = noClasses()
            .should()
            .dependOnClassesThat()
            .haveNameMatching("io\\.vertx\\.ext\\.web\\.handler\\.(impl\\.)?ChainAuthHandler.*");

    private static final Set<String> WEAKEN_TLS = Set.of(
            "setTrustAll", "setVerifyHost", "setHostnameVerificationAlgorithm", "hostnameVerifier", "sslSocketFactory");

    /**
     * Clients of the event bus know each other by the authority of the cluster key, which no host name is part of. Probes ask
     * containers of their own node, and send nothing secret. Those of Redis and of mail servers check none unless they are told to.
     */
    @ArchTest
    ArchRule no_client_leaves_out_the_check_of_host_names = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("io.aiwm.boot.BusTls")
            .and()
            .doNotHaveFullyQualifiedName("io.aiwm.worker.container.ProbeClients")
            .and()
            .doNotHaveFullyQualifiedName("io.aiwm.controller.notification.QueueSender")
            .and()
            .doNotHaveFullyQualifiedName("io.aiwm.controller.notification.MailSender")
            .should()
            .callMethodWhere(describe(
                    "changes how a TLS client checks who answers", call -> WEAKEN_TLS.contains(call.getName())))
            .orShould()
            .callMethodWhere(describe(
                    "makes a client of plain sockets, which checks no host name unless told to",
                    call -> call.getName().equals("createNetClient")));

    private static final Set<String> MAKE_FILES = Set.of(
            "createDirectory",
            "createDirectories",
            "createFile",
            "newOutputStream",
            "newBufferedWriter",
            "write",
            "writeString");

    @ArchTest
    ArchRule files_are_made_for_their_owner_alone = noClasses()
            .that()
            .doNotHaveFullyQualifiedName(PrivateFiles.class.getName())
            .should()
            .callMethodWhere(describe(
                    "makes a file that others can read, where PrivateFiles makes one that they cannot",
                    call -> call.getTargetOwner().isEquivalentTo(Files.class) && MAKE_FILES.contains(call.getName())));

    private static ArchRule knowsOnly(String room, String... others) {
        return noClasses()
                .that()
                .resideInAPackage(room)
                .should()
                .dependOnClassesThat(resideInAPackage("io.aiwm..")
                        .and(resideOutsideOfPackages(room))
                        .and(resideOutsideOfPackages(others)));
    }

    private static ArchRule onlyIn(String library, String... rooms) {
        return noClasses()
                .that()
                .resideOutsideOfPackages(rooms)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library);
    }
}
