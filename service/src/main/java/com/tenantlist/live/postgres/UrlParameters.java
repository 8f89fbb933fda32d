package com.tenantlist.live.postgres;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.postgresql.PGProperty;

/**
 * The parameters of {@code libpq} after a URL's question mark, as pgjdbc's properties. Each is obeyed with libpq's meaning, or
 * refused by name: one that is dropped without a word, such as {@code sslmode=verify-full}, is a promise broken.
 *
 * @see <a href="https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-PARAMKEYWORDS">PostgreSQL 18, 32.1.2</a>
 */
final class UrlParameters {
    private static final Set<String> VERIFYING = Set.of("verify-ca", "verify-full");
    private static final Set<String> ENCRYPTING = Set.of("require", "verify-ca", "verify-full");
    private static final Set<String> AUTHENTICATION =
            new TreeSet<>(Set.of("password", "md5", "gss", "sspi", "scram-sha-256", "none"));

    /** What libpq knows and pgjdbc cannot do, and what to do instead. */
    private static final Map<String, String> IMPOSSIBLE = new TreeMap<>(Map.ofEntries(
            Map.entry("hostaddr", "give the address as the host"),
            Map.entry("passfile", "give the password in the URL"),
            Map.entry("service", "write out what the service's section says"),
            Map.entry("servicefile", "write out what the service's section says"),
            Map.entry("tcp_user_timeout", "Java cannot set it; keepalives_idle, _interval and _count it can"),
            Map.entry("sslcrl", "Java does not read it; revocation is checked by the CA's own means only"),
            Map.entry("sslcrldir", "Java does not read it; revocation is checked by the CA's own means only"),
            Map.entry("sslkeylogfile", "keys are not logged"),
            Map.entry("requirepeer", "it is for Unix sockets, which Java cannot reach"),
            Map.entry("replication", "the service asks for it itself, where it needs it"),
            Map.entry("scram_client_key", "give the password"),
            Map.entry("scram_server_key", "give the password"),
            Map.entry("oauth_issuer", "OAuth is not spoken here; use a role with a password or a certificate"),
            Map.entry("oauth_client_id", "OAuth is not spoken here; use a role with a password or a certificate"),
            Map.entry("oauth_client_secret", "OAuth is not spoken here; use a role with a password or a certificate"),
            Map.entry("oauth_scope", "OAuth is not spoken here; use a role with a password or a certificate")));

    /** What asks for nothing but what is so anyway, by the values of which that is true. */
    private static final Map<String, Set<String>> HARMLESS = Map.of(
            "sslcompression", Set.of("0"),
            "sslsni", Set.of("1"),
            "sslcertmode", Set.of("allow"),
            "gssdelegation", Set.of("0"),
            "client_encoding", Set.of("UTF8", "utf8", "UTF-8", "auto"),
            "ssl_min_protocol_version", Set.of("", "TLSv1", "TLSv1.1", "TLSv1.2"),
            "ssl_max_protocol_version", Set.of("", "TLSv1.3"),
            "min_protocol_version", Set.of("3.0"),
            "max_protocol_version", Set.of("3.0", "latest"));

    private final Map<String, String> given;
    private final Properties driver = new Properties();

    private UrlParameters(Map<String, String> given) {
        this.given = given;
    }

    /** @throws IllegalArgumentException if one is unknown, impossible here, or has a bad value; the message names it */
    static Map<String, String> forDriver(Map<String, String> parameters) {
        UrlParameters all = new UrlParameters(new TreeMap<>(parameters));
        all.given.forEach(all::take);
        all.ssl();
        all.keepalives();
        return all.driver.stringPropertyNames().stream()
                .collect(Collectors.toMap(name -> name, all.driver::getProperty));
    }

    private void take(String name, String value) {
        switch (name) {
            case "sslmode" ->
                set(
                        PGProperty.SSL_MODE,
                        name,
                        value,
                        "disable",
                        "allow",
                        "prefer",
                        "require",
                        "verify-ca",
                        "verify-full");
            case "ssl" -> {
                // JDBC's way of saying it, which libpq takes in URLs too.
                oneOf(name, value, "true");
                if (!given.containsKey("sslmode")) {
                    PGProperty.SSL_MODE.set(driver, "require");
                }
            }
            case "sslrootcert", "sslcert", "sslkey", "sslpassword" -> {
                // Together, in ssl().
            }
            case "sslnegotiation" -> set(PGProperty.SSL_NEGOTIATION, name, value, "postgres", "direct");
            case "channel_binding" -> set(PGProperty.CHANNEL_BINDING, name, value, "disable", "prefer", "require");
            case "require_auth" -> {
                for (String method : value.split(",", -1)) {
                    if (!AUTHENTICATION.contains(method.startsWith("!") ? method.substring(1) : method)) {
                        throw bad(name, value, "it takes " + String.join(", ", AUTHENTICATION) + ", or these with a !");
                    }
                }
                PGProperty.REQUIRE_AUTH.set(driver, value);
            }
            case "options" -> PGProperty.OPTIONS.set(driver, value);
            case "application_name" -> PGProperty.APPLICATION_NAME.set(driver, value);
            case "fallback_application_name" -> {
                if (!given.containsKey("application_name")) {
                    PGProperty.APPLICATION_NAME.set(driver, value);
                }
            }
            case "target_session_attrs" -> {
                if (Set.of("read-only", "standby", "prefer-standby").contains(value)) {
                    throw bad(name, value, "the service writes; it takes any, primary, read-write");
                }
                oneOf(name, value, "any", "primary", "read-write");
                PGProperty.TARGET_SERVER_TYPE.set(driver, value.equals("any") ? "any" : "primary");
            }
            case "load_balance_hosts" -> {
                oneOf(name, value, "disable", "random");
                PGProperty.LOAD_BALANCE_HOSTS.set(driver, value.equals("random"));
            }
            case "connect_timeout" -> PGProperty.CONNECT_TIMEOUT.set(driver, number(name, value));
            case "keepalives" -> {
                oneOf(name, value, "0", "1");
                PGProperty.TCP_KEEP_ALIVE.set(driver, value.equals("1"));
            }
            case "keepalives_idle", "keepalives_interval", "keepalives_count" -> number(name, value);
            case "gssencmode" -> set(PGProperty.GSS_ENC_MODE, name, value, "disable", "prefer", "require");
            case "krbsrvname" -> PGProperty.KERBEROS_SERVER_NAME.set(driver, value);
            case "gsslib" -> set(PGProperty.GSS_LIB, name, value, "gssapi", "sspi");
            default -> other(name, value);
        }
    }

