package io.aiwm.controller.auth;

/** A new API key. The text is shown once and stored nowhere. */
public record IssuedKey(String text, ApiKey key) {
    @Override
    public String toString() {
        return "IssuedKey[" + key.id() + "]";
    }
}
