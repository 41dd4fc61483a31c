package io.aiwm.worker.link;

/** What serves this worker's models to other workers and fetches them, as far as that is settled at a registration. */
public interface PeerServing {
    PeerServing NONE = new PeerServing() {
        @Override
        public String url() {
            return null;
        }

        @Override
        public void key(String base64) {}

        @Override
        public void objects(String url) {}
    };

    /** Where it serves them; null: it does not. */
    String url();

    /** Takes the key with which the tokens of other workers are checked; null from a controller of an older version. */
    void key(String base64);

    /** Takes the URL of the controller's object store; null: where this worker reaches its controller. */
    void objects(String url);
}
