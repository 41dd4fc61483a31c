package io.aiwm.worker.docker;

import com.github.dockerjava.api.exception.NotFoundException;
import io.aiwm.protocol.ContainerSpec.RegistryAuth;
import io.aiwm.worker.container.EngineImage;
import io.aiwm.worker.container.ImageNames;
import io.aiwm.worker.container.ImageUse;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The images of a Docker Engine. */
final class DockerImages {
    private static final Logger LOG = LoggerFactory.getLogger(DockerImages.class);

    /** What the engine calls an image whose tag has moved on. */
    private static final String NO_TAG = "<none>:<none>";

    private static final String NO_DIGEST = "<none>@<none>";
    /** Large images are many files. */
    private static final Duration REMOVAL = Duration.ofMinutes(5);

    private final DockerClients clients;
    private final DockerCalls calls;
    private final DockerStreams streams;
    private final ImageUse use;

    DockerImages(DockerClients clients, DockerCalls calls, DockerStreams streams, ImageUse use) {
        this.clients = clients;
        this.calls = calls;
        this.streams = streams;
        this.use = use;
    }

    Future<Optional<String>> id(String image) {
        return calls.quick("look for image " + image, () -> {
            Optional<String> id = idNow(image);
            id.ifPresent(use::used);
            return id;
        });
    }

    private Optional<String> idNow(String image) {
        try {
            return Optional.of(clients.quick().inspectImageCmd(image).exec().getId());
        } catch (NotFoundException none) {
            return Optional.empty();
        }
    }

    Future<Void> pull(String image, RegistryAuth auth, BiConsumer<Integer, String> progress, Future<Void> cancelled) {
        return calls.quick("pull " + image, this::allNow)
                .compose(before ->
                        streams.pull(image, auth, progress, cancelled).compose(pulled -> note(image, before)));
    }

    /** An image whose pull is not recorded counts as not pulled by AIWM, and is never removed. */
    private Future<Void> note(String image, List<EngineImage> before) {
        return calls.<Void>quick("look for image " + image, () -> {
                    idNow(ImageNames.withTag(image)).ifPresent(id -> use.pulled(image, id, withId(before, id)));
                    return null;
                })
                .otherwise(cause -> {
                    LOG.info("image {} is not noted as pulled by AIWM: {}", image, cause.getMessage());
                    return null;
                });
    }

    private static EngineImage withId(List<EngineImage> images, String id) {
        return images.stream()
                .filter(image -> image.id().equals(id))
                .findFirst()
                .orElse(null);
    }

    Future<List<EngineImage>> all() {
        return calls.quick("list images", this::allNow);
    }

    private List<EngineImage> allNow() {
        return clients.quick().listImagesCmd().exec().stream()
                .map(image -> new EngineImage(
                        image.getId(),
                        names(image.getRepoTags(), NO_TAG),
                        names(image.getRepoDigests(), NO_DIGEST),
                        image.getSize() == null ? 0 : image.getSize()))
                .toList();
    }

    private static List<String> names(String[] said, String none) {
        return said == null
                ? List.of()
                : Arrays.stream(said).filter(name -> !name.equals(none)).toList();
    }

    /** Parent images without a name stay, because they belong to images that were built on this node. */
    Future<Void> remove(String nameOrId) {
        return calls.slow("remove image " + nameOrId, REMOVAL, () -> {
            try {
                clients.patient().removeImageCmd(nameOrId).withNoPrune(true).exec();
            } catch (NotFoundException gone) {
                return null;
            }
            return null;
        });
    }
}
