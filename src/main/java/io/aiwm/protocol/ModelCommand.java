package io.aiwm.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;

/**
 * The data of {@code model.download}, {@code model.cache} and {@code model.delete}, and the {@code model} of a container's
 * volume: either one file ({@code url}, {@code sources}), or {@code files} of a {@code version}.
 *
 * @param name under which it is kept; null: {@code id}, else the last part of the URL
 * @param version null: a model of one file without versions
 * @param url tried after {@code sources}
 * @param authorization header for the host of the URL; a secret
 * @param pinned true: never evicted; false: may be evicted again; null: stays as it is
 */
@RecordBuilder
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ModelCommand(
        String name,
        String id,
        String version,
        String url,
        String sha256,
        Long sizeBytes,
        String authorization,
        Boolean pinned,
        List<ModelSource> sources,
        List<ModelFile> files) {
    /**
     * The capability of nodes whose worker keeps versions of models and mounts them. What needs one of those needs it, because a
     * worker of a version before would run the container without its model.
     */
    public static final String CAPABILITY = "model-volumes";

    /** The capability of nodes whose worker fetches versions of kept models from their sources, with containers or without. */
    public static final String FETCHES = "model-fetch";

    /** Only which model it is, for a comparison of container specs: where it comes from does not matter. */
    public ModelCommand identity() {
        return ModelCommandBuilder.builder()
                .name(name)
                .id(id)
                .version(version)
                .sha256(sha256)
                .build();
    }

    /** The name as it is kept, with {@code @version} where there is one; null where there is no such name. */
    public String ref() {
        String kept = NodeModel.nameOf(NodeModel.nameOf(name, id, url));
        return kept == null || version == null ? kept : kept + "@" + version;
    }

    @Override
    public String toString() {
        return "ModelCommand[" + name + ", " + version + "]";
    }
}
