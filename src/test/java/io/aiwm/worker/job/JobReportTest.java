package io.aiwm.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class JobReportTest {
    private final JobReport report = new JobReport("ex.0.1");

    private String said(String lastLines) {
        report.exitCode = 3;
        report.lastLines = lastLines;
        return report.how(false, false, null).getJsonObject("error").getString("message");
    }

    @Test
    void that_it_wrote_nothing_is_said_only_where_that_is_known() {
        assertThat(said("")).isEqualTo("the program ended with exit code 3; it wrote nothing");
        assertThat(said("ouch")).isEqualTo("the program ended with exit code 3; it wrote last: ouch");
    }

    @Test
    void a_log_that_could_not_be_kept_is_not_called_empty() {
        assertThat(said(null)).isEqualTo("the program ended with exit code 3; what it wrote could not be kept");
    }
}
