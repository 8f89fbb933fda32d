package com.tenantlist.live.cli;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The demo tenants of {@code bin/dev}: number N is user 00000000-0000-4000-8000-00000000000N, N in hexadecimal. */
final class Tenants {
    private static final long HIGH = 0x0000_0000_0000_4000L;
    private static final long LOW = 0x8000_0000_0000_0000L;

    private Tenants() {}

    static UUID number(int n) {
        return new UUID(HIGH, LOW | n);
    }

    /** The one that was named, by either option; else a usage error. */
    static UUID one(CommandSpec command, @Nullable UUID user, @Nullable Integer tenant) {
        if ((user == null) == (tenant == null)) {
            throw new ParameterException(command.commandLine(), "name one tenant: --user UUID or --tenant N");
        }
        return user != null ? user : number(tenant == null ? 0 : tenant);
    }
}