    private static void other(String name, String value) {
        Set<String> harmless = HARMLESS.get(name);
        if (harmless != null) {
            if (!harmless.contains(value)) {
                throw bad(
                        name,
                        value,
                        "only what is so anyway can be had: "
                                + harmless.stream()
                                        .filter(choice -> !choice.isEmpty())
                                        .sorted()
                                        .collect(Collectors.joining(", ")));
            }
        } else if (name.equals("tcp_user_timeout") && value.equals("0")) {
            return; // The system's default, which it is.
        } else if (IMPOSSIBLE.containsKey(name)) {
            throw new IllegalArgumentException("has the parameter '" + name
                    + "', which cannot be obeyed here; take it out: " + IMPOSSIBLE.get(name));
        } else {
            throw new IllegalArgumentException(
                    "has the parameter '" + name
                            + "', which libpq does not know; take it out, or correct its name (docs/configuration.md lists them)");
        }
    }

    /** Certificates and keys, of which each asks something of the others. */
    private void ssl() {
        String mode = driver.getProperty(PGProperty.SSL_MODE.getName());
        String root = given.get("sslrootcert");
        if ("direct".equals(given.get("sslnegotiation")) && (mode == null || !ENCRYPTING.contains(mode))) {
            throw bad("sslnegotiation", "direct", "it needs sslmode=require, verify-ca or verify-full");
        }
        if (root != null && root.equals("system")) {
            if (mode != null && !mode.equals("verify-full")) {
                throw bad("sslrootcert", root, "it needs sslmode=verify-full");
            }
            if (given.containsKey("sslcert") || given.containsKey("sslkey")) {
                throw bad("sslrootcert", root, "it cannot be had with sslcert; name the CA's file");
            }
            PGProperty.SSL_MODE.set(driver, "verify-full");
            PGProperty.SSL_FACTORY.set(driver, "org.postgresql.ssl.DefaultJavaSSLFactory");
        } else if (root != null) {
            if (mode == null || !ENCRYPTING.contains(mode)) {
                throw bad("sslrootcert", root, "it says nothing without sslmode=verify-full (or verify-ca, require)");
            }
            PGProperty.SSL_ROOT_CERT.set(driver, readable("sslrootcert", root));
            if (!VERIFYING.contains(mode)) {
                // libpq: with a root certificate, "require" is "verify-ca".
                PGProperty.SSL_MODE.set(driver, "verify-ca");
            }
        }
        String certificate = given.get("sslcert");
        String key = given.get("sslkey");
        if ((certificate == null) != (key == null)) {
            throw new IllegalArgumentException("has only one of the parameters 'sslcert' and 'sslkey'; give both");
        }
        if (certificate != null && key != null) {
            PGProperty.SSL_CERT.set(driver, readable("sslcert", certificate));
            PGProperty.SSL_KEY.set(driver, readable("sslkey", key));
            ClientKey.check(Path.of(key)).ifPresent(algorithm -> PGProperty.PEM_KEY_ALGORITHM.set(driver, algorithm));
        }
        if (given.containsKey("sslpassword")) {
            PGProperty.SSL_PASSWORD.set(driver, given.get("sslpassword"));
        }
    }

    private void keepalives() {
        String argument = List.of("idle", "interval", "count").stream()
                .filter(part -> !given.getOrDefault("keepalives_" + part, "0").equals("0"))
                .map(part -> part + "=" + given.get("keepalives_" + part))
                .collect(Collectors.joining(","));
        if (!argument.isEmpty()) {
            PGProperty.SOCKET_FACTORY.set(driver, KeepAliveSockets.class.getName());
            PGProperty.SOCKET_FACTORY_ARG.set(driver, argument);
        }
    }

    private void set(PGProperty property, String name, String value, String... choices) {
        oneOf(name, value, choices);
        property.set(driver, value);
    }

    private static void oneOf(String name, String value, String... choices) {
        if (!List.of(choices).contains(value)) {
            throw bad(name, value, "it takes " + String.join(", ", choices));
        }
    }

    private static int number(String name, String value) {
        if (!value.matches("[0-9]{1,6}")) {
            throw bad(name, value, "it takes a number from 0 to 999999");
        }
        if (name.equals("connect_timeout") && Integer.parseInt(value) == 0) {
            throw bad(
                    name,
                    value,
                    "that would wait for ever; give seconds, or leave it out for DATABASE_CONNECT_TIMEOUT");
        }
        return Integer.parseInt(value);
    }

    private static String readable(String name, String file) {
        if (!Files.isReadable(Path.of(file))) {
            throw bad(name, file, "there is no such file that can be read");
        }
        return file;
    }

    private static IllegalArgumentException bad(String name, String value, String why) {
        return new IllegalArgumentException("has " + name + "=" + value + ": " + why);
    }
}
