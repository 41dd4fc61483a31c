package io.aiwm.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * One file of a version of a model.
 *
 * @param path relative, with slashes
 * @param sources tried in this order; null where the file is only described
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ModelFile(String path, String sha256, Long sizeBytes, List<ModelSource> sources) {}
