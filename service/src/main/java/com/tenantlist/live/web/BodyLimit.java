package com.tenantlist.live.web;

import com.tenantlist.live.protocol.ErrorCode;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Refuses bodies over the limit, whether they announce their length or not. What is left of them is read and thrown away, up to a bound:
 * a line that is closed over unread bytes is reset, and a client that is still sending may never see the answer (RFC 9112, section 9.6).
 */
final class BodyLimit implements ContainerRequestFilter {
    /** The largest body of a call, in bytes: the longest name, escaped to the last character, takes a tenth of it. */
    static final int MAX_BYTES = 64 * 1024;

    /** Of a body that is too large no more is read, in bytes. */
    private static final int MAX_DISCARDED = 16 * MAX_BYTES;

    @Override
    public void filter(ContainerRequestContext request) {
        if (request.getLength() > MAX_BYTES) {
            throw tooLarge(request.getEntityStream());
        }
        request.setEntityStream(new Limited(request.getEntityStream()));
    }

    private static ApiException tooLarge(InputStream rest) {
        byte[] discarded = new byte[8 * 1024];
        try {
            for (int left = MAX_DISCARDED, read; left > 0 && (read = rest.read(discarded)) >= 0; left -= read) {
                // thrown away
            }
        } catch (IOException e) {
            // The client is gone; so is whom the answer is for.
        }
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
                throw tooLarge(in);
            }
        }
    }
}
