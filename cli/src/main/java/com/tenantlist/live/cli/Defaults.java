package com.tenantlist.live.cli;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What an option is that was not given: the environment says, else {@code ~/.config/tenantlist/cli.yml} (below
 * {@code XDG_CONFIG_HOME}, where that is set), else the option itself.
 */
final class Defaults implements IDefaultValueProvider {
    /** The options that have a setting, and the environment's names for them. */
    private static final Map<String, String> VARIABLES = Map.of(
            "api", "TENANTLIST_API_URL",
            "socket", "TENANTLIST_SOCKET_URL",
            "admin", "TENANTLIST_ADMIN_URL",
            "token", "TENANTLIST_TOKEN",
            "secret", "JWT_SECRET",
            "database", "DATABASE_URL");

    private final Map<String, String> environment;
    private @Nullable Map<String, String> file;

    Defaults(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option)) {
            return null;
        }
        String name = option.longestName().substring(2);
        String variable = VARIABLES.get(name);
        if (variable == null) {
            return null;
        }
        String value = environment.getOrDefault(variable, "");
        return value.isEmpty() ? file().get(name) : value;
    }

    private Map<String, String> file() {
        Map<String, String> settings = file;
        if (settings == null) {
            settings = read();
            file = settings;
        }
        return settings;
    }

    private Map<String, String> read() {
        String config = environment.getOrDefault("XDG_CONFIG_HOME", "");
        Path path = (config.isEmpty() ? Path.of(environment.getOrDefault("HOME", "."), ".config") : Path.of(config))
                .resolve("tenantlist")
                .resolve("cli.yml");
        if (!Files.isRegularFile(path)) {
            return Map.of();
        }
        Map<String, String> settings;
        try {
            settings = new YAMLMapper().readValue(path.toFile(), new TypeReference<Map<String, String>>() {});
        } catch (IOException e) {
            throw new CliException(ExitCode.USAGE, path + " is not a YAML map of texts: " + e.getMessage());
        }
        for (String key : settings.keySet()) {
            if (!VARIABLES.containsKey(key)) {
                throw new CliException(
                        ExitCode.USAGE,
                        path + " has '" + key + "'; it may have "
                                + String.join(
                                        ", ",
                                        VARIABLES.keySet().stream().sorted().toList()));
            }
        }
        return settings;
    }
}
