package com.tenantlist.live.cli;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Which tenant: by {@code --user} or {@code --tenant}. */
final class TenantOptions {
    private TenantOptions() {}

    static UUID one(CommandSpec spec, @Nullable UUID user, @Nullable Integer tenant) {
        if ((user == null) == (tenant == null)) {
            throw new ParameterException(spec.commandLine(), "name one tenant: --user UUID or --tenant N");
        }
        return user != null ? user : Tenants.number(tenant == null ? 0 : tenant);
    }
}
