package com.tenantlist.live.postgres;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A database's address, as {@code libpq} writes it.
 *
 * @param hosts {@code host:port}, or several with commas between: the one that is no standby is meant
 * @param password empty where the server asks for none
 * @param driver what the parameters after the question mark mean to pgjdbc, by its names
 * @see <a href="https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS">Connection URIs</a>
 */
record PostgresUrl(String hosts, String database, String user, String password, Map<String, String> driver) {
    private static final String DEFAULT_PORT = "5432";
    private static final String DEFAULT_USER = "postgres";
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._~-]+|\\[[0-9A-Fa-f:.]+]");
    private static final Pattern BARE_IPV6 = Pattern.compile("[0-9A-Fa-f.]*:[0-9A-Fa-f:.]+");
    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

    /** How long, in seconds, one of several hosts that is away, or a standby, is not asked again. */
    private static final String RECHECK_SECONDS = "3";

    /**
     * @param variable the setting that the address is of, for messages
     * @throws IllegalArgumentException if it is not such an address, or one of its parameters cannot be obeyed; the message
     *     names which, and repeats neither password nor key
     */
    static PostgresUrl parse(String variable, String url) {
        try {
            return parse(url);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(variable + " " + e.getMessage());
        }
    }

    private static PostgresUrl parse(String url) {
        if (url.isBlank()) {
            throw new IllegalArgumentException(
                    "is not set; it looks like postgresql://user:password@host:port/database");
        }
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("is not a URL: " + e.getReason());
        }
        String scheme = uri.getScheme();
        if (!"postgresql".equals(scheme) && !"postgres".equals(scheme)) {
            throw malformed();
        }
        String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
        int at = authority.lastIndexOf('@');
        if (uri.getRawFragment() != null || (at < 0 && beforeParameters(url).contains("@"))) {
            throw new IllegalArgumentException("has a user or password with one of : / ? # [ ] @ in it;"
                    + " write that percent-encoded, such as %2F for /");
        }
        Map<String, String> parameters = parameters(uri.getRawQuery());
        String info = at < 0 ? "" : authority.substring(0, at);
        int colon = info.indexOf(':');
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        // As libpq: what the parameters say goes before what stands in front of them.
        String database = take(parameters, "dbname", path.isEmpty() ? "" : decode(path.substring(1)));
        String user = take(parameters, "user", decode(colon < 0 ? info : info.substring(0, colon)));
        String password = take(parameters, "password", colon < 0 ? "" : decode(info.substring(colon + 1)));
        String hosts = hosts(authority.substring(at + 1), parameters.remove("host"), parameters.remove("port"));
        if (database.isEmpty()) {
            throw malformed();
        }
        Map<String, String> driver = new LinkedHashMap<>();
        if (hosts.contains(",")) {
            driver.put("targetServerType", "primary");
            driver.put("hostRecheckSeconds", RECHECK_SECONDS);
        }
        driver.putAll(UrlParameters.forDriver(parameters));
        return new PostgresUrl(hosts, database, user.isEmpty() ? DEFAULT_USER : user, password, Map.copyOf(driver));
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException("must look like postgresql://user:password@host:port/database");
    }

    private static String beforeParameters(String url) {
        int question = url.indexOf('?');
        return question < 0 ? url : url.substring(0, question);
    }

    private static Map<String, String> parameters(@Nullable String query) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String pair : query == null || query.isEmpty() ? new String[0] : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(
                        "has a parameter without name or value; write ?name=value&name=value");
            }
            parameters.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
        }
        return parameters;
    }

    private static String take(Map<String, String> parameters, String name, String otherwise) {
        String given = parameters.remove(name);
        return given == null ? otherwise : given;
    }

    /** Each host with its port, from the authority or, where there are such, from the parameters for them. */
    private static String hosts(String authority, @Nullable String hosts, @Nullable String ports) {
        List<String> names = new ArrayList<>();
        List<String> numbers = new ArrayList<>();
        for (String host : (hosts == null ? authority : hosts).split(",", -1)) {
            int colon = hosts != null && BARE_IPV6.matcher(host).matches() ? -1 : host.lastIndexOf(':');
            boolean hasPort = hosts == null && colon > host.lastIndexOf(']');
            String name = hasPort ? host.substring(0, colon) : host;
            names.add(hosts != null && BARE_IPV6.matcher(name).matches() ? "[" + name + "]" : name);
            numbers.add(hasPort ? host.substring(colon + 1) : DEFAULT_PORT);
        }
        if (ports != null) {
            List<String> given = List.of(ports.split(",", -1));
            if (given.size() != 1 && given.size() != names.size()) {
                throw new IllegalArgumentException("has " + given.size() + " values of port for " + names.size()
                        + " hosts; give one for each, or one for all");
            }
            for (int i = 0; i < numbers.size(); i++) {
                String number = given.get(given.size() == 1 ? 0 : i);
                numbers.set(i, number.isEmpty() ? DEFAULT_PORT : number);
            }
        }
        List<String> all = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            all.add(checked(names.get(i), numbers.get(i)));
        }
        return String.join(",", all);
    }

    private static String checked(String host, String port) {
        if (host.startsWith("/") || host.startsWith("@")) {
            throw new IllegalArgumentException(
                    "names the Unix socket " + host + ", which Java cannot reach; name a host");
        }
        if (!HOST.matcher(host).matches()) {
            throw new IllegalArgumentException("names a host '" + host + "', which is not a host's name or address");
        }
        if (!PORT.matcher(port).matches() || Integer.parseInt(port) < 1 || Integer.parseInt(port) > 65_535) {
            throw new IllegalArgumentException("names no valid port for the host '" + host + "'");
        }
        return host + ":" + port;
    }

    private static String decode(String part) {
        return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    String jdbcUrl() {
        return "jdbc:postgresql://" + hosts + "/" + URLEncoder.encode(database, StandardCharsets.UTF_8);
    }

    /** A copy of what pgjdbc is to know beside {@link #jdbcUrl}, user and password too. */
    Properties properties() {
        Properties properties = new Properties();
        properties.putAll(driver);
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        return properties;
    }

    /** Where it is, without the password: for messages. */
    String shown() {
        return user + "@" + hosts + "/" + database;
    }

    @Override
    public String toString() {
        return shown();
    }
}
