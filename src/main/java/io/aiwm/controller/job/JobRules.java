package io.aiwm.controller.job;

import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.common.Json;
import io.aiwm.common.SingleLineText;
import io.aiwm.controller.deployment.ContainerRules;
import io.aiwm.controller.node.LabelSelector;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.controller.secret.RegistryPasswords;
import io.aiwm.controller.secret.SecretValues;
import io.aiwm.protocol.ContainerSettings;
import io.aiwm.protocol.JobCommand;
import io.aiwm.protocol.ProgramText;
import io.aiwm.protocol.WorkDir;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the contract cannot say of a job: how its fields fit together, and that what it names exists. The worker's own
 * policy may refuse more.
 */
final class JobRules {
    /** 6 MiB: the least the container engine takes. */
    private static final long MIN_MEMORY = 6L << 20;

    private static final int MOST_PATH = 1_000;

    private static final long MOST_TOGETHER = 900_000;

    private final NodeDirectory nodes;
    private final String prefix;
    private final Long usualMemory;
    private final List<FieldError> errors = new ArrayList<>();

    private JobRules(NodeDirectory nodes, String prefix, Long usualMemory) {
        this.nodes = nodes;
        this.usualMemory = usualMemory;
        this.prefix = prefix;
    }

    /**
     * Everything that is wrong; empty when nothing is.
     *
     * @param nodes asked only when the job names a node
     * @param prefix pointer of the job in the request, empty where it is the request
     * @param usualMemory what it gets where it names no memory; null: that is the worker's to say
     */
    static List<FieldError> check(JobRequest job, NodeDirectory nodes, String prefix, Long usualMemory) {
        var rules = new JobRules(nodes, prefix, usualMemory);
        rules.check(job);
        return rules.errors;
    }

    /** Fails with UNPROCESSABLE that carries every mistake at once. */
    static void refuse(List<FieldError> errors) {
        if (!errors.isEmpty()) {
            var first = errors.get(0);
            String more = errors.size() == 1 ? "" : " (and " + (errors.size() - 1) + " more)";
            throw new Failure(Failure.Kind.UNPROCESSABLE, first.pointer() + ": " + first.detail() + more, errors);
        }
    }

    private void check(JobRequest job) {
        boolean process = JobCommand.PROCESS.equals(job.needs().runtime());
        if (process) {
            withoutContainer(job);
        } else if (job.image() == null) {
            wrong("/image", "is missing; only a job with the runtime process has none");
        } else if (ContainerRules.imageMistake(job.image()) != null) {
            wrong("/image", ContainerRules.imageMistake(job.image()));
        }
        if (process && job.command() == null && job.entrypoint() == null) {
            wrong("/command", "is missing; there is no image that would bring one");
        }
        if (job.name() != null && !SingleLineText.is(job.name())) {
            wrong("/name", SingleLineText.RULE);
        }
        ProgramText.check(job.command(), job.entrypoint(), job.env(), this::wrong);
        stdin(job);
        settings(job);
        environment(job.env());
        SecretValues.checkMarks(job.secretEnv(), job.env(), this::wrong);
        SecretValues.refuse(job.env(), job.registryAuth(), this::wrong);
        workDir(job, process);
        if (job.user() != null && !JobCommand.isUser(job.user())) {
            wrong("/user", "must be numeric, uid or uid:gid");
        }
        RegistryPasswords.rules(job.registryAuth(), "/registryAuth", this::wrong);
        outputs(job.outputs());
        if (job.resumeFrom() != null && (job.outputs() == null || job.outputs().isEmpty())) {
            wrong("/resumeFrom", "needs outputs: there is nothing else to go on from");
        }
        once(job);
        needs(job.needs());
        if (job.priority() != null && priority(job.priority()) < 0) {
            wrong("/priority", "must be 0 to 100, or low, normal, high or critical");
        }
        array(job);
    }

    /** It goes to the node in one message with the program's words. */
    private void stdin(JobRequest job) {
        if (job.stdin() == null) {
            return;
        }
        if (job.count() != null) {
            wrong("/stdin", "is for one job, not for an array; tasks tell themselves apart by their index");
        }
        if (!JobCommand.isStdin(job.stdin())) {
            wrong("/stdin", JobCommand.STDIN_TOO_LONG);
        } else if (bytes(job.stdin()) + bytes(wordsOf(job)) > MOST_TOGETHER) {
            wrong("/stdin", "has, with command, entrypoint and env, more than " + MOST_TOGETHER + " bytes as JSON");
        }
    }

    private static List<Object> wordsOf(JobRequest job) {
        return Stream.of(job.command(), job.entrypoint(), job.env())
                .filter(Objects::nonNull)
                .toList();
    }

    private static long bytes(Object value) {
        return Json.encode(value).getBytes(StandardCharsets.UTF_8).length;
    }

