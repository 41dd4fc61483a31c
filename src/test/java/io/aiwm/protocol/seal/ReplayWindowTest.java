package io.aiwm.protocol.seal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(20)
class ReplayWindowTest {
    private static final int SIZE = ReplayWindow.SIZE;

    /** Numbers in their order, each with + (to be accepted) or - (to be refused). */
    @ParameterizedTest
    @CsvSource({
        "0+ 1+ 2+ 2- 1- 0-",
        "2+ 0+ 1+ 1- 3+",
        "-1- 0+",
        "-9223372036854775808- 0+",
        "4095+ 0+ 0- 4095- 1+",
        "4096+ 0- 1+ 1-",
        "5000+ 904- 905+ 905- 5000-",
        "63+ 64+ 63- 64- 127+ 128+ 64-",
        // a slot is used again for the number that lies a whole window above
        "0+ 4096+ 4096- 0- 8192+ 4096- 4097+",
        "1+ 4098+ 1- 2- 4097+ 4098- 8194+",
        "0+ 4095+ 4096+ 1+ 8191+ 4096- 4097+",
        // huge jumps, up to the last number there is
        "9223372036854775807+ 9223372036854775807- 0- 9223372036854775806+ 9223372036854771712+ 9223372036854771711-",
        "7+ 9223372036854775807+ 7- 8-",
        "9223372036854775800+ 9223372036854775807+ 9223372036854775800- 9223372036854775803+",
        "4611686018427387904+ 0- 4611686018427387905+ 4611686018427387904-"
    })
    void each_number_is_taken_once(String story) {
        var window = new ReplayWindow();
        for (String each : story.split(" ", -1)) {
            long number = Long.parseLong(each.substring(0, each.length() - 1));
            assertThat(window.accept(number)).as("%s of %s", each, story).isEqualTo(each.endsWith("+"));
        }
    }

    @Test
    void it_agrees_with_a_set_of_all_numbers_that_were_ever_taken() {
        for (int seed = 0; seed < 50; seed++) {
            var random = new Random(seed);
            var window = new ReplayWindow();
            var taken = new TreeSet<Long>();
            long around = 0;
            for (int step = 0; step < 3_000; step++) {
                around += random.nextInt(20) == 0 ? random.nextInt(3 * SIZE) : random.nextInt(3);
                long number = Math.max(0, around - random.nextInt(SIZE + 100));
                boolean fits = !taken.contains(number) && (taken.isEmpty() || number > taken.last() - SIZE);
                assertThat(window.accept(number))
                        .as("seed %d, number %d", seed, number)
                        .isEqualTo(fits);
                if (fits) {
                    taken.add(number);
                }
            }
        }
    }
}
