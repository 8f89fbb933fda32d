package com.tenantlist.live.loadtest;

import java.net.URI;
import java.util.List;

/**
 * A server under load.
 *
 * @param name how tables and plots call it
 * @param sockets its nodes, which dashboards go to in turn
 * @param database where its rows are, as {@code psql} takes it; empty: nobody said
 * @param secret of its tokens
 * @param processes those whose CPU counts as the server's
 */
record Target(String name, URI api, List<URI> sockets, String database, String secret, By by, List<Long> processes) {}
