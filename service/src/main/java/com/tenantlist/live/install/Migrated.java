package com.tenantlist.live.install;

/**
 * What {@code db migrate} did.
 *
 * @param files SQL files applied
 * @param changed whether anything was, files or other
 */
public record Migrated(int files, boolean changed) {}
