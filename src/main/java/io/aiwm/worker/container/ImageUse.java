package io.aiwm.worker.container;

/** Called with each image that an engine was asked for, on threads that may block. */
public interface ImageUse {
    /** Does nothing. */
    ImageUse NONE = new ImageUse() {
        @Override
        public void pulled(String name, String id, EngineImage before) {}

        @Override
        public void used(String id) {}
    };

    /**
     * A pull has ended well.
     *
     * @param id of what the name means now
     * @param before that image as it was before the pull; null: the engine did not have it
     */
    void pulled(String name, String id, EngineImage before);

    /** It was looked for and found, so that a container is about to be made of it. */
    void used(String id);
}
