package com.tenantlist.live.protocol;

import java.util.Locale;
import java.util.Optional;

/** Who a token speaks for. Its claim is the lower-case name. */
public enum Role {
    TENANT,
    LANDLORD,
    BROKER,
    ADMIN;

    public String claim() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Role> ofClaim(String claim) {
        for (Role role : values()) {
            if (role.claim().equals(claim)) {
                return Optional.of(role);
            }
        }
        return Optional.empty();
    }
}
