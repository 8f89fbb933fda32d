package com.tenantlist.live.cli;

import java.net.URI;
import picocli.CommandLine.Option;

/** Where the REST API is. */
final class ApiOptions {
    @Option(
            names = "--api",
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1:8080",
            description = "The REST API. Default: $$TENANTLIST_API_URL, or ${DEFAULT-VALUE}.")
    private URI api = URI.create("http://127.0.0.1:8080");

    Api api() {
        return new Api(api);
    }
}
