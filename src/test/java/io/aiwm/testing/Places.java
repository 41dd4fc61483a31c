package io.aiwm.testing;

import java.util.List;

/** Where the controllers of one cluster and their store live: all on loopback, or each in a network namespace of its own. */
public interface Places {
    /** All on loopback. */
    Places LOOPBACK = new Places() {};

    /** The command line that a controller's own is appended to, so that it runs where it belongs. */
    default List<String> entrance(int controller) {
        return List.of();
    }

    /** Where it answers HTTP and takes its nodes' connections. */
    default String address(int controller) {
        return "127.0.0.1";
    }

    /** Where it speaks to the other controllers. */
    default String busAddress(int controller) {
        return "127.0.0.1";
    }

    /** Where the store, the nodes and the callers are: in this process. */
    default String home() {
        return "127.0.0.1";
    }
}
