package com.tenantlist.live.web;

import com.tenantlist.live.protocol.ErrorCode;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Refuses bodies over the limit, whether they announce their length or not. */
final class BodyLimit implements ContainerRequestFilter {
    /** The largest body of a call, in bytes: the longest name, escaped to the last character, takes a tenth of it. */
    static final int MAX_BYTES = 64 * 1024;

    @Override
    public void filter(ContainerRequestContext request) {
        if (request.getLength() > MAX_BYTES) {
            throw tooLarge();
        }
        request.setEntityStream(new Limited(request.getEntityStream()));
    }

    private static ApiException tooLarge() {
        return new ApiException(ErrorCode.PAYLOAD_TOO_LARGE, "the body has more than " + MAX_BYTES + " bytes");
    }

    private static final class Limited extends FilterInputStream {
        private int left = MAX_BYTES;

        Limited(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            count(read < 0 ? 0 : 1);
            return read;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = super.read(buffer, offset, length);
            count(Math.max(0, read));
            return read;
        }

        private void count(int bytes) {
            left -= bytes;
            if (left < 0) {
                throw tooLarge();
            }
        }
    }
}
