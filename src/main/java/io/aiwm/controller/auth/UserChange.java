package io.aiwm.controller.auth;

/**
 * A change of a user by an administrator; null: the field stays as it is.
 *
 * @param team empty: none any more
 */
public record UserChange(Role role, String password, Boolean disabled, String team) {
    public UserChange(Role role, String password, Boolean disabled) {
        this(role, password, disabled, null);
    }

    /** Returns whether an administrator would lose that role. */
    boolean endsAdmin(User user) {
        return user.isActiveAdmin() && ((role != null && role != Role.ADMIN) || Boolean.TRUE.equals(disabled));
    }

    @Override
    public String toString() {
        return "UserChange[" + role + ", disabled=" + disabled + "]";
    }
}
