package io.aiwm.controller.autoscale;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * GPUs, models on them and their calls, second by second: woken by a call, placed first come first served where there is room,
 * loaded, called, and put to sleep as {@link TurnPlan} says. It fails where one is put to sleep too early or with a call under way.
 */
final class SharedGpus {
    private static final int CONCURRENCY = 2;
    private static final int KEEP_FREE_AFTER = 60;

    private final Random random;
    private final int[] sizes;
    private final Map<String, Model> all = new LinkedHashMap<>();
    private Map<String, Turn> turns = Map.of();
    private int now;
    boolean whole = true;
    /** Whether calls last up to what is said, and not as long. */
    boolean varied;
    /** The one that has waited longest and long enough for a GPU to be kept free for it, as a scheduler does. */
    private Model first;

    private int keptFree;
    /** How likely it is in a second that the controller which decides is another from then on. */
    double diesWith;

    String what = "";

    SharedGpus(Random random, int... sizes) {
        this.random = random;
        this.sizes = sizes.clone();
    }

    Model model(String name, int size, int residence) {
        var made = new Model(name, size, residence);
        all.put(name, made);
        return made;
    }

    Stream<Model> models() {
        return all.values().stream();
    }

    Turn turn(Model of) {
        return turns.get(of.name);
    }

    boolean fitsAtAll(Model one) {
        return java.util.Arrays.stream(sizes).anyMatch(size -> size >= one.size);
    }

