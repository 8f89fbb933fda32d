package com.tenantlist.live.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class OptionsTest {
    private static final String SECRET = "a secret of more than thirty-two bytes";

    @Test
    void loadGoesToThisMachineOnly() {
        assertThat(Loopback.check("--api", URI.create("http://127.0.0.2:8080"))).hasHost("127.0.0.2");
        assertThat(Loopback.check("--api", URI.create("http://localhost:8080"))).hasHost("localhost");
        assertThatThrownBy(() -> Loopback.check("--api", URI.create("http://192.0.2.1:8080")))
                .hasMessageContaining("--api is 192.0.2.1")
                .hasMessageContaining("this machine only");
        assertThatThrownBy(() -> Loopback.check("--database", URI.create("postgresql:///password")))
                .hasMessageContaining("--database names no host")
                .hasMessageNotContaining("password");
    }

    @Test
    void anotherMachineIsRefusedWhereverItIsNamed() {
        assertThat(failure("connect", "--socket", "http://192.0.2.1:3000")).contains("--socket is 192.0.2.1");
        assertThat(failure("connect", "--api", "http://192.0.2.1:8080")).contains("--api is 192.0.2.1");
        assertThat(failure("push", "--compare", "http://192.0.2.1:5001")).contains("--compare is 192.0.2.1");
        assertThat(failure("push", "--database", "postgresql://192.0.2.1/rows")).contains("--database is 192.0.2.1");
        assertThat(failure("migrate", "--database", "postgresql://192.0.2.1/rows"))
                .contains("--database is 192.0.2.1");
    }

    @Test
    void whatIsOutOfRangeIsUsage() {
        assertThat(failure("connect", "--sockets", "10001")).contains("--sockets is 10001; it can be from 1 to 10000");
        assertThat(failure("push", "--by", "broadcast")).contains("--by broadcast is for fanout");
        assertThat(failure("poll", "--rate", "-1")).contains("--rate is -1");
    }

    @Test
    void cpuIsReadPastANameWithParentheses() {
        String stat = "42 (java) (x) S 1 42 42 0 -1 4194560 1 2 3 4 150 50 7 8 20 0 33 0 100 0";

        assertThat(Processes.cpuMicros(stat)).isEqualTo(2_000_000);
        assertThat(Processes.residentKib("Name:\tjava\nVmHWM:\t  9 kB\nVmRSS:\t   2048 kB\n"))
                .isEqualTo(2048);
    }

    @Test
    void theHeapIsReadOfAJvmAndNothingIsAskedOfAnotherProcess() throws Exception {
        Process other = new ProcessBuilder("sleep", "60").start();
        try {
            long own = ProcessHandle.current().pid();
            assertThat(new Processes(List.of(own)).heapBytes().orElseThrow()).isGreaterThan(1 << 20);
            assertThat(new Processes(List.of(own, other.pid())).heapBytes()).isEmpty();
            assertThat(other.isAlive()).isTrue();
        } finally {
            other.destroyForcibly();
        }
        assertThat(Processes.heapBytes(" num #instances #bytes\n 1: 3 72 X\nTotal             3             72\n"))
                .hasValue(72);
    }

    @Test
    void aProcessThatIsGoneIsNamed() {
        assertThat(failure("connect", "--sockets", "1", "--pids", "999999999")).contains("process 999999999");
    }

    private static String failure(String command, String... options) {
        StringWriter errors = new StringWriter();
        CommandLine line = LoadTest.commandLine().setErr(new PrintWriter(errors, true));
        String[] all = new String[options.length + (command.equals("migrate") ? 1 : 3)];
        all[0] = command;
        System.arraycopy(options, 0, all, 1, options.length);
        if (!command.equals("migrate")) {
            all[all.length - 2] = "--secret";
            all[all.length - 1] = SECRET;
        }
        assertThat(line.execute(all)).isIn(2, 3);
        return errors.toString();
    }
}