    /** The short form of an amount and the long one: not both. */
    private void once(JobRequest job) {
        JobRequest.Requirements said = job.requirements();
        if (said == null) {
            return;
        }
        if (job.cpu() != null && said.cpu() != null) {
            wrong("/cpu", "is given twice: requirements.cpu is the same");
        }
        if (job.memoryBytes() != null && said.memoryBytes() != null) {
            wrong("/memoryBytes", "is given twice: requirements.memoryBytes is the same");
        }
        if (job.gpus() != null && said.gpus() != null) {
            wrong("/gpus", "is given twice: requirements.gpus is the same");
        }
    }

    private void withoutContainer(JobRequest job) {
        String why = "has no meaning with the runtime process, which has no container";
        if (job.image() != null) {
            wrong("/image", why);
        }
        if (job.registryAuth() != null) {
            wrong("/registryAuth", why);
        }
        job.settings().named().forEach(field -> wrong("/" + field, why));
        if (JobData.asksForGpus(job.needs().gpus())) {
            wrong(job.gpus() == null ? "/requirements/gpus" : "/gpus", JobData.NO_GPUS);
        }
        if (job.user() != null) {
            wrong("/user", "has no meaning with the runtime process: it runs as the worker does");
        }
    }

    private void workDir(JobRequest job, boolean process) {
        String mistake = job.workDir() == null ? null : WorkDir.mistake(job.workDir());
        if (mistake != null) {
            wrong("/workDir", mistake);
        } else if (process && job.workDir() != null && !job.workDir().equals(JobCommand.WORK_DIR)) {
            wrong("/workDir", "has no meaning with the runtime process: it starts in a folder of its own");
        }
    }

    private void settings(JobRequest job) {
        String workDir = job.workDir() == null ? JobCommand.WORK_DIR : job.workDir();
        Long memory =
                job.needs().memoryBytes() == null ? usualMemory : job.needs().memoryBytes();
        job.settings().check(memory, Set.of(workDir), this::wrong);
        if (ContainerSettings.IPC_HOST.equals(job.ipc())) {
            wrong("/ipc", "must be none, private or shareable for a job");
        }
    }

    private void environment(Map<String, String> env) {
        if (env == null) {
            return;
        }
        env.keySet().forEach(name -> {
            String at = "/env/" + name.replace("~", "~0").replace("/", "~1");
            if (!ProgramText.isVariable(name)) {
                wrong(at, "must begin with a letter or '_' and hold letters, digits, '_', '.', '-'");
            } else if (name.startsWith(ArraySpec.VARIABLES)) {
                wrong(at, "begins with " + ArraySpec.VARIABLES + ", which is reserved");
            }
        });
    }

    private void outputs(List<String> outputs) {
        for (int i = 0; outputs != null && i < outputs.size(); i++) {
            String path = outputs.get(i);
            boolean leaves = path.startsWith("/") || ("/" + path + "/").contains("/../") || path.indexOf('\0') >= 0;
            if (leaves || path.isBlank() || path.indexOf('\\') >= 0 || path.length() > MOST_PATH) {
                wrong(
                        "/outputs/" + i,
                        "must be a path inside the work directory of at most " + MOST_PATH
                                + " characters, without a leading '/', without '..' and '\\'");
            }
        }
    }

    private void needs(JobRequest.Requirements needs) {
        String at = "/requirements";
        if (needs.memoryBytes() != null && needs.memoryBytes() < MIN_MEMORY) {
            wrong(at + "/memoryBytes", "is in bytes, at least " + MIN_MEMORY);
        }
        if (needs.labelSelector() != null) {
            try {
                LabelSelector.parse(needs.labelSelector());
            } catch (Failure unreadable) {
                wrong(at + "/labelSelector", unreadable.getMessage());
            }
        }
        if (needs.nodeId() != null && nodes.find(needs.nodeId()) == null) {
            wrong(at + "/nodeId", "node " + needs.nodeId() + " does not exist");
        }
    }

    private void array(JobRequest job) {
        if (job.count() == null) {
            String why = "goes with count only";
            if (job.parallelism() != null) {
                wrong("/parallelism", why);
            }
            if (job.tolerance() != null) {
                wrong("/tolerance", why);
            }
            return;
        }
        Double tolerance = job.tolerance();
        if (tolerance != null && tolerance >= 1 && tolerance != Math.rint(tolerance)) {
            wrong("/tolerance", "must be a whole number of tasks, or a share of all below 1");
        }
    }

    /** -1 when it is none. */
    static int priority(Object said) {
        if (said instanceof Number number) {
            return number.doubleValue() == number.intValue() && number.intValue() <= 100 ? number.intValue() : -1;
        }
        for (PriorityClass one : PriorityClass.values()) {
            if (one.name().toLowerCase(java.util.Locale.ROOT).equals(said)) {
                return one.value;
            }
        }
        return -1;
    }

    private void wrong(String pointer, String detail) {
        errors.add(new FieldError(prefix + pointer, detail));
    }
}
