package io.aiwm.inference;

import io.aiwm.inference.limit.KeyLimits;

/**
 * Who makes a call.
 *
 * @param keyId id of the API key; null: a signed token of a user
 * @param user in whose name
 * @param team null: none
 * @param limits of the key; never null
 * @param teamLimits of the team; never null
 * @param proxyRight never null
 * @param background whether its calls take only replicas that have nothing else to do
 */
public record Caller(
        String keyId,
        String user,
        String team,
        KeyLimits limits,
        KeyLimits teamLimits,
        ProxyRight proxyRight,
        boolean background) {
    public Caller(
            String keyId, String user, String team, KeyLimits limits, KeyLimits teamLimits, ProxyRight proxyRight) {
        this(keyId, user, team, limits, teamLimits, proxyRight, false);
    }

    /** One that may not use {@code /proxy}. */
    public Caller(String keyId, String user, String team, KeyLimits limits, KeyLimits teamLimits) {
        this(keyId, user, team, limits, teamLimits, ProxyRight.NONE);
    }

    /** The same, for calls that wait until nobody else needs a replica. */
    public Caller inBackground() {
        return new Caller(keyId, user, team, limits, teamLimits, ProxyRight.NONE, true);
    }

    /** By what calls of one caller are told from those of others: the key, or else the user. */
    public String identity() {
        return keyId == null ? user : keyId;
    }
}
