package com.tenantlist.live.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.auth.VerifyBenchmark;
import com.tenantlist.live.dashboard.CursorBenchmark;
import com.tenantlist.live.dashboard.EncodeBenchmark;
import com.tenantlist.live.delivery.FanOutBenchmark;
import com.tenantlist.live.feed.DecodeBenchmark;
import java.util.Collection;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** They run, and what they measure happens. How long it takes is nothing for a test. */
class BenchmarksTest {
    @ParameterizedTest
    @ValueSource(
            classes = {
                DecodeBenchmark.class,
                EncodeBenchmark.class,
                VerifyBenchmark.class,
                FanOutBenchmark.class,
                CursorBenchmark.class
            })
    void itRuns(Class<?> benchmark) throws Exception {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include(benchmark.getSimpleName())
                        .mode(Mode.SingleShotTime)
                        .warmupIterations(0)
                        .measurementIterations(2)
                        .forks(0)
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();
        assertThat(results).isNotEmpty();
    }
}
