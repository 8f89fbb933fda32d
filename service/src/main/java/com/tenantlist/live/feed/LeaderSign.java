package com.tenantlist.live.feed;

/**
 * What the leader says of itself.
 *
 * @param epoch the database's history, as it knows it
 * @param term where its slot began in the WAL; a later leader has a later one
 * @param cacheGeneration which cached KPIs count
 * @param leaves whether it leads no more
 */
record LeaderSign(String epoch, long term, String cacheGeneration, boolean leaves) {}
