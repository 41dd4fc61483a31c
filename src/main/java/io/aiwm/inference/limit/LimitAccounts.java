package io.aiwm.inference.limit;

import io.aiwm.inference.Caller;
import io.aiwm.inference.limit.Allowances.Account;
import io.aiwm.inference.limit.Allowances.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The accounts of callers of a gateway. Not thread-safe: the limiter's lock guards it. */
final class LimitAccounts {
    private static final long IDLE_MILLIS = 120_000;

    private final Map<String, Entry> keys = new HashMap<>();
    private final Map<String, Entry> users = new HashMap<>();
    private final Map<String, Entry> teams = new HashMap<>();
    private final Map<String, LocalAccount> accounts = new HashMap<>();

    /** A subject with the limits that its accounts were made for. */
    private static final class Entry {
        KeyLimits limits;
        LocalAccount[] accounts = {};
    }

    /** One for each limit of the caller and its team. */
    LocalAccount[] of(Caller caller, long now) {
        LocalAccount[] own = caller.keyId() == null
                ? of(users, "user:", caller.user(), caller.limits(), now)
                : of(keys, "key:", caller.keyId(), caller.limits(), now);
        LocalAccount[] team = caller.team() == null
                ? new LocalAccount[0]
                : of(teams, "team:", caller.team(), caller.teamLimits(), now);
        if (team.length == 0) {
            return own;
        }
        if (own.length == 0) {
            return team;
        }
        var both = new LocalAccount[own.length + team.length];
        System.arraycopy(own, 0, both, 0, own.length);
        System.arraycopy(team, 0, both, own.length, team.length);
        return both;
    }

    private LocalAccount[] of(Map<String, Entry> subjects, String prefix, String name, KeyLimits limits, long now) {
        Entry entry = subjects.get(name);
        if (entry != null && (entry.limits == limits || entry.limits.equals(limits))) {
            return entry.accounts;
        }
        if (entry == null) {
            entry = new Entry();
            subjects.put(name, entry);
        }
        entry.limits = limits;
        var made = new ArrayList<LocalAccount>(4);
        String subject = prefix + name;
        if (limits.requestsPerMinute() != null) {
            made.add(account(new Account(subject, Kind.REQUESTS, limits.requestsPerMinute(), null), now));
        }
        if (limits.tokensPerMinute() != null) {
            made.add(account(new Account(subject, Kind.TOKENS, limits.tokensPerMinute(), null), now));
        }
        if (limits.concurrent() != null) {
            made.add(account(new Account(subject, Kind.CONCURRENT, limits.concurrent(), null), now));
        }
        if (limits.budget() != null) {
            KeyLimits.TokenBudget budget = limits.budget();
            made.add(account(new Account(subject, Kind.BUDGET, budget.tokens(), budget.period()), now));
        }
        entry.accounts = made.toArray(LocalAccount[]::new);
        return entry.accounts;
    }

    private LocalAccount account(Account wanted, long now) {
        LocalAccount account = accounts.computeIfAbsent(wanted.id(), id -> new LocalAccount(wanted, now));
        account.limit(wanted.limit());
        return account;
    }

    void each(Consumer<LocalAccount> work) {
        accounts.values().forEach(work);
    }

    /** Forgets what was not used for two minutes. */
    void forgetIdle(long now) {
        accounts.values().removeIf(account -> account.isIdle(now, IDLE_MILLIS));
        for (Map<String, Entry> subjects : List.of(keys, users, teams)) {
            subjects.values().removeIf(entry -> !isKept(entry));
        }
    }

    private boolean isKept(Entry entry) {
        for (LocalAccount account : entry.accounts) {
            if (accounts.get(account.account().id()) != account) {
                return false;
            }
        }
        return entry.accounts.length > 0;
    }
}
