package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Hosts that are network namespaces: a hub, and one for each controller. Two cables lead from each controller to the hub:
 * {@code front} to everything else (the store, the nodes, the callers, which live in the hub), and {@code bus} to the other
 * controllers. The bus can be cut while the front stays whole. Packets of a cut vanish; nobody is told.
 *
 * <p>Both bridges are inside the hub: one in the root namespace would be under the rules that a container engine makes there.
 * Needs root and {@code ip} (iproute2), and fails with what was said where it cannot be.
 */
public final class Namespaces implements Places, AutoCloseable {
    private static final String FRONT = "10.77.1.";
    private static final String BUS = "10.77.2.";
    private static final int FIRST_HOST = 11;
    /** Nobody has it, so what is sent there is lost. */
    private static final String NOWHERE = "02:00:00:00:00:01";

    private final String name;
    private final int controllers;
    private final Thread atEnd = new Thread(this::remove);

    private Namespaces(String name, int controllers) {
        this.name = name;
        this.controllers = controllers;
    }

    /** Makes them. They are removed by {@link #close}, or when this JVM is told to end. */
    public static Namespaces make(int controllers) {
        var made = new Namespaces("aiwm-" + Long.toString(System.nanoTime(), 36), controllers);
        Runtime.getRuntime().addShutdownHook(made.atEnd);
        try {
            made.make();
        } catch (RuntimeException | Error cause) {
            made.close();
            throw cause;
        }
        return made;
    }

    /** Those that another process made and will remove. */
    public static Namespaces of(String name, int controllers) {
        return new Namespaces(name, controllers);
    }

    public String name() {
        return name;
    }

    private void make() {
        ip("netns", "add", hub());
        ip("-n", hub(), "link", "set", "lo", "up");
        for (String bridge : List.of("front", "bus")) {
            ip("-n", hub(), "link", "add", bridge, "type", "bridge");
            ip("-n", hub(), "link", "set", bridge, "up");
        }
        ip("-n", hub(), "addr", "add", home() + "/24", "dev", "front");
        for (int controller = 0; controller < controllers; controller++) {
            ip("netns", "add", host(controller));
            ip("-n", host(controller), "link", "set", "lo", "up");
            cable("front", controller, address(controller));
            cable("bus", controller, busAddress(controller));
        }
    }

    private void cable(String bridge, int controller, String address) {
        String end = bridge + controller;
        String host = host(controller);
        ip("link", "add", end, "netns", hub(), "type", "veth", "peer", "name", bridge, "netns", host);
        ip("-n", hub(), "link", "set", end, "master", bridge);
        ip("-n", hub(), "link", "set", end, "up");
        ip("-n", host, "addr", "add", address + "/24", "dev", bridge);
        ip("-n", host, "link", "set", bridge, "up");
    }

    private String hub() {
        return name + "-hub";
    }

    private String host(int controller) {
        return name + "-" + controller;
    }

    /** The command line that a program's own is appended to, so that it runs in the hub. */
    public List<String> hubEntrance() {
        return enter(hub());
    }

    @Override
    public List<String> entrance(int controller) {
        return enter(host(controller));
    }

    /** nsenter becomes the program, so its process id is the program's. */
    private static List<String> enter(String namespace) {
        return List.of("nsenter", "--net=/run/netns/" + namespace);
    }

    @Override
    public String address(int controller) {
        return FRONT + (FIRST_HOST + controller);
    }

    @Override
    public String busAddress(int controller) {
        return BUS + (FIRST_HOST + controller);
    }

    @Override
    public String home() {
        return FRONT + "1";
    }

    /** Takes one controller off the bus. */
    public void cut(int controller) {
        ip("-n", hub(), "link", "set", "bus" + controller, "nomaster");
    }

    /** Ends {@link #cut(int)}. */
    public void heal(int controller) {
        ip("-n", hub(), "link", "set", "bus" + controller, "master", "bus");
    }

    /** These two do not reach each other; each still reaches everybody else. */
    public void cutBetween(int one, int other) {
        ip("-n", host(one), "neigh", "replace", busAddress(other), "lladdr", NOWHERE, "dev", "bus", "nud", "permanent");
        ip("-n", host(other), "neigh", "replace", busAddress(one), "lladdr", NOWHERE, "dev", "bus", "nud", "permanent");
    }

    /** Ends {@link #cutBetween}. */
    public void healBetween(int one, int other) {
        ip("-n", host(one), "neigh", "del", busAddress(other), "dev", "bus");
        ip("-n", host(other), "neigh", "del", busAddress(one), "dev", "bus");
    }

    private static void ip(String... words) {
        var command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(words));
        String said;
        int code;
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            code = process.waitFor();
        } catch (IOException cause) {
            throw new AssertionError("network namespaces need root and the program ip (iproute2)", cause);
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            throw new AssertionError(cause);
        }
        assertThat(code)
                .as("network namespaces need root on Linux and iproute2: %s said: %s", String.join(" ", command), said)
                .isZero();
    }

    private void remove() {
        for (int controller = 0; controller < controllers; controller++) {
            removed(host(controller));
        }
        removed(hub());
    }

    private static void removed(String namespace) {
        if (java.nio.file.Files.exists(java.nio.file.Path.of("/run/netns", namespace))) {
            ip("netns", "del", namespace);
        }
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atEnd);
        remove();
    }
}
