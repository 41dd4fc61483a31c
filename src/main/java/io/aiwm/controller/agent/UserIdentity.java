package io.aiwm.controller.agent;

import java.time.Instant;

/**
 * One user record: a later user of the same name is another one.
 *
 * @param since when the user was made; null: whoever has or had the name
 */
public record UserIdentity(String name, Instant since) {
    /** Whoever has or had this name. */
    public static UserIdentity named(String name) {
        return new UserIdentity(name, null);
    }

    /** As it is stored beside the name; null: whoever has or had the name. */
    public String sinceText() {
        return since == null ? null : since.toString();
    }

    /**
     * Whether something belongs to this user.
     *
     * @param owner the name of whom it belongs to
     * @param ownerSince when that user was made; null: it is not stored, as in records of earlier versions
     * @param madeAt when it was made
     */
    public boolean owns(String owner, Instant ownerSince, Instant madeAt) {
        if (!name.equals(owner) || since == null) {
            return name.equals(owner);
        }
        return ownerSince == null ? !since.isAfter(madeAt) : since.equals(ownerSince);
    }
}
