-- What ends sessions before their tokens do. Every node reads this table twice a second; a row may be inserted by hand.
--   token     subject is a token's jti: that token is refused, and its sessions end
--   user      subject is a user: tokens issued up to created_at are refused, and their sessions end
--   sessions  subject is a user: the sessions open at this moment end, tokens stay valid
CREATE TABLE public.live_revocation (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('token', 'user', 'sessions')),
    subject    text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255
                                    AND (kind = 'token' OR subject ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '90 days'
);

CREATE INDEX live_revocation_created_at_idx ON public.live_revocation (created_at);