    void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            now++;
            all.values().forEach(Model::second);
            place();
            decide();
            if (random.nextDouble() < diesWith) {
                all.values().forEach(one -> one.calledAt = now); // who was called when is forgotten
            }
        }
    }

    private void keepFree() {
        if (first != null && first.state == SharedGpuState.WAITING) {
            return;
        }
        first = all.values().stream()
                .filter(one ->
                        one.state == SharedGpuState.WAITING && now - one.since > KEEP_FREE_AFTER && fitsAtAll(one))
                .min(Comparator.comparingInt(one -> one.since))
                .orElse(null);
        for (int gpu = 0; first != null && gpu < sizes.length; gpu++) {
            keptFree = sizes[gpu] >= first.size ? gpu : keptFree;
        }
    }

    private void place() {
        keepFree();
        all.values().stream()
                .filter(one -> one.state == SharedGpuState.WAITING)
                .sorted(Comparator.comparingInt((Model one) -> one.since).thenComparing(one -> one.name))
                .forEach(one -> {
                    int gpu = gpuFor(one, held());
                    if (gpu >= 0) {
                        one.gpu = gpu;
                        one.is(SharedGpuState.LOADING);
                        one.until = now + 2 + random.nextInt(10);
                    }
                });
    }

    /** By model, on which GPU it holds its size. */
    private Map<String, Integer> held() {
        var held = new HashMap<String, Integer>();
        all.values().stream()
                .filter(one -> one.state != SharedGpuState.ASLEEP && one.state != SharedGpuState.WAITING)
                .forEach(one -> held.put(one.name, one.gpu));
        return held;
    }

    private int gpuFor(Model one, Map<String, Integer> held) {
        for (int gpu = 0; gpu < sizes.length; gpu++) {
            int at = gpu;
            int used = held.entrySet().stream()
                    .filter(entry -> entry.getValue() == at)
                    .mapToInt(entry -> all.get(entry.getKey()).size)
                    .sum();
            if (used > sizes[gpu]) { // not by AssertJ, which takes most of the time where it is asked a million times
                throw new AssertionError(what + ": " + used + " of " + sizes[gpu] + " on GPU " + gpu);
            }
            boolean kept = first != null && first != one && keptFree == gpu;
            if (used + one.size <= sizes[gpu] && !kept) {
                return gpu;
            }
        }
        return -1;
    }

    private void decide() {
        var room = new TriedGpus(held(), (id, held) -> gpuFor(all.get(id), held));
        List<TurnPlan.Waiter> waiters = all.values().stream()
                .filter(one -> one.state == SharedGpuState.WAITING && one.waiting > 0)
                .map(one -> new TurnPlan.Waiter(one.name, one.name, (now - one.since) * 1_000L))
                .toList();
        List<Resident> residents = all.values().stream()
                .filter(one -> one.state != SharedGpuState.ASLEEP)
                .map(Model::resident)
                .toList();
        TurnPlan.Plan plan = TurnPlan.of(waiters, residents, room, whole);
        turns = new HashMap<>();
        plan.turns().forEach(turn -> turns.put(turn.deploymentId(), turn));
        plan.keep().forEach(id -> {
            all.get(id).keptAt = now;
            all.get(id).state = SharedGpuState.READY;
        });
        plan.resume().forEach(id -> all.get(id).state = SharedGpuState.READY);
        plan.yield().forEach((id, to) -> all.get(id).yields());
        plan.sleep().forEach((id, to) -> all.get(id).sleeps());
    }

    final class Model {
        private final String name;
        private final int size;
        private final int residence;
        private SharedGpuState state = SharedGpuState.ASLEEP;
        private int since;
        private int until;
        private int gpu = -1;
        private int calledAt;
        private int keptAt = -1_000;
        private int readyAt;
        private int yieldsAt;
        private int waiting;
        private int waitsSince;
        /** When each ends. */
        private final List<Integer> inFlight = new ArrayList<>();

        private double chance;
        private int atOnce;
        private int lasts = 1;
        int served;
        int cut;
        int slept;
        int longestWait;

        private Model(String name, int size, int residence) {
            this.name = name;
            this.size = size;
            this.residence = residence;
        }

        void calls(int count, int seconds) {
            waiting += count;
            lasts = seconds;
        }

        /** From now on so many wait at any time. */
        void traffic(int count, int seconds) {
            chance = 1;
            atOnce = count;
            lasts = seconds;
        }

        void occasional(double likely, int seconds) {
            chance = likely;
            atOnce = 1;
            lasts = seconds;
        }

        void hangUp() {
            waiting = 0;
        }

        int residence() {
            return residence;
        }

        int waiting() {
            return waiting;
        }

        boolean isReady() {
            return state == SharedGpuState.READY;
        }

        boolean isYielding() {
            return state == SharedGpuState.YIELDING;
        }

        boolean isAsleep() {
            return state == SharedGpuState.ASLEEP;
        }

        private void is(SharedGpuState next) {
            state = next;
            since = now;
        }

        private void second() {
            if (chance > 0 && waiting < atOnce && random.nextDouble() < chance) {
                waiting = atOnce;
            }
            served += (int) inFlight.stream().filter(end -> end <= now).count();
            inFlight.removeIf(end -> end <= now);
            if (state == SharedGpuState.ASLEEP && waiting > 0) {
                is(SharedGpuState.WAITING);
            } else if (state == SharedGpuState.LOADING && now >= until) {
                is(SharedGpuState.READY);
                readyAt = now;
            } else if (state == SharedGpuState.LEAVING && now >= until) {
                is(waiting > 0 ? SharedGpuState.WAITING : SharedGpuState.ASLEEP);
            }
            while (state == SharedGpuState.READY && waiting > 0 && inFlight.size() < CONCURRENCY) {
                waiting--;
                inFlight.add(now + (varied ? 1 + random.nextInt(lasts) : lasts));
                waitsSince = now;
            }
            if (waiting > 0 || !inFlight.isEmpty()) {
                calledAt = now;
            }
            waitsSince = waiting == 0 ? now : waitsSince;
            longestWait = Math.max(longestWait, now - waitsSince);
        }

        private Resident resident() {
            int readySince = state == SharedGpuState.LOADING || state == SharedGpuState.WAITING ? now + 900 : readyAt;
            Resident.Phase awake = state == SharedGpuState.YIELDING ? Resident.Phase.YIELDING : Resident.Phase.AWAKE;
            return ResidentBuilder.builder()
                    .id(name)
                    .name(name)
                    .phase(state == SharedGpuState.LEAVING ? Resident.Phase.LEAVING : awake)
                    .residentMillis((now - Math.max(readySince, keptAt)) * 1_000L)
                    .residenceMillis(residence * 1_000L)
                    .idleMillis((now - calledAt) * 1_000L)
                    .inFlight(inFlight.size())
                    .calls(inFlight.size() + waiting)
                    .yieldingMillis(state == SharedGpuState.YIELDING ? (now - yieldsAt) * 1_000L : 0)
                    .build();
        }

        private void yields() {
            assertThat(state).as(what + " " + this).isEqualTo(SharedGpuState.READY);
            assertThat(now - readyAt).as(what + " " + this).isGreaterThanOrEqualTo(residence);
            state = SharedGpuState.YIELDING;
            yieldsAt = now;
        }

        private void sleeps() {
            assertThat(state).as(what + " " + this).isEqualTo(SharedGpuState.YIELDING);
            cut += inFlight.size();
            assertThat(inFlight).as(what + " " + this).isEmpty();
            slept++;
            is(SharedGpuState.LEAVING);
            until = now + 1 + random.nextInt(3);
        }

        @Override
        public String toString() {
            return name + " of " + size + ", " + state;
        }
    }
}
