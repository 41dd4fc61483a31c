package io.aiwm.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.LogsFollow;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogLimitTest {
    private static List<String> streams(String controller, int count) {
        var ids = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            ids.add(LogsFollow.streamId(controller, "s" + i));
        }
        return ids;
    }

    @Test
    void what_one_controller_reads_leaves_another_its_part() {
        var open = streams("a", LogLimit.OF_ONE_READER);
        assertThat(LogLimit.refusal("a~next", open)).contains("128 logs");
        assertThat(LogLimit.refusal("b~next", open)).isNull();
        open.addAll(streams("b", LogLimit.OF_ONE_READER - 1));
        assertThat(LogLimit.refusal("b~next", open)).isNull();
        assertThat(LogLimit.refusal("no-reader", open)).isNull();
    }

    @Test
    void all_together_have_a_limit_too() {
        var open = new ArrayList<String>();
        for (int i = 0; open.size() < LogLimit.ALL; i++) {
            open.addAll(streams("c" + i, LogsFollow.MOST_OF_ONE_NODE));
        }
        assertThat(LogLimit.refusal("new~next", open)).contains("512 logs");
    }
}
