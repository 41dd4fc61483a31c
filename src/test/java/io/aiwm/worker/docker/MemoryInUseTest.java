package io.aiwm.worker.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.model.Statistics;
import org.junit.jupiter.api.Test;

/** What an engine says of the memory of a container that has read a large file. */
class MemoryInUseTest {
    private static Long used(String memory) throws JsonProcessingException {
        var mapper = new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
        return DockerViews.used(mapper.readValue("{\"memory_stats\":" + memory + "}", Statistics.class)
                .getMemoryStats());
    }

    @Test
    void pages_of_files_are_not_in_use_by_control_groups_of_the_second_version() throws Exception {
        assertThat(used("""
            {"usage": 1000, "limit": 5000, "stats": {"anon": 200, "shmem": 50, "kernel": 30, "file": 770,
             "active_file": 20, "inactive_file": 700, "active_anon": 210, "inactive_anon": 40}}\
            """))
                .as("200 anonymous," + " 50 shared," + " 30 of" + " the kernel")
                .isEqualTo(280);
    }

    @Test
    void nor_by_those_of_the_first_which_say_it_of_all_groups_below_too() throws Exception {
        assertThat(used("""
            {"usage": 1000, "stats": {"active_file": 1, "inactive_file": 2, "total_active_file": 20,
             "total_inactive_file": 700, "total_rss": 200}}\
            """)).isEqualTo(280);
    }

    @Test
    void what_the_engine_does_not_say_is_not_guessed() throws Exception {
        assertThat(used("{}")).isNull();
        assertThat(used("{\"usage\": 7}")).isEqualTo(7);
    }
}
