package com.tenantlist.live.install;

import java.util.List;

/** A command cannot go on; each reason is a sentence for the operator, with what mends it. */
public final class InstallException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final List<String> reasons;

    InstallException(List<String> reasons) {
        super(String.join("; ", reasons));
        this.reasons = List.copyOf(reasons);
    }

    InstallException(String reason) {
        this(List.of(reason));
    }

    InstallException(String reason, Throwable cause) {
        super(reason, cause);
        this.reasons = List.of(reason);
    }

    public List<String> reasons() {
        return reasons;
    }
}
