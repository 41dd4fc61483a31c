package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

import java.time.Duration;

/** {@code scheduler.*}: how work is placed on nodes. */
final class SchedulerSettings {
    private SchedulerSettings() {}

    static final Setting<Config.Scheduler.Packing> SCHEDULER_POLICY = setting(
            "scheduler.policy",
            SettingType.choice(Config.Scheduler.Packing.class),
            "binpack",
            "binpack: fill nodes, so that others stay free for large work; spread: share the load");
    static final Setting<Double> SCHEDULER_RESERVED_CPU = setting(
            "scheduler.reservedCpu", SettingType.decimal(0), "0", "share of a node's cores promised to nobody, 0 to 1");
    static final Setting<Double> SCHEDULER_RESERVED_MEMORY = setting(
            "scheduler.reservedMemory",
            SettingType.decimal(0),
            "0.05",
            "share of a node's memory promised to nobody, 0 to 1");
    static final Setting<Double> SCHEDULER_WEIGHT_FIT = setting(
            "scheduler.weights.fit",
            SettingType.decimal(0),
            "1",
            "what filling, or sparing, a node counts in its score");
    static final Setting<Double> SCHEDULER_WEIGHT_SPREAD =
            setting("scheduler.weights.spread", SettingType.decimal(0), "0.2", "what free slots count");
    static final Setting<Double> SCHEDULER_WEIGHT_ZONE =
            setting("scheduler.weights.zone", SettingType.decimal(0), "0.1", "what a less busy zone counts");
    static final Setting<Double> SCHEDULER_WEIGHT_LOCALITY =
            setting("scheduler.weights.locality", SettingType.decimal(0), "2", "what holding the wanted models counts");
    static final Setting<Double> SCHEDULER_WEIGHT_GPU_RESERVE = setting(
            "scheduler.weights.gpuReserve",
            SettingType.decimal(0),
            "1",
            "what keeps work without GPU from nodes with GPUs");
    static final Setting<Duration> SCHEDULER_AGEING = setting(
            "scheduler.ageing", SettingType.duration("1s", "7d"), "10m", "waiting that outweighs one priority class");
    static final Setting<Duration> SCHEDULER_RESERVE_AFTER = setting(
            "scheduler.reserveAfter",
            SettingType.duration("1s", "7d"),
            "30s",
            "when the first in the queue has waited this long, a node is kept free for it");
    static final Setting<Boolean> SCHEDULER_PREEMPTION = setting(
            "scheduler.preemption", SettingType.flag(), "true", "urgent work may take the place of preemptible work");
    static final Setting<Integer> SCHEDULER_COOLDOWN_AFTER = setting(
            "scheduler.cooldownAfter",
            SettingType.integer(1, 1_000),
            "3",
            "failures in a row after which a node rests");
    static final Setting<Duration> SCHEDULER_COOLDOWN = setting(
            "scheduler.cooldown", SettingType.duration("100ms", "1d"), "30s", "how long it rests at first, doubling");
    static final Setting<Duration> SCHEDULER_COOLDOWN_MAX =
            setting("scheduler.cooldownMax", SettingType.duration("100ms", "7d"), "10m", "longest rest of a node");

    static Config.Scheduler scheduler(Values v) {
        return ConfigSchedulerBuilder.builder()
                .policy(v.get(SCHEDULER_POLICY))
                .reservedCpu(v.get(SCHEDULER_RESERVED_CPU))
                .reservedMemory(v.get(SCHEDULER_RESERVED_MEMORY))
                .weights(new Config.Weights(
                        v.get(SCHEDULER_WEIGHT_FIT),
                        v.get(SCHEDULER_WEIGHT_SPREAD),
                        v.get(SCHEDULER_WEIGHT_ZONE),
                        v.get(SCHEDULER_WEIGHT_LOCALITY),
                        v.get(SCHEDULER_WEIGHT_GPU_RESERVE)))
                .ageing(v.get(SCHEDULER_AGEING))
                .reserveAfter(v.get(SCHEDULER_RESERVE_AFTER))
                .preemption(v.get(SCHEDULER_PREEMPTION))
                .cooldownAfter(v.get(SCHEDULER_COOLDOWN_AFTER))
                .cooldown(v.get(SCHEDULER_COOLDOWN))
                .cooldownMax(v.get(SCHEDULER_COOLDOWN_MAX))
                .build();
    }
}
