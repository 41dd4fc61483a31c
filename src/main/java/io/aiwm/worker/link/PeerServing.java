package io.aiwm.worker.link;

/** What serves this worker's models to other workers, as far as the controller must know of it. */
public interface PeerServing {
    PeerServing NONE = new PeerServing() {
        @Override
        public String url() {
            return null;
        }

        @Override
        public void key(String base64) {}
    };

    /** Where it serves them; null: it does not. */
    String url();

    /** Takes the key with which the tokens of other workers are checked; null from a controller of an older version. */
    void key(String base64);
}
