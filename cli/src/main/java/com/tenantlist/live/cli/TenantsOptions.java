package com.tenantlist.live.cli;

import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which tenants, when there may be several. */
final class TenantsOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Option(names = "--user", paramLabel = "UUID", description = "A tenant; may be given more than once.")
    private List<UUID> users = List.of();

    @Option(names = "--tenants", paramLabel = "N", description = "Demo tenants 1 to N instead of --user. Default: 1.")
    private @Nullable Integer tenants;

    List<UUID> get() {
        if (!users.isEmpty() && tenants != null) {
            throw new ParameterException(command.commandLine(), "give --user or --tenants, not both");
        }
        if (!users.isEmpty()) {
            return users;
        }
        int count = tenants == null ? 1 : tenants;
        if (count < 1) {
            throw new ParameterException(command.commandLine(), "--tenants must be at least 1");
        }
        return IntStream.rangeClosed(1, count).mapToObj(Tenants::number).toList();
    }
}
