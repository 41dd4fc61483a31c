package io.aiwm.controller.deployment;

/**
 * The image of a container, by its engine's ids.
 *
 * @param id of what it was made of
 * @param tagId of what its name in the spec means there now; null where that is not known
 */
public record ContainerImage(String id, String tagId) {
    /** Whether the name means another image by now; null where that is not known. */
    Boolean moved() {
        return tagId == null ? null : !tagId.equals(id);
    }
}
