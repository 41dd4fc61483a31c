package io.aiwm.controller.auth;

/** What an administrator wants changed of a user; null: stays as it is. */
public record UserChange(Role role, String password, Boolean disabled) {

    /** Whether a user who is an administrator now would be none afterwards. */
    boolean endsAdmin(User user) {
        return user.isActiveAdmin() && ((role != null && role != Role.ADMIN) || Boolean.TRUE.equals(disabled));
    }

    @Override
    public String toString() {
        return "UserChange[" + role + ", disabled=" + disabled + "]";
    }
}
