package io.aiwm.controller.notification;

import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.protocol.ModelUrl;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What the fields of a target mean together. Pure. */
final class TargetRules {
    private static final Pattern ADDRESS = Pattern.compile("[^\\s@<>\",;:\\\\()\\[\\]]{1,64}@[A-Za-z0-9.-]{1,253}");

    private TargetRules() {}

    /**
     * Fails with UNPROCESSABLE naming everything that is wrong.
     *
     * @param mail whether there is a server for e-mails
     */
    static void refuse(String name, TargetRequest wanted, boolean mail) {
        var errors = new ArrayList<FieldError>();
        if (Target.BUILT_IN.stream().anyMatch(one -> one.id().equals(name))) {
            errors.add(new FieldError("/name", name + " is built in; rules say what goes there"));
        }
        switch (wanted.kind()) {
            case WEBHOOK -> webhook(wanted, errors);
            case EMAIL -> email(wanted, mail, errors);
            case QUEUE, INBOX -> errors.add(new FieldError("/kind", "is webhook or email: the others are built in"));
        }
        if (!errors.isEmpty()) {
            throw new Failure(
                    Failure.Kind.UNPROCESSABLE,
                    errors.get(0).pointer() + ": " + errors.get(0).detail(),
                    errors);
        }
    }

    private static void webhook(TargetRequest wanted, List<FieldError> errors) {
        if ((wanted.url() == null) == (wanted.urlSecret() == null)) {
            errors.add(new FieldError("/url", "either this or urlSecret is needed by a webhook"));
        }
        String mistake = wanted.url() == null ? null : ModelUrl.mistake(wanted.url());
        if (mistake != null) {
            errors.add(new FieldError("/url", mistake));
        }
        if (wanted.to() != null) {
            errors.add(new FieldError("/to", "is for e-mails"));
        }
    }

    private static void email(TargetRequest wanted, boolean mail, List<FieldError> errors) {
        if (!mail) {
            errors.add(new FieldError("/kind", "there is no server for e-mails: the setting smtp.host names none"));
        }
        if (wanted.to() == null || wanted.to().isEmpty()) {
            errors.add(new FieldError("/to", "is needed by an e-mail"));
        }
        for (String address : wanted.to() == null ? List.<String>of() : wanted.to()) {
            if (!ADDRESS.matcher(address).matches()) {
                errors.add(new FieldError("/to", "one of them is no e-mail address such as ops@example.org"));
            }
        }
        if (wanted.url() != null || wanted.urlSecret() != null || wanted.signingSecret() != null) {
            errors.add(new FieldError("/url", "and what belongs to it are for webhooks"));
        }
    }
}
