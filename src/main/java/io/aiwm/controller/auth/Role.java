package io.aiwm.controller.auth;

/** What a caller may do over the API. Each includes the ones below it; NODE stands apart and opens nothing of the API. */
public enum Role {
    /** Everything, users and tokens included. */
    ADMIN,
    /** Deploy, run, cancel, drain; no users, tokens, policies. */
    OPERATOR,
    /** Read. */
    VIEWER,
    /** A worker: only the node gateway. */
    NODE;

    public boolean includes(Role needed) {
        return this != NODE && needed != NODE && compareTo(needed) <= 0;
    }
}
