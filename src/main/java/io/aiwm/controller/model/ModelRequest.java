package io.aiwm.controller.model;

import java.util.List;

/**
 * What users say of a model; the contract checks each field.
 *
 * @param task null: other
 * @param license as an SPDX name where there is one
 */
public record ModelRequest(String name, String description, ModelTask task, List<String> tags, String license) {
    static final int MOST_ALIASES = 100;

    public ModelRequest {
        tags = tags == null ? List.of() : tags.stream().distinct().toList();
    }
}
