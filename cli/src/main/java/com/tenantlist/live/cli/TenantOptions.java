package com.tenantlist.live.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which tenant: by a token of theirs, or by name, with a token made for them. */
final class TenantOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Mixin
    private final TokenOptions key = new TokenOptions();

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description = "A token of the tenant; -: read from stdin. Default: $$TENANTLIST_TOKEN.")
    private @Nullable String token;

    @Option(names = "--user", paramLabel = "UUID", description = "The tenant; a token is made.")
    private @Nullable UUID user;

    @Option(names = "--tenant", paramLabel = "N", description = "Demo tenant N instead of --user.")
    private @Nullable Integer tenant;

    /**
     * A tenant and how to get a token.
     *
     * @param tokens a token that is good for some minutes at least, if that can be had
     */
    record Tenant(UUID id, Supplier<String> tokens) {}

    /** The tenant that was named; a usage error if none was, or several. */
    Tenant get() {
        return find().orElseThrow(() -> new ParameterException(
                command.commandLine(), "name one tenant: --user UUID, --tenant N or --token TOKEN"));
    }

    /** The tenant that was named, if any. A name on the command line counts for more than a token of the environment. */
    Optional<Tenant> find() {
        boolean named = user != null || tenant != null;
        boolean tokenGiven = command.commandLine().getParseResult().hasMatchedOption("--token");
        if ((user != null && tenant != null) || (named && tokenGiven)) {
            throw new ParameterException(command.commandLine(), "give one of --user, --tenant and --token");
        }
        if (named) {
            return Optional.of(signed(user != null ? user : Tenants.number(tenant == null ? 0 : tenant)));
        }
        if (token == null || token.isEmpty()) {
            return Optional.empty();
        }
        String given = token.equals("-") ? readLine() : token;
        return Optional.of(new Tenant(Claims.of(given).userId(), () -> given));
    }

    /** A tenant that nobody else is. */
    Tenant newcomer() {
        return signed(UUID.randomUUID());
    }

    /** A tenant, with tokens made for it. */
    Tenant signed(UUID userId) {
        return new Tenant(userId, () -> key.tenantToken(userId));
    }

    /** One line of stdin: a token need not stand on the command line, where others can see it. */
    static String readLine() {
        try {
            String line = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
            if (line != null) {
                return line.strip();
            }
        } catch (IOException e) {
            // Said below.
        }
        throw new CliException(ExitCode.USAGE, "no token on stdin");
    }
}
