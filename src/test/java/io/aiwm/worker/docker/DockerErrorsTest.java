package io.aiwm.worker.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.exception.InternalServerErrorException;
import com.github.dockerjava.api.exception.NotFoundException;
import io.aiwm.common.Json;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandResult;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DockerErrorsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "driver failed programming external connectivity: Bind for 0.0.0.0:8080 failed: port is already"
                        + " allocated | true",
                "listen tcp4 0.0.0.0:8080: bind: address already in use | true",
                "driver failed programming external connectivity on endpoint a: all ports are allocated | true",
                "could not select device driver \"\" with capabilities: [[gpu]] | true",
                "unable to start container process: exec: \"nope\": executable file not found in $PATH | false",
                "something else | false"
            })
    void what_only_this_node_cannot_do_is_said_to_be_so(String words, boolean elsewhere) {
        CommandError error = DockerErrors.of("start the container", new InternalServerErrorException(words)).error;
        assertThat(error.elsewhere()).isEqualTo(elsewhere);
    }

    @Test
    void an_image_that_is_only_not_here_may_be_elsewhere() {
        assertThat(DockerErrors.of("create the container", new NotFoundException("No such image: a:1"))
                        .error
                        .elsewhere())
                .isTrue();
        assertThat(DockerErrors.pull("a:1", "manifest unknown").error.elsewhere())
                .isFalse();
    }

    @Test
    void a_result_of_an_older_worker_says_nothing_of_other_nodes() {
        var told = new JsonObject()
                .put("commandId", "ex.0.1")
                .put("outcome", "failure")
                .put(
                        "error",
                        new JsonObject()
                                .put("category", "conflict")
                                .put("message", "m")
                                .put("retryable", false));
        assertThat(Json.decode(told, CommandResult.class).error().elsewhere()).isFalse();
    }
}
